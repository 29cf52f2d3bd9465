"""How the run is doing: a reader of the bus that counts, and asks the system about the child's tree."""

from __future__ import annotations

from otorepair_like import events
from otorepair_like.attempt import Verdict
from otorepair_like.repair.budget import in_words
from otorepair_like.supervise.child import Child
from otorepair_like.supervise.process.stats import listeners, stats

MEGABYTE = 1_000_000


class RunStats:
    """Counts what happened in the run. A bus reader."""

    def __init__(self) -> None:
        self._incidents: set[str] = set()
        self._attempts = self._repairs = 0
        self._budget = events.BudgetSpent(spent=events.Amounts(), limits=events.Amounts())

    def __call__(self, event: events.Event) -> None:
        """Count ``event``."""
        match event:
            case events.IncidentSeen(incident=incident):
                self._incidents.add(incident.fingerprint)
            case events.AttemptEnded(attempt=attempt):
                self._attempts += 1
                self._repairs += attempt.verdict in (Verdict.VERIFIED, Verdict.UNPROVEN)
            case events.BudgetSpent():
                self._budget = event

    def line(self, child: Child | None) -> str:
        """All of it in a line; ``None``: the child is down."""
        counts = f"{_some(len(self._incidents), 'incident')}, {_some(self._repairs, 'repair')}"
        counts += f" in {_some(self._attempts, 'attempt')}"
        spent = ", ".join(in_words(self._budget.spent, self._budget.limits))
        return f"{_child(child)} · {counts} · spent: {spent}"


def _some(number: int, what: str) -> str:
    plural = "es" if what.endswith("s") else "s"
    return f"{number} {what}{'' if number == 1 else plural}"


def _child(child: Child | None) -> str:
    if child is None:
        return "the child is down"
    now = stats(child.janitor)
    used = f"{_some(now.processes, 'process')}, {now.cpu:.1f} s CPU, {now.memory / MEGABYTE:.0f} MB"
    ports = ", ".join(str(found.port) for found in listeners(child.janitor))
    return f"pid {child.pid}, up {now.seconds:.0f} s, {used}" + (f", listens on {ports}" if ports else "")
