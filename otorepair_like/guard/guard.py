"""The guard: looks at what is really in a change set and says what speaks against it. Pure.

An agent is a stranger. What it edited is read from disk and held against the policy here, rule by rule. Two kinds of
rules do that. Those about form ask what a change looks like, wherever it is. Those about place ask whether it is near
the failure (:class:`.place.ChangePlace`), and want every change explained there that could hide it.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from otorepair_like.guard import reach, source_pairs
from otorepair_like.guard.finding import GuardFinding, Level, asked
from otorepair_like.guard.place import ChangePlace
from otorepair_like.guard.policy import GuardPolicy
from otorepair_like.guard.rules import (
    brace_languages,
    dangerous,
    deleted,
    flow,
    integrity,
    limits,
    near,
    patched,
    protections,
    settings,
    surroundings,
    swallow,
    tests,
    text_tricks,
    weakened,
)
from otorepair_like.guard.source_pairs import Pair
from otorepair_like.workspace import paths
from otorepair_like.workspace.change_set import ChangeSet, text_lines

HIDING: Final = frozenset(
    {
        "broad-except", "silent-except", "hook", "swallowed", "deleted-statement", "check-removed", "early-exit",
        "dead-condition", "lower-level", "lower-status", "suppression", "secret-optional",
        "handler", "gate", "default", "dropped", "constant", "patched", "command", "data",
    }
)  # fmt: skip
"""Rules about changes that make a failure invisible instead of repairing it; see :attr:`GuardPolicy.hiding`."""

JUDGEMENT: Final = frozenset({"value"})
"""Rules about changes of what is worked out: a question for an agent's judgement, and what recipes are for."""

TIME_LIMIT: Final = 5.0
"""Seconds within which a change set must be judged."""

_OF_THE_FILE: Final = frozenset(
    {
        "path", "blocked-path", "too-many-files", "too-many-lines", "link", "read-only", "mode", "binary", "too-large",
        "test-hook", "test-config", "shadow", "line-ends",
    }
)  # fmt: skip
"""Rules about a file as a whole, not about a line of it."""

Rule = Callable[[Pair], Iterable[GuardFinding]]
_RULES: Final[tuple[Rule, ...]] = (
    swallow.swallowed,
    flow.early_exits,
    flow.dead,
    flow.weakened,
    weakened.lowered,
    protections.unprotected,
    patched.patched,
    dangerous.secrets,
    dangerous.reaches,
)


def inspect(changes: ChangeSet, policy: GuardPolicy, place: ChangePlace | None = None) -> list[GuardFinding]:
    """Return everything that speaks against ``changes``, what is refused first; empty: nothing does.

    Args:
        place: where the failure is; ``None``: nobody knows, only the rules about form hold.
    """
    found = {
        _levelled(_placed(finding, changes), policy): None for finding in _in_time(changes, policy, place)
    }
    allowed = [finding for finding in found if not (finding.setting and finding.rule in policy.allow)]
    if place is not None and place.by_rule:
        allowed = [finding for finding in allowed if finding.rule not in JUDGEMENT]
    return sorted(allowed, key=lambda finding: finding.level is not Level.REFUSE)


def _in_time(changes: ChangeSet, policy: GuardPolicy, place: ChangePlace | None) -> Iterator[GuardFinding]:
    """Yield the findings; where the time is up, that is the last one."""
    deadline = time.monotonic() + TIME_LIMIT
    for finding in _findings(changes, policy, place):
        if finding is not None:
            yield finding
        elif time.monotonic() > deadline:
            yield asked("deadline", changes.paths[0], f"not checked within {TIME_LIMIT:g} s")
            return


def _findings(
    changes: ChangeSet, policy: GuardPolicy, place: ChangePlace | None
) -> Iterator[GuardFinding | None]:
    """Yield the findings, and ``None`` after each step, so that the time can be looked at."""
    yield from limits.size(changes, policy)
    for change in changes.files:
        yield from limits.path(change, policy)
        yield from limits.sort(change)
        yield from tests.tests(change, policy)
    if not limits.fits(changes, policy):
        return
    plain = ChangeSet(tuple(change for change in changes.files if change.regular and not change.binary))
    yield from integrity.lost(plain)
    for change in plain.files:
        for rule in (integrity.whole, text_tricks.tricks, dangerous.reaches_in_text):
            yield from rule(change)
            yield None
    program = ChangeSet(
        tuple(c for c in plain.files if c.before is not None or not paths.matches(c.path, policy.test_paths))
    )
    for change in program.files:
        for rule in (weakened.suppressed, brace_languages.hidden, settings.loosened):
            yield from rule(change)
            yield None
    pairs = list(source_pairs.pairs(program, place.scripts if place else frozenset()))
    if place is not None:
        yield from _near(program, pairs, place)
    yield from _python(plain, program, pairs, place)


def _near(program: ChangeSet, pairs: Sequence[Pair], place: ChangePlace) -> Iterator[GuardFinding | None]:
    """Yield what the rules about place say of the files that the failure can reach."""
    reached = reach.reachable(program, place)
    files = [near.of_python(pair) for pair in pairs if pair.parsed and pair.path in reached.paths]
    read = [file for change in reached.files if change.before and (file := near.of_javascript(change))]
    yield from near.near([*files, *read], place)
    yield None
    known = {file.path for file in read} - place.verify
    yield from surroundings.surroundings(
        ChangeSet(tuple(c for c in reached.files if c.path not in known)), place
    )


def _python(
    plain: ChangeSet, program: ChangeSet, pairs: Sequence[Pair], place: ChangePlace | None
) -> Iterator[GuardFinding | None]:
    """Yield what the rules about the form of Python say; of new tests, only whether they reach for something."""
    yield from deleted.deleted(pairs)
    yield None
    lines = {change.path: text_lines(change.after) for change in plain.files}
    for pair in source_pairs.pairs(plain, place.scripts if place else frozenset()):
        new_test = pair.path not in program.paths
        for rule in (dangerous.reaches,) if new_test else _RULES:
            for finding in rule(pair):
                if not (finding.line and lines[pair.path][finding.line - 1].strip() in pair.known):
                    yield finding
            yield None


def _placed(finding: GuardFinding, changes: ChangeSet) -> GuardFinding:
    """Return a finding about a text that names no line with the first line that differs."""
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
