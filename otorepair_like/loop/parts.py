"""What a run is made of: the user's program with all that hears and holds it, and all by which it is repaired."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from otorepair_like.agents.protocol import Opinion
from otorepair_like.detect import Detector
from otorepair_like.incident import Incident
from otorepair_like.repair.attempted import Attempted
from otorepair_like.repair.ledger import ChangeLedger
from otorepair_like.repair.plan import Advise, Try
from otorepair_like.supervise.child import Child
from otorepair_like.supervise.mailbox import Mailbox
from otorepair_like.supervise.process.launch import Launcher
from otorepair_like.supervise.python_probe import PythonProbe
from otorepair_like.supervise.ready import Ready
from otorepair_like.supervise.terminal.terminal import Terminal
from otorepair_like.tickets.ticket import Ticket


class KeyTaker(Protocol):
    """Asks a person at the terminal; ``open``: whether it is asking."""

    open: bool

    def take(self, key: str) -> bool:
        """Take a typed key as (part of) an answer; return whether it is one."""


class Attempting(Protocol):
    """Makes attempts, and asks for opinions."""

    async def attempt(self, ticket: Ticket, step: Try | Advise) -> Attempted:
        """Make the first half of an attempt."""

    async def triage(self, incident: Incident) -> Opinion:
        """Return whether ``incident`` is a real error."""


class Recording(Protocol):
    """Records what the program shows while it is well."""

    @property
    def output(self) -> tuple[str, ...] | None:
        """Digests of the lines that the program has printed since its start; ``None``: too many."""

    def hear(self, stream: str, data: bytes) -> None:
        """Take note of what the program printed."""

    async def watch(self) -> None:
        """Run beside the program until cancelled."""


@dataclass(frozen=True, slots=True)
class Program:
    """The user's program, and all by which it is heard and held.

    Args:
        terminal: the program's, if it has one.
        probe: by which Python programs tell of their exceptions, if they do.
        ready: how to see that it is up, if the user said it.
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
    """All by which the program is repaired.

    Args:
        launcher: has started the agents, and ends them.
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
        """Whether a person is asked just now."""
        return self.approver is not None and self.approver.open
