"""``.otorepair/``: the only folder otorepair creates in a workspace; git ignores it, and only its owner may read it.

Its content may come from a hostile repository: a link in the place of one of our files is never followed.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Final

from otorepair_like.errors import StoreError

NAME: Final = ".otorepair"
JOURNAL: Final = "journal"
"""Folder inside it with what is needed to undo a change that is being written."""
MARKS: Final = "unproven"
"""The folder inside it with the marks of changes that await their proof."""
EVIDENCE: Final = "attempts"
"""Folder inside it with everything kept about each attempt."""


def make_folder(workspace: Path) -> Path:
    """Return the folder; create it with a ``.gitignore`` of its own if it is missing.

    Raises:
        StoreError: it cannot be created, or something else has its name.
    """
    folder = workspace / NAME
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.is_symlink():
            raise StoreError(f"cannot use {folder}", "it is a symbolic link", "remove the link")
        for path in (folder / EVIDENCE, folder / MARKS):
            if path.is_symlink():  # what is written below it would land where the link leads
                raise StoreError(f"cannot use {path}", "it is a symbolic link", "remove the link")
        _write_new(folder / ".gitignore", b"*\n")
    except FileExistsError:
        raise StoreError(f"cannot use {folder}", "it is not a folder", "move that file away") from None
    except OSError as error:
        remedy = "make room" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "make it writable"
        raise StoreError(f"cannot make {folder}", error.strerror or str(error), remedy) from None
    return folder


def is_plain_file(path: Path) -> bool:
    """Return whether ``path`` is a regular file and not a link."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def read_plain_file(path: Path, limit: int) -> bytes:
    """Return the content of ``path``, a regular file of at most ``limit`` bytes.

    Raises:
        OSError: it is a link, a device, too long or unreadable.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(descriptor, "rb") as file:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode):
            raise OSError("not a regular file")
        if state.st_size > limit:
            raise OSError(f"longer than {limit >> 20} MiB")
        return file.read(limit)


def _write_new(path: Path, content: bytes) -> None:
    """Write a file unless the path exists already."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        return
    with open(descriptor, "wb") as file:
        file.write(content)
