"""Runners that number their failures, with the place under the name: ExUnit, Minitest, PHPUnit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from otorepair_like.incident import make_frame
from otorepair_like.tickets.scan.failure import BlockScanner, TestFailure

_PLACE: Final = re.compile(r"(?P<file>[\w./-]+\.(?:exs?|rb|php)):(?P<line>\d+)(?P<test>: \(test\))?")
_ANY_PLACE: Final = re.compile(r"\.(?:exs?|rb|php):\d+")
_HEADING: Final = re.compile(r"\s*\d+\) (?P<name>.*)$")
_MINITEST: Final = re.compile(r"(?P<name>\S+#\S+)")


class NumberedScanner(BlockScanner):
    """Reads blocks that begin with ``1) name``."""

    first = re.compile(r"\s*\d+\) (?:test .*\(\S+\)|(?:Failure|Error):$|[\w\\]+::\w+(?: with data set .*)?)$")
    more = re.compile(
        r"\s+\S|[A-Z][\w#:]*(?:\[| \[)|Expected|  Actual|Failed asserting|[\w:]*Error|\s*$|/\S+:\d+$|\S+\.\w+:\d+:?$"
    )

    def read(self, lines: Sequence[str]) -> list[TestFailure]:
        """Return the one failure of the block; none if it names no place."""
        places = [match for match in map(_PLACE.search, lines[1:]) if match]
        if not places:
            return []
        place = min(places, key=lambda match: not match["test"])
        words = [line.strip() for line in lines[1:] if line.strip() and not _ANY_PLACE.search(line)]
        message = words[0] if words else lines[0].strip()
        frame = make_frame(place["file"], place["line"])
        return [TestFailure(_name(lines), "Failure", message, (frame,), lines=tuple(lines))]


def _name(lines: Sequence[str]) -> str:
    """Return the test's name without its number, which changes; Minitest prints it on the second line."""
    heading, below = _HEADING.match(lines[0]), _MINITEST.match(lines[1]) if len(lines) > 1 else None
    if below and lines[0].endswith(":"):
        return below["name"]
    return heading["name"] if heading else lines[0].strip()
