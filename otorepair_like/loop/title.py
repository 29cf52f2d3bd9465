"""How the run is doing, in the title of the terminal's window. A reader of the bus."""

from __future__ import annotations

from collections.abc import Callable

from otorepair_like import events
from otorepair_like.loop.status import RunStats
from otorepair_like.supervise.child import Child

ANEW_EVERY = 30.0
"""Seconds; what the tree uses is asked so seldom because asking costs milliseconds."""
AFTER_START = 1.0
"""Seconds that a new child has to itself before its use is asked for."""


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
