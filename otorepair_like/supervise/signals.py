"""Signals to otorepair: they are noted or passed on, from before there is a loop until after it is gone."""

from __future__ import annotations

import os

from otorepair_like.supervise.process.lowlevel import signal

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

CAUGHT = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What ends otorepair, in order."""
PASSED = (
    *(signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF),
    signal.SIGTSTP,
)
"""What somebody means for the child, as tini and dumb-init hand it on."""


class Signals:
    """Hears :data:`CAUGHT` for the rest of the process's life, so that none can end it half-way.

    A SIGHUP that we were started to ignore (nohup) stays ignored, and so does what we would pass on.
    """

    def __init__(self) -> None:
        self._early: list[int] = []
        self._divert: Callable[[int], bool] = lambda _: False
        self._heard: Callable[[int], object] | None = None
        for number in CAUGHT:
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._note)

    def pass_on(
        self,
        to: Callable[[int], object],
        *,
        stop: bool,
        divert: Callable[[int], bool] = lambda _: False,
    ) -> None:
        """From now on have ``to`` called, in the main thread, with each of :data:`PASSED`.

        Args:
            stop: whether we stop and go on with the child at SIGTSTP; if not, whoever has the terminal sees to it.
            divert: asked first, about :data:`CAUGHT` too; returns whether it has sent the signal where it belongs.
        """
        self._divert = divert

        def passed(number: int, _: FrameType | None) -> None:
            if divert(number):
                return
            to(number)
            if stop and number == signal.SIGTSTP:
                os.kill(os.getpid(), signal.SIGSTOP)
                to(signal.SIGCONT)

        for number in PASSED:
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, passed)

    def attach(self, heard: Callable[[int], object]) -> None:
        """Have ``heard`` called, in the main thread, with each signal; with those that have come already, now."""
        self._heard = heard
        for number in self._early:
            heard(number)

    def detach(self) -> None:
        """From now on no signal changes anything, also when the interpreter has put its own handlers back."""
        self._heard = None
        for number in CAUGHT:
            signal.signal(number, signal.SIG_IGN)

    def _note(self, number: int, _: FrameType | None) -> None:
        if self._divert(number):
            return
        if self._heard:
            self._heard(number)
        else:
            self._early.append(number)
