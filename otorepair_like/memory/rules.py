"""Rules learned from repairs: what has cured the same class of failures again and again. Pure.

A rule is proposed when the history shows the same cure often enough; a person promotes or drops it.
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
"""Cures of one class, in the same way, after which a rule is proposed."""
PROMOTED_AT_MOST: Final = 10
"""Rules that go into a prompt."""
_LINE: Final = 160
"""Characters of a rule's cure."""


class State(StrEnum):
    """What a person thinks of a rule."""

    PROPOSED = "proposed"
    PROMOTED = "promoted"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Rule:
    """When ``condition``, then ``cure``.

    Args:
        id: six hex digits, of condition and cure.
        evidence: ids of the attempts it was learned from.
    """

    id: str
    state: State
    condition: str
    cure: str
    evidence: tuple[str, ...]

    def new_by(self, attempt: str) -> bool:
        """Whether it is ``attempt`` (an id) that had it proposed."""
        return self.state is State.PROPOSED and self.evidence[OFTEN - 1 :] == (attempt,)

    def __str__(self) -> str:
        return f"{self.condition}: {self.cure}"


def learn(attempts: Iterable[Attempt]) -> list[Rule]:
    """The rules that verified ``attempts`` (oldest first) suggest: the same class, the same way, often enough."""
    cures: defaultdict[tuple[str, str], list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        if attempt.verdict is Verdict.VERIFIED and attempt.type and (way := _way(attempt.diff)):
            cures[f"{attempt.type}: {mask_literals(attempt.message)}".rstrip(": "), way].append(attempt)
    rules = []
    for (condition, way), seen in cures.items():
        if len(seen) >= OFTEN:
            identity = hashlib.sha256(f"{condition}\n{way}".encode()).hexdigest()[:6]
            evidence = tuple(attempt.id for attempt in seen)
            rules.append(Rule(identity, State.PROPOSED, condition, _told(seen[-1].diff), evidence))
    return rules


def merged(kept: Sequence[Rule], learned: Iterable[Rule]) -> list[Rule]:
    """What is kept, with fresh evidence, then what is new."""
    fresh = {rule.id: rule for rule in learned}
    rules = [replace(rule, evidence=fresh.pop(rule.id, rule).evidence) for rule in kept]
    return [*rules, *fresh.values()]


def _way(diff: str) -> str:
    """What a diff does, but for names and numbers: its changed lines, masked."""
    lines = [line for line in diff.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    return "\n".join(line[0] + " ".join(_shape(line[1:]).split()) for line in lines if line[1:].strip())


def _shape(line: str) -> str:
    """``line`` with whatever is in quotes, numbers and names of its own replaced."""
    return re.sub(r"(?<![.\w])[a-z_]\w*(?=\s*=[^=])", "<name>", mask_literals(line))


def _told(diff: str) -> str:
    """A diff as a line for people and prompts: what was written in the place of what."""
    lines = [line for line in diff.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    removed = " ⏎ ".join(line[1:].strip() for line in lines if line[0] == "-" and line[1:].strip())[:_LINE]
    added = " ⏎ ".join(line[1:].strip() for line in lines if line[0] == "+" and line[1:].strip())[:_LINE]
    if not added:
        return f"remove `{removed}`"
    return f"write `{added}`" + (f" in the place of `{removed}`" if removed else "")
