"""Finds old names under new spellings: mistakes put right, and things renamed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from rapidfuzz.distance import Indel

from otorepair_like.guard.place import ChangePlace
from otorepair_like.guard.tokens import Token

NAMES: Final = frozenset(
    {"name", "attr", "kwarg", "param", "def", "base", "call", "decorator", "import", "with", "except"}
)
"""Kinds of tokens that are identifiers."""

_ALIKE: Final = 0.75
"""From this likeness on two names are spellings of one another."""
_ALIKE_IF_NAMED: Final = 0.7
"""The same for a name that the failure's message names."""
_TRANSPOSED: Final = 0.95
"""Likeness of two names with the same letters in another order."""
_NEARER: Final = 0.02
"""Where another name is as alike, but for so much, nobody can tell what was meant."""
_SHORT: Final = 3
"""Names of so many characters are too short to be alike by chance only."""
_MOST: Final = 60
"""So many names that went are looked at, and so many that came."""
_READ: Final = 60
"""Characters of a name that are compared."""

_QUOTED: Final = re.compile(r"'([^'\n]{1,80})'|\"([^\"\n]{1,80})\"|`([^`\n]{1,80})`")
_UNQUOTED: Final = re.compile(r"([\w$.]{1,80}) is not (?:defined|a function|a constructor|iterable)")
_UNEXPECTED: Final = re.compile(r"unexpected keyword argument|got an unexpected")
_WORD: Final = re.compile(r"[^\W\d]\w*")
_FORMAT: Final = re.compile(r"%[A-Za-z]|\{[\w.:!<>^]*\}")


@dataclass(frozen=True)
class _Change:
    """Tokens that went and came, and the names that the failure tells."""

    lost: Counter[Token]
    won: Counter[Token]
    kept: frozenset[str]
    named: frozenset[str]
    words: frozenset[str]
    unexpected: bool


def renames(
    lost: Counter[Token], won: Counter[Token], place: ChangePlace, kept: frozenset[str]
) -> dict[str, str]:
    """Return what each name that went is called now, where that can be told.

    Args:
        lost, won: tokens that went and came.
        place: where the failure is: its message may name what was misspelt.
        kept: names that stand in both versions.
    """
    unexpected = _UNEXPECTED.search(place.message) is not None
    change = _Change(lost, won, kept, frozenset(names_in(place.message)), place.words | kept, unexpected)
    found: dict[str, str] = {}
    for select in (_names, _texts):
        came = list(select(won))[:_MOST]
        for was in list(select(lost))[:_MOST]:
            best = max(((_fit(was, now, change), now) for now in came), default=(0.0, ""))
            if best[0] > 0:
                found[was] = best[1]
    return found


def renamed(token: Token, names: Mapping[str, str]) -> Token:
    """Return a token under its new name."""
    if token.kind in ("decorator", "with", "except"):
        return token._replace(text=".".join(names.get(part, part) for part in token.text.split(".")))
    if token.kind == "before":
        return token._replace(text=" ".join(names.get(part, part) for part in token.text.split(" ")))
    if token.kind not in NAMES and token.kind != "const":
        return token
    return token._replace(text=names.get(token.text, token.text))


def _names(tokens: Counter[Token]) -> Iterator[str]:
    yield from dict.fromkeys(token.text for token in tokens if token.kind in NAMES)


def _texts(tokens: Counter[Token]) -> Iterator[str]:
    """Yield the texts that are written out; those that are formats or addresses decide too much."""
    for token in dict.fromkeys(tokens):
        quoted = token.kind == "const" and token.text[:1] in "'\"`"
        if quoted and token.use != "annotation" and not _FORMAT.search(token.text) and "'/" not in token.text:
            yield token.text


def _fit(was: str, now: str, change: _Change) -> float:
    """Return how well ``now`` fits as the new name of ``was``; 0: not at all."""
    if len(was.split()) > 1 or len(now.split()) > 1:
        return _fit_words(was, now, change)
    was, now = was.strip("'\"`"), now.strip("'\"`")
    if not was or not now:
        return 0.0
    likeness = similarity(was, now)
    if was in change.named:
        if change.unexpected and any(token.text == now for token in change.won if token.kind == "kwarg"):
            return 1 + likeness
        if likeness >= _ALIKE_IF_NAMED and not _nearer(was, now, likeness, change.words):
            return 1 + likeness
    if likeness >= _ALIKE and len(was) > _SHORT and not _nearer(was, now, likeness, change.words):
        return likeness
    return 0.1 + likeness if _everywhere(was, now, change) else 0.0


def _fit_words(was: str, now: str, change: _Change) -> float:
    """Return how well a text of several words fits: each word that differs must be alike."""
    old, new = was.split(), now.split()
    if len(old) != len(new):
        return 0.0
    differ = [(one, other) for one, other in zip(old, new, strict=True) if one != other]
    if len(differ) > 1:
        return 0.0
    return min((_fit(one, other, change) for one, other in differ), default=0.0)


def _nearer(was: str, now: str, likeness: float, words: frozenset[str]) -> bool:
    """Return whether another name of the sources is as alike as the one that was taken."""
    least = likeness - _NEARER
    return likeness < 1 and any(
        similarity(was, word) >= least
        for word in words
        if word not in (was, now) and abs(len(word) - len(was)) <= len(was) // 2
    )


def _everywhere(was: str, now: str, change: _Change) -> bool:
    """Return whether a name went for good that was bound here, and a new one came as often and in the same uses."""
    if not was.isidentifier() or was in change.kept or now in change.kept:
        return False
    bound: Callable[[Token], bool] = lambda token: token.use == "bound" or token.kind in ("param", "def")  # noqa: E731
    old = Counter({(t.kind, t.use): n for t, n in change.lost.items() if t.text == was and t.kind in NAMES})
    new = Counter({(t.kind, t.use): n for t, n in change.won.items() if t.text == now and t.kind in NAMES})
    return old == new and any(t.text == was and bound(t) for t in change.lost)


def similarity(one: str, other: str) -> float:
    """Return how alike two names are, 0 to 1, whatever their case and underscores."""
    one, other = (side.casefold().replace("_", "").replace("-", "")[:_READ] for side in (one, other))
    if sorted(one) == sorted(other):
        return _TRANSPOSED if one != other else 1.0
    return Indel.normalized_similarity(one, other, score_cutoff=0.5)


def names_in(message: str) -> Iterable[str]:
    """Yield what a failure's message puts in quotes, and the parts of it; short messages of JavaScript too."""
    message = message[:4000]
    for found in _QUOTED.finditer(message):
        whole = found[1] or found[2] or found[3]
        yield whole
        yield from _WORD.findall(whole)
    for found in _UNQUOTED.finditer(message):
        yield from found[1].split(".")
