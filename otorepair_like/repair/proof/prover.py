"""Asks a ticket's signal whether a change is a repair.

What can be proven in the private copy is proven there first, before the user's files are touched. The signal of a
living program is not asked here: the machine of its run watches it (``loop/machine/proof_schedule.py``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from otorepair_like.attempt import Verdict
from otorepair_like.repair.plan.attempted import NO_COPY_PROOF, CopyProof
from otorepair_like.repair.proof import request_prover
from otorepair_like.repair.proof.command_prover import CommandProver, VerifyCommands
from otorepair_like.repair.proof.proof import Judgement
from otorepair_like.tickets.signal import CommandPasses, NotAskable, RequestAnswers, TestsPass
from otorepair_like.tickets.ticket import Ticket
from otorepair_like.workspace.change_set import ChangeSet


class Prover(Protocol):
    """Asks signals."""

    async def in_copy(self, ticket: Ticket, changes: ChangeSet) -> CopyProof:
        """Return what can be proven of ``changes`` in the private copy. The caller holds the copy."""

    async def applied(self, ticket: Ticket, copy_proof: CopyProof) -> Judgement:
        """Judge the change that is in the workspace now."""


@dataclass(frozen=True, slots=True)
class SignalProver:
    """Asks each kind of signal in its own way.

    Args:
        commands: asks signals that a command answers.
        verify: the user's own commands, which no repair may break.
    """

    commands: CommandProver
    verify: VerifyCommands

    async def in_copy(self, ticket: Ticket, changes: ChangeSet) -> CopyProof:
        """Return what can be proven of ``changes`` in the private copy. The caller holds the copy."""
        asked = NO_COPY_PROOF
        if isinstance(ticket.signal, CommandPasses | TestsPass):
            asked = await self.commands.prove(ticket.signal, changes)
        if asked.problem or not self.verify.commands:
            return asked
        verified = await self.verify.prove(changes)
        note = ", ".join(filter(None, (asked.note, verified.note)))
        return replace(verified, note=note, empty=asked.empty or verified.empty, settled=asked.settled)

    async def applied(self, ticket: Ticket, copy_proof: CopyProof) -> Judgement:
        """Judge the change that is in the workspace now."""
        match ticket.signal:
            case RequestAnswers() as signal:
                judgement = await request_prover.prove(signal)
            case NotAskable(why=why):
                judgement = Judgement(Verdict.UNPROVEN, False, why)
            case _ if copy_proof.settled:
                judgement = Judgement(Verdict.VERIFIED, False, "")
            case _:
                judgement = Judgement(Verdict.UNPROVEN, False, "its program does not run here")
        return copy_proof.added_to(judgement)
