"""Word-by-word changes since the program last ran well: the first suspects of a failure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from otorepair_like.recipes.project import Project, is_test
from otorepair_like.recipes.python.source import Source

_TOKEN: Final = re.compile(r"[^\W\d]\w*|\d+|[^\w\s]")
_MOST: Final = 4_000
"""Maximum number of tokens compared in one changed passage. A longer passage is no slip."""


@dataclass(frozen=True, slots=True)
class Swap:
    """One word that replaced another: ``new`` stands at the offset ``start`` of ``source``, where ``old`` stood
    before.
    """

    source: Source
    start: int
    old: str
    new: str


def swaps(project: Project) -> Iterator[Swap]:
    """Yield the words of the tree that were replaced since the last healthy run, without tests."""
    for file in sorted(project.healthy):
        was, now = project.former(file), project.source(file)
        if was and now and not is_test(file):
            yield from _swaps(was, now)


def _swaps(was: Source, now: Source) -> Iterator[Swap]:
    """Yield the replaced words of one file."""
    lines = difflib.SequenceMatcher(None, was.lines, now.lines, autojunk=False)
    for kind, first, last, begin, end in lines.get_opcodes():
        if kind == "replace":
            old = list(_TOKEN.finditer(was.text, was.line_start(first + 1), was.line_start(last + 1)))
            new = list(_TOKEN.finditer(now.text, now.line_start(begin + 1), now.line_start(end + 1)))
            if len(old) + len(new) <= _MOST:
                yield from _pairs(now, old, new)


def _pairs(now: Source, old: list[re.Match[str]], new: list[re.Match[str]]) -> Iterator[Swap]:
    """Yield the identifiers that took each other's place, for passages of the same length."""
    words = difflib.SequenceMatcher(
        None, [each[0] for each in old], [each[0] for each in new], autojunk=False
    )
    for kind, first, last, begin, end in words.get_opcodes():
        if kind == "replace" and last - first == end - begin:
            for was, becomes in zip(old[first:last], new[begin:end], strict=True):
                if was[0].isidentifier() and becomes[0].isidentifier():
                    yield Swap(now, becomes.start(), was[0], becomes[0])


def nearer(project: Project, file: str, content: Source) -> bool:
    """Return whether this content is more like the file of the last healthy run than the current content is."""
    was, now = project.former(file), project.source(file)
    if was is None or now is None:
        return False
    return _distance(was, content) < _distance(was, now)


def _distance(was: Source, other: Source) -> int:
    """Return how many lines differ between two versions of a file."""
    same = difflib.SequenceMatcher(None, was.lines, other.lines, autojunk=False)
    return max(len(was.lines), len(other.lines)) - sum(block.size for block in same.get_matching_blocks())
