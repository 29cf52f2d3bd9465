"""Decides about the repair of tickets: the next agent and its instructions, which change stays, when to stop. Pure.

The one place where triage opinions, attempts, budget and the escalation of agents come together. The memory of one
ticket is its :class:`~otorepair_like.repair.plan.case.TicketCase`. The same plan is driven by the
machine of a living program, by events, and by ``jobs/fix.py``, by await.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Final

from otorepair_like.agents.diagnosis import Diagnosis
from otorepair_like.agents.protocol import Opinion, Usage
from otorepair_like.attempt import Attempt, Verdict
from otorepair_like.events import Amounts
from otorepair_like.incident import Incident
from otorepair_like.reasons import NotRepaired, sentence
from otorepair_like.repair.plan.attempted import Attempted
from otorepair_like.repair.plan.budget import DEFAULT, Budget
from otorepair_like.repair.plan.case import TicketCase
from otorepair_like.repair.plan.escalation import Escalation, NextTry
from otorepair_like.repair.plan.triage_gate import Triage, TriageGate
from otorepair_like.repair.proof.proof import Judgement
from otorepair_like.tickets.ticket import Ticket

CODELESS: Final = frozenset({"port_in_use", "no_space", "permission", "connection_refused", "missing_binary"})
"""Environment causes that no edit cures: a code agent is not asked; recipes may say the remedy."""


@dataclass(frozen=True, slots=True)
class Instructions:
    """Instructions to the agent of an attempt, besides the ticket.

    Args:
        words: special instructions for this attempt.
        tried: diffs that did not help, oldest first.
        rejection: a person's reason against the last change.
        findings: facts that an agent found before but could not repair.
        fix_environment: whether what lies around the program may be repaired.
    """

    words: tuple[str, ...] = ()
    tried: tuple[str, ...] = ()
    rejection: str = ""
    findings: tuple[str, ...] = ()
    fix_environment: bool = True


NO_INSTRUCTIONS: Final = Instructions()


@dataclass(frozen=True, slots=True)
class Try:
    """The next attempt at a ticket.

    Args:
        agent: place of the agent that makes it.
        number: the number of the attempt, from 1.
        action: the step after a failed one, such as ``switch_agent``; ``""``: the first, or as before.
        reason: the reason for that step, in words.
    """

    agent: int
    number: int = 1
    instructions: Instructions = NO_INSTRUCTIONS
    action: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Advise:
    """Ask a model for advice first, because several attempts failed; :meth:`RepairPlan.advised` then chooses."""

    able: tuple[int, ...]
    number: int


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Stop trying at a ticket; ``detail`` says more than the reason's own sentence."""

    reason: NotRepaired
    detail: str = ""

    def __str__(self) -> str:
        return self.detail or sentence(self.reason)


class ChangeDecision(Enum):
    """The decision about a change after its verdict."""

    KEEP = auto()
    HOLD = auto()
    """It made progress: it stays until the next change is judged."""
    UNDO = auto()


