"""Marks of changes in the workspace that are not yet proven: if we are killed, the next otorepair undoes them.

A mark is a file named after the attempt, locked as long as we live; an unlocked mark belongs to a killed otorepair.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from otorepair_like.attempt import Verdict
from otorepair_like.errors import OtorepairError
from otorepair_like.memory.folder import MARKS
from otorepair_like.repair import evidence as evidences
from otorepair_like.trust.home import plain_content
from otorepair_like.trust.seal import is_sealed, seal
from otorepair_like.workspace import undo

_KIND = "mark"
_LONGEST = 1000
KILLED = "otorepair was killed before it was proven"


class UnprovenMarks:
    """The marks of this run, in ``folder``, which is ours in the workspace."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / MARKS
        self._held: dict[str, int] = {}

    def set(self, attempt: str) -> None:
        """Mark the change of ``attempt`` as unproven.

        Raises:
            OSError: it cannot be marked.
        """
        self._folder.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(
            self._folder / attempt,
            os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC,
            0o600,
        )
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        order = f"{attempt} {time.time_ns():020}"
        os.write(handle, f"{order} {seal(_KIND, self._folder, order.encode())}\n".encode())
        self._held[attempt] = handle

    def remove(self, attempt: str) -> None:
        """Remove the mark: the change was judged."""
        handle = self._held.pop(attempt, None)
        if handle is not None:
            with contextlib.suppress(OSError):
                os.unlink(self._folder / attempt)
            os.close(handle)


def undo_left(workspace: Path, folder: Path, journal: Path, attempts: Path) -> list[str]:
    """Undo changes that a killed otorepair left unproven; return a line about each.

    Args:
        folder: ours in the workspace.
        journal, attempts: as those of an apply and of the evidence.
    """
    said = []
    for attempt, path in _of_the_dead(folder / MARKS):
        try:
            one = evidences.read(attempts, attempt)
            changed = undo.undo(one.changes, workspace, journal, one.folders)
            over = replace(one.attempt, verdict=Verdict.INTERRUPTED, reason=KILLED)
            evidences.write(attempts, replace(one, attempt=over))
            said.append(f"undid {attempt} in {', '.join(changed.paths or one.folders)}: {KILLED}")
        except (OtorepairError, OSError) as error:
            said.append(f"{attempt} was never proven, {KILLED}: {error}")
        with contextlib.suppress(OSError):
            os.unlink(path)
    return said


def _of_the_dead(marks: Path) -> Iterator[tuple[str, Path]]:
    """Yield the marks that nobody holds, newest first, with their paths; held by us while they are looked at.

    Changes that build upon each other can only be undone in the opposite order.
    """
    try:
        names = os.listdir(marks)
    except OSError:
        return
    made = {name: order for name in names if (order := _order(marks, name))}
    for name in sorted(made, key=lambda name: made[name], reverse=True):
        try:
            handle = os.open(marks / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield name, marks / name
        except BlockingIOError:
            pass
        finally:
            os.close(handle)


def _order(marks: Path, name: str) -> str:
    """Return what tells when a mark was made; ``""`` if the user's otorepair did not make it for this workspace."""
    try:
        order, _, given = plain_content(str(marks / name), _LONGEST).decode().strip().rpartition(" ")
    except (OSError, ValueError):
        return ""
    attempt, _, moment = order.partition(" ")
    return moment if attempt == name and is_sealed(_KIND, marks, order.encode(), given) else ""
