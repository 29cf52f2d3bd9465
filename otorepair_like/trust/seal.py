"""Seals on state that acts: only what this user's otorepair wrote for this workspace is believed.

A seal is an HMAC-SHA256 under a key in the user's folder. State may come with a repository, from another machine or
from another clone; without the key nobody can make it look like ours.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import stat
from functools import lru_cache
from typing import Final

from otorepair_like.trust.home import state_folder

_SIZE: Final = 32
"""Bytes of the key."""


def seal(kind: str, workspace: str | os.PathLike[str], content: bytes) -> str:
    """Return the seal of ``content``.

    Args:
        kind: what it is, so that one kind of state is never taken for another.
        workspace: where it belongs; moved or copied elsewhere it is not believed.
    """
    scope = f"{kind}\0{os.path.realpath(workspace)}\0".encode(errors="surrogateescape")
    return hmac.new(_key(state_folder(os.environ)), scope + content, hashlib.sha256).hexdigest()


def is_sealed(kind: str, workspace: str | os.PathLike[str], content: bytes, given: object) -> bool:
    """Return whether ``given`` is the seal of ``content``."""
    return (
        isinstance(given, str)
        and given.isascii()
        and hmac.compare_digest(seal(kind, workspace, content), given)
    )


@lru_cache(maxsize=4)
def _key(folder: str) -> bytes:
    """Return the user's key, made at the first use.

    Where it cannot be kept, a key of this process serves: what is sealed with it nobody believes later.
    """
    path = os.path.join(folder, "key")
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        return _read(path) or _make(path)
    except OSError:
        return secrets.token_bytes(_SIZE)


def _read(path: str) -> bytes | None:
    """Return the key in ``path``, if only this user could have put it there: a repository cannot bring mode 0600."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with open(handle, "rb") as file:
        status = os.fstat(handle)
        is_ours = (
            status.st_uid == os.geteuid() and stat.S_ISREG(status.st_mode) and not status.st_mode & 0o077
        )
        key = file.read(_SIZE + 1) if is_ours else b""
    if len(key) != _SIZE:
        raise OSError("the key is not ours alone")
    return key


def _make(path: str) -> bytes:
    """Write a new key, unless another otorepair was faster."""
    draft = f"{path}.{secrets.token_hex(4)}"
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with open(handle, "wb") as file:
            file.write(secrets.token_bytes(_SIZE))
            file.flush()
            os.fsync(handle)
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        os.unlink(draft)
    return _read(path) or b""
