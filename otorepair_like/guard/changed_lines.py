"""The lines of a file that a change brought, and the kinds of files the rules tell apart."""

from __future__ import annotations

import functools
from collections import Counter
from typing import Final

from otorepair_like.workspace import paths
from otorepair_like.workspace.change_set import FileChange, text_lines

READ: Final = 2_000
"""So much of a line is looked at; source with longer lines is refused for that."""

_DOCUMENTS: Final = (
    "**/*.md", "**/*.rst", "**/*.adoc", "docs/**/*.txt", "**/license*", "**/changelog*", "**/readme*", "**/authors*",
)  # fmt: skip
_PYTHON: Final = (".py", ".pyi", ".pyw")


@functools.lru_cache(maxsize=64)
def new_lines(change: FileChange) -> tuple[tuple[int, str], ...]:
    """Return the lines that the old version has not, or has less often, with their numbers from 1, cut at ``READ``."""
    had = Counter(text_lines(change.before))
    new = []
    for number, line in enumerate(text_lines(change.after), 1):
        had[line] -= 1
        if had[line] < 0:
            new.append((number, line[:READ]))
    return tuple(new)


def is_document(path: str) -> bool:
    """Return whether a file is prose for people, which no program runs."""
    return paths.matches(path, _DOCUMENTS)


def is_python(change: FileChange, scripts: frozenset[str] = frozenset()) -> bool:
    """Return whether Python runs a file: by its name, its first line, or the command that runs it."""
    if change.path.lower().endswith(_PYTHON) or change.path in scripts:
        return True
    if "." in change.path.rpartition("/")[2]:
        return False
    return any(
        side is not None and side.startswith(b"#!") and b"python" in side.partition(b"\n")[0]
        for side in (change.before, change.after)
    )
