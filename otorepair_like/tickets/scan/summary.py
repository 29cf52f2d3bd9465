"""The summary of a test run: whether it ran any test, and whether all passed."""

from __future__ import annotations

import re
from typing import Final

# pytest, unittest, Jest and Vitest, Mocha, go test, cargo test, TAP.
_NONE: Final = re.compile(
    r"(?im)^=* ?no tests ran\b|^collected 0 items|^Ran 0 tests|^No tests found|^No test files found"
    r"|^\s*0 passing\b|\[no test files\]|^running 0 tests|^1\.\.0\b|^Tests:\s+0 total"
)
_SOME: Final = re.compile(
    r"(?im)\b[1-9]\d* (?:passed|failed|passing|failing)\b|^Ran [1-9]\d* test|^ok\s+\S+\s+[\d.]+s"
    r"|^--- (?:PASS|FAIL)|^ok \d"
)
_ALL_SKIPPED: Final = re.compile(r"(?im)^=* ?\d+ skipped\b(?![^\n]*(?:passed|failed))")
_PYTEST_NO_TESTS: Final = 5
"""Exit status of pytest when it ran no test."""

ALL_PASSED: Final = re.compile(
    r"\s*(?:\d+ examples?, 0 failures|\d+ passing\b|OK(?: \(.*\))?$|test result: ok\."
    r"|Tests:? +\d+ passed, \d+ total|Test Files +\d+ passed \(\d+\)"
    r"|=* ?\d+ passed(?:, \d+ (?:skipped|warnings?|xfailed|xpassed|deselected))* in |\d+ (?:tests?"
    r"|runs?), .*\b0 failures, 0 errors)"
)
"""Matches the summary line of a run without a failure."""


def ran_no_tests(status: int, output: str) -> bool:
    """Return whether ``output`` is that of a test run that ran no test, or skipped all; such a run proves nothing."""
    if status == _PYTEST_NO_TESTS and "no tests ran" in output:
        return True
    return bool(_NONE.search(output) or _ALL_SKIPPED.search(output)) and not _SOME.search(output)
