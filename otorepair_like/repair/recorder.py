"""The record of one attempt, made while it runs. It holds no secret."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from otorepair_like import events
from otorepair_like.agents.protocol import (
    Agent,
    AgentEvent,
    Denied,
    Finished,
    Reason,
    Retry,
    Text,
    Tool,
    Usage,
)
from otorepair_like.attempt import Attempt, Verdict
from otorepair_like.guard.approval import Request
from otorepair_like.incident import Incident
from otorepair_like.redact import masked
from otorepair_like.repair.evidence import Evidence, of_incident
from otorepair_like.repair.pipeline import Prepared
from otorepair_like.repair.plan.budget import Spent
from otorepair_like.tickets.ticket import Ticket
from otorepair_like.workspace.change_set import NOTHING

SHOWN: Final = 500
"""Events of an agent that are shown in one attempt; a broken agent could go on forever."""
PROVIDER: Final = (Reason.AUTH, Reason.QUOTA, Reason.OVERLOADED, Reason.MODEL)
"""Reasons that are the model provider's, not the agent's."""
EVENTS_KEPT: Final = 2000
"""An agent may say more; the evidence holds the beginning."""


class AttemptRecorder:
    """Records one attempt.

    Args:
        command: the wrapped command as typed.
        redact: masks secrets in the record.
    """

    def __init__(self, ticket: Ticket, agent: str, command: str, redact: Callable[[str], str]) -> None:
        self.id = secrets.token_hex(3)
        self.started = time.monotonic()
        self._shown = 0
        self._ticket, self._agent, self._command, self._redact = ticket, agent, command, redact
        self._events: list[dict[str, Any]] = []

    @property
    def seconds(self) -> float:
        """Return the seconds since the attempt's start."""
        return round(time.monotonic() - self.started, 3)

    def hear(self, event: AgentEvent) -> tuple[str, str] | None:
        """Record an agent's event; return it as (kind, line) if it is for the screen."""
        if len(self._events) < EVENTS_KEPT:
            self._events.append(masked({"event": type(event).__name__, **asdict(event)}, self._redact))
        said = _words(event)
        if said is None or self._shown > SHOWN:
            return None
        self._shown += 1
        if self._shown > SHOWN:
            return "text", f"… the agent reports too much; 'otorepair show {self.id}' has the beginning"
        return said[0], self._redact(said[1])

    def evidence(self, prepared: Prepared) -> Evidence:
        """Return everything about the attempt once its first half is over."""
        return Evidence(
            attempt=self._attempt(prepared),
            incident=masked(of_incident(self._ticket.incident or _silent(self._ticket)), self._redact),
            prompt=self._redact(prepared.prompt),
            events=tuple(self._events),
            findings=tuple(self._redact(str(finding)) for finding in prepared.findings),
            analysis=str(prepared.analysis or ""),
            proof=(self._redact(prepared.reason),) if prepared.verdict and prepared.reason else (),
            changes=prepared.applied.changes if prepared.applied else NOTHING,
            folders=prepared.applied.folders if prepared.applied else (),
        )

    def _attempt(self, prepared: Prepared) -> Attempt:
        incident, finished = self._ticket.incident or _silent(self._ticket), prepared.finished
        frame = incident.own_frame
        made = prepared.applied.changes if prepared.applied else prepared.changes
        return Attempt(
            id=self.id,
            time=time.time() - self.seconds,
            command=self._redact(self._command),
            fingerprint=self._ticket.key,
            loose_fingerprint=incident.loose_fingerprint,
            type=incident.type,
            message=self._redact(incident.message),
            file=frame.file if frame else "",
            line=frame.line if frame else None,
            agent=self._agent,
            model=finished.model,
            verdict=prepared.verdict or Verdict.UNPROVEN,
            reason=self._redact(prepared.reason),
            diff=self._redact(made.diff()),
            seconds=self.seconds,
            cost_usd=finished.usage.cost_usd,
            prompt_chars=len(prepared.prompt),
            tokens=finished.usage.tokens,
        )


def _silent(ticket: Ticket) -> Incident:
    """Return a stand-in for the incident where nothing crashed."""
    return Incident("", ticket.title, evidence=ticket.evidence, fingerprint=ticket.key)


def proposed(request: Request, redact: Callable[[str], str], *, asks: bool) -> events.ChangeProposed:
    """Return the event that shows a change which waits for a yes, or is only reported."""
    return events.ChangeProposed(
        attempt=request.attempt,
        diff=redact(request.changes.diff()),
        findings=tuple(redact(str(finding)) for finding in request.findings),
        cause=redact(request.analysis.cause),
        risk=str(request.analysis),
        why=redact(request.why),
        asks=asks,
    )


def shown_only(attempt: str, finished: Finished, redact: Callable[[str], str]) -> events.ChangeProposed:
    """Return the event that shows a change which its agent considers too risky to apply."""
    return events.ChangeProposed(
        attempt=attempt,
        diff=redact(finished.shown),
        findings=(),
        cause=redact(finished.text),
        risk="high, so it is shown only",
        why="",
        asks=False,
    )


def spent_by(agent: Agent, prepared: Prepared) -> Spent:
    """Return the cost of the attempt by ``agent``."""
    usage = prepared.finished.usage
    return Spent(
        agent=not agent.offline,
        seconds=0.0 if agent.offline else prepared.worked,
        tokens=usage.tokens,
        cost_usd=usage.cost_usd,
        provider_error=prepared.finished.reason in PROVIDER,
        apply_failure=prepared.verdict is Verdict.REFUSED,
    )


def _words(event: AgentEvent) -> tuple[str, str] | None:
    match event:
        case Text(text=text) if text.strip():
            return "text", text
        case Tool(kind=kind, target=target):
            return "tool", f"{kind} {target}".rstrip()
        case Denied(tool=tool, target=target, option=option):
            return "denied", f"{tool} {target}".rstrip() + (f"; {option} would allow it" if option else "")
        case Retry(attempt=attempt, limit=limit, status=status):
            said = f"asks its model again, {attempt} of {limit or '?'} (status {status or 'unknown'})"
            return "retry", said
        case Usage(cost_usd=cost) if cost is not None:
            return "cost", f"{cost:.4f}"
    return None
