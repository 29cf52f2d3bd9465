"""Failed tests in the output of a program; the formats are those of :mod:`otorepair_like.tickets.scan`."""

from __future__ import annotations

import re

from otorepair_like.detect.grammar import Block, PatternGrammar
from otorepair_like.incident import Incident
from otorepair_like.tickets.scan.failure import BlockScanner, TestFailure
from otorepair_like.tickets.scan.summary import ALL_PASSED


class FailedTests(PatternGrammar):
    """Blocks of one runner.

    Args:
        scanner: reads a complete block.
        marks: as of :class:`otorepair_like.detect.grammar.Grammar`.
        needs_place: whether a failure that names no place is uncertain.
    """

    def __init__(self, scanner: BlockScanner, marks: tuple[str, ...], *, needs_place: bool = False) -> None:
        self.first, self.more, self.last = scanner.first, scanner.more, scanner.last
        self.marks, self._scanner, self._needs_place = marks, scanner, needs_place

    def read(self, block: Block) -> list[Incident]:
        return [self._incident(failure, block) for failure in self._scanner.read(block.lines)]

    def _incident(self, failure: TestFailure, block: Block) -> Incident:
        whole_block = failure.lines == tuple(block.lines)
        return Incident(
            failure.type,
            failure.message,
            failure.frames,
            language=failure.language,
            certain=bool(failure.frames) or not self._needs_place,
            evidence=() if whole_block else failure.lines,
        )


class Passed(PatternGrammar):
    """The summary of a run without a failure: the messages before it were the name of a test or its output."""

    marks = ("0 failures", "passing", "OK", "test result: ok", " passed")
    first = ALL_PASSED
    more = re.compile(r"(?!)")

    def read(self, block: Block) -> list[Incident]:
        block.clears = True
        return []
