"""Events about failures: one when a failure is seen, and one at its end with the reason. Pure."""

from __future__ import annotations

from collections.abc import Callable

from otorepair_like import events
from otorepair_like.attempt import Verdict
from otorepair_like.incident import Incident
from otorepair_like.reasons import NotRepaired, sentence
from otorepair_like.repair.plan.plan import GiveUp


class OpenIncidents:
    """Keeps the failures that were announced and have not ended.

    Args:
        tell: publishes an event.
    """

    def __init__(self, tell: Callable[[events.Event], None]) -> None:
        self._tell = tell
        self._open: dict[str, Incident] = {}

    def __contains__(self, fingerprint: str) -> bool:
        return fingerprint in self._open

    def see(self, incident: Incident, *, waits: str = "") -> None:
        """Announce a failure, once until it is closed; ``waits``: what it waits for, in words."""
        if incident.fingerprint not in self._open:
            self._open[incident.fingerprint] = incident
            self._tell(events.IncidentSeen(incident=incident, waits=waits))

    def ignore(self, incident: Incident, why: GiveUp) -> None:
        """Announce a failure that is not repaired."""
        if incident.fingerprint not in self._open:
            self._open[incident.fingerprint] = incident
            self._tell(events.IncidentSeen(incident=incident, ignored=str(why)))
        self.give_up(incident.fingerprint, why)

    def mention(self, incident: Incident, why: GiveUp) -> None:
        """Announce a failure that is not repaired now; one that is open stays open."""
        if incident.fingerprint not in self._open:
            self.ignore(incident, why)

    def judged(self, fingerprint: str, verdict: Verdict, proof: str) -> None:
        """Announce the verdict on a change for a failure."""
        self._close(
            fingerprint, events.IncidentClosed(fingerprint=fingerprint, verdict=verdict, detail=proof)
        )

    def give_up(self, fingerprint: str, why: GiveUp) -> None:
        """Announce that nothing more is done about a failure."""
        ended = events.IncidentClosed(fingerprint=fingerprint, reason=why.reason, detail=str(why))
        self._close(fingerprint, ended)

    def close_all(self, reason: NotRepaired) -> None:
        """Announce the end of every open failure."""
        for fingerprint in list(self._open):
            self.give_up(fingerprint, GiveUp(reason, sentence(reason)))

    def _close(self, fingerprint: str, event: events.IncidentClosed) -> None:
        if self._open.pop(fingerprint, None):
            self._tell(event)
