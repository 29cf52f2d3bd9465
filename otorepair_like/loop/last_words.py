"""Failures that may be a program's last words: they wait a moment for its end, which belongs to them."""

from __future__ import annotations

from typing import Final

from otorepair_like.incident import Incident

DYING: Final = 0.4
"""Seconds that a program may take to end after it has told why; large libraries are torn down meanwhile."""


class LastWords:
    """Holds failures that nothing handled until the program has had time to die of them."""

    def __init__(self) -> None:
        self._held: list[tuple[float, Incident]] = []

    def hold(self, incident: Incident, now: float) -> None:
        """Take a failure that was just seen."""
        self._held.append((now + DYING, incident))

    @property
    def due(self) -> float | None:
        """Return the time at which the first one has waited long enough; ``None``: there is none."""
        return self._held[0][0] if self._held else None

    def outlived(self, now: float) -> list[Incident]:
        """Return those that the program has outlived by ``now``, and forget them."""
        ripe = [incident for due, incident in self._held if due <= now]
        self._held = [(due, incident) for due, incident in self._held if due > now]
        return ripe

    def ended(self, cause: Incident | None) -> list[Incident]:
        """Return those that the program, which has ended, did not die of; ``cause``: what it died of."""
        others = [
            incident for _, incident in self._held if not cause or incident.fingerprint != cause.fingerprint
        ]
        self._held = []
        return others