class RepairPlan:
    """Decides for all tickets of a run.

    Args:
        escalation: chooses among the agents.
        attempts: failed attempts allowed at one ticket. One counts by its verdict, not by what the agent says.
        limits: see :class:`~otorepair_like.repair.plan.budget.Budget`.
        triage: whether a model can be asked about doubtful output.
        triage_all: whether it is asked about certain errors of a living program too.
        require_proof: whether a change that is unproven is undone.
    """

    def __init__(
        self,
        escalation: Escalation,
        *,
        attempts: int = 3,
        limits: Amounts = DEFAULT,
        triage: bool = False,
        triage_all: bool = False,
        require_proof: bool = False,
    ) -> None:
        self.escalation, self.attempts, self.budget = escalation, attempts, Budget(limits)
        self._require_proof = require_proof
        self._gate = TriageGate(triage, triage_all)
        self._cases: defaultdict[str, TicketCase] = defaultdict(TicketCase)
        self._opinions: dict[str, Opinion] = {}
        """Opinions of models on failures, by fingerprint."""
        self._disabled: frozenset[int] = frozenset()

    # --- failures -----------------------------------------------------------------------------------------------

    def triage(self, incident: Incident, now: float) -> Triage | GiveUp:
        """Return whether a failure of a living program is repaired, asked about first, or left alone."""
        if self._cases[incident.fingerprint].given_up:
            return GiveUp(NotRepaired.GAVE_UP_BEFORE)
        decision = self._gate.decide(incident)
        if isinstance(decision, NotRepaired):
            return GiveUp(decision)
        if decision is Triage.ASK and (spent := self.budget.refuses(now)):
            return GiveUp(NotRepaired.BUDGET, f"doubtful, and {spent}")
        return decision

    def opined(self, fingerprint: str, opinion: Opinion) -> None:
        """Remember the opinion of triage, and pay for it."""
        self._gate.remember(fingerprint, opinion)
        self.paid(opinion.usage)

    def analysed(self, fingerprint: str, opinion: Opinion) -> None:
        """Remember a model's analysis of a failure."""
        self._opinions[fingerprint] = opinion

    def opinion(self, fingerprint: str) -> Opinion | None:
        """Return a model's analysis of a failure, if there is one."""
        return self._opinions.get(fingerprint)

    # --- attempts -----------------------------------------------------------------------------------------------

    def next(self, ticket: Ticket, now: float) -> Try | Advise | GiveUp:
        """Return the next step for ``ticket``."""
        case = self._cases[ticket.key]
        if refusal := self._refusal(case, now):
            return refusal
        able = self._able(case, ticket)
        if not able:
            return GiveUp(NotRepaired.NO_AGENT)
        if self.escalation.needs_advice(case):
            return Advise(able, case.failures + 1)
        return self._choose(ticket, able)

    def failed_attempts(self, ticket: Ticket) -> list[Attempt]:
        """Return the attempts of agents that did not repair ``ticket``, oldest first."""
        return list(self._cases[ticket.key].failed)

    def advised(
        self, ticket: Ticket, advise: Advise, diagnosis: Diagnosis | None, *, revertible: bool
    ) -> Try | GiveUp:
        """Return the next step after the advice ``diagnosis``; ``revertible``: a recent change could be undone."""
        return self._choose(ticket, advise.able, diagnosis, revertible=revertible)

    def attempted(self, ticket: Ticket, attempted: Attempted, now: float) -> None:
        """Record the result of the first half of an attempt."""
        case = self._cases[ticket.key]
        case.place = case.place if attempted.agent is None else attempted.agent
        case.rejection, case.findings = attempted.rejection, attempted.findings or case.findings
        case.environment_fixed = case.environment_fixed or attempted.environment_fixed
        self._disabled |= attempted.disabled
        self.paid(attempted.asked)
        if attempted.stop:
            return
        record = attempted.record
        if record and record.diff:
            case.diffs.append(record.diff)
        if attempted.nothing:
            case.exhausted.add(case.place)
        else:
            self.budget.add(attempted.spent, now)
        if attempted.applied:
            case.newest = record
        elif attempted.nothing:
            self._remember(case, record)
        else:
            self._failed(case, record)

    def judged(
        self, ticket: Ticket, judgement: Judgement, now: float, other: Incident | None = None
    ) -> ChangeDecision:
        """Return the decision about the newest change; ``other``: the failure that came instead of the first."""
        case = self._cases[ticket.key]
        if self.keeps(judgement):
            case.failed.clear()
            case.asked.clear()
            return ChangeDecision.KEEP
        if judgement.progress and other and not self._refusal(self._cases[other.fingerprint], now):
            return ChangeDecision.HOLD
        newest = case.newest and replace(case.newest, verdict=judgement.verdict, reason=judgement.proof)
        self._failed(case, newest)
        return ChangeDecision.UNDO

    def keeps(self, judgement: Judgement) -> bool:
        """Return whether a change that was judged so stays."""
        unproven = judgement.verdict is Verdict.UNPROVEN
        return judgement.verdict.keeps_change and not (unproven and self._require_proof)

    def relapsed(self, fingerprint: str, place: int) -> None:
        """Count a repair by the agent at ``place`` as failed after all: its failure came again."""
        case = self._cases[fingerprint]
        case.place = place
        self._failed(case, None)

    def give_up(self, key: str, reason: NotRepaired) -> bool:
        """Try nothing more at a ticket; return whether that is new."""
        case = self._cases[key]
        new = case.given_up is None
        case.given_up = case.given_up or reason
        return new

    def user_changed_files(self) -> None:
        """Forget every case: after the user's change anything may help again. The budget stays spent."""
        self._cases.clear()

    def paid(self, usage: Usage) -> None:
        """Pay for a question from the budget of the run."""
        if usage != Usage():
            self.budget.asked(usage)

    # --- within -------------------------------------------------------------------------------------------------

    def _refusal(self, case: TicketCase, now: float) -> GiveUp | None:
        if case.given_up:
            return GiveUp(case.given_up)
        if spent := self.budget.refuses(now):
            return GiveUp(NotRepaired.BUDGET, spent)
        if case.failures >= self.attempts:
            return GiveUp(NotRepaired.ATTEMPTS, _counted(case.failures, "attempt") + " failed")
        return None

    def _able(self, case: TicketCase, ticket: Ticket) -> tuple[int, ...]:
        """Return the places of agents that can be asked about ``ticket``, in order."""
        codeless = ticket.incident is not None and ticket.incident.environment in CODELESS
        out = case.exhausted | self._disabled
        choices = enumerate(self.escalation.choices)
        return tuple(
            place for place, choice in choices if place not in out and (choice.offline or not codeless)
        )

    def _choose(
        self,
        ticket: Ticket,
        able: tuple[int, ...],
        diagnosis: Diagnosis | None = None,
        *,
        revertible: bool = False,
    ) -> Try | GiveUp:
        case, opinion = self._cases[ticket.key], self._opinions.get(ticket.key)
        choice = self.escalation.next(
            case,
            able,
            complexity=opinion.complexity if opinion else "",
            diagnosis=diagnosis,
            revertible=revertible,
        )
        if choice.place is None:
            return GiveUp(NotRepaired.ADVISED, f"{choice.action}: {choice.reason}")
        return Try(choice.place, case.failures + 1, _instructions(case, choice), choice.action, choice.reason)

    def _failed(self, case: TicketCase, record: Attempt | None) -> None:
        case.failures += 1
        # Rules would only make the same change again: they get one failed attempt, if there are other agents.
        if self.escalation.choices[case.place].offline and len(self.escalation.choices) > 1:
            case.exhausted.add(case.place)
        self._remember(case, record)

    def _remember(self, case: TicketCase, record: Attempt | None) -> None:
        if record and not self.escalation.choices[case.place].offline:
            case.failed.append(record)


def _instructions(case: TicketCase, choice: NextTry) -> Instructions:
    fresh = not case.environment_fixed
    return Instructions(choice.words, tuple(case.diffs), case.rejection, case.findings, fresh)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
