"""The two parts of a run: the user's program with its terminal and detector, and everything that repairs it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from otorepair_like.agents.protocol import Opinion
from otorepair_like.detect import Detector
from otorepair_like.incident import Incident
from otorepair_like.loop.answers import Answers
from otorepair_like.repair.ledger import ChangeLedger
from otorepair_like.repair.plan.attempted import Attempted
from otorepair_like.repair.plan.plan import Advise, Try
from otorepair_like.supervise.child import Child
from otorepair_like.supervise.mailbox import Mailbox
from otorepair_like.supervise.process.launch import Launcher
from otorepair_like.supervise.python_probe import PythonProbe
from otorepair_like.supervise.ready import Ready
from otorepair_like.supervise.terminal.terminal import Terminal
from otorepair_like.tickets.ticket import Ticket


class KeyTaker(Protocol):
    """Asks a person at the terminal; ``open`` is true while a question is open."""

    open: bool

    def take(self, key: str) -> bool:
        """Take ``key`` if it is (part of) an answer; return whether it is."""


class Attempting(Protocol):
    """Makes attempts, and asks for opinions."""

    async def attempt(self, ticket: Ticket, step: Try | Advise) -> Attempted:
        """Make the first half of an attempt."""

    async def triage(self, incident: Incident) -> Opinion:
        """Return whether ``incident`` is a real error."""


class Recording(Protocol):
    """Records how the program behaves while it is healthy."""

    @property
    def output(self) -> tuple[str, ...] | None:
        """Return digests of the lines printed since the program's start; ``None`` if there are too many."""

    @property
    def served(self) -> bool:
        """Return whether the program has answered a request since its start."""

    @property
    def answers(self) -> Answers:
        """Return what requests were answered with in this run."""

    def hear(self, stream: str, data: bytes) -> None:
        """Record ``data``, which the program printed."""

    async def watch(self) -> None:
        """Run beside the program until cancelled."""


@dataclass(frozen=True, slots=True)
class Program:
    """The user's program, and everything that watches and controls it.

    Args:
        terminal: the program's, if it has one.
        probe: reads the exceptions that Python programs report, if they do.
        ready: detects that the program is ready, if the user named a sign.
        stop_within: seconds it gets to end after the first signal.
        stop_signal: the first signal; 0: the one that we were sent.
    """

    child: Child
    mailbox: Mailbox
    detector: Detector
    terminal: Terminal | None = None
    probe: PythonProbe | None = None
    ready: Ready | None = None
    stop_within: float = 5.0
    stop_signal: int = 0


@dataclass(frozen=True, slots=True)
class Repairs:
    """Everything that repairs the program.

    Args:
        launcher: starts and ends the agents.
        approver: asks a person; ``None``: nobody is there.
    """

    attempting: Attempting
    ledger: ChangeLedger
    recorder: Recording
    launcher: Launcher
    workspace: Path
    approver: KeyTaker | None = None

    @property
    def asks(self) -> bool:
        """Return whether a question to a person is open."""
        return self.approver is not None and self.approver.open
