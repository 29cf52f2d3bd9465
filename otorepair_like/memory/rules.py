"""Learn rules from the history: the repair that has worked several times for the same class of failures. Pure.

The history proposes a rule; a person promotes or drops it.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from otorepair_like.attempt import Attempt, Verdict
from otorepair_like.masking import mask_literals

OFTEN: Final = 3
"""Same repairs of one class of failures after which a rule is proposed."""
PROMOTED_AT_MOST: Final = 10
"""Rules in a prompt."""
_SUMMARY_LENGTH: Final = 160
"""Characters of each side of a diff in its summary."""


class State(StrEnum):
    """The state of a rule, which a person decides."""

    PROPOSED = "proposed"
    PROMOTED = "promoted"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Rule:
    """A repair that works for a class of failures.

    Args:
        id: six hex digits, from condition and repair.
        condition: the class of failures: type and message, without names and numbers.
        repair: what the repair changes, in words.
        evidence: ids of the attempts it was learned from, oldest first.
    """

    id: str
    state: State
    condition: str
    repair: str
    evidence: tuple[str, ...]

    def new_by(self, attempt: str) -> bool:
        """Return whether the attempt with this id is the one that led to the proposal."""
        return self.state is State.PROPOSED and self.evidence[OFTEN - 1 :] == (attempt,)

    def __str__(self) -> str:
        return f"{self.condition}: {self.repair}"


def learn(attempts: Iterable[Attempt]) -> list[Rule]:
    """Return the rules that the verified ones among ``attempts`` (oldest first) suggest."""
    repairs: defaultdict[tuple[str, str], list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        if attempt.verdict is Verdict.VERIFIED and attempt.type and (shape := _shape(attempt.diff)):
            repairs[f"{attempt.type}: {mask_literals(attempt.message)}".rstrip(": "), shape].append(attempt)
    rules = []
    for (condition, shape), same in repairs.items():
        if len(same) >= OFTEN:
            identity = hashlib.sha256(f"{condition}\n{shape}".encode()).hexdigest()[:6]
            evidence = tuple(attempt.id for attempt in same)
            rules.append(Rule(identity, State.PROPOSED, condition, _summary(same[-1].diff), evidence))
    return rules


def merge(kept: Sequence[Rule], learned: Iterable[Rule]) -> list[Rule]:
    """Return the kept rules with up-to-date evidence, then the new ones."""
    fresh = {rule.id: rule for rule in learned}
    rules = [replace(rule, evidence=fresh.pop(rule.id, rule).evidence) for rule in kept]
    return [*rules, *fresh.values()]


def _shape(diff: str) -> str:
    """Return the changed lines of a diff without names and numbers, equal for repairs that do the same."""
    return "\n".join(
        line[0] + " ".join(_mask_names(line[1:]).split()) for line in _changed_lines(diff) if line[1:].strip()
    )


def _mask_names(line: str) -> str:
    """Replace literals, and the names that are assigned."""
    return re.sub(r"(?<![.\w])[a-z_]\w*(?=\s*=[^=])", "<name>", mask_literals(line))


def _changed_lines(diff: str) -> list[str]:
    return [line for line in diff.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]


def _summary(diff: str) -> str:
    """Describe a diff in one line for people and prompts."""
    lines = _changed_lines(diff)
    removed = " ⏎ ".join(line[1:].strip() for line in lines if line[0] == "-" and line[1:].strip())[
        :_SUMMARY_LENGTH
    ]
    added = " ⏎ ".join(line[1:].strip() for line in lines if line[0] == "+" and line[1:].strip())[
        :_SUMMARY_LENGTH
    ]
    if not added:
        return f"remove `{removed}`"
    return f"write `{added}`" + (f" in the place of `{removed}`" if removed else "")
