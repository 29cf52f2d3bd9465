"""A lease on a workspace: from the moment a change is applied until it is judged, no other otorepair applies one.

No proof could tell two unproven changes apart. The lease is a file lock in our folder, so it is freed when its holder
ends, in whatever way.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from fcntl import LOCK_EX, LOCK_NB, LOCK_UN, flock
from pathlib import Path
from typing import Final

import anyio

NAME: Final = "lease"
LOOK_EVERY: Final = 0.1
"""Seconds between two tries to get it."""


class Lease:
    """Held by one repair at a time.

    Args:
        folder: ours in the workspace.
        tell: shows a line when another otorepair holds it.
    """

    def __init__(self, folder: Path, tell: Callable[[str], None]) -> None:
        self._file, self._tell = folder / NAME, tell
        self._handle = -1

    async def take(self) -> None:
        """Wait until the lease is ours; return at once if it is already.

        Raises:
            OSError: our folder cannot be written.
        """
        if self._handle >= 0:
            return
        handle = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        told = False
        try:
            while not _locked(handle):
                if not told:
                    self._tell("another otorepair is proving a repair in this workspace; waiting for it")
                    told = True
                await anyio.sleep(LOOK_EVERY)
        except BaseException:
            os.close(handle)
            raise
        self._handle = handle

    def release(self) -> None:
        """Free the lease; do nothing if it is not ours."""
        if self._handle >= 0:
            flock(self._handle, LOCK_UN)
            os.close(self._handle)
            self._handle = -1


def _locked(handle: int) -> bool:
    try:
        flock(handle, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        return False
    return True
