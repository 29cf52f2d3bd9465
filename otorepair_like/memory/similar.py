"""Rank past attempts by how much they resemble an incident. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from otorepair_like.attempt import Attempt, Verdict
from otorepair_like.incident import Incident
from otorepair_like.similarity import message_ratio

_SIMILAR: Final = 0.6
"""Ratio from which the messages of two failures of one type are similar."""


def rank(incident: Incident, attempts: Iterable[Attempt], limit: int) -> list[Attempt]:
    """Return the ``limit`` most relevant attempts: same failure, similar ones, any; each kind in the order given.

    Interrupted attempts are left out, since they teach nothing. Of attempts with the same content the first is kept.
    """
    distinct: dict[object, Attempt] = {}
    for attempt in attempts:
        if attempt.verdict is not Verdict.INTERRUPTED:
            content = attempt.diff or (attempt.agent, attempt.reason)
            distinct.setdefault((attempt.fingerprint, attempt.verdict, content), attempt)
    return sorted(distinct.values(), key=lambda attempt: _distance(incident, attempt))[:limit]


def _distance(incident: Incident, attempt: Attempt) -> int:
    """Return 0 for the same failure, 1 for a similar one, 2 for any other."""
    if incident.fingerprint and attempt.fingerprint == incident.fingerprint:
        return 0
    if incident.loose_fingerprint and attempt.loose_fingerprint == incident.loose_fingerprint:
        return 1
    same_type = attempt.type == incident.type
    return 1 if same_type and message_ratio(attempt.message, incident.message) >= _SIMILAR else 2
