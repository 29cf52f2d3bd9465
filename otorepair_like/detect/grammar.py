"""What a language module is: it opens a block of lines, follows it, and reads it when it has ended."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from otorepair_like.detect.lines import clean
from otorepair_like.detect.log_prefix import LogLine, Shape, split
from otorepair_like.detect.server_lines import is_request
from otorepair_like.incident import Incident

BEFORE = 30
"""Lines before a block that are kept with it."""


class Step(Enum):
    """What a line is to an open block."""

    IN = "it belongs; more must come"
    WHOLE = "it belongs; nothing more must come, though more may"
    LAST = "it belongs and ends the block"
    MAYBE = "it may belong: kept if a later line proves it, else given back"
    SKIP = "it is another voice in between; the block goes on"
    OUT = "it does not belong; the block ended before it"


@dataclass(slots=True)
class Block:
    """The lines of one possible failure.

    Args:
        line: the line that opened it.
        raw_before: the bytes printed before it.
        lines: its lines so far, prefixes removed.
        state: free for the grammar; ``""`` at the opening.
        held: lines that may belong (:attr:`Step.MAYBE`).
        whole: whether it says enough already.
        clears: set by a grammar whose block shows that mere messages before it were harmless.
        count: how often it was said, for a mere message.
        lead: how many of the lines above are part of the failure, for a grammar that opens below its head.
    """

    line: LogLine
    raw_before: bytes
    lines: list[str]
    state: str = ""
    held: list[str] = field(default_factory=list)
    whole: bool = False
    lead: int = 0
    clears: bool = False
    count: int = 1
    _before: list[str] | None = None

    @property
    def before(self) -> list[str]:
        """Up to 30 lines printed before it, oldest first."""
        if self._before is None:
            raw = self.raw_before.removesuffix(b"\n")
            self._before = [clean(line) for line in raw.rsplit(b"\n", BEFORE)[-BEFORE:]] if raw else []
        return self._before

    @property
    def above(self) -> list[LogLine]:
        """The lines before it that its own source printed, oldest first, the source's name removed."""
        shape = Shape(self.line.source, len(self.line.source))
        told = (shape.strip(text) for text in self.before if not is_request(text))
        return [split(text) for text in told if text is not None]

    @property
    def over(self) -> LogLine | None:
        """The last line above."""
        shape = Shape(self.line.source, len(self.line.source))
        for text in reversed(self.before):
            told = shape.strip(text)
            if told is not None and not is_request(text):
                return split(told)
        return None

    def include(self, lines: Iterable[LogLine]) -> None:
        """Take lines from above, the last ones in order, into the block."""
        head = [line.said for line in lines]
        self.lead = len(head)
        self.lines[:0] = head


class Grammar:
    """One family of failures. A grammar keeps no state of its own: it lives in the block."""

    marks: tuple[str, ...]
    """Words, one of which stands in every first line: cheap to look for."""
    sure = True
    """Whether its blocks are failures by their structure alone; else they wait for what may follow."""

    def opens(self, line: LogLine) -> str | None:
        """The first line of a block as the grammar wants it kept; ``None`` where no block begins."""
        raise NotImplementedError

    def step(self, block: Block, text: str) -> Step:
        """What the next line is to the block."""
        raise NotImplementedError

    def read(self, block: Block) -> list[Incident]:
        """The failures in a block that has ended, in the order printed; none where it turned out harmless."""
        raise NotImplementedError


class Patterned(Grammar):
    """A grammar whose lines are told by three patterns."""

    first: re.Pattern[str]
    """The first line."""
    more: re.Pattern[str]
    """Any further line."""
    last: re.Pattern[str] | None = None
    """A line that ends the block."""

    def opens(self, line: LogLine) -> str | None:
        return line.body if self.first.match(line.body) else None

    def step(self, block: Block, text: str) -> Step:  # noqa: ARG002 - a block's state matters to others
        if self.last is not None and self.last.match(text):
            return Step.LAST
        return Step.WHOLE if self.more.match(text) else Step.OUT
