"""The program's side of the machine: its starts, stops and restarts. Pure."""

from __future__ import annotations

import signal

from otorepair_like import errors, events
from otorepair_like.loop.machine import commands
from otorepair_like.loop.machine.states import CHILD, ChildState, follow

SHELL = "/bin/sh"
SHORT_LIFE = 1.0
"""Seconds; a program that lives shorter died on start."""
STARTING = 15.0
"""Seconds; a program that dies earlier may have died while it was starting."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds between starts of a program that keeps dying on start; doubled each time."""


class Lifecycle:
    """One process tree at a time: the old one is gone before the next one starts.

    The first one is started before there is a machine.

    Args:
        out: where commands go; shared with the machine.
    """

    def __init__(self, out: list[commands.Command]) -> None:
        self._out = out
        self.state = ChildState.STARTING
        self.starts = 0
        self.status = 0
        """The last exit status."""
        self.stale = False
        """True while it runs code that was undone after its start."""
        self.start_at: float | None = None
        """The time at which a postponed start is due."""
        self._short_lives = 0
        self._since = 0.0
        self._on_the_way = 0.0
        self._was_up = False
        self._start_when_gone = False

    @property
    def up(self) -> bool:
        """Return whether it runs and nobody is stopping it."""
        return self.state in (ChildState.STARTING, ChildState.UP)

    @property
    def over(self) -> bool:
        """Return whether it has ended and nothing is to start it again."""
        starts = self._start_when_gone or self.start_at is not None
        return self.state in (ChildState.NONE, ChildState.DOWN) and not starts

    def came_up(self, pid: int, now: float) -> None:
        """Note that it was started."""
        self.state = follow(CHILD, self.state, "up")
        self.starts += 1
        self._since, self._was_up = now, False
        self._tell(events.ChildStarted(pid=pid, start=self.starts))

    def went_down(self, status: int, now: float) -> bool:
        """Note that it ended; return whether by itself, and not because we stopped it."""
        by_itself, self.status = self.state is ChildState.UP, status
        self.state = follow(CHILD, self.state, "down")
        lived = now - self._since
        if by_itself and lived < STARTING:
            self._on_the_way = lived
        self._was_up = self._was_up or lived >= STARTING
        if by_itself:
            self._short_lives = self._short_lives + 1 if lived < SHORT_LIFE else 0
        self._tell(events.ChildExited(status=status, up=lived))
        return by_itself

    def ready(self, now: float) -> None:
        """Note that it is ready, by the sign that the user named."""
        self._was_up = True
        self._on_the_way = now - self._since

    @property
    def was_up(self) -> bool:
        """Return whether it was past its start when it ended, as far as its life tells."""
        return self._was_up

    def long_enough(self, least: float) -> float:
        """Return the seconds of life that prove health: at least twice as long as it took to start, or to die then."""
        return max(least, 2 * self._on_the_way)

    def gone(self, now: float) -> None:
        """Note that no process of it is left, and start the next one if that was asked for."""
        self.state = follow(CHILD, self.state, "gone")
        if self._start_when_gone:
            self._start_when_gone = False
            self.start(now)

    def start(self, now: float) -> None:
        """Start it as soon as nothing of the old one is left, after a pause if it keeps dying on start."""
        if self.state is not ChildState.NONE:
            self._start_when_gone = True
            return
        pause = (
            min(FIRST_PAUSE * 2 ** (self._short_lives - 2), LONGEST_PAUSE) if self._short_lives > 1 else 0.0
        )
        if pause:
            self._tell(events.Restarting(reason="it keeps dying on start", pause=pause))
            self.start_at = now + pause
        else:
            self._start()

    def restart(self, reason: str, now: float) -> None:
        """Stop it if it runs, and start it."""
        self._tell(events.Restarting(reason=reason))
        self.stop(signal.SIGTERM)
        self.start(now)

    def stop(self, number: int) -> None:
        """Begin the stop ladder with signal ``number``, if it runs."""
        if self.up:
            self.state = follow(CHILD, self.state, "stop")
            self._out.append(commands.StopChild(number))

    def tick(self, now: float) -> None:
        """Start it if a postponed start is due."""
        if self.start_at is not None and now >= self.start_at:
            self._start()

    def forgive(self) -> None:
        """Forget the short lives: something changed, so the next start needs no pause."""
        self._short_lives = 0

    def _start(self) -> None:
        self.state = follow(CHILD, self.state, "start")
        self.start_at, self.stale = None, False
        self._out.append(commands.StartChild())

    def cancel_start(self) -> None:
        """Cancel a start that is still to come."""
        self.start_at = None
        self._start_when_gone = False

    def _tell(self, event: events.Event) -> None:
        self._out.append(commands.Tell(event))


def exit_code(status: int) -> int:
    """Return an exit status as a shell reports it: 128 + n for a program that signal n ended."""
    return 128 - status if status < 0 else status


def is_failure(status: int, program: str) -> bool:
    """Return whether ``status`` is a failure of the program; a shell that could not run the command is none."""
    return status != 0 and not (program == SHELL and status in (errors.CANNOT_EXECUTE, errors.NOT_FOUND))
