"""go test: ``--- FAIL: TestSum (0.00s)``, with the test's own messages below it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from otorepair_like.incident import make_frame
from otorepair_like.tickets.scan.failure import BlockScanner, TestFailure

_HEADING: Final = re.compile(r"\s*--- FAIL: (?P<name>\S+)")
_PLACE: Final = re.compile(r"\s+(?P<file>[\w./-]+\.go):(?P<line>\d+): ?(?P<message>.*)$")


class GoTestScanner(BlockScanner):
    """Reads the blocks of failed tests; a subtest counts as a test."""

    first = re.compile(r"\s*--- FAIL: ")
    more = re.compile(r"\s+\S")
    last = re.compile(r"FAIL$|FAIL\t|exit status")

    def read(self, lines: Sequence[str]) -> list[TestFailure]:
        """Return the one failure of the block, without frames if it names no place."""
        heading, place = _HEADING.match(lines[0]), next(filter(None, map(_PLACE.match, lines[1:])), None)
        name = heading["name"] if heading else lines[0].strip()
        if place is None:
            message = lines[0].split("FAIL: ", 1)[1]
            return [TestFailure(name, "FAIL", message, language="go", lines=tuple(lines))]
        frame = make_frame(place["file"], place["line"])
        return [TestFailure(name, "FAIL", place["message"] or lines[0], (frame,), "go", tuple(lines))]
