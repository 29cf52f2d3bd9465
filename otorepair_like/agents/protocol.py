"""The protocol of agents: triage and repair, and the events that an agent reports meanwhile.

An agent never touches the user's workspace: it works in a private copy. Its reports are for the screen and the history;
``repair`` reads from disk what it actually changed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from otorepair_like.incident import Incident


class Reason(StrEnum):
    """The reason why an agent stopped working."""

    OK = "ok"
    NOTHING = "nothing"
    """It has nothing (more) to offer for this incident; this costs no attempt."""
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
    """The agent started; ``model`` is its own name for its model."""

    model: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A message from the agent, one or more lines."""

    text: str


@dataclass(frozen=True, slots=True)
class Tool:
    """The agent uses a tool: ``kind`` is such as ``Edit``, ``target`` a path or a command."""

    kind: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """The result of the last tool."""

    ok: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Retry:
    """The agent repeats a model request: try ``attempt`` of ``limit`` after ``wait`` seconds and HTTP ``status``."""

    attempt: int
    limit: int = 0
    status: int = 0
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Denied:
    """The agent was not allowed to use a tool; ``option`` of otorepair would allow it."""

    tool: str
    target: str = ""
    option: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and cost so far, as the agent reports them; ``cost_usd`` ``None``: not reported."""

    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float | None = None

    @property
    def tokens(self) -> int:
        """Return the tokens read and written."""
        return self.tokens_in + self.tokens_out

    def __add__(self, other: Usage) -> Usage:
        known = [cost for cost in (self.cost_usd, other.cost_usd) if cost is not None]
        read, written = self.tokens_in + other.tokens_in, self.tokens_out + other.tokens_out
        return Usage(read, written, sum(known) if known else None)


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event: why the agent stopped, its last message and its model.

    Args:
        findings: certain facts about a failure that it could not repair, each one line.
        shown: a diff that is too risky to write: it is only shown.
        probation: whether its change is only a guess, to be undone at the first doubt.
        by_rule: whether rules alone made each edit; then it does not matter how much code uses the file.
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
        incident: the failure; ``None``: something is red that did not crash, and the prompt says what.
        prompt: the complete text for an agent that reads text.
        folder: the private copy; the agent's working directory and the only folder it may write to.
        timeout: seconds it may take, writing the prompt included.
        tried: diffs of earlier attempts in this run that did not repair the failure, oldest first.
        healthy: the earlier content of files that changed since the program last ran well.
        subject: identity of the ticket: attempts at one subject may share a session.
    """

    incident: Incident | None
    prompt: str
    folder: Path
    timeout: float
    tried: tuple[str, ...] = ()
    healthy: Mapping[str, bytes] = field(default_factory=dict)
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Opinion:
    """The result of triage and analysis: whether output is a real error, and its cause.

    Args:
        error: ``None``: unsure (unreadable answer, no login, timeout), which never means "no error".
        summary: one or two sentences; the reason when unsure.
        confidence: 0 to 1.
        category, severity, cause, recommendation, files, prevention: as in the question of
            :mod:`otorepair_like.agents.triage`; empty if the agent gave none.
        complexity, security, blast: of the repair, in the terms of :mod:`otorepair_like.guard.risk`; ``""`` if
            the agent gave none.
        usage: tokens and cost of the question.
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
    """An agent. The loop does not know which one it has. Inherit from it for the defaults of what is optional."""

    name: str
    offline: bool = False
    """Whether it repairs by rules alone: free, without network, and with one failed attempt at most."""
    analyses: bool = False
    """Whether it has a cheap model for questions, see :meth:`answer`."""

    async def problem(self) -> str | None:
        """Return why it cannot work here, as one line with the remedy; ``None`` if it can. Spends no token."""

    async def triage(self, incident: Incident, timeout: float) -> Opinion:
        """Decide within ``timeout`` seconds whether ``incident`` is a real error. The agent's errors are not raised."""

    async def repair(self, task: Task, emit: Emit) -> Finished:
        """Work on ``task`` in its folder. Cancelling leaves no process behind."""

    async def answer(self, prompt: str, shape: Mapping[str, Any], timeout: float) -> Finished:  # noqa: ARG002
        """Answer a question with JSON of the schema ``shape``, if it :attr:`analyses`."""
        return Finished(Reason.NOTHING)

    def warm(self, folder: Path) -> None:  # noqa: ARG002 - for agents that have something to load
        """Load its modules and the private copy in ``folder`` before there is anything to repair. Blocking."""
        return


class Process(Protocol):
    """A running process tree, as the runner of an agent CLI sees it."""

    pid: int

    async def write(self, data: bytes) -> None:
        """Write to its stdin, if it was left open.

        Raises:
            AgentError: (``crashed``) it no longer reads.
        """

    def output(self) -> AsyncIterator[tuple[str, bytes]]:
        """Yield chunks as ``("stdout" | "stderr", bytes)`` until the first process is gone and both pipes are empty."""

    async def wait(self) -> int:
        """Return the exit status of the first process; negative: the signal that ended it."""

    async def stop(self, grace: float = 3.0) -> None:
        """Send SIGTERM to the group, after ``grace`` seconds SIGKILL to every descendant until none is left."""


class Launch(Protocol):
    """Starts a process tree that ends with otorepair; the real one is in ``supervise``."""

    async def __call__(
        self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], stdin: bytes | None = b""
    ) -> Process:
        """Start ``argv``, feed it ``stdin`` in the background and close it; ``None``: leave stdin open.

        Raises:
            AgentError: (``not_installed``) the program is missing or cannot be executed.
        """
