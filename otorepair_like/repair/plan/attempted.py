"""The result of the first half of an attempt: a change that is applied and awaits its proof, or none."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from otorepair_like.agents.protocol import Reason, Usage
from otorepair_like.attempt import Attempt, Verdict
from otorepair_like.repair.plan.budget import NOTHING_SPENT, Spent
from otorepair_like.repair.proof.health import UNKNOWN, Health
from otorepair_like.repair.proof.proof import Judgement
from otorepair_like.repair.proof.proof_places import ProofPlace, Touched


@dataclass(frozen=True, slots=True)
class CopyProof:
    """The proof in the private copy, before the user's files were touched.

    Args:
        problem: why the change is no repair; ``""``: it may be one.
        note: the observation in words; ``""``: nothing was asked there.
        empty: whether a command tested nothing, so that it proves nothing.
        settled: whether this is the whole proof: the signal was asked, and needs no running program.
    """

    problem: str = ""
    note: str = ""
    empty: bool = False
    settled: bool = False

    def added_to(self, judgement: Judgement) -> Judgement:
        """Return ``judgement`` of the applied change, completed by this proof."""
        if not judgement.verdict.keeps_change:
            return judgement
        verdict = Verdict.UNPROVEN if self.empty else judgement.verdict
        return replace(
            judgement, verdict=verdict, proof=", ".join(filter(None, (judgement.proof, self.note)))
        )


NO_COPY_PROOF = CopyProof()


@dataclass(frozen=True, slots=True)
class Attempted:
    """The result of the first half of an attempt: ``applied``, or why not.

    Args:
        record: the attempt as the history keeps it so far; ``None``: there was none.
        nothing: the agent had nothing to offer, which costs no attempt.
        ended: why the agent stopped.
        agent: place of the agent that made it; ``None``: the one that was chosen.
        disabled: places of agents that cannot work (any more) in this run.
        stop: why nothing more is to be tried at this ticket.
        spent: the cost of the attempt.
        asked: the cost of questions about it.
        health: how the program behaves when it is healthy.
        probation: lines of a change that is only an informed guess: a failure in them undoes it.
        places: statements that must be seen to run, the one that failed first.
        rejection: a person's reason against the change.
        findings: facts about the failure that the agent found but could not repair.
        environment_fixed: whether something around the program was repaired, and not its files.
        copy_proof: what was proven before the change was applied.
    """

    applied: bool
    record: Attempt | None = None
    nothing: bool = False
    ended: Reason = Reason.OK
    agent: int | None = None
    disabled: frozenset[int] = frozenset()
    stop: str = ""
    spent: Spent = NOTHING_SPENT
    asked: Usage = field(default=Usage())
    health: Health = UNKNOWN
    probation: tuple[Touched, ...] = ()
    places: tuple[ProofPlace, ...] = ()
    rejection: str = ""
    findings: tuple[str, ...] = ()
    environment_fixed: bool = False
    copy_proof: CopyProof = NO_COPY_PROOF
