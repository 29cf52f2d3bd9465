"""What a recipe is: the failures it answers, and a function from one case to candidate edits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from otorepair_like.recipes.python.source import Edit

if TYPE_CHECKING:
    from otorepair_like.recipes.case import Case


LONGEST_CHAIN: Final = 4
"""Slips that are healed in one candidate."""


class Risk(IntEnum):
    """How far a candidate may be trusted once it is proven to run."""

    LOW = 1
    """Applied."""
    MEDIUM = 2
    """Applied on probation: a person is told that it is an informed guess."""
    HIGH = 3
    """Shown only, never written."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Edits that may cure the failure.

    Args:
        title: what is done, such as ``"resutl" -> "result"``.
        evidence: why that is right, such as ``the only near name bound in total()``.
        confidence: 0 to 1; the most confident is tried first.
        edits: what to write; together they are one candidate.
        risk: what may be done with it.
    """

    title: str
    evidence: str
    confidence: float
    edits: tuple[Edit, ...]
    risk: Risk = Risk.LOW

    def __str__(self) -> str:
        return f"{self.title} ({self.evidence})"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a recipe saw but must not decide, in one line, with the remedy where there is one."""

    text: str


Answer = Callable[["Case"], Iterable[Candidate | Finding]]


@dataclass(frozen=True, slots=True)
class Recipe:
    """A family of failures that can be cured without thinking.

    Args:
        name: short and unique, such as ``environment-default``.
        kinds: exception types it answers, without their module; empty: every type.
        example: one line ``before -> after`` for ``otorepair recipes``.
        answer: yields candidates and findings for a case; must not write or run anything.
    """

    name: str
    kinds: tuple[str, ...]
    example: str
    answer: Answer

    def answers(self, kind: str) -> bool:
        """Whether this recipe may know something about an exception of this type."""
        return not self.kinds or kind in self.kinds


BOOK: dict[str, Recipe] = {}
"""Every recipe by name, in the order in which they were written down."""


def recipe(name: str, *kinds: str, example: str) -> Callable[[Answer], Answer]:
    """Write a function down as a recipe; see :class:`Recipe` for the arguments."""

    def write_down(answer: Answer) -> Answer:
        BOOK[name] = Recipe(name, kinds, example, answer)
        return answer

    return write_down
