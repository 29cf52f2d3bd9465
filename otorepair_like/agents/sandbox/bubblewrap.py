"""The arguments of bubblewrap: a world with the system, the agent and the private copy, and nothing else."""

from __future__ import annotations

import os
import subprocess
from typing import Final

from otorepair_like.agents.sandbox.places import FRESH, HOMES, SandboxPlaces
from otorepair_like.trust.programs import find_program

_PROBE_LIMIT: Final = 10.0
"""Seconds."""
NAMESPACES: Final = (
    "--die-with-parent", "--new-session", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
    "--cap-drop", "ALL",
)  # fmt: skip


def arguments(places: SandboxPlaces, cwd: str, *, network: bool) -> list[str]:
    """Return the arguments for a program that works in ``cwd``."""
    made = [*NAMESPACES, *([] if network else ["--unshare-net"]), "--ro-bind", "/", "/"]
    made += ["--dev", "/dev", "--proc", "/proc"]
    for folder in _hidden(places):
        made += ["--tmpfs", folder]
    for path in (*_resolver(), *places.programs, places.run, *places.shared):
        made += ["--ro-bind-try", path, path]
    for path in (*places.own, places.copy, *([cwd] if _is_below(cwd, places.run) else [])):
        made += ["--bind-try", path, path]
    for path in places.orders:
        made += ["--ro-bind-try", path, path]
    if places.workspace in _hidden(places):  # or a program would believe that it had written to it
        made += ["--remount-ro", places.workspace]
    return [*made, "--chdir", cwd]


def obstacle() -> str:
    """Return why bubblewrap cannot be used here; ``""`` if it can."""
    program = find_program("bwrap")
    if program is None:
        return "bubblewrap (bwrap) is not installed"
    probe = [program, *NAMESPACES, "--unshare-net", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    try:
        done = subprocess.run(
            [*probe, "--", "true"],
            capture_output=True,
            timeout=_PROBE_LIMIT,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return f"cannot run {program}: {error}"
    if done.returncode == 0:
        return ""
    return f"bubblewrap may not work here: {done.stderr.decode(errors='replace').strip()}"


def _hidden(places: SandboxPlaces) -> list[str]:
    """Return the folders that look empty, outermost first."""
    wanted = {*FRESH, *HOMES, places.home, places.workspace} - {"/"}
    return sorted(path for path in wanted if os.path.isdir(path) and not os.path.islink(path))


def _resolver() -> list[str]:
    """Return where the addresses of name servers are, if that is in a folder that is fresh."""
    real = os.path.realpath("/etc/resolv.conf")
    return [real] if real.startswith(FRESH) else []


def _is_below(path: str, folder: str) -> bool:
    return f"{os.path.realpath(path)}/".startswith(f"{folder}/")
