"""All that is kept of one attempt, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from otorepair_like.repair.evidence import Evidence
from otorepair_like.ui.history import detail
from otorepair_like.ui.spans import ScreenLine, Span, line


def lines(one: Evidence) -> Iterator[ScreenLine]:
    """What failed, the risk, what the guard said, what was seen afterwards; then the attempt with its diff."""
    yield from _block("what failed", one.incident.get("evidence", ()))
    yield from _block("risk", [one.analysis] if one.analysis else [])
    yield from _block("what the guard said", one.findings)
    yield from _block("what was seen", one.proof)
    if one.undone:
        yield line(Span("taken back since; otorepair redo puts it in again", "doubt"))
    yield from detail(one.attempt)


def _block(title: str, texts: Sequence[str]) -> Iterator[ScreenLine]:
    if texts:
        yield line(Span(title, "dim"))
        yield from (line(f"  {text}") for text in texts)
