"""A failed test, and the protocol of those who find failed tests in the output of a test run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from otorepair_like.incident import Frame


@dataclass(frozen=True, slots=True)
class TestFailure:
    """A failed test, as its runner printed it.

    Args:
        name: the test's name or id, the same in every run; it is what tells two failures apart.
        type: exception type, or what the runner prints in its place; ``""`` if unknown.
        message: what it says, without the type; ``""`` if unknown.
        frames: oldest call first, the place of the failure last.
        language: as in :class:`otorepair_like.incident.Incident`; ``""`` when unknown.
        lines: the printed lines of the failure; empty if the runner printed no more than the name.
    """

    __test__: ClassVar[bool] = False  # its name has pytest take it for a test

    name: str
    type: str = ""
    message: str = ""
    frames: tuple[Frame, ...] = ()
    language: str = ""
    lines: tuple[str, ...] = ()


class OutputScanner(Protocol):
    """Finds failed tests in the output of one runner, or of one family of runners."""

    def scan(self, output: str) -> list[TestFailure]:
        """Return the failed tests in a complete output without colours, in the order printed."""


class BlockScanner:
    """A scanner for runners that print each failure as a block of lines, which three patterns tell apart.

    Detection uses the same patterns on output that is still being printed, and :meth:`read` on each complete block.
    """

    first: re.Pattern[str]
    """Matches the first line of a block."""
    more: re.Pattern[str]
    """Matches any further line."""
    last: re.Pattern[str] | None = None
    """Matches a line that ends the block; it belongs to it."""

    def read(self, lines: Sequence[str]) -> list[TestFailure]:
        """Return the failures in one block; none if it is no failure."""
        raise NotImplementedError

    def scan(self, output: str) -> list[TestFailure]:
        """Return the failures of all blocks in ``output``."""
        return [failure for lines in self._blocks(output.splitlines()) for failure in self.read(lines)]

    def _blocks(self, lines: Sequence[str]) -> Iterator[list[str]]:
        block: list[str] = []
        for line in lines:
            ends = bool(block and self.last and self.last.match(line))
            if block and not ends and (self.first.match(line) or not self.more.match(line)):
                yield block
                block = []
            if block or self.first.match(line):
                block.append(line)
            if ends:
                yield block
                block = []
        if block:
            yield block
