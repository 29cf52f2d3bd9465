"""Find the failed tests in the output of a test run, whatever its runner: one module a runner."""

from __future__ import annotations

import re
from typing import Final

from otorepair_like.tickets.scan.cargo import CargoTestScanner
from otorepair_like.tickets.scan.failure import OutputScanner, TestFailure
from otorepair_like.tickets.scan.generic import GenericScanner
from otorepair_like.tickets.scan.go import GoTestScanner
from otorepair_like.tickets.scan.numbered import NumberedScanner
from otorepair_like.tickets.scan.pytest import ConftestScanner, PytestScanner
from otorepair_like.tickets.scan.tap import TapScanner
from otorepair_like.tickets.scan.unittest import UnittestScanner
from otorepair_like.tickets.scan.vitest import VitestScanner

SCANNERS: Final[tuple[OutputScanner, ...]] = (
    PytestScanner(),
    ConftestScanner(),
    UnittestScanner(),
    TapScanner(),
    VitestScanner(),
    NumberedScanner(),
    GoTestScanner(),
    CargoTestScanner(),
)
"""The runners whose output is known; the generic scanner adds what they missed."""
_COLOUR: Final = re.compile(r"\x1b\[[\d;]*m")


def scan(output: str) -> list[TestFailure]:
    """Return the failed tests that ``output`` names, each once."""
    plain = _COLOUR.sub("", output)
    failures: dict[str, TestFailure] = {}
    for scanner in SCANNERS:
        for failure in scanner.scan(plain):
            failures.setdefault(failure.name, failure)
    for failure in GenericScanner().scan(plain):
        if not any(name.endswith(failure.name) for name in failures):
            failures[failure.name] = failure
    return list(failures.values())


def failed_tests(output: str) -> frozenset[str]:
    """Return the names of the failed tests in ``output``; empty if it names none."""
    return frozenset(failure.name for failure in scan(output))
