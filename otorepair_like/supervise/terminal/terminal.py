"""Our terminal, handed on to the child: one pseudo-terminal, every typed byte, the window's size.

Where the terminal is ours alone it is raw while the child has it: the child's pseudo-terminal, set as ours was, makes
lines, echo and signals. Where others use it too (``otorepair … | less``, ``… | otorepair …``), ours goes on to make
them, for everybody; it follows what the child sets, and only what the child asks for is read from it.
"""

from __future__ import annotations

import os
import termios
from fcntl import ioctl
from time import sleep

from otorepair_like.kinds import NO_KEYS
from otorepair_like.supervise.process.lowlevel import allocate_lock, signal, start_new_thread
from otorepair_like.supervise.terminal.modes import (
    EXTPROC,
    INPUT,
    INPUT_FLAGS,
    LOCAL,
    LOCAL_FLAGS,
    OUTPUT,
    Hold,
    cooked_of,
    in_foreground,
    raw_of,
)
from otorepair_like.supervise.terminal.shape import UNSEARCHED

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from typing import Any

    from otorepair_like.supervise.mailbox import Mailbox
    from otorepair_like.supervise.terminal.keyboard import Keyboard
    from otorepair_like.supervise.terminal.output import Screen
    from otorepair_like.supervise.terminal.shape import Shape

