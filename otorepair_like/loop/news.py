"""What is told of an attempt as it goes on, and what it cost."""

from __future__ import annotations

from collections.abc import Callable

from otorepair_like import events
from otorepair_like.agents.protocol import Finished, Reason
from otorepair_like.attempt import Verdict
from otorepair_like.loop import commands
from otorepair_like.repair.budget import Spent
from otorepair_like.repair.pipeline import Prepared
from otorepair_like.workspace.change_set import ChangeSet

PROVIDER = (Reason.AUTH, Reason.QUOTA, Reason.OVERLOADED, Reason.MODEL)
"""Reasons that are the model provider's, not the agent's."""


def begun(attempt: str, begin: commands.BeginAttempt, agent: str, limit: int) -> events.AttemptStarted:
    """The event of the beginning; ``limit``: attempts that are allowed."""
    fingerprint = begin.ticket.incident.fingerprint
    return events.AttemptStarted(
        attempt=attempt, fingerprint=fingerprint, agent=agent, number=begin.number, limit=limit
    )


def changed(
    attempt: str, changes: ChangeSet, finished: Finished, redact: Callable[[str], str]
) -> events.ChangeApplied:
    """The event of a change that is in the workspace."""
    return events.ChangeApplied(
        attempt=attempt,
        diff=redact(changes.diff()),
        files=tuple(change.path for change in changes.files),
        added=changes.added,
        removed=changes.removed,
        probation=redact(finished.text) if finished.probation else "",
    )


def shown_only(attempt: str, finished: Finished, redact: Callable[[str], str]) -> events.ChangeProposed:
    """The event that shows a change which its maker holds for too risky to be tried."""
    return events.ChangeProposed(
        attempt=attempt,
        diff=redact(finished.shown),
        findings=(),
        cause=redact(finished.text),
        risk="high, so it is shown only",
        why="",
        asks=False,
    )


def spent_by(agent: str, prepared: Prepared) -> Spent:
    """What the attempt by ``agent`` used."""
    usage = prepared.finished.usage
    return Spent(
        agent=agent != "recipes",
        seconds=prepared.worked if agent != "recipes" else 0.0,
        tokens=usage.tokens,
        cost_usd=usage.cost_usd,
        provider_error=prepared.finished.reason in PROVIDER,
        apply_failure=prepared.verdict is Verdict.REFUSED,
    )
