"""Find the known name that a misspelt one was meant to be, if that can be decided."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable
from typing import Final

from otorepair_like.recipes.likeness import is_turned, rivals
from otorepair_like.recipes.python.known_names import OPPOSITES, word_list
from otorepair_like.recipes.words import words

SHORTEST: Final = 3
"""A shorter name is near to everything."""


def max_slips(name: str) -> int:
    """Return how many slips of the keyboard a name of this length may contain and still be recognised."""
    return 0 if len(name) < SHORTEST else 1 if len(name) < 6 else 2 if len(name) < 12 else 3


def distance(left: str, right: str, at_most: int) -> int:
    """Return the number of slips between two names; ``at_most + 1`` when there are more.

    A slip is a wrong, missing or additional letter, or two letters swapped (optimal string alignment).
    """
    if abs(len(left) - len(right)) > at_most:
        return at_most + 1
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        before, last, row = row, before, [i]
        for j, b in enumerate(right, 1):
            # one letter missing, one too many, one wrong
            slips = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            # two letters swapped
            if i > 1 and j > 1 and a == right[j - 2] and b == left[i - 2]:
                slips = min(slips, last[j - 2] + 1)
            row.append(slips)
        if min(row) > at_most:
            break
    return min(*row, at_most + 1) if min(row) > at_most else min(row[-1], at_most + 1)


def count_slips(wrong: str, right: str) -> int | None:
    """Return how many slips of the keyboard turn ``right`` into ``wrong``; ``None`` if slips do not explain it.

    The words of a name are judged one by one, so ``min_price`` is never ``max_price``, and ``item1`` never
    ``item2``. A difference in case or underscores alone is one slip.
    """
    if wrong.replace("_", "").lower() == right.replace("_", "").lower():
        return 1
    most = min(max_slips(wrong), max_slips(right))
    total = distance(wrong.lower(), right.lower(), most)
    if total > most:
        return None
    left_words, right_words = words(wrong), words(right)
    # ``item1`` is not ``item2``
    if [word for word in left_words if word.isdigit()] != [word for word in right_words if word.isdigit()]:
        return None
    # ``user_name`` and ``usernme``: the words cannot be compared one by one
    if len(left_words) != len(right_words):
        return total
    differing = [(a, b) for a, b in zip(left_words, right_words, strict=True) if a != b]
    if any(_are_different_words(a, b) for a, b in differing):
        return None
    return total


def _are_different_words(wrong: str, right: str) -> bool:
    """Return whether two words differ by more than slips: opposites, and short words with one letter exchanged."""
    if frozenset((wrong, right)) in OPPOSITES:
        return True
    short = min(len(wrong), len(right))
    # ``min`` is not ``max``, but ``idx`` may be ``ixd``
    if short <= 3 and len(wrong) == len(right) and sorted(wrong) != sorted(right):
        return True
    return distance(wrong, right, 3) > max(1, max_slips(wrong))


def same_style(left: str, right: str) -> bool:
    """Return whether two names have the same style: ``user`` never means ``User``, nor ``LIMIT`` ``limit``."""

    def style(name: str) -> int:
        """Return 2 for ``LIMIT``, 1 for ``User``, 0 for ``user``."""
        bare = name.lstrip("_")
        return 2 if len(bare) > 1 and bare.isupper() else int(bare[:1].isupper())

    return style(left) == style(right)


def nearest(name: str, known: Iterable[str], *, styles: bool = True) -> list[str]:
    """Return the known names that ``name`` most likely misspells: one is an answer, two or more are a question.

    A name that is near in another way than by its letters, such as the same words in another order, makes a question
    of an answer.

    Args:
        name: the misspelt name.
        known: the valid names.
        styles: whether ``user`` and ``User`` are different words (true for variables and classes).
    """
    best: list[str] = []
    least = max(max_slips(name), 0 if styles else 1)
    fitting = sorted(
        other
        for other in set(known)
        if other != name and not keyword.iskeyword(other) and (not styles or same_style(name, other))
    )
    for other in fitting if least else ():
        count = count_slips(name, other)
        if count is None or count > least:
            continue
        if count < least:
            best, least = [], count
        best.append(other)
    # Of two equally near names, prefer the one of the same style: ``prodcuts`` is products, not PRODUCTS.
    best = [other for other in best if same_style(name, other)] or best
    return best + rivals(name, best[0], fitting) if len(best) == 1 else best


def similar_names(name: str, known: Iterable[str]) -> list[str]:
    """Return up to three known names that look alike but may be other words: for findings, never for edits.

    ``column3`` resembles ``column1`` and ``column2``, ``debit`` its opposite ``credit``.
    """
    bare = re.sub(r"\d+", "", name).lower()
    close = [other for other in sorted(set(known)) if other != name and not other.startswith("__")]
    alike = [other for other in close if distance(re.sub(r"\d+", "", other).lower(), bare, 1) <= 1]
    return (alike or [other for other in close if _are_opposites(name, other)])[:3]


def _are_opposites(left: str, right: str) -> bool:
    """Return whether two names differ in one word of a pair of opposites: ``debit`` and ``credit``."""
    left_words, right_words = words(left), words(right)
    pairs = [frozenset(pair) for pair in zip(left_words, right_words, strict=False) if pair[0] != pair[1]]
    return len(left_words) == len(right_words) and len(pairs) == 1 and pairs[0] in OPPOSITES


_UNITS: Final = frozenset(
    word_list(
        """km m cm mm kg g ms s sec secs seconds minutes hours days eur usd cents percent code text str value no nr
        at on"""
    )
)
"""Words that only name the form of a value."""


def completions(name: str, known: Iterable[str]) -> list[str]:
    """Return the known names that add a unit, a form or an ending to this one: ``status`` and ``status_code``.

    The words of a name in another order count too: ``only_open`` and ``open_only``.
    """
    names = []
    for other in sorted(set(known)):
        words_of_name, words_of_other = words(name), words(other)
        if other == name or len(name) < 4 or not same_style(name, other):
            continue
        # ``status_code`` for ``status``
        longer = (
            words_of_other[: len(words_of_name)] == words_of_name
            and len(words_of_other) == len(words_of_name) + 1
            and words_of_other[-1] in _UNITS
        )
        # ``open_only`` for ``only_open``
        turned = is_turned(name, other)
        # ``sorted`` for ``sort``
        ending = (
            len(words_of_name) == len(words_of_other)
            and other.startswith(name)
            and other[len(name) :] in ("ed", "ing", "es")
        )
        if longer or turned or ending:
            names.append(other)
    return names
