"""Commands of the machine: everything it can ask the supervisor to do."""

from __future__ import annotations

from dataclasses import dataclass

from otorepair_like.events import Event
from otorepair_like.incident import Incident
from otorepair_like.repair.plan.plan import Advise, Try
from otorepair_like.repair.proof.proof import Judgement
from otorepair_like.tickets.ticket import Ticket


@dataclass(frozen=True, slots=True)
class StartChild:
    """Start the program; nothing of an older one is left."""


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
    """Report when the running program has reloaded by itself."""


@dataclass(frozen=True, slots=True)
class AwaitReady:
    """Report when the program is up."""


@dataclass(frozen=True, slots=True)
class AskAgain:
    """Send the request that failed with ``fingerprint`` again, at least so many times."""

    method: str
    path: str
    fingerprint: str
    times: int


@dataclass(frozen=True, slots=True)
class HoldChange:
    """Leave the change in place for now: its failure is gone, but another came, and both are judged together."""

    judgement: Judgement


@dataclass(frozen=True, slots=True)
class KeepChange:
    """Keep the change, and all that were held."""

    judgement: Judgement


@dataclass(frozen=True, slots=True)
class UndoChange:
    """Undo the change and all that were held, newest first."""

    judgement: Judgement


@dataclass(frozen=True, slots=True)
class ConfirmKept:
    """The change that was kept unproven for ``fingerprint`` has been seen to work since."""

    fingerprint: str
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class UndoKept:
    """Undo a change that was kept for ``fingerprint``: its failure came again."""

    fingerprint: str
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class WatchFiles:
    """Report every file that the user changes from now on."""


@dataclass(frozen=True, slots=True)
class Tell:
    """Publish an event."""

    event: Event


@dataclass(frozen=True, slots=True)
class Finish:
    """End the run; ``signal`` is the one that ended it, and whoever started us sees it as our own end."""

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
    | ConfirmKept
    | UndoKept
    | WatchFiles
    | Tell
    | Finish
)
