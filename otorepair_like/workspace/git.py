"""Asking git about a repository that nobody trusts: its configuration must run nothing."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

from otorepair_like.trust.programs import absolute_path, find_program

WITHIN: Final = 5.0
"""Seconds git may take to show a change."""
LIST_WITHIN: Final = 30.0
"""Seconds git may take to list files."""
SHOWN: Final = 3_000
"""Characters."""

_SAFE: Final = (
    "core.fsmonitor=false",  # a program, asked at every look at the index
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "core.sshCommand=false",
    "core.alternateRefsCommand=false",
    "diff.external=",
    "log.showSignature=false",  # which would run gpg.program
    "protocol.allow=never",  # a promisor remote would be fetched through a command
    "safe.bareRepository=explicit",  # a plain folder of a clone may look like a repository
    "submodule.recurse=false",
)
"""What the configuration of a repository may not decide. The command line goes before every file."""


def ask_git(root: Path | str, *args: str, stdin: str = "", within: float = LIST_WITHIN) -> str | None:
    """Return what git answers (exit 1 without output is "none"); ``None`` if it cannot say."""
    program = find_program("git")
    if program is None:
        return None
    settings = [word for setting in _SAFE for word in ("-c", setting)]
    try:
        done = subprocess.run(
            [program, *settings, *args],
            cwd=root,
            env=_environment(),
            input=os.fsencode(stdin),
            capture_output=True,
            timeout=within,
            check=False,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    if done.returncode not in ((0, 1) if "--stdin" in args else (0,)):
        return None
    return os.fsdecode(done.stdout)


def recent_change(workspace: Path, file: str) -> str:
    """Return the last commit of ``file``, its line and its diff; ``""`` where git knows none."""
    if not file:
        return ""
    show = (
        "log",
        "-1",
        "--no-color",
        "--no-ext-diff",
        "--no-textconv",
        "--format=%h %s (%cr)",
        "-p",
        "--",
        file,
    )
    answer = ask_git(workspace, *show, within=WITHIN) or ""
    return os.fsencode(answer).decode(errors="replace")[:SHOWN]


def _environment() -> dict[str, str]:
    env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return env | {
        "PATH": absolute_path(env.get("PATH", os.defpath)),
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }
