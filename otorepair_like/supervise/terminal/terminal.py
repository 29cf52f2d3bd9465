"""Our terminal, handed on to the child: pseudo-terminals for its streams, every typed byte, the window's size.

While the child has our terminal it is raw: its pseudo-terminal, set as ours was, makes lines, echo and signals. The
spawner puts our terminal back should we die.
"""

from __future__ import annotations

import os
import select
import termios
from fcntl import ioctl
from time import sleep

from otorepair_like.supervise.messages import CtrlCPressed, KeyPressed, Stopped
from otorepair_like.supervise.process.lowlevel import allocate_lock, signal, start_new_thread

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from typing import Any

    from otorepair_like.supervise.mailbox import Mailbox
    from otorepair_like.supervise.terminal.output import Screen
    from otorepair_like.supervise.terminal.prefix_key import Prefix

CTRL_C, CTRL_Z = b"\x03", b"\x1a"
INPUT, OUTPUT, CONTROL, LOCAL = 0, 1, 2, 3
"""Places in the list that ``tcgetattr`` returns; its last is the list of special characters."""
LENT_FOR = 0.05
"""Seconds between two looks whether the terminal is ours again."""
TYPE_AHEAD = 64 * 1024
"""Bytes kept for a child that does not read."""


def raw_of(attributes: list[Any]) -> list[Any]:
    """``attributes`` for a terminal that hands every byte on as it is; see cfmakeraw in termios(3)."""
    raw = [*attributes[:-1], [*attributes[-1]]]
    raw[INPUT] &= ~(
        termios.IGNBRK
        | termios.BRKINT
        | termios.PARMRK
        | termios.ISTRIP
        | termios.INLCR
        | termios.IGNCR
        | termios.ICRNL
        | termios.IXON
    )
    raw[OUTPUT] &= ~termios.OPOST
    raw[LOCAL] &= ~(termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG | termios.IEXTEN)
    raw[-1][termios.VMIN], raw[-1][termios.VTIME] = 1, 0
    return raw


class Guard:
    """Puts the terminal back when whoever made it raw died; for the spawner, which outlives otorepair."""

    def __init__(self) -> None:
        self._terminal = next((os.dup(fd) for fd in (0, 1, 2) if os.isatty(fd)), -1)
        self._before = termios.tcgetattr(self._terminal) if self._terminal >= 0 else []

    def restore(self) -> None:
        """Undo :func:`raw_of`, unless somebody else has set the terminal meanwhile."""
        try:
            if self._terminal >= 0 and termios.tcgetattr(self._terminal) == raw_of(self._before):
                termios.tcsetattr(self._terminal, termios.TCSANOW, self._before)
        except termios.error:
            pass  # it is gone


class Lent:
    """A context in which a terminal is not ours."""

    __slots__ = ("_terminal",)

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def __enter__(self) -> None:
        self._terminal.lend(True)

    def __exit__(self, *_: object) -> None:
        self._terminal.lend(False)


