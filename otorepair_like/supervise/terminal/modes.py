"""The settings of a terminal: raw, and back as they were, also after a death.

One otorepair at a time makes a terminal raw; it holds a lock on the device while it does. The kernel frees the lock
with the process, so whoever waits for it, another otorepair or the :class:`Guard` of a dead one, sees what happened.
"""

from __future__ import annotations

import fcntl
import os
import termios

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from typing import Any

INPUT, OUTPUT, CONTROL, LOCAL = 0, 1, 2, 3
"""Places in the list that ``tcgetattr`` returns; its last is the list of special characters."""
EXTPROC = getattr(termios, "EXTPROC", 0o200000)
"""The flag of a pseudo-terminal whose lines are edited by the terminal behind it; see termios(3)."""
INPUT_FLAGS = (
    termios.IGNBRK
    | termios.BRKINT
    | termios.PARMRK
    | termios.ISTRIP
    | termios.INLCR
    | termios.IGNCR
    | termios.ICRNL
    | termios.IXON
)
LOCAL_FLAGS = termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG | termios.IEXTEN
"""What :func:`raw_of` clears of the input and the local flags."""


def raw_of(attributes: list[Any]) -> list[Any]:
    """Return ``attributes`` for a terminal that hands every byte on as it is; see cfmakeraw in termios(3)."""
    raw = [*attributes[:-1], [*attributes[-1]]]
    raw[INPUT] &= ~INPUT_FLAGS
    raw[OUTPUT] &= ~termios.OPOST
    raw[LOCAL] &= ~LOCAL_FLAGS
    raw[-1][termios.VMIN], raw[-1][termios.VTIME] = 1, 0
    return raw


def cooked_of(attributes: list[Any]) -> list[Any]:
    """Return ``attributes``, or the usual settings where they are the raw ones of another otorepair."""
    if attributes != raw_of(attributes):
        return attributes
    cooked = [*attributes[:-1], [*attributes[-1]]]
    cooked[INPUT] |= termios.ICRNL | termios.IXON
    cooked[OUTPUT] |= termios.OPOST
    cooked[LOCAL] |= LOCAL_FLAGS & ~termios.ECHONL
    return cooked


def in_foreground(terminal: int) -> bool:
    """Return whether we may set and read ``terminal``; not if it is not the one that controls us."""
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False


class Hold:
    """The right to make a terminal raw.

    Args:
        terminal: a descriptor of it.
    """

    __slots__ = ("_lock", "_terminal")

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        self._lock = -1

    @property
    def taken(self) -> bool:
        """Return whether we have it."""
        return self._lock >= 0

    def take(self) -> bool:
        """Take it if nobody else has it, and return whether we have it now."""
        if self.taken:
            return True
        try:
            name = os.ttyname(self._terminal)
            shared = name == "/dev/tty"  # the name of everybody's terminal
            self._lock = os.open(os.devnull if shared else name, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError:  # the device is another user's, as after su: nobody can be asked
            self._lock = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
            return True
        try:
            if not shared:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.give_up()
        return self.taken

    def give_up(self) -> None:
        """Let others have it."""
        if self.taken:
            os.close(self._lock)
            self._lock = -1


class Guard:
    """Puts the terminal back when whoever made it raw died; for the spawner, which outlives otorepair."""

    def __init__(self) -> None:
        self._terminal = next((os.dup(fd) for fd in (0, 1, 2) if os.isatty(fd)), -1)
        self._before = cooked_of(termios.tcgetattr(self._terminal)) if self._terminal >= 0 else []

    def restore(self) -> None:
        """Undo :func:`raw_of`, unless somebody else has set the terminal meanwhile."""
        hold = Hold(self._terminal)
        try:
            if (
                self._terminal >= 0
                and termios.tcgetattr(self._terminal) == raw_of(self._before)
                and hold.take()
            ):
                termios.tcsetattr(self._terminal, termios.TCSANOW, self._before)
        except (OSError, termios.error):
            pass  # it is gone
        hold.give_up()
