"""Other ways to be near than by slips of the keyboard: word order, abbreviation, a shortened end or beginning.

Letters alone choose ``SHIPPING_FEE`` for ``SHIPPING_FREE`` where ``FREE_SHIPPING`` was meant. A name that is near in
another way is a rival of the nearest one: who of them is meant cannot be told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from otorepair_like.recipes.words import words

_SHORTEST_PART: Final = 3
"""Fewer letters than these abbreviate anything."""


def rivals(name: str, best: str, known: Iterable[str]) -> list[str]:
    """Return the known names that are near to ``name`` in another way than ``best``, and as likely meant."""
    if _spelled_alike(name, best) or is_turned(name, best):
        return []
    return sorted(
        other
        for other in set(known) - {name, best}
        if is_turned(name, other)
        or _is_renumbered(name, other)
        or ((is_shortened(name, other) or is_abbreviated(name, other)) and not _explains(best, name, other))
    )


def is_turned(name: str, other: str) -> bool:
    """Return whether two names have the same words in another order: ``SHIPPING_FREE`` and ``FREE_SHIPPING``."""
    left, right = words(name), words(other)
    return len(left) > 1 and left != right and sorted(left) == sorted(right)


def is_shortened(name: str, other: str) -> bool:
    """Return whether ``name`` is the beginning or the last words of ``other``: ``start`` of ``started``."""
    short, long = name.lower(), other.lower()
    if len(short) < _SHORTEST_PART or len(short) >= len(long):
        return False
    return long.startswith(short) or long.endswith(f"_{short}")


def is_abbreviated(name: str, other: str) -> bool:
    """Return whether the words of ``name`` abbreviate those of ``other``: ``usr_msg`` of ``user_message``."""
    left, right = words(name), words(other)
    return (
        len(left) == len(right)
        and left != right
        and all(_abbreviates(short, long) for short, long in zip(left, right, strict=True))
    )


def _is_renumbered(name: str, other: str) -> bool:
    """Return whether two names differ in their digits only: ``users_2024`` and ``users_2023``."""
    left, right = (re.sub(r"\d+", "0", each) for each in (name, other))
    return left == right != name


def _explains(best: str, name: str, other: str) -> bool:
    """Return whether a longer name only continues the nearest one: ``quantit`` is quantity, not quantity_sold."""
    return is_shortened(name, best) and other.lower().startswith(best.lower())


def _spelled_alike(left: str, right: str) -> bool:
    """Return whether two names differ in case and underscores only."""
    return left.replace("_", "").lower() == right.replace("_", "").lower()


def _abbreviates(short: str, long: str) -> bool:
    """Return whether a word is another one, its beginning, or its first letter and consonants: ``msg``, ``cnt``."""
    if short == long:
        return True
    if len(short) < _SHORTEST_PART or len(short) >= len(long):
        return False
    # ``msg``: the first letter and the consonants, doubled ones once
    consonants = re.sub(r"(.)\1", r"\1", long[0] + re.sub(r"[aeiou]", "", long[1:]))
    return long.startswith(short) or short == consonants
