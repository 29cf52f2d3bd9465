"""An attempt, as it is kept: what was tried at one incident, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What came of an attempt. Never a bare success flag."""

    VERIFIED = "verified"
    """Applied, and the signal that showed the failure now shows health."""
    UNPROVEN = "unproven"
    """Applied, but the signal could not be asked again."""
    FAILED = "failed"
    """Applied, the failure stayed or got worse; taken back."""
    REFUSED = "refused"
    """The guard, the policy or a person said no; never applied."""
    NO_CHANGE = "no_change"
    """The agent ended without changing a file."""
    AGENT_ERROR = "agent_error"
    """The agent could not do its work; the reason says why."""
    INTERRUPTED = "interrupted"
    """Ended by a person, or with the run, before it was judged; what was applied was taken back."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at one incident, as the history keeps it.

    Args:
        id: short and unique, six hex digits; given by the loop when the attempt starts.
        time: seconds since the epoch at its start.
        command: the wrapped command as typed.
        fingerprint, loose_fingerprint, type, message, file, line: of the incident.
        agent, model: who worked; model ``""`` if it has none or does not say.
        verdict: a :class:`Verdict`.
        reason: one line: why this verdict.
        diff: unified diff of what was applied or refused; ``""`` if nothing was changed.
        seconds: how long it took, proof included.
        cost_usd: as the agent says; ``None`` = unknown.
        prompt_chars: size of the prompt.
        tokens: read and written by its model, as the agent says; 0 = unknown.
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
