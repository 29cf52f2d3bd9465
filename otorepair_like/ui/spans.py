"""A line of ours before it is drawn."""

from __future__ import annotations

from typing import NamedTuple

from otorepair_like.ui.style import paint
from otorepair_like.ui.text import cut, safe, width


class Span(NamedTuple):
    """A stretch of a line in one style; its text may come from anywhere."""

    text: str
    style: str = ""


class ScreenLine(NamedTuple):
    """Spans of one line.

    Args:
        elastic: the number of the span that is shortened where the line is too long for the terminal.
            ``None`` lets the terminal wrap it: a line that says what to do must be read whole.
    """

    spans: tuple[Span, ...]
    elastic: int | None = None


def line(*spans: Span | str, elastic: int | None = None) -> ScreenLine:
    """A line of ``spans``; bare text has no style."""
    return ScreenLine(tuple(span if isinstance(span, Span) else Span(span) for span in spans), elastic)


def draw(one: ScreenLine, *, color: bool, columns: int | None, more: str) -> str:
    """``one`` as text, safe to print, without a line end; ``columns`` ``None`` = as long as it is."""
    spans = [Span(safe(span.text), span.style) for span in one.spans]
    if columns is not None and one.elastic is not None:
        span = spans[one.elastic]
        over = sum(width(other.text) for other in spans) - columns
        if over > 0:
            room = max(width(span.text) - over, 8)
            spans[one.elastic] = Span(cut(span.text, room, more), span.style)
    return "".join(paint(span.text, span.style if color else "") for span in spans)
