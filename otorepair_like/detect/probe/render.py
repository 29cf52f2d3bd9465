"""Render a record as the traceback that Python would have printed, so that one grammar reads both."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from otorepair_like.detect.lines import clean
from otorepair_like.detect.probe.record import RecordedException

_LARGEST: Final = 1 << 20
"""Bytes of a source file; larger ones are not read."""
_CAUSE: Final = "The above exception was the direct cause of the following exception:"
_CONTEXT: Final = "During handling of the above exception, another exception occurred:"


class SourceLines:
    """Lines of the user's source files, each read once.

    Args:
        workspace: the folder of relative paths.
    """

    def __init__(self, workspace: Path) -> None:
        self._workspace = workspace
        self._files: dict[str, list[bytes]] = {}

    def line(self, file: str, number: int) -> str:
        """Return line ``number`` (from 1) without surrounding blanks; ``""`` if it cannot be read."""
        if file not in self._files:
            self._files[file] = self._read(file)
        lines = self._files[file]
        return clean(lines[number - 1]).strip() if number <= len(lines) else ""

    def _read(self, file: str) -> list[bytes]:
        """Return the lines of a regular file; the name comes from the program and may be a device or a pipe."""
        try:
            descriptor = os.open(self._workspace / file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
        except (OSError, ValueError):
            return []
        with os.fdopen(descriptor, "rb") as opened:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
                return []
            return opened.read(_LARGEST).splitlines()


def render_traceback(error: RecordedException, sources: SourceLines) -> list[str]:
    """Return the lines of the traceback of ``error``."""
    return list(_lines(error, sources))


def _lines(error: RecordedException, sources: SourceLines, *, inside: bool = False) -> Iterator[str]:
    """Yield the lines of an exception and those before it in its chain; ``inside`` a group they have a margin."""
    if error.before:
        yield from _lines(error.before, sources, inside=inside)
        yield from ("", _CAUSE if error.direct else _CONTEXT, "")
    if error.leaves:
        yield from _group(error, sources, inside=inside)
    else:
        yield from _single(error, sources, "Traceback")


def _single(error: RecordedException, sources: SourceLines, title: str) -> Iterator[str]:
    if error.frames or error.syntax:
        yield f"{title} (most recent call last):"
    for frame in error.frames:
        yield f'  File "{frame.file}", line {frame.line}, in {frame.function}'
        if source := sources.line(frame.file, frame.line):
            yield f"    {source}"
    if error.syntax:
        file, number, source = error.syntax
        yield f'  File "{file}", line {number}'
        if source.strip():
            yield f"    {source.strip()}"
    first, *more = f"{error.type}: {error.message}".removesuffix(": ").splitlines()
    yield first
    yield from more
    for note in error.notes:
        yield from note.splitlines()


def _group(error: RecordedException, sources: SourceLines, *, inside: bool) -> Iterator[str]:
    """Yield the head of a group with a margin, then each leaf below a separator."""
    head = list(_single(error, sources, "Exception Group Traceback"))
    if inside:
        yield from head
    else:
        framed = bool(error.frames)
        yield from (f"  {'+' if framed and not number else '|'} {line}" for number, line in enumerate(head))
    for number, leaf in enumerate(error.leaves, 1):
        yield f"  +-{'+' if number == 1 else '-'}--------------- {number} ----------------"
        yield from (f"    | {line}".rstrip() for line in _lines(leaf, sources, inside=True))
    yield "    +------------------------------------"
