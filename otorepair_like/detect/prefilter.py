"""The gate: which lines of a chunk are worth a look while no block is open.

Ordinary output passes at the speed of a byte search. One of these words stands in the first line of every failure a
living process prints; what a process says when it ends is read whole, whatever its words (``Machine.flush``).
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import Final, Protocol

WORDS: Final = (
    b"rror", b"ERR", b"xception", b"raceback", b"atal", b"FA", b"anic", b"CRIT", b"ailed", b"  at ", b"\tat ",
    b":in ", b" line ", b"**", b"== ", b".go:", "⨯".encode(),
)  # fmt: skip


_RARE: Final = {b"\tat ": b"\t", b"**": b"*", "⨯".encode(): b"\xa8"}
"""A byte that ordinary output hardly holds: looking for a single one costs next to nothing."""


class Gate(Protocol):
    """Finds hot lines in one chunk of whole lines."""

    def __init__(self, whole: bytes) -> None: ...

    def next(self, start: int) -> int:
        """Where the first line worth a look begins, not before ``start``; -1 if there is none."""


class Words:
    """With the standard library: one search a word is faster than one search for all."""

    def __init__(self, whole: bytes) -> None:
        self._whole = whole
        words = (word for word in WORDS if word not in _RARE or _RARE[word] in whole)
        self._hits = [(word, hit) for word in words if (hit := whole.find(word)) >= 0]

    def next(self, start: int) -> int:
        """See :class:`Gate`."""
        find = self._whole.find
        self._hits = [
            (word, at) for word, hit in self._hits if (at := hit if hit >= start else find(word, start)) >= 0
        ]
        return _line_start(self._whole, min(at for _, at in self._hits), start) if self._hits else -1


def _automaton() -> type[Gate] | None:
    """With google-re2 (the extra ``fast``): one automaton for all words; ``None`` where it is not installed."""
    try:
        re2 = import_module("re2")  # it has no type stubs
    except ImportError:
        return None
    compiled = getattr(re2, "compile", None)  # a folder of that name can be imported too
    if compiled is None:
        return None
    words = compiled(b"|".join(re.escape(word) for word in WORDS))

    class Automaton:
        def __init__(self, whole: bytes) -> None:
            self._whole = whole

        def next(self, start: int) -> int:
            found = words.search(self._whole, start)
            return -1 if found is None else _line_start(self._whole, found.start(), start)

    return Automaton


def _line_start(whole: bytes, hit: int, start: int) -> int:
    return max(whole.rfind(b"\n", start, hit) + 1, start)


fast: Final = _automaton()
gate: type[Gate] = fast or Words
