"""Inputs of the machine: everything that can happen in a run."""

from __future__ import annotations

from dataclasses import dataclass, field

from otorepair_like.agents.protocol import Opinion, Reason, Usage
from otorepair_like.incident import Incident
from otorepair_like.repair.budget import NOTHING_SPENT, Spent
from otorepair_like.repair.health import UNKNOWN, Health


@dataclass(frozen=True, slots=True)
class ChildUp:
    """The child was started."""

    pid: int


@dataclass(frozen=True, slots=True)
class ChildDown:
    """Its leader ended, its output is read; ``incident`` is what a non-zero ``status`` stands for.

    ``output``: digests of what it printed; ``None``: nobody knows.
    """

    status: int
    incident: Incident | None = None
    output: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ChildGone:
    """Nothing of its tree is left."""


@dataclass(frozen=True, slots=True)
class Reloaded:
    """The living child said that it reloads, or its tree changed."""


@dataclass(frozen=True, slots=True)
class BecameReady:
    """The child is up, as the user said how to see it."""


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
    """The first half of an attempt is over: ``applied``, or why not.

    Args:
        request: (method, path) of the request that failed, if the output told.
        by_itself: whether the failure shows without anybody's doing.
        nothing: the repairer had nothing to offer, which costs no attempt.
        ended: why the repairer stopped.
        agent: who made it, if not the one that was proposed.
        disabled: those who cannot work (any more) in this run.
        stop: why nothing more is to be tried here.
        spent: what it cost.
        asked: what questions about it cost besides.
        health: what the command showed when it was well.
        probation: files of a change that is only an informed guess: the next failure in them takes it back.
    """

    applied: bool
    request: tuple[str, str] | None = None
    by_itself: bool = True
    nothing: bool = False
    ended: Reason = Reason.OK
    agent: int | None = None
    disabled: frozenset[int] = frozenset()
    stop: str = ""
    spent: Spent = NOTHING_SPENT
    asked: Usage = field(default=Usage())
    health: Health = UNKNOWN
    probation: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """The request that had failed was asked again; ``status`` ``None`` = no answer."""

    status: int | None


@dataclass(frozen=True, slots=True)
class Checked:
    """The user's commands were run on a repair.

    ``problem``: which one says no, and why; ``""``: none does. ``note``: what they say. ``empty``: one of them
    looked at nothing, so it proves nothing.
    """

    problem: str = ""
    note: str = ""
    empty: bool = False


@dataclass(frozen=True, slots=True)
class FilesChanged:
    """The user changed a file of the workspace."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The system, or a person with Ctrl-C, wants us to end: SIGINT, SIGTERM, SIGHUP."""

    signal: int


@dataclass(frozen=True, slots=True)
class CtrlC:
    """Ctrl-C was typed, and the child's own terminal has made a signal of it."""


@dataclass(frozen=True, slots=True)
class RestartWanted:
    """A person wants the child started again."""


@dataclass(frozen=True, slots=True)
class PauseWanted:
    """A person wants healing to pause, or to go on."""


@dataclass(frozen=True, slots=True)
class Spoke:
    """The child printed something after a Ctrl-C."""


@dataclass(frozen=True, slots=True)
class QuitWanted:
    """A person wants the run to end; the second time at once."""


@dataclass(frozen=True, slots=True)
class FixWanted:
    """A person wants this incident tried, whatever the breaker says."""

    incident: Incident


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
    | BecameReady
    | Saw
    | Opined
    | AttemptOver
    | Answered
    | Checked
    | FilesChanged
    | Interrupted
    | CtrlC
    | Spoke
    | QuitWanted
    | RestartWanted
    | PauseWanted
    | FixWanted
    | ReaderGone
    | Tick
)
