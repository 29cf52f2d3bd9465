"""The shape of our own standard streams, which the child's streams are given too.

Where two of ours are one open file (a terminal, a pipe after ``2>&1``, a file), the child's two are one as well, so
that what it writes to them keeps its order. Where ours differ, the child's differ.
"""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from collections.abc import Collection

NAMES = {1: "stdout", 2: "stderr"}
BOTH = "output"
"""The name of the stream where stdout and stderr are one."""
UNSEARCHED = "terminal"
"""The name of what is written to ``/dev/tty`` alone: prompts, which no detection reads."""
DEV_TTY = os.makedev(5, 0)
"""The device number of ``/dev/tty`` itself on Linux: another name of the terminal that controls us."""


class Outlet:
    """One stream of the child.

    Args:
        stream: its name in messages.
        target: our descriptor that its bytes are written to.
        numbers: the descriptors of the child that lead to it: 1, 2, or both.
        terminal: whether the child's side is a pseudo-terminal.
    """

    __slots__ = ("numbers", "stream", "target", "terminal")

    def __init__(self, stream: str, target: int, numbers: tuple[int, ...], terminal: bool) -> None:
        self.stream, self.target, self.numbers, self.terminal = stream, target, numbers, terminal


class Shape:
    """The kinds of our stdin, stdout and stderr, looked at once.

    Args:
        mode: ``auto``: a pseudo-terminal where ours is a terminal; ``always`` and ``never``.
        closed: the standard streams (0, 1, 2) that were closed at the start.
    """

    __slots__ = ("at_terminal", "closed", "exclusive", "main", "outlets", "stdin", "terminal")

    def __init__(self, mode: str = "auto", closed: Collection[int] = ()) -> None:
        self.closed = frozenset(closed)
        terminals = [fd for fd in (0, 1, 2) if mode != "never" and os.isatty(fd)]
        self.terminal = terminals[0] if terminals else _controlling() if mode == "auto" else -1
        """A descriptor of our terminal; -1: there is none."""
        self.outlets = self._find_outlets(mode, terminals)
        self.main: Outlet | None = next((one for one in self.outlets if self._is_main(one)), None)
        """The outlet whose pseudo-terminal controls the child's session."""
        if self.main is None and self.terminal >= 0:
            self.main = Outlet(UNSEARCHED, self.terminal, (), True)
            self.outlets.append(self.main)
        self.stdin = self.main is not None and 0 in terminals and _same(0, self.terminal)
        """Whether the child's stdin is its controlling terminal; if not, it reads from ours."""
        self.at_terminal = self.main is not None or any(outlet.terminal for outlet in self.outlets)
        """Whether any stream of the child's is a terminal."""
        self.exclusive = {0, 1} <= set(terminals) and self.main is not None and 1 in self.main.numbers
        self.exclusive = self.exclusive and not _is_pipe(2)
        """Whether nobody else uses our terminal: not in ``otorepair … | less``, where less reads the keys."""

    def _find_outlets(self, mode: str, terminals: Collection[int]) -> list[Outlet]:
        there = [number for number in NAMES if number not in self.closed]
        groups = [(1, 2)] if len(there) == 2 and _same(1, 2) else [(number,) for number in there]
        return [
            Outlet(
                BOTH if len(group) == 2 else NAMES[group[0]],
                group[0],
                group,
                mode == "always" or group[0] in terminals,
            )
            for group in groups
        ]

    def _is_main(self, outlet: Outlet) -> bool:
        return outlet.terminal and (self.terminal < 0 or _same(outlet.target, self.terminal))


def _controlling() -> int:
    """Open the terminal that controls us although none of our streams leads to it; -1: there is none."""
    try:
        return os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return -1


def _same(one: int, other: int) -> bool:
    """Return whether two descriptors lead to one file; two ways to one terminal are one."""
    first, second = os.fstat(one), os.fstat(other)
    if os.path.samestat(first, second):
        return True
    devices = {first.st_rdev, second.st_rdev}
    return DEV_TTY in devices and os.isatty(one) and os.isatty(other)


def _is_pipe(descriptor: int) -> bool:
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
