"""The screen: a reader of events that writes our own lines between those of the program.

Each option shows:

================  =====================================================================================
option            events
================  =====================================================================================
``-q``            none
(none)            the start; an incident when it is first seen and each time it is handled; attempts, the
                  agent's messages, the change and the verdict; a triage that is unsure; a pause before a
                  restart; the breaker; waiting; giving up; notices of level 0
``-v``            each ignored incident; start, end and restart of the program; the steps that stop it; the
                  budget spent; the end of the run; diffs and agents' messages in full; refused diffs
``-vv``           every triage answer; how each failure ended
``-vvv``          prompts; the output lines of an incident and those before it
================  =====================================================================================

Each notice carries its own level.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from otorepair_like import events
from otorepair_like.errors import GAVE_UP
from otorepair_like.ui.render import render
from otorepair_like.ui.spans import ScreenLine, draw
from otorepair_like.ui.status import BEAT, StatusLine
from otorepair_like.ui.style import ASCII, SYMBOLS, View


def columns_of_stderr() -> int:
    """Return the width of the terminal at stderr; 80 without one."""
    try:
        return os.get_terminal_size(2).columns or 80
    except OSError:
        return 80


class TerminalView:
    """Reads events and writes lines.

    Args:
        write: takes whole lines, each with its newline.
        status: shows the status line, or removes it (``None``).
        color, symbols, interactive: as :func:`otorepair_like.ui.style.decide` says.
        verbosity: how many ``-v``.
        quiet: print nothing at all.
        columns: returns the width of the terminal; called for each line that must fit.
    """

    def __init__(
        self,
        write: Callable[[str], None],
        status: Callable[[str | None], None],
        *,
        color: bool,
        symbols: bool,
        interactive: bool,
        verbosity: int,
        quiet: bool,
        columns: Callable[[], int] = columns_of_stderr,
    ) -> None:
        self._write, self._show_status, self._columns = write, status, columns
        self._color, self._interactive, self._quiet = color, interactive, quiet
        self._view = View(SYMBOLS if symbols else ASCII, verbosity)
        self._status = StatusLine(self._view.marks)
        self._shown = False
        self._seen: set[str] = set()

    def __call__(self, event: events.Event) -> None:
        """Show ``event`` if its level is enabled."""
        if self._quiet:
            return
        if isinstance(event, events.RunStarted):
            self._view = self._view._replace(workspace=event.workspace)
        self._status.follow(event)
        if self._shown and not self._status.active:
            self._show_status(None)
            self._shown = False
        if isinstance(event, events.Typing):
            self._show_status(event.text or None)
            self._shown = bool(event.text)
        if self._level(event) > self._view.verbosity:
            return
        lines = render(event, self._view)
        if lines:
            self._write("".join(self._draw(line) + "\n" for line in lines))

    def tick(self, now: float) -> float | None:
        """Draw the status line.

        Args:
            now: seconds of a steady clock.

        Returns:
            When to call it again; ``None`` if there is no status line.
        """
        line = self._status.line(now) if self._interactive and not self._quiet else None
        if line is None:
            return None
        self._show_status(self._draw(line))
        self._shown = True
        return now + BEAT

    def _draw(self, line: ScreenLine) -> str:
        columns = self._columns() - 1 if self._interactive else None
        return draw(line, color=self._color, columns=columns, more=self._view.marks.more)

    def _level(self, event: events.Event) -> int:
        """Return how many ``-v`` it takes to show ``event``, by the table above."""
        match event:
            case events.IncidentSeen(incident=incident, ignored=ignored):
                known = incident.fingerprint in self._seen
                self._seen.add(incident.fingerprint)
                return 1 if ignored and known else 0
            case events.AttemptStarted():
                return 1 if self._interactive else 0  # the status line shows it
            case events.Restarting(pause=pause):
                return 0 if pause else 1
            case events.TriageAnswered(error=error):
                return 0 if error is None else 2
            case events.RunEnded(code=code):
                return 0 if code == GAVE_UP else 1
            case events.Notice(level=level):
                return level
            case events.IncidentClosed():
                return 2  # what led to it was told
            case events.PromptSent():
                return 3
            case events.ChildStarted() | events.ChildExited() | events.StopStep() | events.BudgetSpent():
                return 1
        return 0
