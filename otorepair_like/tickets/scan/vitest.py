"""Vitest: ``FAIL  file > name``, the error below it, places marked with ``❯``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from otorepair_like.error_head import parse_head
from otorepair_like.incident import make_frame
from otorepair_like.tickets.scan.failure import BlockScanner, TestFailure

_PLACE: Final = re.compile(r"\s*❯ (?:.* )?(?P<file>[^\s:]+):(?P<line>\d+):\d+")
_LABEL: Final = re.compile(r" ?(?:FAIL|❯) +")


class VitestScanner(BlockScanner):
    """Reads the blocks of failed tests."""

    first = re.compile(r" ?(?:FAIL|❯) +\S+\.[cm]?[jt]sx?\b.* > ")
    more = re.compile(r"\s*(?:\S*Error\b|❯|\d+\||\||[-+] |⎯|Expected|Received|$)|\s{2,}")
    last = re.compile(r"\s*⎯+\[\d+/\d+\]⎯")

    def read(self, lines: Sequence[str]) -> list[TestFailure]:
        """Return the one failure of the block; none if it shows no error."""
        head = next(filter(None, (parse_head(line.strip()) for line in lines[1:])), None)
        if head is None:
            return []
        places = [make_frame(match["file"], match["line"]) for match in map(_PLACE.match, lines[1:]) if match]
        name = _LABEL.sub("", lines[0], count=1).strip()
        return [TestFailure(name, *head, tuple(reversed(places)), "javascript", tuple(lines))]
