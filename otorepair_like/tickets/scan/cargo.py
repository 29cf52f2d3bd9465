"""cargo test: ``test sums::adds ... FAILED``, and what each test printed under ``---- sums::adds stdout ----``."""

from __future__ import annotations

import re
from typing import Final

from otorepair_like.tickets.scan.failure import TestFailure

_OUTCOME: Final = re.compile(r"test (?P<name>\S+) \.\.\. FAILED$")
_SECTION: Final = re.compile(r"---- (?P<name>\S+) stdout ----$")
_END: Final = re.compile(r"failures:$|test result: |---- ")


class CargoTestScanner:
    """Reads the outcomes, and the output of each failed test."""

    def scan(self, output: str) -> list[TestFailure]:
        """Return the failed tests in the order printed."""
        lines = output.splitlines()
        names = [match["name"] for match in map(_OUTCOME.match, lines) if match]
        sections = _sections(lines) if names else {}
        return [TestFailure(name, language="rust", lines=sections.get(name, ())) for name in names]


def _sections(lines: list[str]) -> dict[str, tuple[str, ...]]:
    sections: dict[str, list[str]] = {}
    section: list[str] | None = None
    for line in lines:
        if match := _SECTION.match(line):
            section = sections.setdefault(match["name"], [])
        elif _END.match(line):
            section = None
        elif section is not None:
            section.append(line)
    return {name: tuple(section) for name, section in sections.items()}
