"""How the run is doing: a reader of the bus that counts, and asks the system about the child's tree."""

from __future__ import annotations

from collections.abc import Callable

from otorepair_like import events
from otorepair_like.attempt import Verdict
from otorepair_like.repair.budget import in_words
from otorepair_like.supervise.child import Child
from otorepair_like.supervise.process.stats import listeners, stats

MEGABYTE = 1_000_000
ANEW_EVERY = 30.0
"""Seconds; what the tree uses is asked so seldom because asking costs milliseconds."""
AFTER_START = 1.0
"""Seconds that a new child has to itself before its use is asked for."""


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


class WindowTitle:
    """Shows the line of ``ctrl-t s`` when something happened, and now and then.

    Args:
        show: takes the text.
        child: whose tree is looked at.
    """

    def __init__(self, show: Callable[[str], None], child: Child) -> None:
        self._show, self._child = show, child
        self._tally = RunStats()
        self._up = self._starting = False
        self._due = 0.0

    def __call__(self, event: events.Event) -> None:
        """Take note of ``event``."""
        self._tally(event)
        match event:
            case events.ChildStarted():
                self._up = self._starting = True
            case events.ChildExited():
                self._up, self._due = False, 0.0
            case events.IncidentSeen() | events.AttemptEnded() | events.BudgetSpent():
                self._due = 0.0

    def tick(self, now: float) -> float:
        """Show it if that is due at ``now`` (monotonic seconds); when to be called again."""
        if self._starting:
            self._starting, self._due = False, now + AFTER_START
        elif now >= self._due:
            self._due = now + ANEW_EVERY
            self._show("otorepair · " + self._tally.line(self._child if self._up else None))
        return self._due
