"""Decides whether a change set is applied, asked about, or refused. Pure, but for the question itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from otorepair_like.guard.finding import GuardFinding, Level
from otorepair_like.guard.risk import Blast, Complexity, RiskAnalysis, Security
from otorepair_like.workspace.change_set import ChangeSet


class ApprovalMode(StrEnum):
    """The one who decides."""

    AUTO = "auto"
    """Small, harmless changes are applied; a person is asked about others."""
    ASK = "ask"
    NEVER = "never"
    """Report only."""


class Choice(StrEnum):
    """The answers of a person."""

    YES = "yes"
    NO = "no"
    EDITED = "edited"
    """They edited the private copy; the change set is read again."""
    ALWAYS = "always"
    """Yes, and for the rest of the run."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Up to where ``auto`` asks nobody."""

    complexity: Complexity = Complexity.SIMPLE
    security: Security = Security.LOW
    blast: Blast = Blast.ISOLATED
    confidence: float = 0.8
    files: int = 1


@dataclass(frozen=True, slots=True)
class Request:
    """An attempt's change as a person is shown it."""

    changes: ChangeSet
    findings: tuple[GuardFinding, ...]
    analysis: RiskAnalysis
    why: str
    attempt: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; the ``reason`` of a no goes into the next attempt's prompt."""

    say: Choice
    reason: str = ""


Ask = Callable[[Request], Awaitable[Answer]]


@dataclass(slots=True)
class Approval:
    """The way a run approves.

    Args:
        ask: asks a person; ``None``: there is no terminal.
        yes: without a terminal, a yes is taken for granted (``--yes``).
        always: a person said so; from then on nothing is asked.
    """

    mode: ApprovalMode = ApprovalMode.AUTO
    thresholds: Thresholds = Thresholds()
    ask: Ask | None = None
    yes: bool = False
    always: bool = False


class ApprovalDecision(StrEnum):
    """The decisions."""

    APPLY = "apply"
    ASK = "ask"
    REFUSE = "refuse"


def decide(
    approval: Approval, analysis: RiskAnalysis, findings: Sequence[GuardFinding]
) -> tuple[ApprovalDecision, str]:
    """Decide what follows on a change set, and say why in a line.

    What the guard refuses outright, no person and no setting of this kind can wave through.
    """
    for finding in findings:
        if finding.level is Level.REFUSE:
            return ApprovalDecision.REFUSE, str(finding)
    if approval.mode is ApprovalMode.NEVER:
        return ApprovalDecision.REFUSE, "only reported, because approve = never"
    why = (
        "asked for" if approval.mode is ApprovalMode.ASK else _doubt(approval.thresholds, analysis, findings)
    )
    if not why or approval.always:
        return ApprovalDecision.APPLY, ""
    if approval.ask is not None:
        return ApprovalDecision.ASK, why
    if approval.yes:
        return ApprovalDecision.APPLY, ""
    return (
        ApprovalDecision.REFUSE,
        f"needs approval ({why}), but there is no terminal; use --yes to approve automatically",
    )


def _doubt(limits: Thresholds, analysis: RiskAnalysis, findings: Sequence[GuardFinding]) -> str:
    """Return why ``auto`` is not sure; ``""`` if it is."""
    if findings:
        return str(findings[0])
    if analysis.files > limits.files:
        return f"{analysis.files} files"
    if analysis.complexity > limits.complexity:
        return f"complexity {analysis.complexity.name.lower()}"
    if analysis.security > limits.security:
        return f"security {analysis.security.name.lower()}"
    if analysis.blast > limits.blast:
        return f"blast radius {analysis.blast.name.lower()}"
    if analysis.confidence is not None and analysis.confidence < limits.confidence:
        return f"confidence {analysis.confidence:.1f}"
    return ""
