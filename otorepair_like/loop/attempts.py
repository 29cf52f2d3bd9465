"""The edge of one attempt: run its first half, hold what it changed until it is judged, and keep the record."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from otorepair_like import events
from otorepair_like.agents.protocol import Agent, AgentEvent, Denied, Reason, Retry, Text, Tool, Usage
from otorepair_like.attempt import Attempt, Verdict
from otorepair_like.errors import OtorepairError
from otorepair_like.loop import steps
from otorepair_like.memory.store import Store
from otorepair_like.repair.apply import Applied
from otorepair_like.repair.attempt import Prepared, prepare
from otorepair_like.repair.changes import ChangeSet
from otorepair_like.repair.prompt import compose
from otorepair_like.repair.verify import Judgement
from otorepair_like.repair.workshop import Workshop
from otorepair_like.tickets.ticket import Ticket

Redact = Callable[[str], str]
DISABLING = (Reason.AUTH, Reason.NOT_INSTALLED, Reason.QUOTA, Reason.MODEL)
"""Reasons that will be the same next time: the repairer is not asked again in this run."""


@dataclass(slots=True)
class _Pending:
    """An applied change that waits for its verdict."""

    ticket: Ticket
    attempt: Attempt
    applied: Applied
    started: float


@dataclass
class Attempts:
    """Makes attempts, and knows what is in the workspace but not yet judged.

    Args:
        agents: the repairers; the machine speaks of them by place.
        workshop: the private copy.
        journal: where an apply writes what it is about to do.
        store: the history; ``None`` if it cannot be written.
        limit: attempts allowed at one fingerprint, for the screen.
    """

    agents: Sequence[Agent]
    workshop: Workshop
    workspace: Path
    journal: Path
    store: Store | None
    redact: Redact
    bus: events.Bus
    command: str
    timeout: float
    limit: int
    _pending: list[_Pending] = field(default_factory=list)
    _kept: list[_Pending] = field(default_factory=list)
    _tried: dict[str, list[str]] = field(default_factory=dict)

    async def make(self, begin: steps.BeginAttempt) -> steps.AttemptOver:
        """The first half of an attempt: private copy, agent, guard, apply. Cancelling it leaves no trace."""
        ticket, agent, started = begin.ticket, self.agents[begin.agent], time.monotonic()
        fingerprint = ticket.incident.fingerprint
        identity = secrets.token_hex(3)
        self._publish_start(identity, begin, agent.name)
        prepared = await prepare(
            ticket,
            agent,
            workshop=self.workshop,
            workspace=self.workspace,
            journal=self.journal,
            compose_prompt=lambda folder: self._prompt(identity, ticket, agent.name, folder),
            timeout=self.timeout,
            tried=tuple(self._tried.get(fingerprint, ())),
            emit=lambda event: self._progress(identity, event),
        )
        attempt = self._record(identity, ticket, agent.name, prepared, time.monotonic() - started)
        if prepared.applied:
            self._pending.append(_Pending(ticket, attempt, prepared.applied, started))
            self._tried.setdefault(fingerprint, []).append(attempt.diff)
            self._publish_change(identity, prepared.applied.changes)
            return steps.AttemptOver(applied=True)
        nothing = prepared.finished.reason is Reason.NOTHING
        if prepared.changes:
            self._tried.setdefault(fingerprint, []).append(attempt.diff)
        self._end(attempt, prepared.reason, keep=not nothing)
        return steps.AttemptOver(
            applied=False, nothing=nothing, disabled=prepared.finished.reason in DISABLING
        )

    def hold(self, judgement: Judgement) -> None:
        """The newest change stays for now: its failure is gone, and another came."""
        self.bus.publish(events.Notice(text=f"progress: {judgement.proof}"))

    def keep(self, judgement: Judgement) -> None:
        """The newest change is good; those held before it led there."""
        for pending in self._pending:
            self._judged(pending, judgement.verdict, judgement.proof)
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
        paths = ", ".join(kept.applied.changes.paths)
        return f"took back {kept.attempt.id}: {paths}" + (f"; left alone: {', '.join(left)}" if left else "")

    @property
    def last_diff(self) -> str:
        """The newest change that was applied, kept or not."""
        newest = (self._pending or self._kept)[-1:]
        return newest[0].attempt.diff if newest else ""

    def take_back(self, judgement: Judgement) -> None:
        """Take back the newest change and all that were held, newest first."""
        for pending in reversed(self._pending):
            proof = judgement.proof
            try:
                left = pending.applied.take_back()
                if left:
                    proof += "; left alone, you changed them meanwhile: " + ", ".join(left)
            except OtorepairError as error:
                proof += f"; {error}"
            self._judged(pending, judgement.verdict, proof)
        self._pending.clear()

    def _judged(self, pending: _Pending, verdict: Verdict, proof: str) -> None:
        from dataclasses import replace

        seconds = time.monotonic() - pending.started
        self._end(replace(pending.attempt, verdict=verdict, reason=proof, seconds=round(seconds, 3)), proof)

    def _end(self, attempt: Attempt, proof: str, *, keep: bool = True) -> None:
        if keep and self.store:
            try:
                self.store.add(attempt)
            except OtorepairError as error:
                self.bus.publish(events.Notice(text=str(error)))
                self.store = None
        self.bus.publish(events.AttemptEnded(attempt=attempt, proof=proof))

    def _prompt(self, identity: str, ticket: Ticket, agent: str, folder: Path) -> str:
        past = self.store.relevant(ticket.incident) if self.store else []
        text = compose(
            ticket,
            command=self.command,
            workspace=self.workspace,
            folder=folder,
            past=past,
            redact=self.redact,
        )
        self.bus.publish(events.PromptSent(attempt=identity, agent=agent, prompt=text))
        return text

    def _publish_start(self, identity: str, begin: steps.BeginAttempt, agent: str) -> None:
        self.bus.publish(
            events.AttemptStarted(
                attempt=identity,
                fingerprint=begin.ticket.incident.fingerprint,
                agent=agent,
                number=begin.number,
                limit=self.limit,
            )
        )

    def _publish_change(self, identity: str, changes: ChangeSet) -> None:
        self.bus.publish(
            events.ChangeApplied(
                attempt=identity,
                diff=self.redact(changes.diff()),
                files=tuple(change.path for change in changes.files),
                added=changes.added,
                removed=changes.removed,
            )
        )

    def _progress(self, identity: str, event: AgentEvent) -> None:
        said = _words(event)
        if said:
            kind, text = said
            self.bus.publish(events.AgentSaid(attempt=identity, kind=kind, text=self.redact(text)))

    def _record(
        self, identity: str, ticket: Ticket, agent: str, prepared: Prepared, seconds: float
    ) -> Attempt:
        incident, frame, finished = ticket.incident, ticket.incident.own_frame, prepared.finished
        made = prepared.applied.changes if prepared.applied else prepared.changes
        return Attempt(
            id=identity,
            time=time.time() - seconds,
            command=self.redact(self.command),
            fingerprint=incident.fingerprint,
            loose_fingerprint=incident.loose_fingerprint,
            type=incident.type,
            message=self.redact(incident.message),
            file=frame.file if frame else "",
            line=frame.line if frame else None,
            agent=agent,
            model=finished.model,
            verdict=prepared.verdict or Verdict.UNPROVEN,
            reason=self.redact(prepared.reason),
            diff=self.redact(made.diff()),
            seconds=round(seconds, 3),
            cost_usd=finished.usage.cost_usd,
            prompt_chars=len(prepared.prompt),
        )


def _words(event: AgentEvent) -> tuple[str, str] | None:
    """An agent's event as (kind, line) for the screen."""
    match event:
        case Text(text=text) if text.strip():
            return "text", text
        case Tool(kind=kind, target=target):
            return "tool", f"{kind} {target}".rstrip()
        case Denied(tool=tool, target=target):
            return "denied", f"{tool} {target}".rstrip()
        case Retry(attempt=attempt, limit=limit, status=status):
            return (
                "retry",
                f"asks its model again, {attempt} of {limit or '?'} (status {status or 'unknown'})",
            )
        case Usage(cost_usd=cost) if cost is not None:
            return "cost", f"{cost:.4f}"
    return None
