"""``otorepair undo`` and ``otorepair redo``: a repair is taken back later, or put in again; what came since stays."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from otorepair_like.errors import ApplyError, StoreError
from otorepair_like.memory.folder import EVIDENCE, JOURNAL, NAME
from otorepair_like.memory.store import Store
from otorepair_like.repair import evidence as evidences
from otorepair_like.repair.evidence import Evidence
from otorepair_like.ui.text import safe
from otorepair_like.workspace import undo as moves
from otorepair_like.workspace.change_set import ChangeSet


def undo(workspace: Path, identity: str) -> int:
    """Take back one repair, the newest that stands if ``identity`` is empty, and return the exit code.

    Raises:
        OtorepairError: there is none, or its lines were changed since; nothing was changed.
    """
    one = _chosen(workspace, identity, lambda one: one.stands, "undo")
    changed = moves.undo(one.changes, workspace, workspace / NAME / JOURNAL, one.folders)
    _note(workspace, replace(one, undone=True))
    _say(
        f"took back {one.attempt.id}, {one.attempt.type} in {', '.join(changed.paths)}; otorepair redo {one.attempt.id}"
    )
    return 0


def redo(workspace: Path, identity: str) -> int:
    """Put one repair in again, the last one taken back if ``identity`` is empty, and return the exit code.

    Raises:
        OtorepairError: as :func:`undo`.
    """
    one = _chosen(workspace, identity, lambda one: one.undone, "redo")
    changed: ChangeSet = moves.redo(one.changes, workspace, workspace / NAME / JOURNAL)
    _note(workspace, replace(one, undone=False))
    _say(f"put {one.attempt.id} in again, in {', '.join(changed.paths)}; otorepair undo {one.attempt.id}")
    return 0


def _chosen(workspace: Path, identity: str, fits: Callable[[Evidence], bool], verb: str) -> Evidence:
    attempts = workspace / NAME / EVIDENCE
    if identity:
        one = evidences.read(attempts, identity)
        if not one.changes:
            raise ApplyError(
                f"nothing to {verb}", f"{one.attempt.id} was never applied ({one.attempt.verdict})"
            )
        return one
    found = [one for one in evidences.everything(attempts) if fits(one)]
    if not found:
        raise ApplyError(
            f"nothing to {verb}",
            f"no repair {'stands' if verb == 'undo' else 'was taken back'} in {workspace.resolve()}",
            "see otorepair history",
        )
    return found[-1] if verb == "redo" else max(found, key=lambda one: one.attempt.time)


def _note(workspace: Path, one: Evidence) -> None:
    """In the evidence, and in the history, from which later prompts quote."""
    reason = one.proof[-1] if one.proof else one.attempt.reason
    attempt = replace(one.attempt, reason=f"{reason}; taken back by hand" if one.undone else reason)
    try:
        evidences.write(workspace / NAME / EVIDENCE, replace(one, attempt=attempt))
    except OSError as error:
        raise StoreError("done, but it cannot be noted", error.strerror or str(error), "make room") from None
    with contextlib.suppress(StoreError):
        store = Store.open(workspace)
        store.add(attempt)
        store.close()


def _say(text: str) -> None:
    print(f"otorepair: {safe(text)}", file=sys.stderr)
