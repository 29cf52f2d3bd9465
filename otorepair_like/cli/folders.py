"""The folders a command works in."""

from __future__ import annotations

import os


def workspace_of(given: str) -> str:
    """Return the workspace ``given``, or the one from the settings if that is empty.

    Raises:
        UsageError: it is not a folder, or the settings cannot be read.
    """
    from otorepair_like.config import here, resolve

    return resolve({"workspace": given} if given else {}, os.environ, here()).workspace
