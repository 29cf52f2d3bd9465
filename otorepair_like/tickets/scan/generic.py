"""Any runner that marks a failed test with a cross: Jest, Vitest, Mocha and others."""

from __future__ import annotations

import re
from typing import Final

from otorepair_like.tickets.scan.failure import TestFailure

_CROSS: Final = re.compile(r"\s*[✕×✗] (?P<name>.+?)(?: \(?\d+ ?ms\)?)?$")


class GenericScanner:
    """Reads names alone, since nothing else looks the same everywhere."""

    def scan(self, output: str) -> list[TestFailure]:
        """Return the marked tests in the order printed."""
        return [TestFailure(match["name"]) for match in map(_CROSS.match, output.splitlines()) if match]
