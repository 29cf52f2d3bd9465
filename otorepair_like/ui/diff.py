"""A unified diff as a person reads it: the files, then what changed in each."""

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
    """What a diff says of one file.

    Args:
        name: its path; of a deleted file the one it had.
        note: ``"new"``, ``"deleted"``, ``"binary"``, ``"mode"``, ``"renamed"`` or ``""``.
        hunks: the changed lines of each hunk, with their sign.
    """

    name: str
    note: str = ""
    hunks: list[list[str]] = field(default_factory=list)

    def count(self, sign: str) -> int:
        """How many lines were added (``"+"``) or removed (``"-"``)."""
        return sum(text.startswith(sign) for hunk in self.hunks for text in hunk)


def parse(diff: str) -> list[FileDiff]:
    """The files of ``diff``, a unified diff with or without git's own headers. Takes any text."""
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
    """``diff`` as lines for the terminal, at most ``limit`` changed lines of it."""
    room = limit
    hidden = 0
    for one in parse(diff):
        yield _title(one, marks)
        for number, hunk in enumerate(one.hunks):
            shown = hunk if room is None else hunk[:room]
            hidden += len(hunk) - len(shown)
            if room is not None:
                room -= len(shown)
            if number and shown:
                yield line(Span(f"  {marks.more}", "dim"))
            yield from map(_changed, shown)
    if hidden:
        yield line(Span(f"  {marks.more} {hidden} more lines", "dim"))


def _title(one: FileDiff, marks: Symbols) -> ScreenLine:
    added, removed = one.count("+"), one.count("-")
    spans = [Span("  "), Span(one.name, "file")]
    if one.note:
        spans.append(Span(f"  {one.note}", "dim"))
    if added:
        spans.append(Span(f"  +{added}" if not removed else f"  +{added} ", "added"))
    if removed:
        spans.append(Span(f"{marks.minus}{removed}" if added else f"  {marks.minus}{removed}", "removed"))
    return line(*spans, elastic=1)


def _changed(text: str) -> ScreenLine:
    style = "added" if text[0] == "+" else "removed"
    return line(Span(f"  {text[0]} ", style), Span(text[1:], style), elastic=1)


def _is_open(one: FileDiff, text: str) -> bool:
    """Whether the ``---`` line belongs to the file that a ``diff --git`` line began."""
    return text == "--- /dev/null" or _name(text) == one.name


def _header(one: FileDiff, text: str) -> None:
    if text.startswith("+++ ") and not text.startswith("+++ /dev/null"):
        one.name = _name(text)
    elif text.startswith("+++ /dev/null") and not one.note:
        one.note = "deleted"
    elif text.startswith(("new file mode", "deleted file mode")):
        one.note = text.split()[0]
    elif text.startswith("new mode") and not one.note:
        one.note = "mode"
    elif text.startswith("rename from"):
        one.note = "renamed"
    elif text.startswith("Binary files"):
        one.note = "binary"


def _name(text: str) -> str:
    """The path in a ``--- a/path`` line, without the time stamp that plain diff adds."""
    path = text[4:].split("\t")[0].removesuffix("\r").strip('"')
    return path[2:] if path[:2] in ("a/", "b/") else path


def _git_name(text: str) -> str:
    """The new path in a ``diff --git a/path b/path`` line; both are the same but for a rename."""
    rest = text.removeprefix("diff --git ").removesuffix("\r")
    half = rest[len(rest) // 2 + 1 :]
    return half[2:] if half.startswith("b/") else rest.rpartition(" b/")[2]
