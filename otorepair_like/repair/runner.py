"""Runs one attempt: private copy, agent, guard, proof in the copy, apply; then its verdict is awaited."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

import anyio

from otorepair_like import events
from otorepair_like.agents.protocol import Agent, AgentEvent, Reason
from otorepair_like.attempt import Verdict
from otorepair_like.guard.approval import Approval, ApprovalMode, Request
from otorepair_like.guard.place import place_of
from otorepair_like.guard.policy import GuardPolicy
from otorepair_like.repair.environment_fixes import EnvironmentFixer
from otorepair_like.repair.ledger import ChangeLedger
from otorepair_like.repair.pipeline import INTERRUPTED, Claim, Prepared, TakeLease, no_lease, prepare
from otorepair_like.repair.plan.attempted import Attempted
from otorepair_like.repair.plan.plan import Instructions, Try
from otorepair_like.repair.proof.health import UNKNOWN, Health
from otorepair_like.repair.proof.proof_places import places_of, touched_by
from otorepair_like.repair.proof.prover import Prover
from otorepair_like.repair.recorder import AttemptRecorder, proposed, shown_only, spent_by
from otorepair_like.repair.settings import narrowed
from otorepair_like.repair.site import RepairSite
from otorepair_like.tickets.ticket import Ticket
from otorepair_like.workspace.apply import Applied
from otorepair_like.workspace.change_set import NOTHING


class Prompts(Protocol):
    """Makes prompts."""

    def compose(self, ticket: Ticket, instructions: Instructions, folder: Path) -> str:
        """Return the prompt for an attempt at ``ticket`` in the private copy at ``folder``. Blocking."""


@dataclass(frozen=True, slots=True)
class RunnerSettings:
    """Settings for every attempt of a run.

    Args:
        command: the wrapped command as typed.
        timeout: seconds for prompt and agent together.
        limit: attempts allowed at one ticket, for the screen.
        policy: what a repair may change. A change that only hides a failure is refused outright if rules alone made it.
        approval: who decides.
        verify: the user's commands that must succeed: no repair may change what they run without a question.
    """

    command: str
    timeout: float
    limit: int
    policy: GuardPolicy
    approval: Approval
    verify: tuple[str, ...] = ()


@dataclass
class AttemptRunner:
    """Makes attempts.

    Args:
        agents: the agents; the plan speaks of them by place.
        ledger: holds applied changes until they are judged.
        prover: asks the signals that can be asked in the private copy.
        health: returns how the program behaves when it is healthy.
        fixer: repairs failures that no edit repairs; ``None``: that is not wanted.
        take_lease: waits until no other otorepair has an unproven change in the workspace.
    """

    agents: Sequence[Agent]
    site: RepairSite
    settings: RunnerSettings
    ledger: ChangeLedger
    prompts: Prompts
    prover: Prover
    bus: events.Bus
    redact: Callable[[str], str]
    health: Callable[[], Health] = lambda: UNKNOWN
    fixer: EnvironmentFixer | None = None
    take_lease: TakeLease = no_lease

    async def attempt(self, ticket: Ticket, step: Try, claim: Claim | None = None) -> Attempted:
        """Make the attempt ``step`` up to the change in the workspace. If cancelled, it changes nothing.

        Args:
            claim: a model's view of the risk, once it is known; ``None``: no model is asked.
        """
        agent = self.agents[step.agent]
        recorder = AttemptRecorder(ticket, agent.name, self.settings.command, self.redact)
        self.bus.publish(
            events.AttemptStarted(
                attempt=recorder.id,
                fingerprint=ticket.key,
                agent=agent.name,
                number=step.number,
                limit=self.settings.limit,
            )
        )
        try:
            async with self.site.free:
                prepared = await self._prepare(recorder, ticket, agent, step.instructions, claim)
        except anyio.get_cancelled_exc_class():
            self.ledger.end(recorder.evidence(INTERRUPTED), "")
            raise
        if prepared.finished.reason is Reason.NOTHING:
            prepared = await self._environment_fixed(recorder.id, ticket, step.instructions, prepared)
        return self._attempted(recorder, ticket, agent, replace(prepared, told=self.redact(prepared.told)))

    async def _prepare(
        self,
        recorder: AttemptRecorder,
        ticket: Ticket,
        agent: Agent,
        instructions: Instructions,
        claim: Claim | None,
    ) -> Prepared:
        def hear(event: AgentEvent) -> None:
            if line := recorder.hear(event):
                self.bus.publish(events.AgentSaid(attempt=recorder.id, kind=line[0], text=line[1]))

        def compose(folder: Path) -> str:
            prompt = self.prompts.compose(ticket, instructions, folder)
            self.bus.publish(events.PromptSent(attempt=recorder.id, agent=agent.name, prompt=prompt))
            return prompt

        policy, approval = narrowed(self.settings.policy, ticket.scope), self.settings.approval
        prepared = await prepare(
            ticket,
            agent,
            copy=self.site.copy,
            workspace=self.site.workspace,
            journal=self.site.journal,
            compose_prompt=compose,
            timeout=self.settings.timeout,
            tried=instructions.tried,
            emit=hear,
            redact=self.redact,
            policy=replace(policy, hiding="refuse") if agent.offline else policy,
            approval=approval,
            claim=claim,
            prove=partial(self.prover.in_copy, ticket),
            take_lease=self.take_lease,
            attempt=recorder.id,
            place=partial(
                place_of,
                ticket.incident,
                self.site.workspace,
                command=self.settings.command,
                verify=(*self.settings.verify, getattr(ticket.signal, "command", "")),
                by_rule=agent.offline,
            ),
        )
        if approval.mode is ApprovalMode.NEVER and prepared.verdict is Verdict.REFUSED and prepared.analysis:
            request = Request(
                prepared.changes, prepared.findings, prepared.analysis, prepared.reason, recorder.id
            )
            self.bus.publish(proposed(request, self.redact, asks=False))
        return prepared

    async def _environment_fixed(
        self, attempt: str, ticket: Ticket, instructions: Instructions, prepared: Prepared
    ) -> Prepared:
        """Return the attempt without a result, or one that repaired the program's surroundings instead."""
        if prepared.finished.shown:
            self.bus.publish(shown_only(attempt, prepared.finished, self.redact))
        if not (self.fixer and ticket.incident and instructions.fix_environment):
            return prepared
        fixed = await self.fixer.fix(ticket.incident)
        if fixed is None:
            return prepared
        self.bus.publish(events.Notice(text=fixed.done))
        applied = Applied(NOTHING, self.site.workspace, self.site.journal, fixed.folders)
        return replace(prepared, verdict=None, reason=fixed.done, applied=applied)

    def _attempted(
        self, recorder: AttemptRecorder, ticket: Ticket, agent: Agent, prepared: Prepared
    ) -> Attempted:
        """Publish and record the result of the first half."""
        evidence, applied = recorder.evidence(prepared), prepared.applied
        nothing = prepared.finished.reason is Reason.NOTHING and not applied
        attempted = Attempted(
            applied=applied is not None,
            record=evidence.attempt,
            nothing=nothing,
            ended=prepared.finished.reason,
            spent=spent_by(agent, prepared),
            health=self.health(),
            rejection=prepared.told,
            findings=tuple(map(self.redact, prepared.finished.findings)),
            environment_fixed=applied is not None and not applied.changes,
            copy_proof=prepared.copy_proof,
        )
        if applied is None:
            self.ledger.end(evidence, prepared.reason, keep=not nothing)
            return attempted
        self.ledger.add(ticket.key, evidence, applied, recorder.started)
        self.bus.publish(
            events.ChangeApplied(
                attempt=recorder.id,
                diff=self.redact(applied.changes.diff()),
                files=tuple(change.path for change in applied.changes.files),
                added=applied.changes.added,
                removed=applied.changes.removed,
                probation=self.redact(prepared.finished.text) if prepared.finished.probation else "",
            )
        )
        return replace(
            attempted,
            probation=touched_by(applied.changes) if prepared.finished.probation else (),
            places=places_of(ticket.incident, applied.changes, self.site.workspace)
            if ticket.incident
            else (),
        )
