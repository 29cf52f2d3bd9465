"""Places on the disk that an agent needs: its own folder, its programs, the private copy. The rest is hidden."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from otorepair_like.agents.sandbox import confine

OWN: Final[Mapping[str, tuple[str, ...]]] = {
    "claude": (".claude", ".claude.json"),
    "codex": (".codex",),
    "gemini": (".gemini",),
    "cursor-agent": (".cursor", ".config/cursor"),
    "aider": (".aider", ".aider.conf.yml", ".aider.model.settings.yml"),
    "opencode": (".config/opencode", ".local/share/opencode", ".local/state/opencode", ".cache/opencode"),
}
"""By program, where in the user's home it keeps its login and sessions."""
STANDING_ORDERS: Final = (
    ".claude/settings.json", ".claude/settings.local.json", ".claude/hooks", ".claude/CLAUDE.md", ".claude/commands",
    ".claude/agents", ".claude/skills", ".claude/plugins", ".codex/config.toml", ".codex/AGENTS.md", ".codex/prompts",
    ".gemini/settings.json", ".gemini/GEMINI.md", ".gemini/extensions", ".gemini/commands", ".cursor/mcp.json",
    ".cursor/rules", ".cursor/hooks.json", ".config/opencode/opencode.json", ".config/opencode/AGENTS.md",
)  # fmt: skip
"""Settings and hooks among them: what they say would be obeyed outside the sandbox later. They stay read-only."""
SYSTEM: Final = (
    "/bin",
    "/etc",
    "/lib",
    "/lib32",
    "/lib64",
    "/nix",
    "/opt",
    "/proc",
    "/sbin",
    "/snap",
    "/sys",
    "/usr",
)
HOMES: Final = ("/home", "/root", "/Users")
FRESH: Final = ("/tmp", "/var/tmp", "/run", "/var/run", "/dev/shm")  # noqa: S108 - by these names programs know them


@dataclass(frozen=True, slots=True)
class SandboxPlaces:
    """Places on the disk, absolute.

    Args:
        home: of the user.
        own: the agent's own files there, which it may write to.
        orders: settings and hooks among them, which it may only read.
        programs: folders outside the system's that hold what is run.
        copy: the private copies, which it may write to.
        run: the folder of the run.
        workspace: of the user; hidden.
        shared: files and folders of the workspace that the copy links to.
    """

    home: str
    own: tuple[str, ...]
    orders: tuple[str, ...]
    programs: tuple[str, ...]
    copy: str
    run: str
    workspace: str
    shared: tuple[str, ...]


def places_of(
    argv: Sequence[str], env: Mapping[str, str], copy: Path, workspace: Path, shared: Iterable[str]
) -> SandboxPlaces:
    """Return what a program needs that is started with ``argv`` and ``env``."""
    home = os.path.realpath(env["HOME"]) if os.path.isabs(env.get("HOME", "")) else "/nonexistent"
    name = os.path.basename(argv[0])
    own = tuple(os.path.join(home, part) for part in OWN.get(name, ()))
    orders = tuple(os.path.join(home, part) for part in STANDING_ORDERS)
    return SandboxPlaces(
        home=home,
        own=tuple(filter(os.path.lexists, own)),
        orders=tuple(path for path in orders if os.path.lexists(path) and path.startswith(own)),
        programs=tuple(sorted(_programs(argv, env))),
        copy=os.path.realpath(copy),
        run=os.path.realpath(copy.parent.parent),
        workspace=os.path.realpath(workspace),
        shared=tuple(path for path in shared if os.path.lexists(path)),
    )


def _programs(argv: Sequence[str], env: Mapping[str, str]) -> set[str]:
    """Return the folders and files that hold the agent, its interpreter and our own, outside those of the system."""
    found = {sys.prefix, sys.base_prefix, confine.__file__}
    for word in argv:  # the script of --agent-command, wherever it is
        if os.path.isabs(word) and os.path.isfile(word):
            found |= {word, os.path.realpath(word)}
    program = os.path.realpath(argv[0])
    found.add(_package_of(program))
    for folder in env.get("PATH", "").split(os.pathsep):
        if os.path.isabs(folder) and os.path.isdir(folder):
            found |= {folder, _prefix_of(folder)}
    found = {path for path in found if os.path.exists(path) and not path.startswith(SYSTEM) and path != "/"}
    return {path for path in found if not any(path.startswith(f"{other}/") for other in found)}


def _prefix_of(folder: str) -> str:
    """Return where what is in a ``bin`` folder has its other parts; the folder itself where that would be a home."""
    parent = os.path.dirname(os.path.realpath(folder))
    too_wide = (
        parent == "/" or os.path.dirname(parent) in ("/", *HOMES) or os.path.basename(parent) == ".local"
    )
    return folder if os.path.basename(folder) not in ("bin", "shims") or too_wide else parent


def _package_of(program: str) -> str:
    """Return the package that a program belongs to: of npm, or its folder."""
    head, separator, _ = program.partition("/node_modules/")
    return f"{head}{separator}".rstrip("/") if separator else os.path.dirname(program)
