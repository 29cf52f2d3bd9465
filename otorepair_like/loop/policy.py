"""What holds for the whole run, and whose turn it is to repair. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from otorepair_like.incident import Incident

CODELESS = frozenset({"port_in_use", "no_space", "permission", "connection_refused", "missing_binary"})
"""Environment causes that no edit cures: a code agent is not asked; recipes may say the remedy."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds for the whole run.

    Args:
        agents: names of the repairers, in the order they are asked; empty: supervise and report only.
        attempts, total: see :class:`~otorepair_like.loop.breaker.Breaker`.
        healthy_after: seconds health must last to prove a repair.
        triage: whether somebody can be asked about doubtful output.
        triage_all: whether they are asked about certain errors of a living child too.
        interactive: whether a person is there to change a file after we gave up.
        reloads: whether the child reloads itself when a file changes.
        ready: whether the user said how to see that the child is up; then health begins there.
        watches: whether we restart the child when a file changes.
    """

    agents: tuple[str, ...]
    attempts: int = 3
    total: int = 25
    healthy_after: float = 3.0
    triage: bool = False
    triage_all: bool = False
    interactive: bool = False
    reloads: bool = False
    watches: bool = False
    ready: bool = False


class Roster:
    """Whose turn it is: the first repairer that still has something to offer at a fingerprint.

    All but the last get one failed attempt at it: what a recipe cannot cure at once goes to the agent.

    Args:
        names: the repairers, in the order they are asked.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self._out: set[int] = set()
        self._exhausted: defaultdict[str, set[int]] = defaultdict(set)

    def next(self, incident: Incident) -> int | None:
        """The place of the repairer to ask about ``incident``; ``None``: nobody has anything (more) to offer."""
        spent = self._exhausted[incident.fingerprint] | self._out
        codeless = incident.environment in CODELESS
        for place, name in enumerate(self._names):
            if place not in spent and (name == "recipes" or not codeless):
                return place
        return None

    def failed(self, fingerprint: str, place: int) -> None:
        """The attempt of repairer ``place`` did not cure."""
        if place < len(self._names) - 1:
            self._exhausted[fingerprint].add(place)

    def exhausted(self, fingerprint: str, place: int) -> None:
        """Repairer ``place`` has nothing to offer here."""
        self._exhausted[fingerprint].add(place)

    def drop(self, place: int) -> None:
        """Repairer ``place`` cannot work in this run."""
        self._out.add(place)

    def files_changed(self) -> None:
        """The user did something: everybody may have something to offer again."""
        self._exhausted.clear()
