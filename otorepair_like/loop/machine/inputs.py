"""Inputs of the machine: everything that can happen in a run."""

from __future__ import annotations

from dataclasses import dataclass

from otorepair_like.agents.protocol import Opinion
from otorepair_like.incident import Incident
from otorepair_like.repair.plan.attempted import Attempted


@dataclass(frozen=True, slots=True)
class ChildUp:
    """The program was started."""

    pid: int


@dataclass(frozen=True, slots=True)
class ChildDown:
    """The program ended and its output is read; ``incident`` is the failure behind a non-zero ``status``.

    Args:
        output: digests of what it printed; ``None``: not known.
        served: whether it had answered a request.
    """

    status: int
    incident: Incident | None = None
    output: tuple[str, ...] | None = None
    served: bool = False


@dataclass(frozen=True, slots=True)
class ChildGone:
    """No process of the program is left."""


@dataclass(frozen=True, slots=True)
class Reloaded:
    """The running program said that it reloads, or its processes changed."""


@dataclass(frozen=True, slots=True)
class ReloaderSeen:
    """One of the program's processes restarts the others when a file changes, whatever was typed."""


@dataclass(frozen=True, slots=True)
class BecameReady:
    """The program is ready, by the sign that the user named."""


@dataclass(frozen=True, slots=True)
class Saw:
    """An incident in the output."""

    incident: Incident


@dataclass(frozen=True, slots=True)
class Opined:
    """Triage answered."""

    opinion: Opinion


@dataclass(frozen=True, slots=True)
class AttemptOver:
    """The first half of an attempt is over.

    Args:
        request: (method, path) of the request that failed, if the output told.
        by_itself: whether the failure shows without anybody's action.
        times: how often the request must answer well, for chance to be no explanation.
    """

    attempted: Attempted
    request: tuple[str, str] | None = None
    by_itself: bool = True
    times: int = 2


@dataclass(frozen=True, slots=True)
class Answered:
    """The request that had failed was asked again.

    Args:
        status: the worst answer; ``None``: none came.
        damage: another request that was well and fails now, in words.
    """

    status: int | None
    damage: str = ""


@dataclass(frozen=True, slots=True)
class PlaceRan:
    """The program tells how far one of the proof's places came (:class:`~otorepair_like.repair.proof.proof.Ran`)."""

    place: int
    state: int


@dataclass(frozen=True, slots=True)
class FilesChanged:
    """The user changed a file of the workspace; ``path`` is one of them."""

    path: str = ""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The system, or a person with Ctrl-C, wants us to end: SIGINT, SIGTERM, SIGHUP."""

    signal: int


@dataclass(frozen=True, slots=True)
class CtrlC:
    """Ctrl-C was typed, and the program's own terminal has turned it into a signal."""


@dataclass(frozen=True, slots=True)
class RestartWanted:
    """A person wants the program started again."""


@dataclass(frozen=True, slots=True)
class PauseWanted:
    """A person wants repair to pause, or to go on."""


@dataclass(frozen=True, slots=True)
class Spoke:
    """The program printed something after a Ctrl-C."""


@dataclass(frozen=True, slots=True)
class QuitWanted:
    """A person wants the run to end; the second time at once."""


@dataclass(frozen=True, slots=True)
class FixWanted:
    """A person wants a repair of this incident tried, even if it was given up."""

    incident: Incident


@dataclass(frozen=True, slots=True)
class StopAttemptWanted:
    """A person wants the attempt that runs to stop, and no other to follow."""


@dataclass(frozen=True, slots=True)
class ReaderGone:
    """Whoever read our output has left."""


@dataclass(frozen=True, slots=True)
class Tick:
    """The machine's deadline has come."""


Input = (
    ChildUp
    | ChildDown
    | ChildGone
    | Reloaded
    | ReloaderSeen
    | BecameReady
    | Saw
    | Opined
    | AttemptOver
    | Answered
    | PlaceRan
    | FilesChanged
    | Interrupted
    | CtrlC
    | Spoke
    | QuitWanted
    | RestartWanted
    | PauseWanted
    | FixWanted
    | StopAttemptWanted
    | ReaderGone
    | Tick
)
