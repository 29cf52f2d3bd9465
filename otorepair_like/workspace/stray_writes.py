"""Decide who changed the workspace while an agent worked in the private copy.

An agent is accused on evidence only. A file that another process has open or keeps writing is that process's: the
program's, a ``tee``'s behind it, an editor's.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from otorepair_like.redact.files import holds_secrets
from otorepair_like.workspace import tree, visible_files
from otorepair_like.workspace.change_set import ChangeSet

_BY_PROGRAMS: Final = (
    "*.log", "*.out", "*.err", "*.pid", "*.sock", "*.lock", "*.tmp", "*.temp", "*.cache", "*.pyc", "*.swp", "*~",
    "*.db", "*.db-*", "*.sqlite", "*.sqlite-*", "*.sqlite3", "*.sqlite3-*", "*.rdb", "*.prof", ".coverage*",
    "*.jsonl", "*.csv",
)  # fmt: skip
"""Names of files that programs write for themselves while they run; most likely the user's program did."""
WRITES_ON: Final = 1.0
"""Seconds within which a program that keeps writing a file is seen to do so."""
_LOOK: Final = 0.02
_WRITING: Final = os.O_WRONLY | os.O_RDWR


def escaped(
    strays: Sequence[str],
    targets: Sequence[str],
    changes: ChangeSet,
    workspace: Path,
    restless: Collection[str] = (),
) -> list[str]:
    """Return those of ``strays`` that are the agent's own, by all that can be known. Blocking, when in doubt.

    The user may edit meanwhile, and the child may write; no system call tells an unprivileged program who wrote. So a
    write is the agent's if it named the file, if nobody edits such files, or if it did the same in the copy. Of an
    agent that tells nothing of what it does every write is, unless the agent changed it in the copy too, but otherwise
    (then the user did it, and it is merged), or there is a sign of another writer: somebody has the file open, writes
    it again when the agent has ended, or changed it before the agent began.

    Args:
        strays: what changed in the workspace, relative to it.
        targets: what the agent told that it worked on: paths or commands.
        changes: what it did in the copy.
        restless: what others changed between our start and the agent's.
    """
    here = {change.path: change.after for change in changes.files}
    held = _held_open(workspace, strays) if strays else set()

    def is_evident(path: str) -> bool:
        same = path in here and here[path] == _content(workspace / path)
        return same or any(_speaks_of(target, path, workspace) for target in targets)

    def is_doubtful(path: str) -> bool:
        if path in held or path in restless or path in here:
            return False
        programs = any(PurePosixPath(path).match(made) for made in _BY_PROGRAMS)
        return _off_limits(path) or (not targets and not programs)

    evident = [path for path in strays if is_evident(path)]
    doubtful = [path for path in strays if path not in evident and is_doubtful(path)]
    guilty = {*evident, *doubtful} - _written_on(workspace, doubtful)
    return [path for path in strays if path in guilty]


def _off_limits(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return holds_secrets(path) or parts[0] == ".git" or not set(visible_files.LINKED).isdisjoint(parts[:-1])


def _speaks_of(target: str, path: str, workspace: Path) -> bool:
    """Return whether what a tool worked on is that file of the workspace, or a command with it."""
    return target == f"{workspace}/{path}" or f"{workspace}/{path} " in f"{target} "


def _content(path: Path) -> bytes | None:
    try:
        return tree.read(path)
    except OSError:
        return None


def _held_open(workspace: Path, paths: Iterable[str]) -> set[str]:
    """Return those of ``paths`` that a living process has open for writing: ours or another's (Linux).

    The agent's processes have ended by now.
    """
    wanted = {}
    for path in paths:
        st = tree.lstat(workspace / path)
        if st is not None:
            wanted[st.st_dev, st.st_ino] = path
    held = set()
    for folder in _folders("/proc"):
        for number in _folders(f"{folder}/fd") if folder[6:].isdigit() else ():
            try:
                st = os.stat(number)
                if (st.st_dev, st.st_ino) in wanted and _writes(number.replace("/fd/", "/fdinfo/")):
                    held.add(wanted[st.st_dev, st.st_ino])
            except OSError:
                continue  # it was closed meanwhile
    return held


def _folders(path: str) -> list[str]:
    try:
        return [f"{path}/{name}" for name in os.listdir(path)]
    except OSError:  # another user's, ended meanwhile, or there is no /proc here
        return []


def _writes(info: str) -> bool:
    """Return whether a descriptor is for writing; see proc(5), ``fdinfo``."""
    with open(info, encoding="ascii") as lines:
        flags = next(line.split()[1] for line in lines if line.startswith("flags:"))
    return bool(int(flags, 8) & _WRITING)


def _written_on(workspace: Path, paths: Collection[str]) -> set[str]:
    """Return those of ``paths`` that change once more although no agent is at work."""
    before = {path: tree.lstat(workspace / path) for path in paths}
    seen: set[str] = set()
    deadline = time.monotonic() + WRITES_ON
    while len(seen) < len(before) and time.monotonic() < deadline:
        time.sleep(_LOOK)
        for path in before.keys() - seen:
            now, then = tree.lstat(workspace / path), before[path]
            if (now and tree.signature(now)) != (then and tree.signature(then)):
                seen.add(path)
    return seen