HANDOVER = 0.05
"""Seconds between two looks whether another otorepair has given the terminal back."""


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
    """The child's terminal, and how it is tied to ours.

    Args:
        shape: what our own streams are.
        screen: told when our own lines need carriage returns.
        mailbox: gets what is typed for us.
        keys: the prefix of our keys, as in the settings; where the terminal is not ours alone there are none.
    """

    def __init__(self, shape: Shape, screen: Screen, mailbox: Mailbox, keys: str) -> None:
        self.shape = shape
        self.interactive = shape.exclusive
        """Whether the terminal is ours alone, so that we may ask something and take keys."""
        self.listens = self.interactive and keys != NO_KEYS
        """Whether there are keys for us in what is typed."""
        self._screen = screen
        self._ours = shape.terminal
        if shape.main and shape.main.stream == UNSEARCHED:
            screen.add(UNSEARCHED, shape.terminal)
        self._before: list[Any] = cooked_of(termios.tcgetattr(self._ours)) if self._ours >= 0 else []
        self._set: list[Any] | None = None
        """What we have set our terminal to; ``None``: it is as it was."""
        self._mailbox, self._prefix = mailbox, keys if self.interactive else NO_KEYS
        self._keyboard: Keyboard | None = None
        self._hold = Hold(self._ours)
        self._waiting = False
        self._masters: list[int] = []
        self._leader, self._name = 0, ""
        self._has_jobs = self._signals_jobs = False
        self._lent = False
        self._lock = allocate_lock()

    @property
    def direct(self) -> bool:
        """Return whether all keys are ours: while otorepair itself asks or waits."""
        return self._keyboard is not None and self._keyboard.direct

    @direct.setter
    def direct(self, direct: bool) -> None:
        self._keys().direct = direct

    def open(self) -> tuple[int, int]:
        """Return a pseudo-terminal with the settings and the size of ours: our end and the child's."""
        master, slave = os.openpty()
        attributes = [*(self._before or termios.tcgetattr(slave))]
        if self.packets:
            attributes[OUTPUT] &= ~termios.OPOST  # ours does that
            attributes[LOCAL] |= EXTPROC
            ioctl(master, termios.TIOCPKT, b"\1\0\0\0")
            self._name = os.ttyname(slave)
        termios.tcsetattr(slave, termios.TCSANOW, attributes)
        self._copy_size(master)
        return master, slave

    @property
    def packets(self) -> bool:
        """Return whether reads from the program's terminals begin with a byte about its settings."""
        return not self.interactive and self._ours >= 0

    def connect(self, masters: list[int], leader: int) -> None:
        """Send typing to the first of ``masters`` from now on, and the window's size to all.

        Args:
            leader: process id of the child, which has them.
        """
        with self._lock:
            self._disconnect()
            self._masters, self._leader = [os.dup(master) for master in masters], leader
        self._keys().connect(self._masters[0], leader)
        self.enter()

    def enter(self) -> None:
        """Take our terminal, if we are in its foreground and no other otorepair has it."""
        if self._ours < 0 or not self._masters or not in_foreground(self._ours):
            return
        if self.interactive and not self._lent:
            if self._hold.take():
                if self._set is None:  # another otorepair may have had it until now
                    self._before = cooked_of(termios.tcgetattr(self._ours))
                self._put(raw_of(self._before))
            elif not self._waiting:
                self._waiting = True
                start_new_thread(self._await_hold, ())
            self._screen.raw = True
        elif self.packets:
            self.follow()
        self._keys().start()

    def leave(self) -> None:
        """Give our terminal back as it was. Can be called again."""
        try:
            if self._set and in_foreground(self._ours):
                termios.tcsetattr(self._ours, termios.TCSANOW, self._before)
        except termios.error:
            pass  # it is gone
        self._set = None
        self._screen.raw = False
        self._hold.give_up()

    def follow(self) -> None:
        """Set our terminal, which others use too, as the child has set its own."""
        with self._lock:
            try:
                if not self._masters or not in_foreground(self._ours):
                    return
                theirs = termios.tcgetattr(self._masters[0])
                if self._has_jobs and theirs[LOCAL] & EXTPROC:  # a shell sets what it found each time it asks
                    theirs[LOCAL] &= ~EXTPROC
                    termios.tcsetattr(self._masters[0], termios.TCSANOW, theirs)
                wanted = _followed(self._before, theirs)
                if wanted != (self._set or self._before):
                    self._put(wanted)
            except (OSError, termios.error):
                pass  # one of them is gone

    def lent(self) -> Lent:
        """Return a context within which our terminal, as it was, is for a program that we run, such as an editor."""
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
            for master in self._masters:
                self._copy_size(master)

    def close(self) -> None:
        """Give everything back."""
        with self._lock:
            self._disconnect()
        self.leave()

    def _disconnect(self) -> None:
        if self._keyboard:
            self._keyboard.connect(-1, 0)
        for master in self._masters:
            os.close(master)
        self._masters = []

    def _keys(self) -> Keyboard:
        """Return the keyboard, imported while the child starts."""
        if self._keyboard is None:
            from otorepair_like.supervise.terminal.keyboard import Keyboard
            from otorepair_like.supervise.terminal.prefix_key import Prefix, parse_prefix

            self._keyboard = Keyboard(
                self._ours,
                self._mailbox,
                Prefix(parse_prefix(self._prefix)),
                self._may_read,
                self._spread,
                self._look if self.packets else None,
            )
        return self._keyboard

    def _put(self, attributes: list[Any]) -> None:
        termios.tcsetattr(self._ours, termios.TCSANOW, attributes)
        self._set = termios.tcgetattr(self._ours)

    def _copy_size(self, master: int) -> None:
        if self._ours >= 0:
            try:
                ioctl(master, termios.TIOCSWINSZ, ioctl(self._ours, termios.TIOCGWINSZ, b"\0" * 8))
            except OSError:
                pass  # one of them is gone

    def _await_hold(self) -> None:
        """Life of a thread: when the other otorepair has given the terminal back, take it."""
        while self._masters and not self._hold.taken:
            sleep(HANDOVER)
            if in_foreground(self._ours):
                self.enter()
        self._waiting = False

    def _may_read(self) -> bool:
        """Return whether what is typed is for the child, or for us."""
        if self._lent or not in_foreground(self._ours):
            return False
        if self.interactive:
            return self._hold.taken
        from otorepair_like.supervise.process.descendants import opens_terminal

        now = termios.tcgetattr(self._ours)
        if now != (self._set or self._before):
            return False  # somebody else has set it for itself, such as a pager that reads from us
        if self._set and self._set != self._before:
            return True
        return self.shape.stdin or opens_terminal(self._leader, self._name)

    def divert(self, number: int) -> bool:
        """Return whether a signal that was typed at a terminal we share was for a job of the child's, a shell.

        The others of our foreground group got it too; who was stopped goes on.
        """
        job = self._job()
        if not job or number not in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP):
            return False
        self._has_jobs = True
        os.killpg(job, number)
        if number == signal.SIGTSTP:
            self._spread(signal.SIGCONT)
        return True

    def _job(self) -> int:
        """Return the process group in the foreground of the child's terminal, if it is not the child's own."""
        try:
            job = os.tcgetpgrp(self._masters[0]) if self.packets and self._masters else 0
        except OSError:
            return 0
        return job if job != self._leader else 0

    def _look(self) -> None:
        """Let the child's terminal make the signals once the child, a shell, gives its jobs the foreground."""
        if not self._signals_jobs and (self._has_jobs or self._job()):
            self._has_jobs = self._signals_jobs = True
            self.follow()

    def _spread(self, number: int) -> None:
        """Send a signal that was typed to whoever else would have got it: our whole foreground group."""
        from otorepair_like.supervise.process.descendants import group_mates

        for pid in group_mates():
            try:
                os.kill(pid, number)
            except OSError:
                pass  # it ended meanwhile, or it is another user's


def _followed(before: list[Any], theirs: list[Any]) -> list[Any]:
    """Return the settings of a terminal, ``before`` so far, behind a pseudo-terminal that is set as ``theirs``.

    One of the two processes output. A pseudo-terminal that lost its flag edits lines itself, so ours must not.
    """
    wanted = [*before[:-1], [*before[-1]]]
    if not theirs[LOCAL] & EXTPROC:
        wanted = raw_of(before)
        wanted[OUTPUT] = before[OUTPUT]
    else:
        wanted[INPUT] = before[INPUT] & ~INPUT_FLAGS | theirs[INPUT] & INPUT_FLAGS
        wanted[LOCAL] = before[LOCAL] & ~LOCAL_FLAGS | theirs[LOCAL] & LOCAL_FLAGS
        if not theirs[LOCAL] & termios.ICANON:
            wanted[-1][termios.VMIN], wanted[-1][termios.VTIME] = 1, 0
    if theirs[OUTPUT] & termios.OPOST:
        wanted[OUTPUT] &= ~termios.OPOST
    return wanted
