"""Where repairs are made: the user's workspace, our folder in it, and the private copy with its lock."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import anyio

from otorepair_like.memory.folder import JOURNAL, NAME
from otorepair_like.workspace.private_copy import PrivateCopy


@dataclass(frozen=True, slots=True)
class RepairSite:
    """The place of a run's repairs.

    Args:
        copy: the private copy.
        free: held while somebody works in the copy.
    """

    workspace: Path
    copy: PrivateCopy
    free: anyio.Lock = field(default_factory=anyio.Lock)

    @property
    def folder(self) -> Path:
        """Ours in the workspace."""
        return self.workspace / NAME

    @property
    def journal(self) -> Path:
        """Where a write into the workspace notes what it is about to do."""
        return self.folder / JOURNAL
