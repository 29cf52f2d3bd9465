"""What the loop knows of an agent: two questions it answers, and the events it reports meanwhile.

An agent never touches the user's workspace: it is handed a private copy and works there. What it reports is
for the screen and the history; what it *did* is read from the disk by ``repair``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol, runtime_checkable

from otorepair_like.incident import Incident


class Reason(StrEnum):
    """Why an agent stopped working."""

    OK = "ok"
    NOTHING = "nothing"
    """It has nothing (more) to offer for this incident; costs no attempt."""
    DENIED = "denied"
    AUTH = "auth"
    QUOTA = "quota"
    OVERLOADED = "overloaded"
    MODEL = "model"
    MAX_TURNS = "max_turns"
    BUDGET = "budget"
    INTERRUPTED = "interrupted"
    TIMEOUT = "timeout"
    CRASHED = "crashed"
    NOT_INSTALLED = "not_installed"


@dataclass(frozen=True, slots=True)
class AgentStarted:
    """The agent began; ``model`` as it names it."""

    model: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """Something it says, one or more lines."""

    text: str


@dataclass(frozen=True, slots=True)
class Tool:
    """It uses a tool: ``kind`` such as ``Edit``, ``target`` a path or a command."""

    kind: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What came of the last tool."""

    ok: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Retry:
    """It asks its model again: try ``attempt`` of ``limit`` after ``wait`` seconds, HTTP ``status``."""

    attempt: int
    limit: int = 0
    status: int = 0
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Denied:
    """It was not allowed to use a tool; ``option``: the one of otorepair's that would allow it."""

    tool: str
    target: str = ""
    option: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """What it spent so far, as it says itself; ``cost_usd`` ``None`` = it does not say."""

    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float | None = None

    @property
    def tokens(self) -> int:
        """Read and written."""
        return self.tokens_in + self.tokens_out

    def __add__(self, other: Usage) -> Usage:
        known = [cost for cost in (self.cost_usd, other.cost_usd) if cost is not None]
        read, written = self.tokens_in + other.tokens_in, self.tokens_out + other.tokens_out
        return Usage(read, written, sum(known) if known else None)


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event: why it stopped, its last words, and who it was.

    Args:
        findings: what it knows for sure of the failure although it could not cure it, each one line.
        shown: a diff that it does not dare to write: a person may look at it.
        probation: whether what it wrote is an informed guess, to be taken back at the first doubt.
        by_rule: whether rules alone made each edit; how much code uses the file then raises no question.
    """

    reason: Reason
    text: str = ""
    model: str = ""
    usage: Usage = Usage()
    findings: tuple[str, ...] = ()
    shown: str = ""
    probation: bool = False
    by_rule: bool = False


AgentEvent = AgentStarted | Text | Tool | ToolResult | Retry | Denied | Usage | Finished
Emit = Callable[[AgentEvent], None]


@dataclass(frozen=True, slots=True)
class Task:
    """One repair to do.

    Args:
        incident: what failed.
        prompt: the whole text for an agent that reads text.
        folder: the private copy; the agent's working directory, and the only place it may write.
        timeout: seconds it may take, writing the prompt included.
        tried: diffs of earlier attempts at this fingerprint in this run that did not help, oldest first.
        healthy: files that changed since the program last ran well, as they were then.
    """

    incident: Incident
    prompt: str
    folder: Path
    timeout: float
    tried: tuple[str, ...] = ()
    healthy: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Opinion:
    """Triage and analysis: is this output a real error, and what is behind it?

    Args:
        error: ``True``, ``False``, or ``None`` = unsure (unreadable answer, no login, time-out), never
            "no error".
        summary: one or two sentences; the reason when unsure.
        confidence: 0 to 1.
        category, severity, cause, recommendation, files, prevention: see
            :data:`otorepair_like.agents.triage.SCHEMA`; empty where the agent does not say.
        complexity, security, blast: of the repair, in the words of :mod:`otorepair_like.guard.risk`; ``""``
            where the agent does not say.
        usage: what the question cost.
    """

    error: bool | None
    summary: str = ""
    confidence: float = 0.0
    category: str = ""
    severity: str = ""
    cause: str = ""
    complexity: str = ""
    security: str = ""
    blast: str = ""
    recommendation: str = ""
    files: tuple[str, ...] = ()
    prevention: str = ""
    usage: Usage = field(default=Usage(), compare=False)


class Agent(Protocol):
    """A repairer. The loop does not know which one it has."""

    name: str
    offline: bool
    """Whether it repairs by rules alone: free, needs no network, gets one failed attempt."""

    async def problem(self) -> str | None:
        """Why it cannot work here, as one line with the remedy; ``None`` if it can. Spends no token."""

    async def triage(self, incident: Incident, timeout: float) -> Opinion:
        """Whether ``incident`` is a real error, within ``timeout`` seconds. Raises nothing of the agent's."""

    async def repair(self, task: Task, emit: Emit) -> Finished:
        """Work on ``task`` in its folder. Cancelling it leaves no process behind."""


@runtime_checkable
class Warmable(Protocol):
    """An agent that can make itself ready before there is something to repair."""

    def warm(self, folder: Path) -> None:
        """Read what it will need, of itself and of the private copy in ``folder``. Blocking."""


class Process(Protocol):
    """A running process tree, as an agent driver sees it."""

    pid: int

    async def write(self, data: bytes) -> None:
        """Write to its stdin, where that was asked to stay open.

        Raises:
            AgentError: (``crashed``) it does not read any more.
        """

    def output(self) -> AsyncIterator[tuple[str, bytes]]:
        """Chunks as ``("stdout" | "stderr", bytes)`` until the leader is gone and both pipes are drained."""

    async def wait(self) -> int:
        """The leader's exit status; negative: the signal that ended it."""

    async def stop(self, grace: float = 3.0) -> None:
        """SIGTERM to the group, ``grace`` seconds, then SIGKILL to every descendant until none is left."""


class Launch(Protocol):
    """Starts a process tree that ends with us; ``supervise`` has the real one."""

    async def __call__(
        self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], stdin: bytes | None = b""
    ) -> Process:
        """Start ``argv``, feed it ``stdin`` in the background and close it; ``None``: leave it open to be written to.

        Raises:
            AgentError: (``not_installed``) the program is not there or cannot be executed.
        """
