"""One stream of facts: everything that happens is a frozen event on one bus, and every view is a reader of it.

The terminal, the JSON lines and the history read; none of them changes anything. An event carries plain values or an
:class:`~otorepair_like.incident.Incident`, so that it can be written as JSON as it stands.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from otorepair_like.attempt import Attempt
from otorepair_like.incident import Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact. ``seq`` (from 1) and ``time`` (seconds since the epoch) are stamped by the bus."""

    seq: int = 0
    time: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """Amounts of a budget.

    Args:
        attempts: made in this run.
        hour: made by agents within the last hour.
        seconds: for which agents worked.
        tokens: read and written by their models.
        cost_usd: dollars, by the agents' own figures; ``None``: none of them gave any.
        cost_unknown: attempts and questions for which the agent gave no figure.
        provider_errors: how often a model could not be reached or refused the agent.
        apply_failures: changes that were refused or could not be applied.
    """

    attempts: int = 0
    hour: int = 0
    seconds: float = 0.0
    tokens: int = 0
    cost_usd: float | None = None
    cost_unknown: int = 0
    provider_errors: int = 0
    apply_failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(Event):
    """otorepair wraps ``command``; ``repairers`` are the agents it will ask, in this order.

    ``prefix`` is the key before each of otorepair's keys; empty where none is listened for.
    """

    version: str
    command: str
    workspace: str
    repairers: tuple[str, ...]
    prefix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildStarted(Event):
    """The child runs; ``start`` counts from 1."""

    pid: int
    start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildExited(Event):
    """The child's leader ended; ``status`` is negative when a signal ended it; ``up`` in seconds."""

    status: int
    up: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StopStep(Event):
    """One rung of the ladder that ends a process tree: which signal went to how many processes."""

    signal: int
    processes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentSeen(Event):
    """A failure; ``ignored`` says in a word why nothing follows (``""`` = it is dealt with)."""

    incident: Incident
    ignored: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageAnswered(Event):
    """What the cheap model thinks; ``error`` ``None`` = unsure, the reason in ``summary``."""

    fingerprint: str
    agent: str
    error: bool | None
    summary: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptStarted(Event):
    """Attempt ``number`` of ``limit`` at this fingerprint begins."""

    attempt: str
    fingerprint: str
    agent: str
    number: int
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSaid(Event):
    """One line of an agent's progress; ``kind``: text, tool, denied, retry, cost (in dollars so far)."""

    attempt: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptSent(Event):
    """The whole prompt of an attempt, secrets masked."""

    attempt: str
    agent: str
    prompt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeProposed(Event):
    """A change that nobody has approved: a person is asked (``asks``), ``why`` they are; or it is only reported."""

    attempt: str
    diff: str
    findings: tuple[str, ...]
    cause: str
    risk: str
    why: str
    asks: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Typing(Event):
    """What a person has typed so far in answer to a question; ``""``: nothing any more."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAnswered(Event):
    """What a person says to a change: yes, no, edited or always; and the reason of a no."""

    attempt: str
    answer: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeApplied(Event):
    """A guarded change set is in the workspace; its proof begins.

    ``probation``: why it is only an informed guess, which the next failure in its files takes back; else ``""``.
    """

    attempt: str
    diff: str
    files: tuple[str, ...]
    added: int
    removed: int
    probation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptEnded(Event):
    """The verdict. ``proof`` says in words what was seen."""

    attempt: Attempt
    proof: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysed(Event):
    """What a model thinks of the failure while it is being repaired; ``""`` where it does not say."""

    fingerprint: str
    agent: str
    cause: str
    complexity: str
    security: str
    blast: str
    confidence: float
    category: str = ""
    recommendation: str = ""
    prevention: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prescribed(Event):
    """What is done after failed attempts: ``action``, by whom, and ``reason`` in a line."""

    fingerprint: str
    action: str
    agent: str
    model: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetSpent(Event):
    """What the run has used so far, and what it may use; a limit of 0 or null is none."""

    spent: Amounts
    limits: Amounts


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerTripped(Event):
    """Healing of ``fingerprint`` pauses (``""``: all healing), because of ``reason``."""

    fingerprint: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Restarting(Event):
    """The child will be started again after ``pause`` seconds, because of ``reason``."""

    reason: str
    pause: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting(Event):
    """Nothing runs; a file change or a key goes on."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyAnswered(Event):
    """What a key shows: lines as they are, or a unified ``diff``."""

    text: str
    diff: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice(Event):
    """One line for a person. ``level``: 0 always (unless ``-q``), 1 with ``-v``, 2 with ``-vv``, 3 with ``-vvv``."""

    text: str
    level: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded(Event):
    """The end; ``code`` is what otorepair exits with."""

    code: int
    reason: str


Reader = Callable[[Event], None]


class Bus:
    """Stamps events with sequence number and time and hands them to every reader, in order.

    Not thread-safe: the loop is the only publisher.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._seq = 0
        self._readers: list[Reader] = []

    def subscribe(self, reader: Reader) -> None:
        """Call ``reader`` with every event from now on."""
        self._readers.append(reader)

    def publish(self, event: Event) -> None:
        """Stamp ``event`` and hand it round."""
        self._seq += 1
        stamped = replace(event, seq=self._seq, time=self._clock())
        for reader in self._readers:
            reader(stamped)


def to_json(event: Event) -> dict[str, Any]:
    """``event`` as an object for JSON: its name as ``event``, then its fields."""
    return {"event": type(event).__name__, **asdict(event)}


def kinds() -> dict[str, tuple[str, ...]]:
    """Every kind of event with its field names, for the reference in the documents."""
    return {kind.__name__: tuple(f.name for f in fields(kind)) for kind in Event.__subclasses__()}
