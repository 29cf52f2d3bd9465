"""Whose a write to the workspace is that happened while an agent worked in the private copy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from otorepair_like.workspace import tree, visible_files
from otorepair_like.workspace.change_set import ChangeSet

_BY_PROGRAMS: Final = (
    "*.log", "*.out", "*.err", "*.pid", "*.sock", "*.lock", "*.tmp", "*.temp", "*.cache", "*.pyc", "*.swp", "*~",
    "*.db", "*.db-*", "*.sqlite", "*.sqlite-*", "*.sqlite3", "*.sqlite3-*", "*.rdb", "*.prof", ".coverage*",
    "*.jsonl", "*.csv",
)  # fmt: skip
"""Names of what programs write for themselves while they run; the child's own, most likely."""


def escaped(strays: Sequence[str], targets: Sequence[str], changes: ChangeSet, workspace: Path) -> list[str]:
    """Those of ``strays`` that are the agent's own, by all that can be known.

    The user may edit meanwhile, and the child may write; no system call tells an unprivileged program who wrote. So a
    write is the agent's if it named the file, if nobody edits such files, or if it did the same in the copy. Of an
    agent that tells nothing of what it does every write is, unless a program made the file, or the agent changed it in
    the copy too, but otherwise: then the user did it, and it is merged.

    Args:
        strays: what changed in the workspace, relative to it.
        targets: what the agent told that it worked on: paths or commands.
        changes: what it did in the copy.
    """
    here = {change.path: change.after for change in changes.files}

    def is_agents(path: str) -> bool:
        if _off_limits(path) or any(_speaks_of(target, path, workspace) for target in targets):
            return True
        if path in here:
            return here[path] == _content(workspace / path)
        return not targets and not any(PurePosixPath(path).match(made) for made in _BY_PROGRAMS)

    return [path for path in strays if is_agents(path)]


def _off_limits(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return (
        visible_files.is_secret(path)
        or parts[0] == ".git"
        or not set(visible_files.LINKED).isdisjoint(parts[:-1])
    )


def _speaks_of(target: str, path: str, workspace: Path) -> bool:
    """Whether what a tool worked on is that file of the workspace, or a command with it."""
    return target == f"{workspace}/{path}" or f"{workspace}/{path} " in f"{target} "


def _content(path: Path) -> bytes | None:
    try:
        return tree.read(path)
    except OSError:
        return None
