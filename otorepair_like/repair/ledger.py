"""The changes of this run in the workspace, waiting for their verdict or kept, and their undo."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from otorepair_like import events
from otorepair_like.attempt import Verdict
from otorepair_like.errors import OtorepairError
from otorepair_like.memory.folder import EVIDENCE
from otorepair_like.repair import evidence as evidences
from otorepair_like.repair.evidence import Evidence
from otorepair_like.repair.history import RepairHistory
from otorepair_like.repair.plan.plan import ChangeDecision
from otorepair_like.repair.proof.proof import Judgement
from otorepair_like.repair.unproven_marks import KILLED, UnprovenMarks
from otorepair_like.workspace.apply import Applied


@dataclass(slots=True)
class _Entry:
    """An applied change that waits for its verdict, or was kept."""

    key: str
    evidence: Evidence
    applied: Applied
    started: float


class ChangeLedger:
    """Holds every change of this run in the workspace, and records the end of each attempt.

    Args:
        folder: ours in the workspace.
        release: called when no change is unproven any more.
    """

    def __init__(
        self,
        folder: Path,
        history: RepairHistory,
        bus: events.Bus,
        release: Callable[[], None] = lambda: None,
    ) -> None:
        self._folder, self._history, self._bus, self._release = folder, history, bus, release
        self._marks = UnprovenMarks(folder)
        self._pending: list[_Entry] = []
        self._kept: list[_Entry] = []

    def add(self, key: str, evidence: Evidence, applied: Applied, started: float) -> None:
        """Add a change for the ticket ``key`` that is in the workspace and awaits its verdict.

        If otorepair is killed before the verdict, the next one undoes the change.
        """
        self._pending.append(_Entry(key, evidence, applied, started))
        self._write(replace(evidence, proof=(*evidence.proof, KILLED)))
        try:
            self._marks.set(evidence.attempt.id)
        except OSError as error:
            text = f"{evidence.attempt.id} cannot be marked as unproven: {error.strerror or error}"
            self._bus.publish(events.Notice(text=text, level=1))

    def settle(self, decision: ChangeDecision, judgement: Judgement) -> None:
        """Carry out the decision about the newest change."""
        match decision:
            case ChangeDecision.KEEP:
                self.keep(judgement)
            case ChangeDecision.HOLD:
                self.hold(judgement)
            case ChangeDecision.UNDO:
                self.undo(judgement)

    @property
    def pending_paths(self) -> tuple[str, ...]:
        """Return the files that are changed and not proven yet, relative to the workspace."""
        return tuple(path for entry in self._pending for path in entry.applied.changes.paths)

    def hold(self, judgement: Judgement) -> None:
        """Leave the newest change in place until the next verdict: its failure is gone, but another came."""
        self._bus.publish(events.Notice(text=f"progress: {judgement.proof}"))
        newest = self._pending[-1]
        newest.evidence = replace(newest.evidence, proof=(*newest.evidence.proof, judgement.proof))

    def keep(self, judgement: Judgement) -> None:
        """Keep the newest change, and all that were held."""
        for entry in self._pending:
            self._judged(entry, judgement.verdict, judgement.proof)
        self._kept += self._pending
        self._pending.clear()
        self._release()

    def undo(self, judgement: Judgement) -> None:
        """Undo the newest change and all that were held, newest first."""
        if judgement.verdict.keeps_change:  # unproven, where proof is required
            judgement = replace(judgement, verdict=Verdict.FAILED, proof=f"not proven: {judgement.proof}")
        for entry in reversed(self._pending):
            self._undo(entry, judgement)
        self._pending.clear()
        self._release()

    def confirm_kept(self, key: str, judgement: Judgement) -> None:
        """Give what was kept unproven for the ticket ``key`` the verdict that it has earned since."""
        for entry in self._kept:
            if entry.key == key and entry.evidence.attempt.verdict is Verdict.UNPROVEN:
                self._judged(entry, judgement.verdict, judgement.proof)

    def undo_kept(self, key: str, judgement: Judgement) -> None:
        """Undo the changes kept for the ticket ``key``: its failure came again."""
        for entry in [entry for entry in self._kept if entry.key == key]:
            self._kept.remove(entry)
            if saved := entry.applied.changed_since():
                files = ", ".join(saved)
                text = f"{judgement.proof}; the repair stays, since you have saved {files} after it"
                self._bus.publish(events.Notice(text=text))
            else:
                self._undo(entry, judgement)

    def undo_newest(self) -> str:
        """Undo the newest kept repair of this run, as a person asked; return the result in a line."""
        if not self._kept:
            return "this run has no repair to undo"
        entry = self._kept.pop()
        try:
            left = entry.applied.take_back()
        except OtorepairError as error:
            self._kept.append(entry)
            return str(error)
        self._write(replace(entry.evidence, undone=True))
        alone = f"; left alone: {', '.join(left)}" if left else ""
        return f"undid {entry.evidence.attempt.id}: {', '.join(entry.applied.changes.paths)}{alone}"

    @property
    def last_diff(self) -> str:
        """Return the diff of the newest applied change, kept or not."""
        newest = (self._pending or self._kept)[-1:]
        return newest[0].evidence.attempt.diff if newest else ""

    def close(self) -> None:
        """Undo every change without a verdict, however the run ended."""
        self.undo(Judgement(Verdict.INTERRUPTED, progress=False, proof="undone before it was proven"))

    def end(self, evidence: Evidence, proof: str, *, keep: bool = True) -> None:
        """Publish the end of an attempt; ``keep``: whether it goes into the history."""
        if keep:
            self._history.add(evidence.attempt)
            self._write(evidence)
        self._bus.publish(events.AttemptEnded(attempt=evidence.attempt, proof=proof))

    def _undo(self, entry: _Entry, judgement: Judgement) -> None:
        proof = judgement.proof
        try:
            left = entry.applied.take_back()
            if left:
                proof += "; left alone, you changed them meanwhile: " + ", ".join(left)
        except OtorepairError as error:
            proof += f"; {error}"
        self._judged(entry, judgement.verdict, proof)

    def _judged(self, entry: _Entry, verdict: Verdict, proof: str) -> None:
        seconds = round(time.monotonic() - entry.started, 3)
        attempt = replace(entry.evidence.attempt, verdict=verdict, reason=proof, seconds=seconds)
        entry.evidence = replace(entry.evidence, attempt=attempt, proof=(*entry.evidence.proof, proof))
        self.end(entry.evidence, proof)
        self._marks.remove(attempt.id)

    def _write(self, evidence: Evidence) -> None:
        try:
            evidences.write(self._folder / EVIDENCE, evidence)
        except OSError as error:
            why = error.strerror or str(error)
            text = (
                f"cannot keep the evidence of {evidence.attempt.id}: {why}; 'otorepair undo' will not know it"
            )
            self._bus.publish(events.Notice(text=text))
