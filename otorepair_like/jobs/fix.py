"""Repairs one ticket. This paragraph is the product; everything else serves it.

The loop of a living program takes the same steps by events (``loop/machine/repair_track.py``).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from otorepair_like.attempt import Verdict
from otorepair_like.reasons import NotRepaired
from otorepair_like.repair.plan.plan import ChangeDecision, GiveUp
from otorepair_like.repair.workbench import Workbench
from otorepair_like.tickets.ticket import Ticket


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a ticket: a change that stays, or the reason why there is none.

    Args:
        verdict: of the change that stays; ``None``: none does.
        reason: why nothing more is tried; ``None``: a change stays.
        detail: how it was proven, or why there is no repair, in words.
    """

    verdict: Verdict | None
    reason: NotRepaired | None
    detail: str


async def fix(ticket: Ticket, bench: Workbench, clock: Callable[[], float] = time.monotonic) -> Outcome:
    """Try to repair ``ticket`` until a change stays or nothing is left to try."""
    plan = bench.plan
    while not isinstance(step := plan.next(ticket, clock()), GiveUp):
        attempted = await bench.attempt(ticket, step)
        plan.attempted(ticket, attempted, clock())
        if attempted.stop:
            return Outcome(None, NotRepaired.ADVISED, attempted.stop)
        if attempted.applied:
            judgement = await bench.prover.applied(ticket, attempted.copy_proof)
            decision = plan.judged(ticket, judgement, clock())
            bench.settle(decision, judgement)
            if decision is ChangeDecision.KEEP:
                return Outcome(judgement.verdict, None, judgement.proof)
    return Outcome(None, step.reason, str(step))
