"""Findings: the objections of the guard."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """The weight of a finding."""

    REFUSE = "refuse"
    ASK = "ask"
    """A person must approve it."""


@dataclass(frozen=True, slots=True)
class GuardFinding:
    """One thing that speaks against a change set.

    Args:
        rule: name of the rule.
        path, line: where; ``line`` counts from 1 in the new file, ``None`` for the file as a whole.
        message: what is wrong, one line.
        level: what follows.
        setting: what allows it; ``""``: nothing does.
    """

    rule: str
    path: str
    line: int | None
    message: str
    level: Level
    setting: str

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        way_out = f"; allowed by {self.setting}" if self.setting else ""
        return f"{place}: {self.message} ({self.rule}{way_out})"


def refused(
    rule: str, path: str, message: str, line: int | None = None, setting: str | None = None
) -> GuardFinding:
    """Return a finding that no person is asked about."""
    return GuardFinding(
        rule, path, line, message, Level.REFUSE, f'allow = ["{rule}"]' if setting is None else setting
    )


def asked(rule: str, path: str, message: str, line: int | None = None) -> GuardFinding:
    """Return a finding that a person may overrule."""
    return GuardFinding(rule, path, line, message, Level.ASK, f'allow = ["{rule}"]')
