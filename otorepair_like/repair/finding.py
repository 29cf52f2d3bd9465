"""What the guard says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """What follows on a finding."""

    REFUSE = "refuse"
    ASK = "ask"
    """A person must say yes."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about a change set that speaks against it.

    Args:
        rule: name of the rule.
        path, line: where; ``line`` counts from 1 in the new file, ``None`` for the file as a whole.
        message: what is wrong, one line.
        setting: what allows it, such as ``max_files`` or ``allow = ["binary"]``.
    """

    rule: str
    path: str
    line: int | None
    message: str
    setting: str
    level: Level = Level.REFUSE

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.message} ({self.rule}; allowed by {self.setting})"
