"""Grammars: each recognises the first line of a failure, follows its lines, and reads the finished block."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from otorepair_like.detect.lines import clean
from otorepair_like.detect.log_prefix import LogLine, LogShape, split
from otorepair_like.detect.server_lines import is_request
from otorepair_like.incident import Incident

BEFORE = 30
"""Lines before a block that are kept with it."""


class Step(Enum):
    """The relation of a line to an open block."""

    IN = "belongs; the block is not complete yet"
    COMPLETE = "belongs; the block is complete, but more lines may follow"
    LAST = "belongs and ends the block"
    MAYBE = "may belong: kept if a later line confirms it, else returned"
    SKIP = "is from another source; the block continues"
    OUT = "does not belong; the block ended before it"


@dataclass(slots=True)
class Block:
    """The lines of one possible failure.

    Args:
        line: the line that opened it.
        raw_before: the bytes printed before it.
        lines: its lines so far, without prefixes.
        state: for the grammar to use; ``""`` in a new block.
        held: lines that may belong (:attr:`Step.MAYBE`).
        complete: whether it could end here.
        clears: set by a grammar if the block shows that mere messages before it were harmless.
        count: for a mere message: its repetitions.
        lead: number of lines above that are part of the failure, for a grammar that opens below its head.
    """

    line: LogLine
    raw_before: bytes
    lines: list[str]
    state: str = ""
    held: list[str] = field(default_factory=list)
    complete: bool = False
    lead: int = 0
    clears: bool = False
    count: int = 1
    _before: list[str] | None = None

    @property
    def before(self) -> list[str]:
        """Return up to 30 lines printed before it, oldest first."""
        if self._before is None:
            raw = self.raw_before.removesuffix(b"\n")
            self._before = [clean(line) for line in raw.rsplit(b"\n", BEFORE)[-BEFORE:]] if raw else []
        return self._before

    @property
    def lines_above(self) -> list[LogLine]:
        """Return the lines above that come from the same source, oldest first, without the name of the source."""
        shape = LogShape(self.line.source, len(self.line.source))
        contents = (shape.strip(text) for text in self.before if not is_request(text))
        return [split(content) for content in contents if content is not None]

    @property
    def line_above(self) -> LogLine | None:
        """Return the last of :attr:`lines_above`."""
        shape = LogShape(self.line.source, len(self.line.source))
        for text in reversed(self.before):
            content = shape.strip(text)
            if content is not None and not is_request(text):
                return split(content)
        return None

    def include(self, lines: Iterable[LogLine]) -> None:
        """Add the last lines above to the block, in order."""
        head = [line.content for line in lines]
        self.lead = len(head)
        self.lines[:0] = head


class Grammar:
    """Recognises one family of failures. A grammar has no state of its own: all state is in the block."""

    marks: tuple[str, ...]
    """Texts of which every first line contains one; searching for them is cheap."""
    sure = True
    """Whether the structure of its blocks proves a failure; otherwise they wait for the lines after them."""

    def opens(self, line: LogLine) -> str | None:
        """Return the first line of a block, as it should be kept; ``None`` if ``line`` begins no block."""
        raise NotImplementedError

    def step(self, block: Block, text: str) -> Step:
        """Return the relation of the next line to the block."""
        raise NotImplementedError

    def read(self, block: Block) -> list[Incident]:
        """Return the failures in a finished block, in the order printed; none if it is harmless."""
        raise NotImplementedError


class PatternGrammar(Grammar):
    """A grammar that recognises its lines by three patterns."""

    first: re.Pattern[str]
    """Matches the first line."""
    more: re.Pattern[str]
    """Matches any further line."""
    last: re.Pattern[str] | None = None
    """Matches a line that ends the block."""

    def opens(self, line: LogLine) -> str | None:
        return line.body if self.first.match(line.body) else None

    def step(self, block: Block, text: str) -> Step:  # noqa: ARG002 - other grammars use the block
        if self.last is not None and self.last.match(text):
            return Step.LAST
        return Step.COMPLETE if self.more.match(text) else Step.OUT
