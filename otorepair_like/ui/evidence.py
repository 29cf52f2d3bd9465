"""Everything kept about one attempt, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from otorepair_like.repair.evidence import Evidence
from otorepair_like.ui.history import detail
from otorepair_like.ui.spans import ScreenLine, Span, line


def lines(evidence: Evidence) -> Iterator[ScreenLine]:
    """Yield the failure, the risk, the guard's findings and the verification; then the attempt with its diff."""
    yield from _block("failure", evidence.incident.get("evidence", ()))
    yield from _block("risk", [evidence.analysis] if evidence.analysis else [])
    yield from _block("guard", evidence.findings)
    yield from _block("verification", evidence.proof)
    if evidence.undone:
        yield line(Span("undone since; otorepair redo applies it again", "doubt"))
    yield from detail(evidence.attempt)


def _block(title: str, texts: Sequence[str]) -> Iterator[ScreenLine]:
    if texts:
        yield line(Span(title, "dim"))
        yield from (line(f"  {text}") for text in texts)
