"""What came of the first half of an attempt: the change is applied and awaits its proof, or there is none."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from otorepair_like.agents.protocol import Reason, Usage
from otorepair_like.attempt import Attempt, Verdict
from otorepair_like.repair.budget import NOTHING_SPENT, Spent
from otorepair_like.repair.health import UNKNOWN, Health
from otorepair_like.repair.proof import Judgement


@dataclass(frozen=True, slots=True)
class CopyProof:
    """What was proven in the private copy, before the user's files were touched.

    Args:
        problem: why the change is no repair; ``""``: nothing speaks against it.
        note: what was seen, in words; ``""``: nothing was asked there.
        empty: whether a command looked at nothing, so that it proves nothing.
        settled: whether this is the whole proof: the signal was asked, and needs no running program.
    """

    problem: str = ""
    note: str = ""
    empty: bool = False
    settled: bool = False

    def added_to(self, judgement: Judgement) -> Judgement:
        """Return ``judgement`` of the applied change, with what was proven in the copy before."""
        if not judgement.verdict.keeps_change:
            return judgement
        verdict = Verdict.UNPROVEN if self.empty else judgement.verdict
        return replace(
            judgement, verdict=verdict, proof=", ".join(filter(None, (judgement.proof, self.note)))
        )


NO_COPY_PROOF = CopyProof()


@dataclass(frozen=True, slots=True)
class Attempted:
    """The first half of an attempt is over: ``applied``, or why not.

    Args:
        record: the attempt as the history keeps it so far; ``None``: there was none.
        nothing: the agent had nothing to offer, which costs no attempt.
        ended: why the agent stopped.
        agent: place of who made it; ``None``: who was chosen.
        disabled: places of those who cannot work (any more) in this run.
        stop: why nothing more is to be tried at this ticket.
        spent: what it cost.
        asked: what questions about it cost besides.
        health: what the command showed when it was well.
        probation: files of a change that is only an informed guess: the next failure in them undoes it.
        rejection: what a person said against the change.
        findings: what the agent found without being able to repair it.
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
    probation: tuple[str, ...] = ()
    rejection: str = ""
    findings: tuple[str, ...] = ()
    environment_fixed: bool = False
    copy_proof: CopyProof = NO_COPY_PROOF
