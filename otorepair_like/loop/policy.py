"""What holds for the whole run, and whose turn it is to repair. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from otorepair_like.events import Amounts
from otorepair_like.incident import Incident
from otorepair_like.repair.budget import DEFAULT

CODELESS = frozenset({"port_in_use", "no_space", "permission", "connection_refused", "missing_binary"})
"""Environment causes that no edit cures: a code agent is not asked; recipes may say the remedy."""


@dataclass(frozen=True, slots=True)
class RunPolicy:
    """What holds for the whole run.

    Args:
        agents: names of the repairers, in the order they are asked; empty: supervise and report only.
        attempts: see :class:`~otorepair_like.repair.retry.Breaker`.
        limits: see :class:`~otorepair_like.repair.budget.Budget`.
        healthy_after: seconds health must last to prove a repair.
        triage: whether somebody can be asked about doubtful output.
        triage_all: whether they are asked about certain errors of a living child too.
        interactive: whether a person is there to change a file after we gave up.
        reloads: whether the child reloads itself when a file changes.
        ready: whether the user said how to see that the child is up; then health begins there.
        checks: whether there are commands that must succeed before a repair is kept.
        replay_all: whether requests that may change something are asked again too.
        watches: whether we restart the child when a file changes.
    """

    agents: tuple[str, ...]
    attempts: int = 3
    limits: Amounts = DEFAULT
    healthy_after: float = 3.0
    triage: bool = False
    triage_all: bool = False
    interactive: bool = False
    reloads: bool = False
    watches: bool = False
    ready: bool = False
    checks: bool = False
    replay_all: bool = False


class AgentRotation:
    """Whose turn it is: the repairers that still have something to offer at a fingerprint.

    Recipes get one failed attempt at it: what they cannot cure at once goes to an agent.

    Args:
        names: the repairers, in the order they are asked.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self._out: set[int] = set()
        self._exhausted: defaultdict[str, set[int]] = defaultdict(set)

    def able(self, incident: Incident) -> tuple[int, ...]:
        """The places of the repairers that can be asked about ``incident``, in order."""
        spent = self._exhausted[incident.fingerprint] | self._out
        codeless = incident.environment in CODELESS
        names = enumerate(self._names)
        return tuple(p for p, name in names if p not in spent and (name == "recipes" or not codeless))

    def failed(self, fingerprint: str, place: int) -> None:
        """The attempt of repairer ``place`` did not cure."""
        if self._names[place] == "recipes" and len(self._names) > 1:
            self._exhausted[fingerprint].add(place)

    def exhausted(self, fingerprint: str, place: int) -> None:
        """Repairer ``place`` has nothing to offer here."""
        self._exhausted[fingerprint].add(place)

    def drop(self, places: frozenset[int]) -> None:
        """The repairers ``places`` cannot work (any more) in this run."""
        self._out |= places

    def files_changed(self) -> None:
        """The user did something: everybody may have something to offer again."""
        self._exhausted.clear()
