"""The edge of the escalation: has failures analysed and diagnosed, and the next attempt made by whom it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

import anyio
from anyio import to_thread

from otorepair_like import events
from otorepair_like.agents import diagnosis
from otorepair_like.agents.protocol import Agent, Finished, Opinion, Reason, Usage
from otorepair_like.guard.risk import Analysis, Blast, Complexity, Security
from otorepair_like.incident import Incident
from otorepair_like.loop import commands, inputs
from otorepair_like.repair.escalation import Escalation, NextTry
from otorepair_like.repair.runner import AttemptRunner, Instructions
from otorepair_like.workspace.git import recent_change

WITHIN: Final = 30.0
"""Seconds triage, analysis or diagnosis may take."""
PROVIDER_OUT: Final = (Reason.AUTH, Reason.NOT_INSTALLED, Reason.QUOTA)
"""Reasons that will be the same next time, with every model: the agent is not asked again in this run."""


@runtime_checkable
class Consultant(Protocol):
    """An agent that answers questions in JSON, by a model that is cheap to ask."""

    name: str
    analyses: bool

    async def answer(self, asked: str, shape: Mapping[str, Any], timeout: float) -> Finished:
        """The end of a run that was asked for JSON of the schema ``shape``."""


@dataclass
class ConsultingRunner:
    """Makes attempts as :class:`Escalation` orders them.

    Args:
        analysis: whether failures are analysed while an agent works.
    """

    agents: Sequence[Agent]
    attempts: AttemptRunner
    escalation: Escalation
    bus: events.Bus
    workspace: Path
    analysis: bool = True
    _opinions: dict[str, Opinion] = field(default_factory=dict)
    _asked: Usage = field(default=Usage())
    """What questions have cost since it was last told."""

    def __post_init__(self) -> None:
        self.bus.subscribe(self._hear)

    async def triage(self, incident: Incident) -> Opinion:
        """Whether ``incident`` is a real error, by the first agent that can be asked."""
        agent = next(agent for agent in self.agents if agent.name != "recipes")
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

    async def make(self, begin: commands.BeginAttempt) -> inputs.AttemptOver:
        """An attempt by whomever the escalation names, or word of why there is none."""
        incident = begin.ticket.incident
        if begin.number == 1:
            self.escalation.begin(incident.fingerprint)
        order = await self._order(begin)
        if order.action:
            self._tell(incident, order)
        if order.place is None:
            stop = f"{order.action}: {order.reason}"
            return inputs.AttemptOver(applied=False, nothing=True, stop=stop, asked=self._told_cost())
        begin, agent = replace(begin, agent=order.place), self.agents[order.place]
        async with anyio.create_task_group() as group:
            claim = _Claim()
            if self._analyses(agent, incident):
                group.start_soon(self._analyse, agent, incident, claim)
            else:
                claim.set(self._opinions.get(incident.fingerprint) if agent.name != "recipes" else None)
            over = await self.attempts.make(begin, Instructions(order.words, claim.get))
            group.cancel_scope.cancel()
        disabled = self._out(order.place, over.ended)
        return replace(over, agent=order.place, disabled=disabled, asked=self._told_cost())

    def _told_cost(self) -> Usage:
        told, self._asked = self._asked, Usage()
        return told

    async def _order(self, begin: commands.BeginAttempt) -> NextTry:
        incident, advice, revertible = begin.ticket.incident, None, False
        if self.escalation.needs_diagnosis(incident.fingerprint):
            advice = await self._diagnose(begin)
            file = incident.own_frame.file if incident.own_frame else ""
            revertible = bool(await to_thread.run_sync(recent_change, self.workspace, file))
        known = self._opinions.get(incident.fingerprint)
        return self.escalation.next(
            incident.fingerprint,
            begin.able,
            complexity=known.complexity if known else "",
            diagnosis=advice,
            revertible=revertible,
        )

    async def _diagnose(self, begin: commands.BeginAttempt) -> diagnosis.Diagnosis | None:
        able = (self.agents[place] for place in begin.able)
        consultant = next((agent for agent in able if isinstance(agent, Consultant) and agent.analyses), None)
        if consultant is None:
            return None
        incident = begin.ticket.incident
        asked = diagnosis.question(incident, self.escalation.failed(incident.fingerprint))
        with anyio.move_on_after(WITHIN + 1.0):
            finished = await consultant.answer(asked, diagnosis.SHAPE, WITHIN)
            self._asked += finished.usage
            return diagnosis.read(finished)
        return None

    def _analyses(self, agent: Agent, incident: Incident) -> bool:
        known = incident.fingerprint in self._opinions
        return self.analysis and not known and isinstance(agent, Consultant) and agent.analyses

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
        """Remember what is behind ``incident``, if anything was said of it."""
        if opinion.error is None or not (opinion.cause or opinion.complexity):
            return
        self._opinions[incident.fingerprint] = opinion
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

    def _out(self, place: int, ended: Reason) -> frozenset[int]:
        """Who cannot work any more after an attempt that ended so."""
        rungs = self.escalation.rungs
        if ended in PROVIDER_OUT:
            return frozenset(p for p, rung in enumerate(rungs) if rung.agent == rungs[place].agent)
        return frozenset({place}) if ended is Reason.MODEL else frozenset()

    def _tell(self, incident: Incident, order: NextTry) -> None:
        rung = self.escalation.rungs[order.place] if order.place is not None else None
        self.bus.publish(
            events.Prescribed(
                fingerprint=incident.fingerprint,
                action=str(order.action),
                agent=rung.agent if rung else "",
                model=rung.model if rung else "",
                reason=order.reason,
            )
        )

    def _hear(self, event: events.Event) -> None:
        if isinstance(event, events.AttemptEnded):
            self.escalation.ended(event.attempt)


class _Claim:
    """What a model says of the risk: asked for when a change waits for its approval, known by then or soon after."""

    def __init__(self) -> None:
        self._known = anyio.Event()
        self._opinion: Opinion | None = None

    def set(self, opinion: Opinion | None) -> None:
        self._opinion = opinion
        self._known.set()

    async def get(self) -> Analysis | None:
        """The claim; ``None``: nobody makes any."""
        await self._known.wait()
        return claimed(self._opinion) if self._opinion else None


def claimed(opinion: Opinion) -> Analysis | None:
    """``opinion`` as a view of the risk; ``None`` if it has none. One who would rather ask a person is not sure."""
    if opinion.error is None or not opinion.complexity:
        return None
    unsure = opinion.recommendation == "ask_person"
    return Analysis(
        Complexity[opinion.complexity.upper()],
        Security[(opinion.security or "none").upper()],
        Blast[(opinion.blast or "isolated").upper()],
        0,
        cause=opinion.cause,
        confidence=0.0 if unsure else opinion.confidence,
    )
