"""Answers to requests in this run, from the access log: the number of good and of bad ones. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

CHANCE: Final = 0.05
"""What may be left of the chance that a failure just did not come again."""
TWICE: Final = 2
"""Times a request is asked again at least."""
_MOST: Final = 60
_KEPT: Final = 500
_FAILED, _ELSEWHERE = 500, 300


class Answers:
    """Counts answers by request."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], tuple[int, int]] = {}
        self._well: dict[tuple[str, str], int] = {}

    def add(self, method: str, path: str, status: int) -> None:
        """Take note of one answer."""
        well, failed = self._counts.pop((method, path), (0, 0))
        bad = status >= _FAILED
        self._counts[method, path] = (well + (not bad), failed + bad)
        self._well.pop((method, path), None)
        if status < _ELSEWHERE:
            self._well[method, path] = status
        for kept in (self._counts, self._well):
            if len(kept) > _KEPT:
                del kept[next(iter(kept))]

    def times(self, method: str, path: str) -> int:
        """Return how often a request must answer well until chance explains less than 5 % of it.

        >>> answers = Answers()
        >>> for status in (200, 200, 200, 500):
        ...     answers.add("GET", "/", status)
        >>> answers.times("GET", "/")
        11
        """
        well, failed = self._counts.get((method, path), (0, 1))
        if not well or not failed:
            return TWICE
        needed = math.ceil(math.log(CHANCE) / math.log(well / (well + failed)))
        return min(max(needed, TWICE), _MOST)

    def well(self, but: tuple[str, str]) -> Iterator[tuple[str, int]]:
        """Yield paths that a GET of answers well, and the status, newest first, without ``but``."""
        for (method, path), status in reversed(self._well.items()):
            if method == "GET" and (method, path) != but:
                yield path, status
