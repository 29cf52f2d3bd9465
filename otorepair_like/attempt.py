"""An attempt: one try at one incident and its verdict, as the history keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """The result of an attempt."""

    VERIFIED = "verified"
    """Applied, and the signal that showed the failure now shows success."""
    UNPROVEN = "unproven"
    """Applied, but the signal could not be checked again."""
    FAILED = "failed"
    """Applied, but the failure stayed or got worse; undone."""
    REFUSED = "refused"
    """Rejected by the guard, the policy or a person; never applied."""
    NO_CHANGE = "no_change"
    """The agent finished without changing a file."""
    AGENT_ERROR = "agent_error"
    """The agent could not work; the reason says why."""
    INTERRUPTED = "interrupted"
    """Stopped by a person or by the end of the run before it had a verdict; undone if it was applied."""

    @property
    def keeps_change(self) -> bool:
        """Return whether what was applied stays in the workspace."""
        return self in (Verdict.VERIFIED, Verdict.UNPROVEN)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at one incident.

    Args:
        id: six hex digits, unique; assigned when the attempt starts.
        time: its start, in seconds since the epoch.
        command: the wrapped command as typed.
        fingerprint, loose_fingerprint, type, message, file, line: of the incident.
        agent, model: the agent and its model; model ``""`` if it has none or does not report it.
        verdict: a :class:`Verdict`.
        reason: one line that explains the verdict.
        diff: unified diff of what was applied or refused; ``""`` if nothing was changed.
        seconds: duration, proof included.
        cost_usd: cost as the agent reports it; ``None``: unknown.
        prompt_chars: size of the prompt.
        tokens: tokens its model read and wrote, as the agent reports them; 0: unknown.
    """

    id: str
    time: float
    command: str
    fingerprint: str
    loose_fingerprint: str
    type: str
    message: str
    file: str
    line: int | None
    agent: str
    model: str
    verdict: Verdict
    reason: str
    diff: str
    seconds: float
    cost_usd: float | None = None
    prompt_chars: int = 0
    tokens: int = 0
