"""The lines of our own output before they are drawn."""

from __future__ import annotations

from typing import NamedTuple

from otorepair_like.ui.style import paint
from otorepair_like.ui.text import cut, safe, width


class Span(NamedTuple):
    """Part of a line in one style; its text may come from anywhere."""

    text: str
    style: str = ""


class ScreenLine(NamedTuple):
    """Spans of one line.

    Args:
        elastic: the number of the span that is shortened if the line is too long for the terminal.
            ``None`` lets the terminal wrap it: a line that says what to do must be read whole.
    """

    spans: tuple[Span, ...]
    elastic: int | None = None


def line(*spans: Span | str, elastic: int | None = None) -> ScreenLine:
    """Return a line made of ``spans``; bare text has no style."""
    return ScreenLine(tuple(span if isinstance(span, Span) else Span(span) for span in spans), elastic)


def draw(screen_line: ScreenLine, *, color: bool, columns: int | None, more: str) -> str:
    """Return ``screen_line`` as text, safe to print, without a newline; ``columns=None`` never shortens it."""
    spans = [Span(safe(span.text), span.style) for span in screen_line.spans]
    if columns is not None and screen_line.elastic is not None:
        span = spans[screen_line.elastic]
        over = sum(width(other.text) for other in spans) - columns
        if over > 0:
            room = max(width(span.text) - over, 8)
            spans[screen_line.elastic] = Span(cut(span.text, room, more), span.style)
    return "".join(paint(span.text, span.style if color else "") for span in spans)
