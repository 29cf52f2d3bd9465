"""The state of the run in a line: counts from the bus, and the resources that the program uses."""

from __future__ import annotations

from collections.abc import Callable

from otorepair_like import events
from otorepair_like.attempt import Verdict
from otorepair_like.repair.plan.budget import in_words
from otorepair_like.supervise.child import Child
from otorepair_like.supervise.process.stats import listeners, stats

MEGABYTE = 1_000_000
ANEW_EVERY = 30.0
"""Seconds between two measurements of the program's resources; each costs milliseconds."""
AFTER_START = 1.0
"""Seconds before a new process is measured."""


class RunStats:
    """Counts failures, attempts and repairs of the run. A bus reader."""

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
        """Return the state in a line; ``child`` ``None``: the program is down."""
        counts = f"{_some(len(self._incidents), 'incident')}, {_some(self._repairs, 'repair')}"
        counts += f" in {_some(self._attempts, 'attempt')}"
        spent = ", ".join(in_words(self._budget.spent, self._budget.limits))
        return f"{_child(child)} · {counts} · spent: {spent}"


def _some(number: int, what: str) -> str:
    plural = "es" if what.endswith("s") else "s"
    return f"{number} {what}{'' if number == 1 else plural}"


def _child(child: Child | None) -> str:
    if child is None:
        return "the program is down"
    now = stats(child.janitor)
    used = f"{_some(now.processes, 'process')}, {now.cpu:.1f} s CPU, {now.memory / MEGABYTE:.0f} MB"
    ports = ", ".join(str(found.port) for found in listeners(child.janitor))
    return f"pid {child.pid}, up {now.seconds:.0f} s, {used}" + (f", listens on {ports}" if ports else "")


class WindowTitle:
    """Shows the line of ``ctrl-t s`` in the window title: after each event, and now and then.

    Args:
        show: takes the text.
        child: the program to measure.
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
        """Show the line if that is due at ``now`` (monotonic seconds); return the time of the next call."""
        if self._starting:
            self._starting, self._due = False, now + AFTER_START
        elif now >= self._due:
            self._due = now + ANEW_EVERY
            self._show("otorepair · " + self._tally.line(self._child if self._up else None))
        return self._due
