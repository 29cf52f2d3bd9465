"""``.otorepair/``: the one folder otorepair keeps in a workspace, ignored by git on its own account, its owner's alone.

What a repository puts there is hostile: a link in the place of one of our files is never followed.
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
"""The folder inside it with what is needed to undo a change that is being written."""
EVIDENCE: Final = "attempts"
"""The folder inside it with everything kept about each attempt."""


def make_folder(workspace: Path) -> Path:
    """The folder, made if it is not there, with a ``.gitignore`` of its own.

    Raises:
        StoreError: it cannot be made, or something else stands in its place.
    """
    folder = workspace / NAME
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.is_symlink():
            raise StoreError(f"cannot use {folder}", "it is a symbolic link", "remove the link")
        _write_new(folder / ".gitignore", b"*\n")
    except FileExistsError:
        raise StoreError(f"cannot use {folder}", "it is no folder", "move that file away") from None
    except OSError as error:
        remedy = "make room" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "make it writable"
        raise StoreError(f"cannot make {folder}", error.strerror or str(error), remedy) from None
    return folder


def is_plain_file(path: Path) -> bool:
    """Whether ``path`` is a regular file itself, not a link to one."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def read_plain_file(path: Path, limit: int) -> bytes:
    """The content of ``path``, a regular file of at most ``limit`` bytes.

    Raises:
        OSError: it is a link, a device, too long or cannot be read.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(descriptor, "rb") as file:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode):
            raise OSError("not a plain file")
        if state.st_size > limit:
            raise OSError(f"longer than {limit >> 20} MiB")
        return file.read(limit)


def _write_new(path: Path, content: bytes) -> None:
    """Write a file unless something is there already."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        return
    with open(descriptor, "wb") as file:
        file.write(content)
