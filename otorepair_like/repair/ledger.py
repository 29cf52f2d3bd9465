"""Changes of ours in the workspace: those that await their verdict, and those that were kept; and the way back."""

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
from otorepair_like.repair.history import History
from otorepair_like.repair.plan import Decision
from otorepair_like.repair.proof import Judgement
from otorepair_like.repair.unproven_marks import KILLED, UnprovenMarks
from otorepair_like.workspace.apply import Applied


@dataclass(slots=True)
class _Entry:
    """An applied change: it waits for its verdict, or was kept."""

    key: str
    evidence: Evidence
    applied: Applied
    started: float


class ChangeLedger:
    """Knows every change of this run in the workspace, and writes down what became of each attempt.

    Args:
        folder: ours in the workspace.
        release: called when no change is unproven any more.
    """

    def __init__(
        self, folder: Path, history: History, bus: events.Bus, release: Callable[[], None] = lambda: None
    ) -> None:
        self._folder, self._history, self._bus, self._release = folder, history, bus, release
        self._marks = UnprovenMarks(folder)
        self._pending: list[_Entry] = []
        self._kept: list[_Entry] = []

    def add(self, key: str, evidence: Evidence, applied: Applied, started: float) -> None:
        """Note a change for the ticket ``key`` that is in the workspace and awaits its verdict.

        Should we be killed before that, the next otorepair undoes it.
        """
        self._pending.append(_Entry(key, evidence, applied, started))
        self._write(replace(evidence, proof=(*evidence.proof, KILLED)))
        try:
            self._marks.set(evidence.attempt.id)
        except OSError as error:
            text = f"{evidence.attempt.id} cannot be marked as unproven: {error.strerror or error}"
            self._bus.publish(events.Notice(text=text, level=1))

    def settle(self, decision: Decision, judgement: Judgement) -> None:
        """Do what was decided about the newest change."""
        match decision:
            case Decision.KEEP:
                self.keep(judgement)
            case Decision.HOLD:
                self.hold(judgement)
            case Decision.UNDO:
                self.undo(judgement)

    @property
    def pending_paths(self) -> tuple[str, ...]:
        """The files that are changed and not proven yet, relative to the workspace."""
        return tuple(path for entry in self._pending for path in entry.applied.changes.paths)

    def hold(self, judgement: Judgement) -> None:
        """Leave the newest change in place: the failure it was for is gone, and what follows is judged with it."""
        self._bus.publish(events.Notice(text=f"progress: {judgement.proof}"))
        newest = self._pending[-1]
        newest.evidence = replace(newest.evidence, proof=(*newest.evidence.proof, judgement.proof))

    def keep(self, judgement: Judgement) -> None:
        """Keep the newest change, and those held before that led to it."""
        for entry in self._pending:
            self._judged(entry, judgement.verdict, judgement.proof)
        self._kept += self._pending
        self._pending.clear()
        self._release()

    def undo(self, judgement: Judgement) -> None:
        """Undo the newest change and all that were held, newest first."""
        for entry in reversed(self._pending):
            self._undo(entry, judgement)
        self._pending.clear()
        self._release()

    def undo_kept(self, key: str, judgement: Judgement) -> None:
        """Undo what was kept for the ticket ``key``: its failure came again."""
        for entry in [entry for entry in self._kept if entry.key == key]:
            self._kept.remove(entry)
            self._undo(entry, judgement)

    def undo_newest(self) -> str:
        """Undo the newest kept repair of this run, as a person asked; return what came of it, in a line."""
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
        """The newest change that was applied, kept or not."""
        newest = (self._pending or self._kept)[-1:]
        return newest[0].evidence.attempt.diff if newest else ""

    def close(self) -> None:
        """Undo what was not judged, whatever ended the run."""
        self.undo(Judgement(Verdict.INTERRUPTED, progress=False, proof="undone before it was proven"))

    def end(self, evidence: Evidence, proof: str, *, keep: bool = True) -> None:
        """Tell that an attempt is over; ``keep``: whether it goes into the history."""
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
                f"no evidence of {evidence.attempt.id} can be kept: {why}; 'otorepair undo' will not know it"
            )
            self._bus.publish(events.Notice(text=text))
