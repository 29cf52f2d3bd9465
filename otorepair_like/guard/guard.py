"""The guard: looks at what is really in a change set and says what speaks against it. Pure.

An agent is a stranger. What it edited is read from disk and held against the policy here, rule by rule. Each room of
rules has its module in :mod:`otorepair_like.guard.rules`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from otorepair_like.guard.finding import GuardFinding, Level
from otorepair_like.guard.policy import GuardPolicy
from otorepair_like.guard.rules import (
    brace_languages,
    dangerous,
    deleted,
    flow,
    integrity,
    limits,
    settings,
    source_pairs,
    swallow,
    tests,
    weakened,
)
from otorepair_like.workspace.change_set import ChangeSet, text_lines

HIDING: Final = frozenset(
    {
        "broad-except", "silent-except", "hook", "swallowed", "deleted-statement", "check-removed", "early-exit",
        "dead-condition", "lower-level", "lower-status", "suppression", "secret-optional",
    }
)  # fmt: skip
"""Rules about changes that make a failure invisible instead of mending it; see :attr:`GuardPolicy.hiding`."""


_OF_THE_FILE: Final = frozenset(
    {
        "path", "blocked-path", "too-many-files", "too-many-lines", "link", "read-only", "mode", "binary", "too-large",
        "test-hook", "test-config", "shadow", "line-ends",
    }
)  # fmt: skip
"""Rules about a file as a whole, not about a line of it."""


def inspect(changes: ChangeSet, policy: GuardPolicy) -> list[GuardFinding]:
    """Everything that speaks against ``changes``, what is refused first; empty: nothing does."""
    found = {_levelled(_placed(finding, changes), policy): None for finding in _findings(changes, policy)}
    allowed = [finding for finding in found if not (finding.setting and finding.rule in policy.allow)]
    return sorted(allowed, key=lambda finding: finding.level is not Level.REFUSE)


def _findings(changes: ChangeSet, policy: GuardPolicy) -> Iterator[GuardFinding]:
    yield from limits.size(changes, policy)
    for change in changes.files:
        yield from limits.path(change, policy)
        yield from limits.sort(change)
        yield from tests.tests(change, policy)
    plain = ChangeSet(tuple(change for change in changes.files if change.regular and not change.binary))
    yield from integrity.lost(plain)
    for change in plain.files:
        yield from integrity.whole(change)
        yield from weakened.suppressed(change)
        yield from dangerous.reaches_in_text(change)
        yield from brace_languages.hidden(change)
        yield from settings.loosened(change)
    yield from _python(plain)


def _python(changes: ChangeSet) -> Iterator[GuardFinding]:
    pairs = list(source_pairs.pairs(changes))
    yield from deleted.deleted(pairs)
    lines = {change.path: text_lines(change.after) for change in changes.files}
    for pair in pairs:
        for rule in (
            swallow.swallowed,
            flow.early_exits,
            flow.dead,
            flow.weakened,
            weakened.lowered,
            dangerous.secrets,
            dangerous.reaches,
        ):
            for finding in rule(pair):
                if not (finding.line and lines[pair.path][finding.line - 1].strip() in pair.known):
                    yield finding


def _placed(finding: GuardFinding, changes: ChangeSet) -> GuardFinding:
    """What speaks against a text without naming a line is placed at the first line that differs."""
    change = next((change for change in changes.files if change.path == finding.path), None)
    if finding.line or finding.rule in _OF_THE_FILE or change is None or not change.after or change.binary:
        return finding
    before, after = text_lines(change.before), text_lines(change.after)
    same = itertools.takewhile(lambda sides: sides[0] == sides[1], zip(before, after, strict=False))
    return replace(finding, line=min(len(after), sum(1 for _ in same) + 1))


def _levelled(finding: GuardFinding, policy: GuardPolicy) -> GuardFinding:
    if policy.hiding == "refuse" and finding.rule in HIDING:
        return replace(finding, level=Level.REFUSE)
    return finding
