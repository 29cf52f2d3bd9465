"""What a key can do: the one place where a person's wishes meet the run."""

from __future__ import annotations

from collections.abc import Callable

from otorepair_like import events
from otorepair_like.incident import Incident
from otorepair_like.loop import inputs
from otorepair_like.loop.status import RunStats
from otorepair_like.repair.runner import AttemptRunner
from otorepair_like.supervise.child import Child


class KeyActions:
    """A :class:`~otorepair_like.loop.keys.Keyboard`.

    Args:
        child: it, ``None`` while it is down.
        post: has the machine take a step.
    """

    def __init__(
        self,
        bus: events.Bus,
        attempts: AttemptRunner,
        child: Callable[[], Child | None],
        post: Callable[[inputs.Input], None],
    ) -> None:
        self._bus, self._attempts, self._child, self.post = bus, attempts, child, post
        self.incident: Incident | None = None
        """The newest failure seen."""
        self._tally = RunStats()
        bus.subscribe(self._tally)

    def say(self, text: str) -> None:
        """Show ``text``, a line."""
        self._bus.publish(events.Notice(text=text))

    def show(self, text: str, *, diff: bool = False) -> None:
        """Show ``text`` as it is, or as a diff is shown."""
        self._bus.publish(events.KeyAnswered(text=text, diff=diff))

    def status(self) -> str:
        """How the run is doing, in a line."""
        return self._tally.line(self._child())

    def last_diff(self) -> str:
        """The newest change that was applied."""
        return self._attempts.last_diff

    def undo(self) -> str:
        """Take back the newest kept repair; what came of it, in a line."""
        return self._attempts.undo()
