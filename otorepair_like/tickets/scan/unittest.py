"""unittest: ``FAIL: test_sum (app.Sums.test_sum)``, then a traceback."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from otorepair_like.incident import make_frame
from otorepair_like.tickets.scan.failure import BlockScanner, TestFailure
from otorepair_like.tickets.scan.python_error import FRAME, RAISED

_HEADING: Final = re.compile(r"(?:FAIL|ERROR): (?P<name>.+)$")


class UnittestScanner(BlockScanner):
    """Reads the blocks that unittest prints after all tests ran."""

    first = _HEADING
    more = re.compile(r"(?!={5}|Ran \d+ test)")

    def read(self, lines: Sequence[str]) -> list[TestFailure]:
        """Return the one failure of the block."""
        heading = _HEADING.match(lines[0])
        if heading is None:
            return []
        raised = next((match for match in map(RAISED.match, reversed(lines)) if match), None)
        frames = tuple(
            make_frame(match["file"], match["line"], match["function"])
            for match in map(FRAME.match, lines)
            if match
        )
        kind, message = (raised["type"], raised["message"] or "") if raised else ("", "")
        return [TestFailure(heading["name"], kind, message, frames, "python", tuple(lines))]
