"""Events: everything that happens in a run is a frozen event on one bus, and every view is a reader of it.

Readers such as the terminal, the JSON lines and the history never change anything. An event carries plain values or
dataclasses of them, so that it can be written as JSON and read back.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from otorepair_like.attempt import Attempt, Verdict
from otorepair_like.incident import Incident
from otorepair_like.json_codec import DecodeError, decode, object_schema
from otorepair_like.reasons import NotRepaired

VERSION: Final = 1
"""Version of the events; raised when a field is removed or changes its meaning, not when one is added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact. The bus stamps ``seq`` (from 1), ``time`` (seconds since the epoch) and ``run`` (the id of the run)."""

    seq: int = 0
    time: float = 0.0
    run: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """Amounts used, or the limits for them.

    Args:
        attempts: attempts made in this run.
        hour: attempts that agents made within the last hour.
        seconds: working time of agents.
        tokens: tokens that models read and wrote.
        cost_usd: dollars, as agents report them; ``None``: no agent reported any.
        cost_unknown: attempts and questions without a reported cost.
        provider_errors: times a model could not be reached or refused the agent.
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
    """A run begins: otorepair wraps ``command``; ``repairers`` are the agents it will ask, in this order.

    ``prefix`` is the key before each of otorepair's keys; empty if keys are off.
    """

    version: str
    command: str
    workspace: str
    repairers: tuple[str, ...]
    prefix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildStarted(Event):
    """The program runs; ``start`` counts its starts from 1."""

    pid: int
    start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildExited(Event):
    """The program's first process ended after ``up`` seconds; ``status`` is negative when a signal ended it."""

    status: int
    up: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StopStep(Event):
    """One step of stopping the process tree: the signal, and how many processes it was sent to."""

    signal: int
    processes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentSeen(Event):
    """A failure was seen; every one is told of at once, and its end by :class:`IncidentClosed`.

    ``ignored``: why nothing follows; ``waits``: what it waits for before something does. Both are ``""`` if it is
    worked on now.
    """

    incident: Incident
    ignored: str = ""
    waits: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentClosed(Event):
    """The end of a failure that was seen.

    Either a change for it was judged (``verdict``), or nothing more is done about it (``reason``); ``detail`` says how
    that was seen, or why, in words.
    """

    fingerprint: str
    verdict: Verdict | None = None
    reason: NotRepaired | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageAnswered(Event):
    """A model judged whether a failure is a real error (``error``; ``None``: unsure); ``summary`` says why."""

    fingerprint: str
    agent: str
    error: bool | None
    summary: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptStarted(Event):
    """Attempt ``number`` of ``limit`` at this failure begins."""

    attempt: str
    fingerprint: str
    agent: str
    number: int
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSaid(Event):
    """One line of an agent's progress; ``kind``: text, tool, denied, retry or cost (dollars so far)."""

    attempt: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptSent(Event):
    """The complete prompt of an attempt, with secrets masked."""

    attempt: str
    agent: str
    prompt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeProposed(Event):
    """A change was not approved yet: if ``asks``, a person is asked because of ``why``; else it is only reported."""

    attempt: str
    diff: str
    findings: tuple[str, ...]
    cause: str
    risk: str
    why: str
    asks: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Typing(Event):
    """A person is typing an answer; ``text`` is what stands there now (``""``: nothing)."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAnswered(Event):
    """A person answered: yes, no, edited or always; ``reason`` explains a no."""

    attempt: str
    answer: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeApplied(Event):
    """A change set was applied to the workspace; its proof begins.

    ``probation`` says why it is only a guess, which the next failure in its files undoes; else ``""``.
    """

    attempt: str
    diff: str
    files: tuple[str, ...]
    added: int
    removed: int
    probation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptEnded(Event):
    """An attempt has its verdict; ``proof`` says in words what was seen."""

    attempt: Attempt
    proof: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysed(Event):
    """A model analysed the failure while it was being repaired; ``""`` where it gave no answer."""

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
    """After failed attempts: the next ``action``, the agent for it, and the ``reason`` in a line."""

    fingerprint: str
    action: str
    agent: str
    model: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetSpent(Event):
    """The amounts this run has used, and its limits; a limit of 0 or null means no limit."""

    spent: Amounts
    limits: Amounts


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerTripped(Event):
    """Repairs of ``fingerprint`` pause (``""``: all repairs), because of ``reason``."""

    fingerprint: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Restarting(Event):
    """The program will be started again after ``pause`` seconds, because of ``reason``."""

    reason: str
    pause: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting(Event):
    """Nothing runs; otorepair waits for a file change or a key."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyAnswered(Event):
    """The answer to a key: plain lines, or a unified diff if ``diff``."""

    text: str
    diff: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice(Event):
    """One line for a person; ``level``: 0 always (unless ``-q``), 1 with ``-v``, 2 with ``-vv``, 3 with ``-vvv``."""

    text: str
    level: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded(Event):
    """The run ended; otorepair exits with ``code``."""

    code: int
    reason: str


Reader = Callable[[Event], None]


class Bus:
    """Stamps events with run, sequence number and time, and hands them to every reader, in order.

    Not thread-safe: the loop is the only publisher.

    Args:
        run: id of the run; default: a new one.
    """

    def __init__(self, clock: Callable[[], float] = time.time, run: str = "") -> None:
        self.run = run or os.urandom(6).hex()
        self._clock = clock
        self._seq = 0
        self._readers: list[Reader] = []

    def subscribe(self, reader: Reader) -> None:
        """Call ``reader`` with every event from now on."""
        self._readers.append(reader)

    def publish(self, event: Event) -> None:
        """Stamp ``event`` and hand it to every reader."""
        self._seq += 1
        stamped = replace(event, seq=self._seq, time=self._clock(), run=self.run)
        for reader in self._readers:
            reader(stamped)


def to_json(event: Event) -> dict[str, Any]:
    """Return ``event`` as an object for JSON: its name as ``event``, then its fields."""
    return {"event": type(event).__name__, **asdict(event)}


def from_json(value: object) -> Event:
    """Return the event that :func:`to_json` wrote; fields that this version does not know are ignored.

    Raises:
        DecodeError: it is no event, or one that this version does not know; one line says why.
    """
    if not isinstance(value, Mapping):
        raise DecodeError("not an event: expected an object")
    name = value.get("event")
    kind = kinds().get(name) if isinstance(name, str) else None
    if kind is None:
        raise DecodeError("not an event: no known name in its field 'event'")
    return decode(kind, value)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of all events, with :data:`VERSION` as ``version``."""
    definitions: dict[str, Any] = {}
    for name, kind in kinds().items():
        body = object_schema(kind, definitions)
        body["properties"] = {"event": {"const": name}, **body["properties"]}
        body["required"] = ["event", *body["required"]]
        definitions[name] = body
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Events of otorepair",
        "version": VERSION,
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in kinds()],
        "$defs": dict(sorted(definitions.items())),
    }


def kinds() -> dict[str, type[Event]]:
    """Return every class of event by its name."""
    return {kind.__name__: kind for kind in Event.__subclasses__()}
