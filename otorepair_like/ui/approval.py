"""A change that waits for approval: the diff, the findings against it, and the keys that answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from otorepair_like import events
from otorepair_like.ui import diff
from otorepair_like.ui.spans import ScreenLine, Span, line
from otorepair_like.ui.style import View
from otorepair_like.ui.text import one_line

LINES: Final = 120
"""Changed lines shown; the pager shows all."""
KEYS: Final = ("y yes", "n no (and say why)", "e edit", "v view", "a always in this run")


def lines(event: events.ChangeProposed, view: View) -> Iterator[ScreenLine]:
    """Yield the change, and the question if one is asked."""
    if event.cause:
        yield line(f"  cause: {one_line(event.cause)}")
    yield from diff.block(event.diff, view.marks, None if view.verbosity else LINES)
    for finding in event.findings:
        yield line(Span(f"  {view.marks.doubt} {one_line(finding)}", "doubt"))
    yield line(Span(f"  risk: {event.risk}", "dim"))
    if event.asks:
        why = f" ({one_line(event.why)})" if event.why else ""
        yield line(Span(f"{view.marks.doubt} apply it?{why}", "doubt"), "  ", view.marks.dot.join(KEYS))


def answer(event: events.ChangeAnswered, view: View) -> Iterator[ScreenLine]:
    """Yield the answer."""
    reason = f": {one_line(event.reason)}" if event.reason else ""
    yield line(Span(f"{view.marks.note} you said {event.answer}{reason}", "dim"))
