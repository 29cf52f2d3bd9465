"""Storms: a message said again and again within a moment is counted, not read again."""

from __future__ import annotations

import re
from typing import Final

from otorepair_like.detect.grammar import Block

BURST: Final = (0.25, 1.0)
"""Seconds: seen again within the first, a failure is one with the last; told again after the second at the latest."""

_DIGITS: Final = re.compile(r"\d+")
_MANY: Final = 256


class Repeats:
    """Messages of the last moment, numbers open."""

    def __init__(self) -> None:
        self._lately: dict[str, tuple[Block, float, float]] = {}

    def begin(self, text: str, block: Block, now: float) -> None:
        """Note the first line of a message."""
        if len(self._lately) >= _MANY:
            self._lately.clear()
        self._lately[_DIGITS.sub("0", text)] = (block, now, now)

    def count(self, text: str, now: float) -> bool:
        """Whether a line says again what a message said a moment ago; if so it is counted there."""
        if not self._lately:
            return False
        key = _DIGITS.sub("0", text)
        known = self._lately.get(key)
        if known is None:
            return False
        block, first, last = known
        if now - last > BURST[0] or now - first > BURST[1]:
            del self._lately[key]
            return False
        self._lately[key] = (block, first, now)
        block.count += 1
        return True
