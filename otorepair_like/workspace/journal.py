"""The journal of one apply: on disk before the first file is touched, removed after the last.

One file of JSON, and beside it a lock that a process holds while it writes to the workspace.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from otorepair_like.errors import ApplyError
from otorepair_like.trust.home import plain_content
from otorepair_like.trust.seal import is_sealed, seal
from otorepair_like.workspace import paths, tree
from otorepair_like.workspace.change_set import ChangeSet

SCRATCH: Final = re.compile(r"\.otorepair-[0-9a-f]{12}")
"""Names of temporary files; nothing else is removed at the word of a journal, which a repository may bring along."""


_KIND: Final = "journal"
_LONGEST: Final = 256 << 20
"""Bytes; a journal holds the contents of the changed files."""


class UnsealedError(Exception):
    """A journal was not written by the user's otorepair."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The work that was begun.

    Args:
        changes: file by file, from the content in the workspace to the content to write.
        back: this undoes a repair; if interrupted, it is finished, while an interrupted repair is undone.
        folders: relative; made by a repair, or to be removed by undoing one; outermost first.
        scratch: temporary files, absolute.
    """

    changes: ChangeSet
    back: bool
    folders: tuple[str, ...]
    scratch: tuple[str, ...]


@contextlib.contextmanager
def locked(journal: Path) -> Iterator[bool]:
    """Hold the lock of ``journal``; gives whether it was free.

    Raises:
        ApplyError: its folder cannot be written.
    """
    try:
        journal.parent.mkdir(mode=0o700, exist_ok=True)  # without parents: a removed workspace stays removed
        handle = os.open(f"{journal}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        why = f"{journal.parent}: {error.strerror}"
        raise ApplyError("could not write to the workspace", why, "nothing was changed") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


def write(journal: Path, entry: Entry) -> None:
    """Put ``entry`` on disk, durably."""
    body = json.dumps(
        {
            "changes": entry.changes.to_json(),
            "back": entry.back,
            "folders": entry.folders,
            "scratch": entry.scratch,
        }
    )
    content = {"body": body, "seal": seal(_KIND, _place(journal), body.encode())}
    draft = draft_of(journal)
    tree.remove(draft)
    tree.place(draft, json.dumps(content).encode(), 0o100600)
    flush(draft)
    os.replace(draft, journal)
    flush(journal.parent)


def draft_of(journal: Path) -> str:
    """Return the path at which the journal is written before it is moved to its place."""
    return f"{journal}.draft"


def read(journal: Path) -> Entry | None:
    """Return what was begun and not ended; ``None`` if nothing.

    Raises:
        UnsealedError: the user's otorepair did not write it for this workspace.
        OSError: it cannot be read.
    """
    try:
        content = json.loads(plain_content(str(journal), _LONGEST))
        body = content["body"].encode()
        if not is_sealed(_KIND, _place(journal), body, content["seal"]):
            raise UnsealedError
        data = json.loads(body)
        if why := next(filter(None, map(paths.problem, data["folders"])), ""):
            raise ValueError(f"a folder {why}")
        return Entry(
            changes=ChangeSet.from_json(data["changes"]),
            back=data["back"],
            folders=tuple(data["folders"]),
            scratch=tuple(path for path in data["scratch"] if SCRATCH.fullmatch(os.path.basename(path))),
        )
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnsealedError from error


def set_aside(journal: Path) -> str:
    """Move a journal that cannot be believed out of the way; return its new name.

    Raises:
        OSError: it cannot be moved.
    """
    aside = f"{journal}.foreign-{secrets.token_hex(3)}"
    os.rename(journal, aside)
    return aside


def _place(journal: Path) -> str:
    return os.path.realpath(journal.parent)


def remove(journal: Path) -> None:
    """Remove the journal: the work is done or undone, and there is nothing to recover."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(journal)
    flush(journal.parent)


def flush(path: Path | str) -> None:
    """Wait until a file or folder is on the disk."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
