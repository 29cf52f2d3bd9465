"""A ticket: a failure with the signal that shows it. The unit of repair."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum

from otorepair_like.incident import Incident
from otorepair_like.tickets.signal import ProgramHealthy, Signal, to_json


class Status(StrEnum):
    """The state of a ticket."""

    OPEN = "open"
    REPRODUCED = "reproduced"
    REPAIRING = "repairing"
    VERIFIED = "verified"
    UNPROVEN = "unproven"
    FAILED = "failed"
    REGRESSED = "regressed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Scope:
    """Limits for a repair of this ticket. A scope narrows the settings and never widens them.

    Args:
        allowed_paths: patterns; only files that match one may change. Empty: all that the settings allow.
        blocked_paths: patterns of files that may not change.
        max_files: number of files that may change; ``None``: as the settings say.
    """

    allowed_paths: tuple[str, ...] = ()
    blocked_paths: tuple[str, ...] = ()
    max_files: int | None = None


ANYTHING = Scope()
"""Whatever the settings allow."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One thing to repair.

    Args:
        id: short and unique in the workspace.
        signal: shows the failure, and proves its repair.
        source: the reporter, such as ``program`` or ``pytest``.
        title: the failure in one line.
        evidence: lines of output that show it.
        incident: the failure that was seen; ``None`` where nothing crashed.
        goal: the wanted result, if it is more than the end of the failure.
        links: other tickets, as ``("regressed from", id)``.
    """

    id: str
    signal: Signal
    source: str = "program"
    title: str = ""
    evidence: tuple[str, ...] = ()
    incident: Incident | None = None
    goal: str = ""
    scope: Scope = ANYTHING
    status: Status = Status.OPEN
    links: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of_incident(cls, incident: Incident, signal: ProgramHealthy) -> Ticket:
        """Return the ticket of a failure that the wrapped program showed."""
        return cls(
            id=incident.fingerprint,
            signal=signal,
            title=incident.title,
            evidence=incident.evidence,
            incident=incident,
        )

    @property
    def key(self) -> str:
        """Return the identity of the failure: two tickets with one key are about the same failure."""
        if self.incident is not None and isinstance(self.signal, ProgramHealthy):
            return self.incident.fingerprint
        asked = json.dumps([self.source, to_json(self.signal)], sort_keys=True)
        return hashlib.sha256(asked.encode()).hexdigest()[:12]
