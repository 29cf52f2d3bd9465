"""One tree of a child from its start until it is gone: what its janitor says, and its relays."""

from __future__ import annotations

import errno
import os

from otorepair_like.supervise.messages import Exited, Gone, LeftBehind, LeftOver, SignalSent, Started, Stopped
from otorepair_like.supervise.process import wire
from otorepair_like.supervise.process.lowlevel import Latch, allocate_lock, signal, start_new_thread
from otorepair_like.supervise.relay import Relay

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from collections.abc import Callable
    from socket import socket

    from otorepair_like.supervise.mailbox import Mailbox
    from otorepair_like.supervise.terminal.output import Screen


class ProcessTree:
    """One tree from its start until it is gone: listens to its janitor."""

    def __init__(self, control: socket, mailbox: Mailbox) -> None:
        self.control = control
        self.pid = self.janitor = 0
        self.over = Latch()
        """Released when ``Gone`` was posted."""
        self._mailbox = mailbox
        self._relays: list[Relay] = []
        self._screen: Screen | None = None
        self._status: int | None = None
        self._undrained = 0
        self._lock, self._drained = allocate_lock(), Latch()

    def begin(self) -> None:
        """Wait for the start.

        Raises:
            OSError: there is none; ``filename`` is ``cwd`` or ``program``, whichever failed.
        """
        match wire.receive(self.control):
            case ("started", pid, janitor):
                self.pid, self.janitor = pid, janitor
                self._mailbox.post(Started(pid))
            case ("failed", number, place):
                raise OSError(number, os.strerror(number), place)
            case _:
                raise OSError(errno.ESRCH, "its janitor was killed", "program")

    def relay(
        self, sources: dict[int, str], screen: Screen | None, changed: dict[int, Callable[[], None]]
    ) -> None:
        """Relay each of ``sources``, and listen.

        Args:
            changed: for those that are terminals in packet mode, who is told that their settings changed.
        """
        self._undrained = len(sources)
        self._screen = screen
        self._relays += [
            Relay(source, stream, screen, self._mailbox, self._one_drained, changed.get(source))
            for source, stream in sources.items()
        ]
        if not sources:
            self._drained.release()
        start_new_thread(self._listen, ())

    def abandon(self) -> None:
        """Let ``Exited`` and ``Gone`` come although a reader of ours does not take what is left."""
        for relay in self._relays:
            relay.abandon()

    def _listen(self) -> None:
        left = 0
        while (message := wire.receive(self.control)) is not None:
            match message:
                case ("stopped",):
                    self._mailbox.post(Stopped())
                case ("exited", status):
                    self._leader_gone(status)
                case ("left", behind):
                    self._mailbox.post(LeftBehind([LeftOver(*one) for one in behind]))
                case ("step", sig, count):
                    self._mailbox.post(SignalSent(sig, count))
                case ("gone", left):
                    break
        if self._status is None:  # somebody killed the janitor: do what can be done without it
            self._leader_gone(_kill_group(self.pid))
        for relay in self._relays:
            relay.tree_gone()
        self._drained.wait()
        self.control.close()
        self._mailbox.post(Gone(left))
        self.over.release()

    def _leader_gone(self, status: int) -> None:
        with self._lock:
            self._status = status
            if not self._undrained:
                self._mailbox.post(Exited(status))
        for relay in self._relays:
            relay.leader_gone()

    def _one_drained(self) -> None:
        with self._lock:
            self._undrained -= 1
            if self._undrained:
                return
            if self._screen:
                self._screen.end_of_program()
            if self._status is not None:
                self._mailbox.post(Exited(self._status))
        self._drained.release()


def _kill_group(leader: int) -> int:
    try:
        os.killpg(leader, signal.SIGKILL)
    except OSError:
        pass  # it is gone
    return -int(signal.SIGKILL)
