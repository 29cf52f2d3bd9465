"""A failure that was seen, and what became of it, as the history keeps it."""

from __future__ import annotations

from dataclasses import dataclass

from otorepair_like.attempt import Verdict
from otorepair_like.reasons import NotRepaired


@dataclass(frozen=True, slots=True)
class ClosedIncident:
    """One failure that was seen, and its end.

    Args:
        time: seconds since the epoch when it was closed.
        title, place: of the failure.
        verdict: of the change that stays, or was judged last; ``None``: none was.
        reason: why it was not repaired; ``None``: a change was judged.
        detail: how it was seen, or why, in words.
    """

    time: float
    fingerprint: str
    title: str
    place: str
    verdict: Verdict | None
    reason: NotRepaired | None
    detail: str


def to_row(closed: ClosedIncident) -> tuple[object, ...]:
    """Return ``closed`` as a row."""
    verdict, reason = closed.verdict or "", closed.reason or ""
    text = (closed.fingerprint, closed.title, closed.place, str(verdict), str(reason), closed.detail)
    return (closed.time, *(value.encode("utf-8", "replace").decode() for value in text))


def from_row(row: tuple[object, ...]) -> ClosedIncident | None:
    """Return the failure in ``row``; ``None`` if another program wrote something else there."""
    time, *texts = row
    if not isinstance(time, float) or not all(isinstance(text, str) for text in texts):
        return None
    fingerprint, title, place, verdict, reason, detail = map(str, texts)
    try:
        return ClosedIncident(
            time,
            fingerprint,
            title,
            place,
            Verdict(verdict) if verdict else None,
            NotRepaired(reason) if reason else None,
            detail,
        )
    except ValueError:
        return None
