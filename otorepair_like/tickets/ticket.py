"""A ticket: an incident with the signal that showed it. The unit that is repaired."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from otorepair_like.incident import Incident


class SignalKind(StrEnum):
    """What is asked again after a repair."""

    STAYS_UP = "stays_up"
    """The child crashed: started again it must exit 0, or stay up without the fingerprint."""
    STAYS_QUIET = "stays_quiet"
    """The child lives on: reloaded or restarted, the fingerprint must not come back."""


@dataclass(frozen=True, slots=True)
class Signal:
    """What proves a failure and so proves its repair, and can be asked again.

    Args:
        kind: what is asked.
        seconds: how long it must show health.
        request: ``("GET", "/path")`` of the request that failed, to be asked again; ``None`` if none was seen.
        by_itself: whether the failure shows without anybody's doing, on start or again and again.
    """

    kind: SignalKind
    seconds: float
    request: tuple[str, str] | None = None
    by_itself: bool = True


@dataclass(frozen=True, slots=True)
class Ticket:
    """One failure to repair."""

    id: str
    incident: Incident
    signal: Signal
