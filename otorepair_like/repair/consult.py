"""Runs attempts with the advice of models: asks them about failures, and makes the attempt that the plan chose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import anyio
from anyio import to_thread

from otorepair_like import events
from otorepair_like.agents import diagnosis
from otorepair_like.agents.protocol import Agent, Opinion, Reason, Usage
from otorepair_like.guard.risk import Blast, Complexity, RiskAnalysis, Security
from otorepair_like.incident import Incident
from otorepair_like.repair.plan.attempted import Attempted
from otorepair_like.repair.plan.escalation import AgentChoice
from otorepair_like.repair.plan.plan import Advise, GiveUp, RepairPlan, Try
from otorepair_like.repair.runner import AttemptRunner
from otorepair_like.tickets.ticket import Ticket
from otorepair_like.workspace.git import recent_change

WITHIN: Final = 30.0
"""Seconds triage, analysis or diagnosis may take."""
PROVIDER_OUT: Final = (Reason.AUTH, Reason.NOT_INSTALLED, Reason.QUOTA)
"""Reasons that will be the same next time, with every model: the agent is not asked again in this run."""


@dataclass
class ConsultingRunner:
    """Runs attempts with the advice of models: triage before, analysis beside, diagnosis after failed ones.

    Args:
        agents: the agents; the plan speaks of them by place.
        analysis: whether failures are analysed while an agent works.
    """

    agents: Sequence[Agent]
    runner: AttemptRunner
    plan: RepairPlan
    bus: events.Bus
    workspace: Path
    analysis: bool = True
    _asked: Usage = field(default=Usage(), init=False)
    """The cost of questions since the last report."""

    async def triage(self, incident: Incident) -> Opinion:
        """Return whether ``incident`` is a real error, by the first agent that can be asked."""
        agent = next(agent for agent in self.agents if not agent.offline)
        opinion = Opinion(None, f"no answer within {WITHIN:g} s")
        with anyio.move_on_after(WITHIN + 1.0):
            opinion = await agent.triage(incident, WITHIN)
        self.bus.publish(
            events.TriageAnswered(
                fingerprint=incident.fingerprint,
                agent=agent.name,
                error=opinion.error,
                summary=opinion.summary,
                confidence=opinion.confidence,
            )
        )
        self._keep(incident, agent, opinion)
        return opinion

    async def attempt(self, ticket: Ticket, step: Try | Advise) -> Attempted:
        """Make the attempt ``step``, or the one that a model advises; or return why there is none."""
        if isinstance(step, Advise):
            advised = await self._advised(ticket, step)
            if isinstance(advised, GiveUp):
                self._tell(ticket, advised.detail.partition(":")[0], advised.detail.partition(": ")[2])
                return Attempted(applied=False, nothing=True, stop=str(advised), asked=self._cost())
            step = advised
        if step.action:
            self._tell(ticket, step.action, step.reason, self.plan.escalation.choices[step.agent])
        agent, claim = self.agents[step.agent], _Claim()
        async with anyio.create_task_group() as group:
            if ticket.incident and self._analyses(agent, ticket.incident):
                group.start_soon(self._analyse, agent, ticket.incident, claim)
            else:
                claim.set(None if agent.offline else self.plan.opinion(ticket.key))
            attempted = await self.runner.attempt(ticket, step, claim.get)
            group.cancel_scope.cancel()
        disabled = self._disabled(step.agent, attempted.ended)
        return replace(attempted, agent=step.agent, disabled=disabled, asked=self._cost())

    def _cost(self) -> Usage:
        cost, self._asked = self._asked, Usage()
        return cost

    async def _advised(self, ticket: Ticket, advise: Advise) -> Try | GiveUp:
        diagnosis = await self._diagnose(ticket, advise)
        frame = ticket.incident.own_frame if ticket.incident else None
        file = frame.file if frame else ""
        revertible = bool(await to_thread.run_sync(recent_change, self.workspace, file))
        return self.plan.advised(ticket, advise, diagnosis, revertible=revertible)

    async def _diagnose(self, ticket: Ticket, advise: Advise) -> diagnosis.Diagnosis | None:
        able = (self.agents[place] for place in advise.able)
        consultant = next((agent for agent in able if agent.analyses), None)
        if consultant is None or ticket.incident is None:
            return None
        question = diagnosis.question(ticket.incident, self.plan.failed_attempts(ticket))
        with anyio.move_on_after(WITHIN + 1.0):
            finished = await consultant.answer(question, diagnosis.SHAPE, WITHIN)
            self._asked += finished.usage
            return diagnosis.read(finished)
        return None

    def _analyses(self, agent: Agent, incident: Incident) -> bool:
        known = self.plan.opinion(incident.fingerprint) is not None
        return self.analysis and not known and agent.analyses

    async def _analyse(self, agent: Agent, incident: Incident, claim: _Claim) -> None:
        opinion = Opinion(None)
        try:
            with anyio.move_on_after(WITHIN + 1.0):
                opinion = await agent.triage(incident, WITHIN)
                self._asked += opinion.usage
            self._keep(incident, agent, opinion)
        finally:
            claim.set(opinion)

    def _keep(self, incident: Incident, agent: Agent, opinion: Opinion) -> None:
        """Remember an opinion on ``incident`` that names its cause or complexity."""
        if opinion.error is None or not (opinion.cause or opinion.complexity):
            return
        self.plan.analysed(incident.fingerprint, opinion)
        self.bus.publish(
            events.Analysed(
                fingerprint=incident.fingerprint,
                agent=agent.name,
                cause=opinion.cause or opinion.summary,
                complexity=opinion.complexity,
                security=opinion.security,
                blast=opinion.blast,
                confidence=opinion.confidence,
                category=opinion.category,
                recommendation=opinion.recommendation,
                prevention=opinion.prevention,
            )
        )

    def _disabled(self, place: int, ended: Reason) -> frozenset[int]:
        """Return the places of agents that cannot work any more after an attempt that ended with ``ended``."""
        choices = self.plan.escalation.choices
        if ended in PROVIDER_OUT:
            return frozenset(p for p, choice in enumerate(choices) if choice.agent == choices[place].agent)
        return frozenset({place}) if ended is Reason.MODEL else frozenset()

    def _tell(self, ticket: Ticket, action: str, reason: str, choice: AgentChoice | None = None) -> None:
        self.bus.publish(
            events.Prescribed(
                fingerprint=ticket.key,
                action=action,
                agent=choice.agent if choice else "",
                model=choice.model if choice else "",
                reason=reason,
            )
        )


class _Claim:
    """A model's view of the risk: needed when a change waits for its approval, known by then or soon after."""

    def __init__(self) -> None:
        self._known = anyio.Event()
        self._opinion: Opinion | None = None

    def set(self, opinion: Opinion | None) -> None:
        self._opinion = opinion
        self._known.set()

    async def get(self) -> RiskAnalysis | None:
        """Return the claim; ``None`` if no model makes any."""
        await self._known.wait()
        return claimed(self._opinion) if self._opinion else None


def claimed(opinion: Opinion) -> RiskAnalysis | None:
    """Return ``opinion`` as a view of the risk; ``None`` if it has none. One that advises to ask a person is unsure."""
    if opinion.error is None or not opinion.complexity:
        return None
    unsure = opinion.recommendation == "ask_person"
    return RiskAnalysis(
        Complexity[opinion.complexity.upper()],
        Security[(opinion.security or "none").upper()],
        Blast[(opinion.blast or "isolated").upper()],
        0,
        cause=opinion.cause,
        confidence=0.0 if unsure else opinion.confidence,
    )
