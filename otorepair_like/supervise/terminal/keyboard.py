"""The thread that hands what is typed on to the child, and takes our own keys out of it."""

from __future__ import annotations

import os
import select
import termios
from time import sleep

from otorepair_like.supervise.messages import CtrlCPressed, KeyPressed, Stopped
from otorepair_like.supervise.process.lowlevel import allocate_lock, signal, start_new_thread
from otorepair_like.supervise.terminal.modes import LOCAL

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from collections.abc import Callable

    from otorepair_like.supervise.mailbox import Mailbox
    from otorepair_like.supervise.terminal.prefix_key import Prefix

CTRL_C, CTRL_Z, CTRL_BACKSLASH = b"\x03", b"\x1a", b"\x1c"
LATER = 0.05
"""Seconds between two looks whether what is typed is for us to read."""
BUSY = 20
"""Milliseconds between two tries to hand on what a busy child has not taken yet."""
LOOK = 100
"""Milliseconds between two calls of ``look``."""
TYPE_AHEAD = 1024 * 1024
"""Bytes kept for a child that does not read; then nothing more is read, and whoever pastes has to wait."""


class Keyboard:
    """Reads ``source``; never blocked by a child that does not read.

    Args:
        source: a descriptor of our terminal.
        mailbox: gets ``KeyPressed``, ``CtrlCPressed`` and, for a Ctrl-Z that is for us, ``Stopped``.
        prefix: of our keys.
        may_read: says, when there is something to read, whether it is for us.
        spread: sends a signal that was typed to the others in our foreground group.
        look: called now and then, if given.
    """

    def __init__(
        self,
        source: int,
        mailbox: Mailbox,
        prefix: Prefix,
        may_read: Callable[[], bool],
        spread: Callable[[int], None],
        look: Callable[[], None] | None = None,
    ) -> None:
        self.direct = False
        """Whether all keys are ours: while otorepair itself asks or waits."""
        self._source, self._mailbox, self._prefix = source, mailbox, prefix
        self._may_read, self._spread, self._look = may_read, spread, look
        self._master = self._leader = -1
        self._typed = bytearray()
        self._lock = allocate_lock()
        self._running = False

    def start(self) -> None:
        """Begin to read, if that has not begun yet."""
        if not self._running:
            self._running = True
            start_new_thread(self._run, ())

    def connect(self, master: int, leader: int) -> None:
        """Type at the child whose terminal is ``master`` from now on; -1: at none.

        Args:
            leader: process group of the child.
        """
        with self._lock:
            self._master, self._leader = master, leader
            self._typed.clear()

    def _run(self) -> None:
        poll = select.poll()
        poll.register(self._source, select.POLLIN)
        open_end = True
        while open_end:
            full = len(self._typed) >= TYPE_AHEAD
            if full:
                sleep(BUSY / 1000)
            else:
                poll.poll(BUSY if self._typed else LOOK if self._look else None)
            try:
                if self._look:
                    self._look()
                if not full and select.select([self._source], [], [], 0)[0]:
                    open_end = self._read()
            except (OSError, termios.error):
                sleep(LATER)  # EIO: in the background; the job's next stop or end is near
            with self._lock:
                self._pass_on()

    def _read(self) -> bool:
        """Read what was typed, if it is for us; ``False`` when our terminal is gone."""
        if not self._may_read():
            sleep(LATER)
            return True
        typed = os.read(self._source, 4096)
        if not typed:
            typed = self._end_of_input()
        if typed:
            self._take(typed)
        return bool(typed)

    def _end_of_input(self) -> bytes:
        """Return the character that ends the child's input, when ours was ended by it; nothing if it is gone."""
        if not termios.tcgetattr(self._source)[LOCAL] & termios.ICANON:
            return b""
        with self._lock:
            return bytes(termios.tcgetattr(self._master)[-1][termios.VEOF]) if self._master >= 0 else b"\n"

    def _take(self, typed: bytes) -> None:
        if self.direct:
            self._take_direct(typed)
            return
        passed, keys = self._prefix.feed(typed)
        with self._lock:
            heard = self._master >= 0
            signalled = heard and self._makes_signals()
            ours = not heard or (signalled and os.tcgetpgrp(self._master) == self._leader)
            if heard:
                self._typed += passed
        for key in keys:
            self._mailbox.post(KeyPressed(key))
        if signalled or not heard:
            for _ in range(passed.count(CTRL_C)):
                self._mailbox.post(CtrlCPressed(signalled))
        if ours:
            self._spread_signals(passed)

    def _take_direct(self, typed: bytes) -> None:
        """Take all keys as ours, with or without the prefix; what a terminal makes signals of, we do ourselves."""
        for key in self._prefix.without(typed):
            char = bytes((key,))
            if char == CTRL_C:
                self._mailbox.post(CtrlCPressed(False))
            elif char == CTRL_Z:
                self._mailbox.post(Stopped())
            else:
                self._mailbox.post(KeyPressed(chr(key)))
        self._spread_signals(typed)

    def _spread_signals(self, typed: bytes) -> None:
        for char, number in ((CTRL_C, signal.SIGINT), (CTRL_BACKSLASH, signal.SIGQUIT)):
            if char in typed:
                self._spread(number)

    def _makes_signals(self) -> bool:
        """Return whether Ctrl-C is a signal for the child now, and not a character it reads."""
        return bool(termios.tcgetattr(self._master)[LOCAL] & termios.ISIG)

    def _pass_on(self) -> None:
        if self._typed and self._master >= 0:
            try:
                written = os.write(self._master, self._typed)
            except BlockingIOError:
                written = 0
            except OSError:
                written = len(self._typed)  # nobody is there to read it
            del self._typed[:written]
