"""The edge of one attempt: run its first half, hold what it changed until it is judged, and keep the record."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import anyio

from otorepair_like import events
from otorepair_like.agents.protocol import Agent, AgentEvent, Reason
from otorepair_like.attempt import Attempt, Verdict
from otorepair_like.errors import OtorepairError, StoreError
from otorepair_like.guard.approval import Answer, Approval, Mode, Request
from otorepair_like.guard.policy import GuardPolicy
from otorepair_like.incident import Incident
from otorepair_like.loop import commands, inputs, news
from otorepair_like.loop.approval_prompt import proposed
from otorepair_like.loop.health_recorder import HealthRecorder
from otorepair_like.memory.folder import EVIDENCE, JOURNAL
from otorepair_like.memory.store import Store
from otorepair_like.repair import evidence as evidences
from otorepair_like.repair.command_prover import Checks
from otorepair_like.repair.environment_fixes import EnvironmentFixer
from otorepair_like.repair.escalation import STRATEGIES
from otorepair_like.repair.evidence import Evidence
from otorepair_like.repair.pipeline import INTERRUPTED, Claim, Prepared, prepare
from otorepair_like.repair.prompt import compose
from otorepair_like.repair.proof import Judgement
from otorepair_like.repair.recorder import AttemptRecorder
from otorepair_like.repair.unproven_marks import KILLED, UnprovenMarks
from otorepair_like.tickets.ticket import Ticket
from otorepair_like.workspace.apply import Applied
from otorepair_like.workspace.change_set import NOTHING
from otorepair_like.workspace.git import recent_change
from otorepair_like.workspace.private_copy import PrivateCopy

Settling = commands.HoldChange | commands.KeepChange | commands.TakeBackChange | commands.RevokeChange
Redact = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Instructions:
    """How an attempt is to be made.

    Args:
        words: what the agent is told besides.
        claim: what a model says of the risk, once it is known; ``None``: nobody is asked.
    """

    words: tuple[str, ...] = ()
    claim: Claim | None = None


AS_USUAL = Instructions()


class Asker(Protocol):
    """Asks a person; ``open``: whether it is asking."""

    open: bool

    def take(self, key: str) -> bool:
        """Take a typed key as an answer; false: nothing is asked."""

    async def __call__(self, attempt: str, request: Request) -> Answer:
        """What they say to the change of ``attempt``."""


@dataclass(slots=True)
class _Made:
    """An applied change: it waits for its verdict, or was kept."""

    ticket: Ticket
    evidence: Evidence
    applied: Applied
    started: float


@dataclass
class AttemptRunner:
    """Makes attempts, and knows what is in the workspace but not yet judged.

    Args:
        agents: the repairers; the machine speaks of them by place.
        workshop: the private copy; ``free`` is held while it is worked in.
        keeper: knows what the child is like when it is well.
        ours: the folder of ours in the workspace, with journal and evidence.
        store: the history; ``None`` if it cannot be written.
        limit: attempts allowed at one fingerprint, for the screen.
        policy: what a repair may be. What only hides a failure is refused outright if a recipe made it.
        approval: who decides.
        checks: the user's commands.
        asker: asks a person; ``None``: nobody is there.
        surroundings: cures what no edit cures; ``None``: that is not wanted.
    """

    agents: Sequence[Agent]
    workshop: PrivateCopy
    free: anyio.Lock
    keeper: HealthRecorder
    workspace: Path
    ours: Path
    store: Store | None
    redact: Redact
    bus: events.Bus
    command: str
    timeout: float
    limit: int
    policy: GuardPolicy
    approval: Approval
    checks: Checks
    asker: Asker | None = None
    _marks: UnprovenMarks = field(init=False)
    _pending: list[_Made] = field(default_factory=list)
    _kept: list[_Made] = field(default_factory=list)
    _tried: dict[str, list[str]] = field(default_factory=dict)
    surroundings: EnvironmentFixer | None = None
    _told: dict[str, str] = field(default_factory=dict)
    """What a person said against the last attempt, by fingerprint."""
    _findings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """What repairers found who could not cure it, by fingerprint."""

    def __post_init__(self) -> None:
        self._marks = UnprovenMarks(self.ours)

    async def make(self, begin: commands.BeginAttempt, orders: Instructions = AS_USUAL) -> inputs.AttemptOver:
        """The first half of an attempt: private copy, agent, guard, apply. Cancelled, it leaves all as it was."""
        ticket, agent = begin.ticket, self.agents[begin.agent]
        fingerprint = ticket.incident.fingerprint
        record = AttemptRecorder(ticket.incident, agent.name, self.command, self.redact)
        self.bus.publish(news.begun(record.id, begin, agent.name, self.limit))
        try:
            async with self.free:
                prepared = await self._prepare(record, ticket, agent, orders)
        except anyio.get_cancelled_exc_class():
            self._end(record.evidence(INTERRUPTED), "")
            raise
        if prepared.finished.reason is Reason.NOTHING:
            prepared = await self._mended(record.id, ticket.incident, prepared)
        evidence = record.evidence(prepared)
        self._told[fingerprint] = prepared.told
        if prepared.changes:
            self._tried.setdefault(fingerprint, []).append(evidence.attempt.diff)
        if prepared.applied:
            self._pending.append(_Made(ticket, evidence, prepared.applied, record.started))
            self._mark(evidence)
            probation = prepared.applied.changes.paths if prepared.finished.probation else ()
            changes = prepared.applied.changes
            self.bus.publish(news.changed(record.id, changes, prepared.finished, self.redact))
            spent = news.spent_by(agent.name, prepared)
            return inputs.AttemptOver(
                applied=True, spent=spent, health=self.keeper.health, probation=tuple(probation)
            )
        nothing = prepared.finished.reason is Reason.NOTHING
        self._end(evidence, prepared.reason, keep=not nothing)
        return inputs.AttemptOver(
            applied=False,
            nothing=nothing,
            ended=prepared.finished.reason,
            spent=news.spent_by(agent.name, prepared),
        )

    async def _prepare(
        self, record: AttemptRecorder, ticket: Ticket, agent: Agent, orders: Instructions
    ) -> Prepared:
        asker = self.asker

        async def ask(request: Request) -> Answer:
            assert asker is not None  # noqa: S101 - only handed on if there is one
            return await asker(record.id, request)

        def hear(event: AgentEvent) -> None:
            if said := record.hear(event):
                self.bus.publish(events.AgentSaid(attempt=record.id, kind=said[0], text=said[1]))

        self.approval.ask = ask if asker else None
        prepared = await prepare(
            ticket,
            agent,
            workshop=self.workshop,
            workspace=self.workspace,
            journal=self.ours / JOURNAL,
            compose_prompt=lambda folder: self._prompt(record.id, ticket, agent.name, folder, orders),
            timeout=self.timeout,
            tried=tuple(self._tried.get(ticket.incident.fingerprint, ())),
            emit=hear,
            redact=self.redact,
            policy=replace(self.policy, hiding="refuse") if agent.name == "recipes" else self.policy,
            approval=self.approval,
            claim=orders.claim,
        )
        if self.approval.mode is Mode.NEVER and prepared.verdict is Verdict.REFUSED and prepared.analysis:
            request = Request(prepared.changes, prepared.findings, prepared.analysis, prepared.reason)
            self.bus.publish(proposed(record.id, request, self.redact, asks=False))
        return prepared

    async def _mended(self, identity: str, incident: Incident, prepared: Prepared) -> Prepared:
        """An attempt that came to nothing: what it found, and what may be done about it besides edits."""
        finished = prepared.finished
        self._findings[incident.fingerprint] = tuple(map(self.redact, finished.findings))
        if finished.shown:
            self.bus.publish(news.shown_only(identity, finished, self.redact))
        mended = await self.surroundings.mend(incident) if self.surroundings else None
        if mended is None:
            return prepared
        self.bus.publish(events.Notice(text=mended.said))
        applied = Applied(NOTHING, self.workspace, self.ours / JOURNAL, mended.folders)
        return replace(prepared, verdict=None, reason=mended.said, applied=applied)

    async def check(self) -> inputs.Checked:
        """What the user's commands say to what is in the workspace but not yet judged."""
        async with self.free:
            return await self.checks.run(self._pending[-1].applied.changes, self.workshop)

    @property
    def asks(self) -> bool:
        """Whether a person is asked just now."""
        return self.asker is not None and self.asker.open

    def takes(self, key: str) -> bool:
        """Whether ``key`` is (part of) an answer to what is asked."""
        return self.asker is not None and self.asker.take(key)

    def settle(self, command: Settling) -> bool:
        """Do what the machine decided about changes; whether files of the workspace were touched."""
        match command:
            case commands.HoldChange(judgement=judgement):
                self.hold(judgement)
            case commands.KeepChange(judgement=judgement):
                self.keep(judgement)
            case commands.TakeBackChange(judgement=judgement):
                self.take_back(judgement)
            case commands.RevokeChange(fingerprint=fingerprint, judgement=judgement):
                self.revoke(fingerprint, judgement)
        return isinstance(command, commands.TakeBackChange | commands.RevokeChange)

    def hold(self, judgement: Judgement) -> None:
        """The newest change stays for now: its failure is gone, and another came."""
        self.bus.publish(events.Notice(text=f"progress: {judgement.proof}"))

    def keep(self, judgement: Judgement) -> None:
        """The newest change is good; those held before it led there."""
        for made in self._pending:
            self._judged(made, judgement.verdict, judgement.proof)
        self._kept += self._pending
        self._pending.clear()

    def undo(self) -> str:
        """Take back the newest kept repair of this run; what came of it, in a line."""
        if not self._kept:
            return "no repair of this run to take back"
        kept = self._kept.pop()
        try:
            left = kept.applied.take_back()
        except OtorepairError as error:
            self._kept.append(kept)
            return str(error)
        self._write(replace(kept.evidence, undone=True))
        paths = ", ".join(kept.applied.changes.paths)
        return f"took back {kept.evidence.attempt.id}: {paths}" + (
            f"; left alone: {', '.join(left)}" if left else ""
        )

    @property
    def last_diff(self) -> str:
        """The newest change that was applied, kept or not."""
        newest = (self._pending or self._kept)[-1:]
        return newest[0].evidence.attempt.diff if newest else ""

    def take_back(self, judgement: Judgement) -> None:
        """Take back the newest change and all that were held, newest first."""
        for made in reversed(self._pending):
            self._take_back(made, judgement)
        self._pending.clear()

    def revoke(self, fingerprint: str, judgement: Judgement) -> None:
        """Take back the repair of ``fingerprint`` that was kept: what it was to cure came again."""
        for made in [made for made in self._kept if made.ticket.incident.fingerprint == fingerprint]:
            self._kept.remove(made)
            self._take_back(made, judgement)

    def close(self) -> None:
        """Nothing that was not judged stays, whatever ended the run."""
        self.take_back(
            Judgement(Verdict.INTERRUPTED, progress=False, proof="taken back before it was proven")
        )
        self.keeper.close()

    def _take_back(self, made: _Made, judgement: Judgement) -> None:
        proof = judgement.proof
        try:
            left = made.applied.take_back()
            if left:
                proof += "; left alone, you changed them meanwhile: " + ", ".join(left)
        except OtorepairError as error:
            proof += f"; {error}"
        self._judged(made, judgement.verdict, proof)

    def _mark(self, evidence: Evidence) -> None:
        """Should we be killed before it is proven, the next otorepair takes it back."""
        self._write(replace(evidence, proof=(*evidence.proof, KILLED)))
        try:
            self._marks.set(evidence.attempt.id)
        except OSError as error:
            said = f"{evidence.attempt.id} cannot be marked as unproven: {error.strerror or error}"
            self.bus.publish(events.Notice(text=said, level=1))

    def _judged(self, made: _Made, verdict: Verdict, proof: str) -> None:
        seconds = round(time.monotonic() - made.started, 3)
        attempt = replace(made.evidence.attempt, verdict=verdict, reason=proof, seconds=seconds)
        made.evidence = replace(made.evidence, attempt=attempt, proof=(*made.evidence.proof, proof))
        self._end(made.evidence, proof)
        self._marks.remove(attempt.id)

    def _end(self, evidence: Evidence, proof: str, *, keep: bool = True) -> None:
        if keep and self.store:
            try:
                self.store.add(evidence.attempt)
            except StoreError as error:
                self._forget(error)
            self._write(evidence)
        self.bus.publish(events.AttemptEnded(attempt=evidence.attempt, proof=proof))

    def _write(self, evidence: Evidence) -> None:
        try:
            evidences.write(self.ours / EVIDENCE, evidence)
        except OSError as error:
            why = error.strerror or str(error)
            said = (
                f"no evidence of {evidence.attempt.id} can be kept: {why}; 'otorepair undo' will not know it"
            )
            self.bus.publish(events.Notice(text=said))

    def _prompt(self, identity: str, ticket: Ticket, agent: str, folder: Path, orders: Instructions) -> str:
        past, lessons = self._remembered(ticket)
        told = self._told.get(ticket.incident.fingerprint)
        text = compose(
            ticket,
            command=self.command,
            workspace=self.workspace,
            folder=folder,
            past=past,
            redact=self.redact,
            hint=f"I refused your last change: {told}" if told else "",
            suspects=self.workshop.since_good().diff() or self._recent(ticket, orders),
            orders=orders.words,
            lessons=lessons,
            findings=self._findings.get(ticket.incident.fingerprint, ()),
        )
        self.bus.publish(events.PromptSent(attempt=identity, agent=agent, prompt=text))
        return text

    def _remembered(self, ticket: Ticket) -> tuple[Sequence[Attempt], Sequence[str]]:
        """Past attempts and lessons that may help."""
        if self.store is None:
            return (), ()
        try:
            return self.store.relevant(ticket.incident), self.store.lessons()
        except StoreError as error:
            self._forget(error)
            return (), ()

    def _forget(self, error: StoreError) -> None:
        """The history cannot be used: that is said once, and the run goes on without it."""
        self.bus.publish(events.Notice(text=str(error)))
        self.store = None

    def _recent(self, ticket: Ticket, orders: Instructions) -> str:
        """What git says was changed last, where that is to be taken back."""
        frame = ticket.incident.own_frame
        wanted = STRATEGIES["revert"] in orders.words and frame
        return recent_change(self.workspace, frame.file) if wanted and frame else ""
