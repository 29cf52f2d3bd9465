"""Three-way merge of text by lines: what only one side changed is taken from that side.

The idea is diff3's (Khanna, Kunal and Pierce, "A formal investigation of diff3", 2007). Changes of both
sides that overlap or touch are a conflict unless they are the same: a wrong merge costs more than a refused
one.
"""

from __future__ import annotations

import itertools
from difflib import SequenceMatcher

from otorepair_like.workspace.change_set import is_binary

_MAX_LINES = 20_000
"""Above this a merge would take seconds; it counts as a conflict."""

_Edit = tuple[int, int, tuple[bytes, ...]]
"""Lines ``[start, end)`` of the base, and what stands there instead."""


class ConflictError(Exception):
    """Both sides changed the same place."""


def merge(base: bytes | None, ours: bytes | None, theirs: bytes | None) -> bytes | None:
    """Bring the way from ``base`` to ``theirs`` into ``ours``; ``None`` = no file.

    Raises:
        ConflictError: both sides changed the same place, or one of them is not text.
    """
    if ours in (base, theirs):
        return theirs
    if theirs == base:
        return ours
    if base is None or ours is None or theirs is None or any(map(is_binary, (base, ours, theirs))):
        raise ConflictError
    lines, mine, yours = map(_lines, (base, ours, theirs))
    if max(len(lines), len(mine), len(yours)) > _MAX_LINES:
        raise ConflictError
    edits = sorted(_edits(lines, mine) | _edits(lines, yours))
    for (_, end, _), (start, _, _) in itertools.pairwise(edits):
        if start <= end:
            raise ConflictError
    for start, end, instead in reversed(edits):
        lines[start:end] = instead
    return b"".join(lines)


def _edits(old: list[bytes], new: list[bytes]) -> set[_Edit]:
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return {(i, j, tuple(new[k:end])) for tag, i, j, k, end in codes if tag != "equal"}


def _lines(content: bytes) -> list[bytes]:
    parts = content.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + [part for part in parts[-1:] if part]
