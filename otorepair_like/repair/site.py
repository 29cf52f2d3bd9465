"""The places of a run's repairs: the user's workspace, our folder in it, and the private copy with its lock."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import anyio

from otorepair_like.memory.folder import JOURNAL, NAME
from otorepair_like.workspace.private_copy import PrivateCopy


@dataclass(frozen=True, slots=True)
class RepairSite:
    """The places of a run's repairs.

    Args:
        copy: the private copy.
        free: lock that is held during work in the copy.
    """

    workspace: Path
    copy: PrivateCopy
    free: anyio.Lock = field(default_factory=anyio.Lock)

    @property
    def folder(self) -> Path:
        """Return our folder in the workspace."""
        return self.workspace / NAME

    @property
    def journal(self) -> Path:
        """Return the journal's path: each write into the workspace notes there what it is about to do."""
        return self.folder / JOURNAL
