"""Taking an attempt back later, and putting it in again, merged with all that came since."""

from __future__ import annotations

import os
from pathlib import Path

from otorepair_like.errors import ApplyError
from otorepair_like.workspace.apply import rebase, writing
from otorepair_like.workspace.change_set import ChangeSet
from otorepair_like.workspace.transaction import Transaction


def undo(changes: ChangeSet, workspace: Path, journal: Path, folders: tuple[str, ...] = ()) -> ChangeSet:
    """Take back ``changes``, applied some time ago; edits made since stay.

    Args:
        folders: folders the attempt made; removed where they are empty then.

    Returns:
        What was really changed now.

    Raises:
        ApplyError: the user has since changed the same lines, it is undone already, or a file cannot be written;
            nothing was changed.
    """
    return _move(changes.inverse(), workspace, journal, folders, "undo", "undone")


def redo(changes: ChangeSet, workspace: Path, journal: Path) -> ChangeSet:
    """Put ``changes`` in again after an undo; returns and raises as :func:`undo`."""
    return _move(changes, workspace, journal, (), "redo", "in the workspace")


def _move(
    changes: ChangeSet, workspace: Path, journal: Path, folders: tuple[str, ...], verb: str, done: str
) -> ChangeSet:
    workspace = Path(os.path.realpath(workspace))
    with writing(journal):
        rebased, conflicts = rebase(changes, workspace)
        if conflicts:
            why = f"you have since changed the same lines of {', '.join(conflicts)}"
            raise ApplyError(f"cannot {verb}", why, "nothing was changed; edit them by hand")
        if not rebased and not any(os.path.isdir(workspace / folder) for folder in folders):
            raise ApplyError(f"nothing to {verb}", f"it is {done} already")
        Transaction(rebased, workspace, journal, back=True, obsolete=folders).run()
    return rebased
