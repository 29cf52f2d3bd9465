"""Commands of the machine: everything it can have done."""

from __future__ import annotations

from dataclasses import dataclass

from otorepair_like.events import Event
from otorepair_like.incident import Incident
from otorepair_like.repair.plan import Advise, Try
from otorepair_like.repair.proof import Judgement
from otorepair_like.tickets.ticket import Ticket


@dataclass(frozen=True, slots=True)
class StartChild:
    """Start the child; nothing of an older one is left."""


@dataclass(frozen=True, slots=True)
class StopChild:
    """Begin the stop ladder with ``signal``."""

    signal: int


@dataclass(frozen=True, slots=True)
class KillChild:
    """End the tree at once."""


@dataclass(frozen=True, slots=True)
class AskTriage:
    """Ask whether this is a real error."""

    incident: Incident


@dataclass(frozen=True, slots=True)
class BeginAttempt:
    """Make the attempt ``step`` at ``ticket``, or first ask a model what to try."""

    ticket: Ticket
    step: Try | Advise


@dataclass(frozen=True, slots=True)
class CancelWork:
    """Stop triage or attempt; nothing of it is applied."""


@dataclass(frozen=True, slots=True)
class AwaitReload:
    """Report when the living child has reloaded by itself."""


@dataclass(frozen=True, slots=True)
class AwaitReady:
    """Report when the child is up."""


@dataclass(frozen=True, slots=True)
class AskAgain:
    """Ask the request that failed again."""

    method: str
    path: str


@dataclass(frozen=True, slots=True)
class HoldChange:
    """The failure is gone but another came: keep the change for now, it is judged with what follows."""

    judgement: Judgement


@dataclass(frozen=True, slots=True)
class KeepChange:
    """The change and all that were held stay."""

    judgement: Judgement


@dataclass(frozen=True, slots=True)
class UndoChange:
    """The change and all that were held are undone, newest first."""

    judgement: Judgement


@dataclass(frozen=True, slots=True)
class UndoKept:
    """The change that was kept for ``fingerprint`` is undone after all."""

    fingerprint: str
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class WatchFiles:
    """From now on report when the user changes a file."""


@dataclass(frozen=True, slots=True)
class Tell:
    """Publish an event."""

    event: Event


@dataclass(frozen=True, slots=True)
class Finish:
    """The run is over; ``signal`` is the one that ended it, as whoever started us is to see."""

    code: int
    reason: str
    signal: int = 0


Command = (
    StartChild
    | StopChild
    | KillChild
    | AskTriage
    | BeginAttempt
    | CancelWork
    | AwaitReload
    | AwaitReady
    | AskAgain
    | HoldChange
    | KeepChange
    | UndoChange
    | UndoKept
    | WatchFiles
    | Tell
    | Finish
)
