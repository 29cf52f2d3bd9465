"""The run as its repair sees it, and what the repair knows of a living program's ticket. Pure."""

from __future__ import annotations

from typing import Protocol

from otorepair_like.incident import Incident
from otorepair_like.loop.machine import inputs
from otorepair_like.repair.plan.plan import GiveUp
from otorepair_like.repair.proof.health import digests
from otorepair_like.tickets.signal import ProgramHealthy
from otorepair_like.tickets.ticket import Ticket


class Host(Protocol):
    """The run, as the repair sees it."""

    @property
    def is_open(self) -> bool:
        """Return whether the run goes on."""

    def take_edit(self, now: float) -> bool:
        """Act on an edit of the user's that had to wait; return whether there was one."""

    def stuck(self, incident: Incident, why: GiveUp, now: float) -> None:
        """Wait for the user, or end: the program is down and cannot be repaired."""


def output_before_failure(step: inputs.ChildDown) -> tuple[str, ...] | None:
    """Return digests of what the program had printed until it failed, without the failure itself."""
    if step.output is None or step.incident is None:
        return None
    failure = frozenset(digests(step.incident.evidence))
    return tuple(line for line in step.output if line not in failure)


def incident_of(ticket: Ticket) -> Incident:
    """Return the failure of a living program's ticket."""
    assert ticket.incident is not None, "a living program's ticket has an incident"  # noqa: S101
    return ticket.incident


def health_of(ticket: Ticket) -> ProgramHealthy:
    """Return the signal of a living program's ticket."""
    assert isinstance(ticket.signal, ProgramHealthy), "a living program's ticket asks the program"  # noqa: S101
    return ticket.signal
