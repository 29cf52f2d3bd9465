"""What the output of a test run tells beyond its exit status: whether any test ran, and which ones failed. Pure."""

from __future__ import annotations

import re
from typing import Final

# pytest, unittest, jest and vitest, mocha, go test, cargo test, tap.
_NONE: Final = re.compile(
    r"(?im)^=* ?no tests ran\b|^collected 0 items|^Ran 0 tests|^No tests found|^No test files found"
    r"|^\s*0 passing\b|\[no test files\]|^running 0 tests|^1\.\.0\b|^Tests:\s+0 total"
)
_SOME: Final = re.compile(
    r"(?im)\b[1-9]\d* (?:passed|failed|passing|failing)\b|^Ran [1-9]\d* test|^ok\s+\S+\s+[\d.]+s"
    r"|^--- (?:PASS|FAIL)|^ok \d"
)
_SKIPPED: Final = re.compile(r"(?im)^=* ?\d+ skipped\b(?![^\n]*(?:passed|failed))")
_FAILED: Final = re.compile(
    r"(?m)^(?:(?:FAILED|ERROR) (\S+)(?: - .*)?|(?:FAIL|ERROR): (.+)|\s*--- FAIL: (\S+).*|not ok \d+ -? ?(.+)"
    r"|test (\S+) \.\.\. FAILED|\s*[✕×✗] (.+?)(?: \(\d+ ?ms\))?)$"
)
NO_TESTS_STATUS: Final = 5
"""What pytest exits with when it ran no test."""


def looked_at_nothing(status: int, output: str) -> bool:
    """Whether ``output`` is a test run's that ran no test, or skipped all: it proves nothing."""
    if status == NO_TESTS_STATUS and "no tests ran" in output:
        return True
    return bool(_NONE.search(output) or _SKIPPED.search(output)) and not _SOME.search(output)


def failures(output: str) -> frozenset[str]:
    """Names of the tests that ``output`` says failed; empty if it names none."""
    return frozenset(next(filter(None, found)) for found in _FAILED.findall(output))
