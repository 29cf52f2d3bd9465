"""The status line: it shows the agent at work, and for how long."""

from __future__ import annotations

from otorepair_like import events
from otorepair_like.ui.render import short_id
from otorepair_like.ui.spans import ScreenLine, Span, line
from otorepair_like.ui.style import Symbols
from otorepair_like.ui.text import duration, money

BEAT = 0.125
"""Seconds between two drawings."""


class StatusLine:
    """Follows the events and draws the current activity."""

    def __init__(self, marks: Symbols) -> None:
        self._marks = marks
        self._attempt: events.AttemptStarted | None = None
        self._proving = False
        self._cost: float | None = None
        self._began: float | None = None
        self._run = ""
        self._asked = False
        self._stop = "ctrl-c"
        """The key that stops the attempt."""

    def follow(self, event: events.Event) -> None:
        """Take ``event`` into account."""
        match event:
            case events.RunStarted(prefix=prefix):
                self._stop = f"{prefix} c" if prefix else "ctrl-c"
            case events.AttemptStarted():
                self._attempt, self._proving, self._cost, self._began = event, False, None, None
            case events.AgentSaid(kind="cost", text=text):
                self._cost = _amount(text)
            case events.ChangeApplied():
                self._proving = True
            case events.ChangeProposed(asks=True):
                self._asked = True
            case events.ChangeAnswered():
                self._asked = False
            case events.BudgetSpent(spent=spent, limits=limits):
                self._run = f"{spent.attempts} of {limits.attempts} in this run"
                self._run += f", {money(spent.cost_usd)}" if spent.cost_usd else ""
                self._run += f" of {money(limits.cost_usd)}" if limits.cost_usd else ""
            case events.AttemptEnded() | events.Waiting() | events.RunEnded():
                self._attempt, self._asked = None, False

    @property
    def active(self) -> bool:
        """Return whether there is something to show."""
        return self._attempt is not None and not self._asked

    def line(self, now: float) -> ScreenLine | None:
        """Return the line at ``now``, in seconds of any steady clock; ``None`` if there is nothing to show."""
        event, marks = self._attempt, self._marks
        if event is None or self._asked:
            return None
        if self._began is None:
            self._began = now
        elapsed = now - self._began
        who = f"{short_id(event.fingerprint, event.attempt)} {event.agent}"
        doing = "verifying" if self._proving else f"attempt {event.number}/{event.limit}"
        cost = [money(self._cost)] if self._cost else []
        run = [self._run] if self._run else []
        parts = [who, doing, duration(int(elapsed)), *cost, *run, f"{self._stop} stops it"]
        frame = marks.busy[int(elapsed / BEAT) % len(marks.busy)]
        return line(Span(frame, "busy"), " ", marks.dot.join(parts), elastic=2)


def _amount(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
