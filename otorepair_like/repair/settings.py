"""The settings about trust: what a repair may change, and who approves it."""

from __future__ import annotations

from dataclasses import replace

from otorepair_like.config import Config
from otorepair_like.guard.approval import Approval, ApprovalMode, Thresholds
from otorepair_like.guard.policy import BLOCKED, GuardPolicy
from otorepair_like.guard.risk import Blast, Complexity, Security
from otorepair_like.tickets.ticket import Scope

LIFTED = "!"
"""Marks a pattern of ``blocked-paths`` that allows its files again."""


def policy_of(config: Config) -> GuardPolicy:
    """Return the policy that the guard enforces."""
    lifted = tuple(path.removeprefix(LIFTED) for path in config.blocked_paths if path.startswith(LIFTED))
    added = tuple(path for path in config.blocked_paths if not path.startswith(LIFTED))
    return GuardPolicy(
        allowed_paths=config.allowed_paths,
        blocked_paths=BLOCKED + added,
        unblocked_paths=lifted,
        max_files=config.max_files,
        max_lines=config.max_lines,
        allow=frozenset(config.allow),
    )


def narrowed(policy: GuardPolicy, scope: Scope) -> GuardPolicy:
    """Return ``policy`` as it holds for a ticket of ``scope``, which narrows it and never widens it."""
    most = policy.max_files if scope.max_files is None else min(policy.max_files, scope.max_files)
    return replace(policy, scope=scope, max_files=most)


def approval_of(config: Config) -> Approval:
    """Return the approval of the run; a person to ask is added later."""
    limits = Thresholds(
        complexity=Complexity[config.auto_complexity.upper()],
        security=Security[config.auto_security.upper()],
        blast=Blast[config.auto_blast.upper()],
        confidence=config.auto_confidence,
        files=config.auto_files,
    )
    return Approval(ApprovalMode(config.approve), limits, yes=config.yes)
