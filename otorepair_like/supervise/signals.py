"""Signals to otorepair: they are only noted, from before there is a loop until after it is gone."""

from __future__ import annotations

from otorepair_like.supervise.light import signal

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

CAUGHT = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Signals:
    """Hears :data:`CAUGHT` for the rest of the process's life, so that none can end it half-way."""

    def __init__(self) -> None:
        self._early: list[int] = []
        self._heard: Callable[[int], object] | None = None
        for number in CAUGHT:
            signal.signal(number, self._note)

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
        if self._heard:
            self._heard(number)
        else:
            self._early.append(number)
