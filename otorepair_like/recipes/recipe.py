"""The parts of a recipe: the failures it answers, and a function from one case to candidate edits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from otorepair_like.recipes.python.source import Edit

if TYPE_CHECKING:
    from otorepair_like.recipes.case import Case


MAX_CHAIN: Final = 4
"""Maximum number of slips repaired by one candidate."""


class Risk(IntEnum):
    """The trust in a candidate once the program runs with it."""

    LOW = 1
    """Apply it."""
    MEDIUM = 2
    """Apply it on probation: the user is told that it is an informed guess."""
    HIGH = 3
    """Show it only, never write it."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Edits that may repair the failure.

    Args:
        title: the change, such as ``"resutl" -> "result"``.
        evidence: the reason for it, such as ``the only near name bound in total()``.
        confidence: 0 to 1; the most confident candidate is tried first.
        edits: all edits of this candidate.
        risk: how far it may be trusted.
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
    """One line about something a recipe saw but must not decide, with the remedy where there is one."""

    text: str


Answer = Callable[["Case"], Iterable[Candidate | Finding]]


@dataclass(frozen=True, slots=True)
class Recipe:
    """A family of failures that can be repaired without judgement.

    Args:
        name: short and unique, such as ``environment-default``.
        kinds: exception types it answers, without their module; empty: every type.
        example: one line ``before -> after`` for ``otorepair recipes``.
        answer: yields candidates and findings for a case; it must not write or run anything.
    """

    name: str
    kinds: tuple[str, ...]
    example: str
    answer: Answer

    def answers(self, kind: str) -> bool:
        """Return whether this recipe may know something about an exception of this type."""
        return not self.kinds or kind in self.kinds


BOOK: dict[str, Recipe] = {}
"""Every recipe by name, in the order of registration."""


def recipe(name: str, *kinds: str, example: str) -> Callable[[Answer], Answer]:
    """Register a function as a recipe; see :class:`Recipe` for the arguments."""

    def register(answer: Answer) -> Answer:
        BOOK[name] = Recipe(name, kinds, example, answer)
        return answer

    return register