class Terminal:
    """What of the child's stdio is a pseudo-terminal, and how it is tied to ours.

    Args:
        mode: ``auto``: each of stdout and stderr where ours is a terminal; ``always``; ``never``.
        screen: told when our own lines need carriage returns.
        mailbox: gets ``Key``, ``Interrupted`` and, for a Ctrl-Z that is for us, ``Stopped``.
        prefix: of our keys.
    """

    def __init__(self, mode: str, screen: Screen, mailbox: Mailbox, prefix: Prefix) -> None:
        both = {"stdout": 1, "stderr": 2}
        self.streams = {
            stream for stream, fd in both.items() if mode == "always" or (mode == "auto" and os.isatty(fd))
        }
        self.interactive = "stdout" in self.streams and os.isatty(0) and os.isatty(1)
        """Whether typing goes to the child; not in ``otorepair … | less``, where less needs the terminal."""
        self.direct = False
        """Whether all keys are ours: while otorepair itself asks or waits."""
        self._screen, self._mailbox, self._prefix = screen, mailbox, prefix
        self._ours = next((fd for fd in (0, 1, 2) if os.isatty(fd)), -1)
        self._before: list[Any] = termios.tcgetattr(self._ours) if self._ours >= 0 else []
        self.listens = self.interactive and prefix.key != b""
        """Whether there are keys for us in what is typed."""
        self._masters: list[int] = []
        self._typed = bytearray()
        self._listening = self._lent = False
        self._lock = allocate_lock()

    def open(self) -> tuple[int, int]:
        """A pseudo-terminal with the settings and the size of ours: our end and the child's."""
        master, slave = os.openpty()
        attributes = [*(self._before or termios.tcgetattr(slave))]
        if not self.interactive:
            attributes[OUTPUT] &= ~termios.OPOST  # ours will do that
        termios.tcsetattr(slave, termios.TCSANOW, attributes)
        self._copy_size(master)
        return master, slave

    def connect(self, masters: list[int]) -> None:
        """From now on typing goes to the first of ``masters``, and the window's size to all."""
        with self._lock:
            self._disconnect()
            self._masters = [os.dup(master) for master in masters]
        self.enter()

    def enter(self) -> None:
        """Take our terminal: raw, if we are in its foreground."""
        if not self.interactive or not _in_foreground():
            return
        termios.tcsetattr(0, termios.TCSANOW, raw_of(self._before))
        self._screen.raw = True
        if not self._listening:
            self._listening = True
            start_new_thread(self._read_keyboard, ())

    def leave(self) -> None:
        """Give our terminal back as it was. Can be called again."""
        if self._screen.raw and _in_foreground():
            termios.tcsetattr(0, termios.TCSANOW, self._before)
        self._screen.raw = False

    def lent(self) -> Lent:
        """Within it our terminal, as it was, is for a program that we run, such as an editor."""
        return Lent(self)

    def lend(self, lent: bool) -> None:
        """Give our terminal away, or take it back."""
        self._lent = lent
        if lent:
            self.leave()
        else:
            self.enter()

    def suspend(self) -> None:
        """Stop our job, as the terminal would if it were not raw; returns when it is continued (``fg``)."""
        self.leave()
        handler = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.killpg(os.getpgrp(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, handler)
        self.enter()
        self.resize()

    def resize(self) -> None:
        """Tell the child the size of our window; to be called at SIGWINCH."""
        with self._lock:
            for master in reversed(self._masters):  # the first signals the child, which may ask any
                self._copy_size(master)

    def close(self) -> None:
        """Give everything back."""
        self.leave()
        with self._lock:
            self._disconnect()

    def _disconnect(self) -> None:
        for master in self._masters:
            os.close(master)
        self._masters = []
        self._typed.clear()

    def _copy_size(self, master: int) -> None:
        if self._ours >= 0:
            try:
                ioctl(master, termios.TIOCSWINSZ, ioctl(self._ours, termios.TIOCGWINSZ, b"\0" * 8))
            except OSError:
                pass  # one of them is gone

    def _read_keyboard(self) -> None:
        """Life of the keyboard thread: never blocked by a child that does not read."""
        poll = select.poll()
        poll.register(0, select.POLLIN)
        while True:
            poll.poll(20 if self._typed else None)
            if self._lent:
                sleep(LENT_FOR)
                continue
            try:
                if select.select([0], [], [], 0)[0]:
                    typed = os.read(0, 4096)
                    if not typed:
                        return  # our terminal is gone
                    self._take(typed)
            except OSError:
                pass  # EIO: in the background; the job's next stop or end is near
            with self._lock:
                self._pass_on()

    def _take(self, typed: bytes) -> None:
        if self.direct:
            self._take_direct(typed)
            return
        passed, keys = self._prefix.feed(typed)
        with self._lock:
            heard = bool(self._masters)
            signalled = heard and self._makes_signals()
            if heard and len(self._typed) < TYPE_AHEAD:
                self._typed += passed
        for key in keys:
            self._mailbox.post(KeyPressed(key))
        if signalled or not heard:
            for _ in range(passed.count(CTRL_C)):
                self._mailbox.post(CtrlCPressed(signalled))

    def _take_direct(self, typed: bytes) -> None:
        """All keys are ours, with or without the prefix; what a terminal makes signals of, we do ourselves."""
        for key in self._prefix.without(typed):
            char = bytes((key,))
            if char == CTRL_C:
                self._mailbox.post(CtrlCPressed(False))
            elif char == CTRL_Z:
                self._mailbox.post(Stopped())
            else:
                self._mailbox.post(KeyPressed(chr(key)))

    def _makes_signals(self) -> bool:
        """Whether Ctrl-C is a signal for the child now, and not a character it reads."""
        return bool(termios.tcgetattr(self._masters[0])[LOCAL] & termios.ISIG)

    def _pass_on(self) -> None:
        if self._typed and self._masters:
            try:
                written = os.write(self._masters[0], self._typed)
            except BlockingIOError:
                written = 0
            except OSError:
                written = len(self._typed)  # nobody is there to read it
            del self._typed[:written]


def _in_foreground() -> bool:
    """Whether our terminal is ours to use; not if it is not the one that controls us."""
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False
