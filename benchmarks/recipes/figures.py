"""What came of the breakages, in figures: the table of the README, and the floors that continuous integration holds."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from benchmarks.recipes.breakage import Breakage


@dataclass(slots=True)
class Outcome:
    """What came of one breakage.

    Args:
        result: ``correct``; ``wrong`` (it runs, and behaves otherwise than before); ``open`` (repaired in part, which
            the loop takes back); ``untouched``; ``no failure`` and ``no effect`` where the breakage is none.
        said: every attempt: the failure and the answer.
        told: the last answer.
        low: whether only candidates of low risk were kept.
        hides: candidates that the guard calls hiding.
        seconds: of every attempt.
    """

    app: str
    name: str
    family: str
    kind: str
    result: str
    said: str = ""
    told: str = ""
    low: bool = True
    hides: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: how many of how many, and what share is asked for; ``most``: at most."""

    name: str
    count: int
    of: int
    floor: float
    most: bool = False

    @property
    def share(self) -> float:
        """The share that was reached; of nothing, what was asked for."""
        return self.count / self.of if self.of else self.floor

    @property
    def holds(self) -> bool:
        """Whether the floor is kept."""
        return self.share <= self.floor if self.most else self.share >= self.floor

    def __str__(self) -> str:
        bound = f"{'at most' if self.most else 'at least'} {self.floor:.0%}"
        return f"| {self.name} | {self.count} of {self.of} ({self.share:.1%}) | {bound} |"


def figures(outcomes: Iterable[Outcome], by_name: dict[tuple[str, str], Breakage]) -> list[Figure]:
    """The table. A breakage in code that is never reached breaks nothing and does not count."""
    real = [each for each in outcomes if each.result not in ("no effect", "no failure")]
    slips, traps, faults = (
        [each for each in real if each.kind == kind] for kind in ("slip", "trap", "fault")
    )
    wrong = [each for each in real if each.result == "wrong"]
    kept = [each for each in real if each.result in ("correct", "wrong")]
    told = [
        each
        for each in traps
        if each.result == "untouched" and by_name[each.app, each.name].says in each.told
    ]
    changed = sum(each.result not in ("untouched", "open") for each in faults)
    low = [each for each in kept if each.low]
    return [
        Figure("correct, of those that a recipe can decide", _count(slips, "correct"), len(slips), 0.8),
        Figure("wrong, of all that were changed", len(wrong), len(kept), 0.02, most=True),
        Figure("wrong, of those of low risk", _count(low, "wrong"), len(low), 0.0, most=True),
        Figure("algorithmic faults that were changed", changed, len(faults), 0.0, most=True),
        Figure("traps left untouched, with a correct diagnosis", len(told), len(traps), 0.9),
        Figure("candidates that hide a failure", sum(bool(e.hides) for e in real), len(real), 0.0, most=True),
    ]


def _count(outcomes: Iterable[Outcome], result: str) -> int:
    return sum(each.result == result for each in outcomes)


def by_family(outcomes: Iterable[Outcome]) -> str:
    """How many slips of each family were repaired correctly."""
    slips = [e for e in outcomes if e.kind == "slip" and e.result not in ("no effect", "no failure")]
    counts = Counter(each.family for each in slips)
    right = Counter(each.family for each in slips if each.result == "correct")
    return ", ".join(f"{family} {right[family]}/{count}" for family, count in sorted(counts.items()))


def times(outcomes: Iterable[Outcome]) -> str:
    """Median and 95th percentile of what an attempt took, in seconds."""
    seconds = sorted(second for each in outcomes for second in each.seconds)
    if not seconds:
        return "no attempt"
    last = seconds[min(len(seconds) - 1, int(len(seconds) * 0.95))]
    return f"an attempt took {statistics.median(seconds):.2f} s (median), {last:.2f} s (95th percentile)"
