"""A unified diff in a form people read easily: each file, then its changed lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from otorepair_like.ui.spans import ScreenLine, Span, line
from otorepair_like.ui.style import Symbols

_HUNK: Final = re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")


@dataclass(slots=True)
class FileDiff:
    """The part of a diff about one file.

    Args:
        name: its path; of a deleted file the one it had.
        note: ``"new"``, ``"deleted"``, ``"binary"``, ``"mode"``, ``"renamed"`` or ``""``.
        hunks: the changed lines of each hunk, with their sign.
    """

    name: str
    note: str = ""
    hunks: list[list[str]] = field(default_factory=list)

    def count(self, sign: str) -> int:
        """Return how many lines were added (``"+"``) or removed (``"-"``)."""
        return sum(text.startswith(sign) for hunk in self.hunks for text in hunk)


def parse(diff: str) -> list[FileDiff]:
    """Return the files of ``diff``, a unified diff with or without git's own headers. Any text is accepted."""
    files: list[FileDiff] = []
    old = new = 0
    # Not splitlines: a form feed or a line separator is no line end in a diff.
    for text in diff.split("\n"):
        if old > 0 or new > 0:
            old -= text[:1] in ("-", " ", "")
            new -= text[:1] in ("+", " ", "")
            if text[:1] in ("+", "-"):
                files[-1].hunks[-1].append(text.removesuffix("\r"))
        elif text.startswith("diff --git "):
            files.append(FileDiff(_git_name(text)))
        elif text.startswith("--- "):
            if not files or files[-1].hunks or not _is_open(files[-1], text):
                files.append(FileDiff(_name(text)))
        elif files and (hunk := _HUNK.match(text)):
            old, new = int(hunk[1] or 1), int(hunk[2] or 1)
            files[-1].hunks.append([])
        elif files:
            _header(files[-1], text)
    return files


def block(diff: str, marks: Symbols, limit: int | None) -> Iterator[ScreenLine]:
    """Yield ``diff`` as lines for the terminal, with at most ``limit`` changed lines."""
    room = limit
    hidden = 0
    for file in parse(diff):
        yield _title(file, marks)
        for number, hunk in enumerate(file.hunks):
            shown = hunk if room is None else hunk[:room]
            hidden += len(hunk) - len(shown)
            if room is not None:
                room -= len(shown)
            if number and shown:
                yield line(Span(f"  {marks.more}", "dim"))
            yield from map(_changed, shown)
    if hidden:
        yield line(Span(f"  {marks.more} {hidden} more lines", "dim"))


def _title(file: FileDiff, marks: Symbols) -> ScreenLine:
    added, removed = file.count("+"), file.count("-")
    spans = [Span("  "), Span(file.name, "file")]
    if file.note:
        spans.append(Span(f"  {file.note}", "dim"))
    if added:
        spans.append(Span(f"  +{added}" if not removed else f"  +{added} ", "added"))
    if removed:
        spans.append(Span(f"{marks.minus}{removed}" if added else f"  {marks.minus}{removed}", "removed"))
    return line(*spans, elastic=1)


def _changed(text: str) -> ScreenLine:
    style = "added" if text[0] == "+" else "removed"
    return line(Span(f"  {text[0]} ", style), Span(text[1:], style), elastic=1)


def _is_open(file: FileDiff, text: str) -> bool:
    """Return whether the ``---`` line belongs to the file that a ``diff --git`` line began."""
    return text == "--- /dev/null" or _name(text) == file.name


def _header(file: FileDiff, text: str) -> None:
    if text.startswith("+++ ") and not text.startswith("+++ /dev/null"):
        file.name = _name(text)
    elif text.startswith("+++ /dev/null") and not file.note:
        file.note = "deleted"
    elif text.startswith(("new file mode", "deleted file mode")):
        file.note = text.split()[0]
    elif text.startswith("new mode") and not file.note:
        file.note = "mode"
    elif text.startswith("rename from"):
        file.note = "renamed"
    elif text.startswith("Binary files"):
        file.note = "binary"


def _name(text: str) -> str:
    """Return the path in a ``--- a/path`` line, without the time stamp that plain diff adds."""
    path = text[4:].split("\t")[0].removesuffix("\r").strip('"')
    return path[2:] if path[:2] in ("a/", "b/") else path


def _git_name(text: str) -> str:
    """Return the new path in a ``diff --git a/path b/path`` line; both are the same except in a rename."""
    rest = text.removeprefix("diff --git ").removesuffix("\r")
    half = rest[len(rest) // 2 + 1 :]
    return half[2:] if half.startswith("b/") else rest.rpartition(" b/")[2]
