"""The breaker: how often a failure may be tried, within the budget of the run. Pure."""

from __future__ import annotations

from collections import Counter

from otorepair_like.repair.budget import Budget, Spent


class Breaker:
    """Counts attempts that did not cure, per fingerprint and in the run.

    An attempt counts by its verdict, not by what the agent says: one that exits 0 for ever and cures nothing trips it
    like any other. It stays tripped for a fingerprint until the user changes a file.

    Args:
        attempts: allowed at one fingerprint.
        budget: of the run, whatever the fingerprint.
    """

    def __init__(self, attempts: int, budget: Budget) -> None:
        self.attempts, self.budget = attempts, budget
        self._failed: Counter[str] = Counter()
        self._given_up: set[str] = set()

    def number(self, fingerprint: str) -> int:
        """Which attempt at ``fingerprint`` the next one is, from 1."""
        return self._failed[fingerprint] + 1

    def refuses(self, fingerprint: str, now: float) -> str:
        """Why no attempt may begin, in words; ``""`` if one may."""
        if spent := self.budget.refuses(now):
            return spent
        if self._failed[fingerprint] >= self.attempts:
            tried = self._failed[fingerprint]
            return "one attempt did not help" if tried == 1 else f"{tried} attempts did not help"
        return ""

    def made(self, spent: Spent, now: float) -> None:
        """An attempt was made: it counts for the run."""
        self.budget.add(spent, now)

    def failed(self, fingerprint: str) -> None:
        """An attempt at ``fingerprint`` did not cure."""
        self._failed[fingerprint] += 1

    def give_up(self, fingerprint: str) -> bool:
        """Mark ``fingerprint`` as tripped; whether that is new."""
        new = fingerprint not in self._given_up
        self._given_up.add(fingerprint)
        return new

    def tripped(self, fingerprint: str) -> bool:
        """Whether healing of ``fingerprint`` pauses."""
        return fingerprint in self._given_up

    def files_changed(self) -> None:
        """The user did something: every fingerprint gets a new chance. The run's budget stays spent."""
        self._failed.clear()
        self._given_up.clear()
