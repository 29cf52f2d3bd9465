"""The prefilter: find the lines of a chunk that are worth examining while no block is open.

It skips ordinary output at the speed of a byte search. The first line of every failure of a running program contains
one of these texts; the last lines of a program are all examined when it ends (:meth:`.scanner.Scanner.flush`).
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import Final, Protocol

WORDS: Final = (
    b"rror", b"ERR", b"xception", b"raceback", b"atal", b"FA", b"anic", b"CRIT", b"ailed", b"  at ", b"\tat ",
    b":in ", b" line ", b"**", b"== ", b".go:", "⨯".encode(),
)  # fmt: skip
_LINE: Final = b" line "
_NUMBERED: Final = re.compile(_LINE + rb"[0-9\x1b]")
"""A place: the number of the line follows, maybe in colour. Without it the text is in much that is ordinary."""

_RARE: Final = {b"\tat ": b"\t", b"**": b"*", "⨯".encode(): b"\xa8"}
"""A byte of a text that is rare in ordinary output: searching for a single byte costs almost nothing."""


class LineFilter(Protocol):
    """Finds the lines to examine in one chunk of complete lines."""

    def __init__(self, whole: bytes) -> None: ...

    def next(self, start: int) -> int:
        """Return the start of the first line to examine, not before ``start``; -1 if there is none."""


class WordFilter:
    """A filter with the standard library: one search for each text is faster than one search for all."""

    def __init__(self, whole: bytes) -> None:
        self._whole = whole
        words = (word for word in WORDS if word not in _RARE or _RARE[word] in whole)
        self._hits = [(word, hit) for word in words if (hit := _find(whole, word, 0)) >= 0]

    def next(self, start: int) -> int:
        """Return the start of the next line to examine, as in :class:`LineFilter`."""
        whole = self._whole
        self._hits = [
            (word, at)
            for word, hit in self._hits
            if (at := hit if hit >= start else _find(whole, word, start)) >= 0
        ]
        return _line_start(whole, min(at for _, at in self._hits), start) if self._hits else -1


def _automaton() -> type[LineFilter] | None:
    """Return a filter with google-re2 (the extra ``fast``): one automaton for all texts; ``None`` if not installed."""
    try:
        re2 = import_module("re2")  # it has no type stubs
    except ImportError:
        return None
    compiled = getattr(re2, "compile", None)  # a folder of that name can be imported, too
    if compiled is None:
        return None
    words = compiled(b"|".join(_NUMBERED.pattern if word == _LINE else re.escape(word) for word in WORDS))

    class Automaton:
        def __init__(self, whole: bytes) -> None:
            self._whole = whole

        def next(self, start: int) -> int:
            match = words.search(self._whole, start)
            return -1 if match is None else _line_start(self._whole, match.start(), start)

    return Automaton


def _find(whole: bytes, word: bytes, start: int) -> int:
    at = whole.find(word, start)
    if at < 0 or word != _LINE:
        return at
    match = _NUMBERED.search(whole, at)
    return match.start() if match else -1


def _line_start(whole: bytes, hit: int, start: int) -> int:
    return max(whole.rfind(b"\n", start, hit) + 1, start)


automaton_filter: Final = _automaton()
line_filter: type[LineFilter] = automaton_filter or WordFilter
