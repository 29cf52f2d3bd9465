"""Which past attempts resemble an incident. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Final

from otorepair_like.attempt import Attempt, Verdict
from otorepair_like.incident import Incident

_ALIKE: Final = 0.6
"""Ratio of :class:`difflib.SequenceMatcher` from which two messages are alike, as its documentation says."""
_COMPARED: Final = 300
"""Characters of a message that are compared; the comparison takes quadratic time."""


def rank(incident: Incident, attempts: Iterable[Attempt], limit: int) -> list[Attempt]:
    """The ``limit`` most relevant of ``attempts``: same failure, similar ones, any; each kind as given.

    What was interrupted tells nothing, and of attempts that tell the same the first stands for all.
    """
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(incident.message[:_COMPARED])
    telling: dict[object, Attempt] = {}
    for attempt in attempts:
        if attempt.verdict is not Verdict.INTERRUPTED:
            said = attempt.diff or (attempt.agent, attempt.reason)
            telling.setdefault((attempt.fingerprint, attempt.verdict, said), attempt)
    return sorted(telling.values(), key=lambda attempt: _distance(incident, attempt, matcher))[:limit]


def _distance(incident: Incident, attempt: Attempt, matcher: SequenceMatcher[str]) -> int:
    if incident.fingerprint and attempt.fingerprint == incident.fingerprint:
        return 0
    if incident.loose_fingerprint and attempt.loose_fingerprint == incident.loose_fingerprint:
        return 1
    if attempt.type != incident.type:
        return 2
    matcher.set_seq1(attempt.message[:_COMPARED])
    alike = (
        matcher.real_quick_ratio() >= _ALIKE and matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE
    )
    return 1 if alike else 2
