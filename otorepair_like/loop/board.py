"""What a key can do: the one place where a person's wishes meet the run."""

from __future__ import annotations

import time
from collections.abc import Callable

from otorepair_like import events
from otorepair_like.incident import Incident
from otorepair_like.loop import steps
from otorepair_like.loop.attempts import Attempts
from otorepair_like.loop.tally import Tally


class Board:
    """A :class:`~otorepair_like.loop.keys.Keyboard`.

    Args:
        pid: the child's, 0 while it is down.
        post: has the machine take a step.
    """

    def __init__(
        self, bus: events.Bus, attempts: Attempts, pid: Callable[[], int], post: Callable[[steps.Input], None]
    ) -> None:
        self._bus, self._attempts, self._pid, self.post = bus, attempts, pid, post
        self.incident: Incident | None = None
        """The newest failure seen."""
        self._tally = Tally()
        bus.subscribe(self._tally)

    def say(self, text: str) -> None:
        """Show ``text``, line by line."""
        for line in text.splitlines():
            self._bus.publish(events.Notice(text=line))

    def status(self) -> str:
        """How the run is doing, in a line."""
        return self._tally.line(self._pid(), time.monotonic())

    def last_diff(self) -> str:
        """The newest change that was applied."""
        return self._attempts.last_diff

    def undo(self) -> str:
        """Take back the newest kept repair; what came of it, in a line."""
        return self._attempts.undo()
