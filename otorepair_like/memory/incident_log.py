"""Keeps the end of every failure of a run in the history, for ``otorepair why``."""

from __future__ import annotations

from typing import Final

from otorepair_like import events
from otorepair_like.errors import StoreError
from otorepair_like.incident import Incident
from otorepair_like.memory.closed_incident import ClosedIncident
from otorepair_like.memory.store import Store

_KEPT: Final = 1000
"""Closed failures that are kept; the oldest go first."""


class IncidentLog:
    """Keeps the end of every failure. A reader of the bus."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: dict[str, Incident] = {}

    def __call__(self, event: events.Event) -> None:
        """Take note of ``event``."""
        match event:
            case events.IncidentSeen(incident=incident):
                self._seen[incident.fingerprint] = incident
            case events.IncidentClosed(fingerprint=fingerprint):
                if seen := self._seen.pop(fingerprint, None):
                    self._keep(event, seen)

    def _keep(self, event: events.IncidentClosed, incident: Incident) -> None:
        closed = ClosedIncident(
            event.time,
            event.fingerprint,
            incident.title,
            incident.place,
            event.verdict,
            event.reason,
            event.detail,
        )
        try:
            self._store.close_incident(closed, _KEPT)
        except StoreError:
            return  # whoever keeps the attempts says so
