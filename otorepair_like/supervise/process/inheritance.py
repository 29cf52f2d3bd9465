"""The state that otorepair was given by its own parent, and passes on to every child."""

from __future__ import annotations

from otorepair_like.supervise.process.lowlevel import signal

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from collections.abc import Set
    from types import FrameType

TOUCHED = frozenset(
    {
        signal.SIGINT,
        signal.SIGTERM,
        signal.SIGHUP,
        signal.SIGQUIT,
        signal.SIGTSTP,
        signal.SIGTTIN,
        signal.SIGTTOU,
        signal.SIGPIPE,
    }
)
"""What the spawner and its janitors are deaf to: all that a terminal or a session manager sends."""
OF_PYTHON = frozenset({signal.SIGPIPE, signal.SIGXFSZ})
"""What Python itself ignores from its start; a program expects the defaults."""


class Inheritance:
    """The signals as they were; taken in a fork of otorepair, which is deaf to :data:`TOUCHED` from then on.

    Deaf by handlers that do nothing, for those are gone with an exec, while what is ignored stays ignored.

    Args:
        mask: what was blocked.
    """

    __slots__ = ("ignored", "mask")

    def __init__(self, mask: Set[int]) -> None:
        self.mask = mask
        self.ignored = {
            sig for sig in (TOUCHED | {signal.SIGCHLD}) - OF_PYTHON if signal.getsignal(sig) == signal.SIG_IGN
        }
        for sig in TOUCHED | OF_PYTHON:
            signal.signal(sig, nothing)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())

    def restore(self) -> None:
        """Give this process, about to execute a program, its signals as they were."""
        for sig in self.ignored:
            signal.signal(sig, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_SETMASK, self.mask)


def nothing(_number: int, _frame: FrameType | None) -> None:
    """A handler that does nothing."""
