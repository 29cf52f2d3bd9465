"""Failures that rules alone cannot tell from chatter, and what triage thinks of them. Pure."""

from __future__ import annotations

from otorepair_like.agents.protocol import Opinion
from otorepair_like.incident import Incident

UNASKED = "doubtful, and nobody to ask"
UNSURE = "unsure whether it is an error"
HARMLESS = "judged harmless"


class TriageGate:
    """Remembers opinions by fingerprint, for the run: each is asked for once.

    Args:
        somebody: whether there is anybody to ask.
        always: ask also about what rules take for certain.
    """

    def __init__(self, somebody: bool, always: bool = False) -> None:
        self._somebody, self._always = somebody, always and somebody
        self._opinions: dict[str, Opinion] = {}
        self._asked: Incident | None = None

    def is_error(self, incident: Incident) -> bool:
        """Whether ``incident`` is known to be a real error."""
        opinion = self._opinions.get(incident.fingerprint)
        return (incident.certain and not self._always) or bool(opinion and opinion.error)

    def ignored(self, incident: Incident) -> str:
        """Why nothing follows from ``incident``; ``""``: it has yet to be asked about."""
        opinion = self._opinions.get(incident.fingerprint)
        if opinion is None:
            return "" if self._somebody else UNASKED
        return UNSURE if opinion.error is None else HARMLESS

    def ask(self, incident: Incident) -> Incident:
        """``incident`` is asked about now."""
        self._asked = incident
        return incident

    def answer(self, opinion: Opinion) -> Incident:
        """What was asked about, now that there is an opinion of it."""
        assert self._asked is not None, "an answer has a question"  # noqa: S101 - the tables see to it
        self._opinions[self._asked.fingerprint] = opinion
        return self._asked
