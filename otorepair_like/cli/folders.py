"""The folders a command works in."""

from __future__ import annotations

import os

from otorepair_like.errors import UsageError


def here() -> str:
    """Return the current folder.

    Raises:
        UsageError: it no longer exists.
    """
    try:
        return os.getcwd()
    except OSError:
        raise UsageError(
            "cannot find the current folder", "it was removed", "change to another one"
        ) from None


def workspace_of(given: str) -> str:
    """Return the workspace ``given``, or the one from the settings if that is empty.

    Raises:
        UsageError: it is not a folder, or the settings cannot be read.
    """
    from otorepair_like.config import resolve

    return resolve({"workspace": given} if given else {}, os.environ, here()).workspace
