"""``otorepair undo`` and ``otorepair redo``: undo a repair later, or apply it again; later edits stay."""

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
    """Undo one repair, the newest applied one if ``identity`` is empty, and return the exit code.

    Raises:
        OtorepairError: there is none, or its lines were edited since; nothing was changed.
    """
    repair = _chosen(workspace, identity, lambda repair: repair.stands, "undo")
    changed = moves.undo(repair.changes, workspace, workspace / NAME / JOURNAL, repair.folders)
    _note(workspace, replace(repair, undone=True))
    identity, files = repair.attempt.id, ", ".join(changed.paths)
    _say(f"undid {identity}: {repair.attempt.type} in {files}; to apply it again: otorepair redo {identity}")
    return 0


def redo(workspace: Path, identity: str) -> int:
    """Apply one repair again, the last undone one if ``identity`` is empty, and return the exit code.

    Raises:
        OtorepairError: as :func:`undo`.
    """
    repair = _chosen(workspace, identity, lambda repair: repair.undone, "redo")
    changed: ChangeSet = moves.redo(repair.changes, workspace, workspace / NAME / JOURNAL)
    _note(workspace, replace(repair, undone=False))
    identity, files = repair.attempt.id, ", ".join(changed.paths)
    _say(f"applied {identity} again in {files}; to undo it: otorepair undo {identity}")
    return 0


def _chosen(workspace: Path, identity: str, fits: Callable[[Evidence], bool], verb: str) -> Evidence:
    attempts = workspace / NAME / EVIDENCE
    if identity:
        repair = evidences.read(attempts, identity)
        if not repair.changes:
            raise ApplyError(
                f"nothing to {verb}", f"{repair.attempt.id} was never applied ({repair.attempt.verdict})"
            )
        return repair
    matches = [repair for repair in evidences.everything(attempts) if fits(repair)]
    if not matches:
        raise ApplyError(
            f"nothing to {verb}",
            f"no {'applied' if verb == 'undo' else 'undone'} repair in {workspace.resolve()}",
            "see otorepair history",
        )
    return matches[-1] if verb == "redo" else max(matches, key=lambda repair: repair.attempt.time)


def _note(workspace: Path, repair: Evidence) -> None:
    """Record it in the evidence and in the history, which later prompts quote."""
    reason = repair.proof[-1] if repair.proof else repair.attempt.reason
    attempt = replace(repair.attempt, reason=f"{reason}; undone by hand" if repair.undone else reason)
    try:
        evidences.write(workspace / NAME / EVIDENCE, replace(repair, attempt=attempt))
    except OSError as error:
        raise StoreError(
            "done, but the history cannot be updated", error.strerror or str(error), "make room"
        ) from None
    with contextlib.suppress(StoreError):
        store = Store.open(workspace)
        store.add(attempt)
        store.close()


def _say(text: str) -> None:
    print(f"otorepair: {safe(text)}", file=sys.stderr)
