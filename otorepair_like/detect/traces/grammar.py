"""What a language module is: it opens a block of lines, follows it line by line, and reads it when it ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from otorepair_like.detect.lines import clean
from otorepair_like.detect.prefix import Line
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
    """

    line: Line
    raw_before: bytes
    lines: list[str]
    state: str = ""
    held: list[str] = field(default_factory=list)
    whole: bool = False
    _before: list[str] | None = None

    @property
    def before(self) -> list[str]:
        """Up to 30 lines printed before it, oldest first."""
        if self._before is None:
            raw = self.raw_before.removesuffix(b"\n")
            self._before = [clean(line) for line in raw.rsplit(b"\n", BEFORE)[-BEFORE:]] if raw else []
        return self._before


class Grammar(Protocol):
    """One family of failures. A grammar keeps no state of its own: it lives in the block."""

    sure: bool
    """Whether its blocks are failures by their structure alone; else they wait for what may follow."""

    def opens(self, line: Line) -> str | None:
        """The first line of a block as the grammar wants it kept; ``None`` where no block begins."""

    def step(self, block: Block, text: str) -> Step:
        """What the next line is to the block."""

    def read(self, block: Block) -> list[Incident]:
        """The failures in a block that has ended, in the order printed; none where it turned out harmless."""
