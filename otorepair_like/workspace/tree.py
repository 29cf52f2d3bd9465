"""Reading and writing trees of files nobody trusts: links are not followed, and nothing blocks."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Container, Iterable
from pathlib import Path
from typing import Final

Signature = tuple[int, int, int]
"""ctime in nanoseconds, size, inode: what tells without reading that a file was not touched.

No program can set a ctime, and a change of the mode moves it too.
"""

_FICLONE: Final = 0x40049409
"""ioctl of Linux that makes a file share its blocks with another (ioctl_ficlone(2))."""

_TICK_NS: Final = 20_000_000
"""Two writes closer than a tick of the kernel's clock (10 ms at most) can carry the same time."""


def signature(st: os.stat_result) -> Signature:
    """Return the signature of a file, from its ``lstat``."""
    return st.st_ctime_ns, st.st_size, st.st_ino


def settled(sig: Signature, moment_ns: int) -> bool:
    """Return whether a write after ``moment_ns`` (since the epoch) is sure to show in the signature.

    Some file systems keep whole seconds only; there a file must be older.
    """
    ctime = sig[0]
    return ctime < moment_ns - (2_000_000_000 if ctime % 1_000_000_000 == 0 else _TICK_NS)


def plain_mode(mode: int) -> int:
    """Return ``st_mode`` reduced to the parts that we copy: type and the nine permission bits."""
    return stat.S_IFMT(mode) | (mode & 0o777)


def lstat(path: Path | str) -> os.stat_result | None:
    """Return ``os.lstat``, or ``None`` if nothing is there."""
    try:
        return os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def read(path: Path | str) -> bytes:
    """Return the content of a plain file, or the target of a symbolic link; ``b""`` for anything else.

    Raises:
        OSError: it cannot be read.
    """
    if os.path.islink(path):
        return os.fsencode(os.readlink(path))
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(handle, "rb") as file:
        return file.read() if stat.S_ISREG(os.fstat(handle).st_mode) else b""


def digest(path: Path | str) -> str:
    """Return the SHA-256 of :func:`read`'s result, in hex."""
    return hashlib.sha256(read(path)).hexdigest()


def scan(
    root: Path | str, skip: frozenset[str] = frozenset(), wanted: Container[str] = ()
) -> tuple[dict[str, os.stat_result], list[str]]:
    """Scan ``root``: return ``lstat`` by relative path of all but folders, and the folders, outermost first.

    Folders whose name is in ``skip`` are left out, unless their path is in ``wanted``. Unreadable ones are left out.
    """
    found: dict[str, os.stat_result] = {}
    folders = [""]
    for folder in folders:
        try:
            entries = list(os.scandir(os.path.join(root, folder)))
        except OSError:
            continue
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in skip or path in wanted:
                    folders.append(path)
                continue
            try:
                found[path] = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
    return found, folders[1:]


def parents(paths: Iterable[str]) -> set[str]:
    """Return every folder above any of ``paths`` (relative), without the root."""
    above: set[str] = set()
    for path in paths:
        while (path := path.rpartition("/")[0]) and path not in above:
            above.add(path)
    return above


def place(target: str, content: bytes, mode: int, source: str = "") -> None:
    """Write a new file or link where nothing is; share the blocks of ``source`` if the file system can.

    Args:
        mode: ``st_mode`` with type; of a link ``content`` is the target.
    """
    if stat.S_ISLNK(mode):
        os.symlink(os.fsdecode(content), target)
        return
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with open(handle, "wb", buffering=0) as file:
        if not (source and _reflink(handle, source)):
            view = memoryview(content)
            while view:
                view = view[file.write(view) :]
        os.fchmod(handle, mode & 0o777)


def _reflink(handle: int, source: str) -> bool:
    with open(source, "rb") as file:
        try:
            fcntl.ioctl(handle, _FICLONE, file.fileno())
        except OSError:
            return False
    return True


def can_reflink(folder: Path) -> bool:
    """Return whether files in ``folder`` can share blocks (btrfs, XFS, bcachefs on Linux)."""
    if sys.platform != "linux":
        return False
    with tempfile.NamedTemporaryFile(dir=folder) as one, tempfile.NamedTemporaryFile(dir=folder) as other:
        one.write(b"x")
        one.flush()
        return _reflink(other.fileno(), one.name)


def remove(path: str) -> None:
    """Remove a file, a link or a whole folder; nothing there is fine. Links are not followed."""
    st = lstat(path)
    if st is None:
        return
    if not stat.S_ISDIR(st.st_mode):
        os.unlink(path)
        return
    for folder, _, _ in os.walk(path):
        os.chmod(folder, 0o700)
    shutil.rmtree(path)
