"""Everything that happens to the program, as small messages; each name says what is true from now on."""

from __future__ import annotations

from time import monotonic

from otorepair_like.supervise.mailbox import Output as Output
from otorepair_like.supervise.mailbox import Skipped as Skipped


class Started:
    """The child runs; ``pid`` is the leader's; ``at`` in monotonic seconds."""

    __slots__ = ("at", "pid")

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.at = monotonic()


class Stopped:
    """The leader was stopped, as by Ctrl-Z, or we are to be; SIGCONT lets it go on."""

    __slots__ = ()


class Exited:
    """The leader is gone and all it wrote is relayed; ``status`` is negative for a signal; ``at`` as above."""

    __slots__ = ("at", "status")

    def __init__(self, status: int) -> None:
        self.status = status
        self.at = monotonic()


class LeftOver:
    """A process that the leader left behind: ``daemon`` says whether it took a session of its own."""

    __slots__ = ("command", "daemon", "pid")

    def __init__(self, pid: int, command: str, daemon: bool) -> None:
        self.pid, self.command, self.daemon = pid, command, daemon


class LeftBehind:
    """The leader ended by itself and left ``processes``, which are ended now."""

    __slots__ = ("processes",)

    def __init__(self, processes: list[LeftOver]) -> None:
        self.processes = processes


class SignalSent:
    """One rung of the stop ladder: ``signal`` was sent to ``count`` processes."""

    __slots__ = ("count", "signal")

    def __init__(self, signal: int, count: int) -> None:
        self.signal = signal
        self.count = count


class Gone:
    """The tree is gone. ``left`` processes could not be ended (another user's); normally none."""

    __slots__ = ("left",)

    def __init__(self, left: int = 0) -> None:
        self.left = left


class ReaderLeft:
    """Nobody reads our ``stream`` any more; the child will notice at its next write to it.

    ``why``: what stands in the way if it is not that a reader left, such as a full disk.
    """

    __slots__ = ("stream", "why")

    def __init__(self, stream: str, why: str = "") -> None:
        self.stream, self.why = stream, why


class Lost:
    """A thread of ours ended by an error: ``part`` of the work is not done any more."""

    __slots__ = ("part", "why")

    def __init__(self, part: str, why: str) -> None:
        self.part, self.why = part, why


class KeyPressed:
    """A key for otorepair was typed: ``name`` is the character, such as ``r``."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class CtrlCPressed:
    """Ctrl-C was typed at our terminal while it is raw.

    ``passed``: the child's terminal got it and has made a SIGINT of it, which the child may take as it likes;
    if not, it is for us alone.
    """

    __slots__ = ("passed",)

    def __init__(self, passed: bool) -> None:
        self.passed = passed


class Watching:
    """``files`` in ``folders`` are watched; ``polling`` says why by looking again and again, if so."""

    __slots__ = ("files", "folders", "polling")

    def __init__(self, files: int, folders: int, polling: str) -> None:
        self.files = files
        self.folders = folders
        self.polling = polling


class Changed:
    """An edit is complete: ``paths`` hold something else than before, or are new or gone."""

    __slots__ = ("paths",)

    def __init__(self, paths: list[str]) -> None:
        self.paths = paths


FromChild = Lost | LeftBehind | Started | Output | Skipped | Stopped | Exited | SignalSent | Gone | ReaderLeft
FromTerminal = KeyPressed | CtrlCPressed
FromWatch = Watching | Changed
Message = FromChild | FromTerminal | FromWatch
