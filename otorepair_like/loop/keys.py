"""The keys at the terminal: after the prefix while the program has the keyboard, alone while otorepair waits.

A key is a class of a few lines that registers itself by its letter (the form is learned from pytest-watcher's
``commands.py``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Protocol

from otorepair_like import events
from otorepair_like.incident import Incident
from otorepair_like.loop.machine import inputs
from otorepair_like.loop.status import RunStats
from otorepair_like.repair.ledger import ChangeLedger
from otorepair_like.supervise.child import Child


class KeyTarget(Protocol):
    """The actions that a key can call."""

    incident: Incident | None
    """The newest failure."""

    def post(self, step: inputs.Input) -> None:
        """Have the machine take ``step``."""

    def say(self, text: str) -> None:
        """Show ``text``, a line."""

    def show(self, text: str, *, diff: bool = False) -> None:
        """Show ``text`` as it is, or as a diff is shown."""

    def status(self) -> str:
        """Return the state of the run in a line."""

    def last_diff(self) -> str:
        """Return the diff of the newest change that was applied."""

    def undo(self) -> str:
        """Undo the newest kept repair; return the result in a line."""


class Key:
    """One key."""

    registered: ClassVar[dict[str, Key]] = {}
    letter: ClassVar[str]
    help: ClassVar[str]

    def __init_subclass__(cls) -> None:
        Key.registered[cls.letter] = cls()

    def press(self, board: KeyTarget) -> None:
        """Do what the key is for."""
        raise NotImplementedError


class Restart(Key):
    letter, help = "r", "restart the program"

    def press(self, board: KeyTarget) -> None:
        board.post(inputs.RestartWanted())


class Pause(Key):
    letter, help = "p", "pause repair, or go on with it"

    def press(self, board: KeyTarget) -> None:
        board.post(inputs.PauseWanted())


class RepairNow(Key):
    letter, help = "f", "try to repair the last failure now"

    def press(self, board: KeyTarget) -> None:
        if board.incident:
            board.post(inputs.FixWanted(board.incident))
        else:
            board.say("nothing has failed yet")


class StopAttempt(Key):
    letter, help = "c", "stop the running attempt, and try nothing more at this failure"

    def press(self, board: KeyTarget) -> None:
        board.post(inputs.StopAttemptWanted())


class Diff(Key):
    letter, help = "d", "show the last change"

    def press(self, board: KeyTarget) -> None:
        if changed := board.last_diff():
            board.show(changed, diff=True)
        else:
            board.say("nothing has been changed yet")


class UndoLast(Key):
    letter, help = "u", "undo the last repair"

    def press(self, board: KeyTarget) -> None:
        board.say(board.undo())


class LastError(Key):
    letter, help = "l", "show the last failure"

    def press(self, board: KeyTarget) -> None:
        if board.incident:
            board.show("\n".join(board.incident.evidence))
        else:
            board.say("nothing has failed yet")


class ShowStatus(Key):
    letter, help = "s", "show the state of the run"

    def press(self, board: KeyTarget) -> None:
        board.say(board.status())


class Help(Key):
    letter, help = "h", "show this list"

    def press(self, board: KeyTarget) -> None:
        board.show("\n".join(f"{key.letter}  {key.help}" for key in Key.registered.values()))


class Quit(Key):
    letter, help = "q", "end the run; twice: at once"

    def press(self, board: KeyTarget) -> None:
        board.post(inputs.QuitWanted())


def press(letter: str, board: KeyTarget) -> None:
    """Press the key ``letter``; an unknown one shows the list of keys."""
    Key.registered.get(letter, Key.registered["h"]).press(board)


class KeyActions:
    """A :class:`~otorepair_like.loop.keys.KeyTarget`.

    Args:
        child: returns the program, ``None`` while it is down.
        post: gives the machine an input.
    """

    def __init__(
        self,
        bus: events.Bus,
        ledger: ChangeLedger,
        child: Callable[[], Child | None],
        post: Callable[[inputs.Input], None],
    ) -> None:
        self._bus, self._ledger, self._child, self.post = bus, ledger, child, post
        self.incident: Incident | None = None
        """The newest failure."""
        self._tally = RunStats()
        bus.subscribe(self._tally)

    def say(self, text: str) -> None:
        """Show ``text``, a line."""
        self._bus.publish(events.Notice(text=text))

    def show(self, text: str, *, diff: bool = False) -> None:
        """Show ``text`` as it is, or as a diff is shown."""
        self._bus.publish(events.KeyAnswered(text=text, diff=diff))

    def status(self) -> str:
        """Return the state of the run in a line."""
        return self._tally.line(self._child())

    def last_diff(self) -> str:
        """Return the diff of the newest change that was applied."""
        return self._ledger.last_diff

    def undo(self) -> str:
        """Undo the newest kept repair; return the result in a line."""
        return self._ledger.undo_newest()
