"""TAP, the Test Anything Protocol: node:test, tap, prove."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from otorepair_like.incident import Frame, make_frame
from otorepair_like.tickets.scan.failure import BlockScanner, TestFailure

_NOT_OK: Final = re.compile(r"\s*not ok \d+(?: ?- ?| )?(?P<name>.*)$")
_EXPECTED: Final = re.compile(r"# (?:TODO|SKIP)\b")
_MESSAGE: Final = re.compile(r"\s+(?:error|message): (?:[|>]-?$|['\"]?(?P<message>.*?)['\"]?$)")
_PLACE: Final = re.compile(
    r"\s+(?:at )?(?:.*\()?(?P<file>(?:file://)?/[^\s():]+|[\w./-]+\.\w+):(?P<line>\d+):\d+\)?$"
)
_LOCATION: Final = re.compile(r"\s+location: ['\"](?P<file>.+):(?P<line>\d+):\d+['\"]$")


class TapScanner(BlockScanner):
    """Reads ``not ok`` with its diagnostics in YAML."""

    first = re.compile(r"\s*not ok \d+")
    more = re.compile(r"\s+\S|\s*$")
    last = re.compile(r"\s+\.\.\.$")

    def read(self, lines: Sequence[str]) -> list[TestFailure]:
        """Return the failed test; none if it was expected to fail, or only tests within it failed."""
        match = _NOT_OK.match(lines[0])
        if match is None or _EXPECTED.search(lines[0]) or "subtestsFailed" in "".join(lines):
            return []
        messages = [match["message"] for match in map(_MESSAGE.match, lines) if match]
        message = messages[0] if messages and messages[0] else match["name"]
        frames = _frames(lines[1:])
        language = "javascript" if frames else ""
        return [TestFailure(match["name"].strip(), "not ok", message, frames, language, tuple(lines))]


def _frames(lines: Sequence[str]) -> tuple[Frame, ...]:
    """Return the stack, or else the place of the test itself."""
    stack = [make_frame(match["file"], match["line"]) for match in map(_PLACE.match, lines) if match]
    tests = [make_frame(match["file"], match["line"]) for match in map(_LOCATION.match, lines) if match]
    return tuple(reversed(stack)) or tuple(tests[:1])
