"""Measure how alike two texts are, and decide whether two messages describe the same failure. Pure."""

from __future__ import annotations

import re
from typing import Final

from otorepair_like.masking import mask

SAME_MESSAGE: Final = 0.8
"""Ratio from which two masked messages describe the same failure."""
_TYPE: Final = re.compile(r"\b[A-Za-z_][\w.]*(?:Error|Exception|Warning|Exit|Interrupt)\b")
_QUOTED: Final = re.compile(r"'([^'\n]{1,80})'|\"([^\"\n]{1,80})\"")


def ratio(first: str, second: str) -> float:
    """Return the share of characters that two texts have in common, in order: from 0 to 1 (equal)."""
    from rapidfuzz.fuzz import ratio as percentage  # not at start-up

    return percentage(first, second) / 100


def message_ratio(first: str, second: str) -> float:
    """Return the :func:`ratio` of two messages, regardless of numbers, addresses, times and the like."""
    return ratio(mask(first), mask(second))


def same_failure(first: str, second: str) -> bool:
    """Return whether two messages have the same exception types, the same names in quotes and nearly the same words."""
    return all(
        set(pattern.findall(first)) == set(pattern.findall(second)) for pattern in (_TYPE, _QUOTED)
    ) and (message_ratio(first, second) >= SAME_MESSAGE)
