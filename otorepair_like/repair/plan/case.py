"""The memory of one ticket in this run: failed attempts, findings, and whether it was given up."""

from __future__ import annotations

from dataclasses import dataclass, field

from otorepair_like.attempt import Attempt
from otorepair_like.reasons import NotRepaired


@dataclass
class TicketCase:
    """The memory of one ticket. Forgotten as a whole when the user changes a file.

    Args:
        failures: attempts that did not repair it, by anybody.
        failed: those of agents, oldest first; rules alone learn nothing from a retry.
        exhausted: places of agents that have nothing (more) to offer.
        asked: requests made so far, as (place, strategy, hint): none is made twice.
        place: the agent of the newest attempt.
        strategy: the approach of the newest attempt.
        newest: the record of the newest attempt, until it is judged.
        diffs: changes that did not help, oldest first.
        rejection: a person's reason against the newest change.
        findings: facts that an agent found but could not repair.
        environment_fixed: whether what lies around the program was repaired; that helps once or not at all.
        given_up: why nothing more is tried; ``None``: something is.
    """

    failures: int = 0
    failed: list[Attempt] = field(default_factory=list)
    exhausted: set[int] = field(default_factory=set)
    asked: set[tuple[int | None, str, str]] = field(default_factory=set)
    place: int = 0
    strategy: str = "minimal"
    newest: Attempt | None = None
    diffs: list[str] = field(default_factory=list)
    rejection: str = ""
    findings: tuple[str, ...] = ()
    environment_fixed: bool = False
    given_up: NotRepaired | None = None
