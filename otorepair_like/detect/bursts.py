"""Count a message that is repeated within a moment, instead of reading it again."""

from __future__ import annotations

import re
from typing import Final

from otorepair_like.detect.grammar import Block

BURST: Final = (0.25, 1.0)
"""Seconds: a failure seen again within the first belongs to the same burst; the second limits its length."""

_DIGITS: Final = re.compile(r"\d+")
_MANY: Final = 256


class BurstCounter:
    """Counts the messages of the last moment; numbers in them do not matter."""

    def __init__(self) -> None:
        self._bursts: dict[str, tuple[Block, float, float]] = {}

    def begin(self, text: str, block: Block, now: float) -> None:
        """Note the first line of a message."""
        if len(self._bursts) >= _MANY:
            self._bursts.clear()
        self._bursts[_DIGITS.sub("0", text)] = (block, now, now)

    def count(self, text: str, now: float) -> bool:
        """Return whether a line repeats a recent message; if so, count it."""
        if not self._bursts:
            return False
        key = _DIGITS.sub("0", text)
        burst = self._bursts.get(key)
        if burst is None:
            return False
        block, first, last = burst
        if now - last > BURST[0] or now - first > BURST[1]:
            del self._bursts[key]
            return False
        self._bursts[key] = (block, first, now)
        block.count += 1
        return True
