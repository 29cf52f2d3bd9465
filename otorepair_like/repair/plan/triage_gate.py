"""Decides whether a failure is a real error: by rules where they are certain, by an opinion asked for once. Pure."""

from __future__ import annotations

from enum import Enum, auto

from otorepair_like.agents.protocol import Opinion
from otorepair_like.incident import Incident
from otorepair_like.reasons import NotRepaired


class Triage(Enum):
    """The next step for a failure of a living program."""

    REPAIR = auto()
    ASK = auto()


class TriageGate:
    """Remembers opinions by fingerprint, for the run.

    They are about output, not about code, so the user's edits do not outdate them.

    Args:
        somebody: whether a model can be asked.
        always: ask also about failures that rules hold for certain.
    """

    def __init__(self, somebody: bool, always: bool = False) -> None:
        self._somebody, self._always = somebody, always and somebody
        self._opinions: dict[str, Opinion] = {}

    def decide(self, incident: Incident) -> Triage | NotRepaired:
        """Return whether ``incident`` is repaired, asked about first, or left alone and why."""
        if incident.certain and not self._always:
            return Triage.REPAIR
        opinion = self._opinions.get(incident.fingerprint)
        if opinion is None:
            return Triage.ASK if self._somebody else NotRepaired.DOUBTFUL
        if opinion.error:
            return Triage.REPAIR
        return NotRepaired.UNSURE if opinion.error is None else NotRepaired.HARMLESS

    def remember(self, fingerprint: str, opinion: Opinion) -> None:
        """Keep the opinion on a failure."""
        self._opinions[fingerprint] = opinion
