"""What a person wants of the run by a key: the part of the machine behind ``keys.py``. Pure."""

from __future__ import annotations

from abc import ABC, abstractmethod

from otorepair_like import errors, events
from otorepair_like.incident import Incident
from otorepair_like.loop import steps
from otorepair_like.loop.ending import Ending
from otorepair_like.loop.tables import RUN, Repair, Run, follow


class Wishes(Ending, ABC):
    """Restart, pause, repair, end."""

    def __init__(self) -> None:
        super().__init__()
        self._paused = False

    @abstractmethod
    def _fix(self, incident: Incident, now: float) -> None:
        """Try ``incident`` as if nothing had been tried before."""

    def _restart_wanted(self, _: steps.RestartWanted, now: float) -> None:
        if self.run is Run.WAITING:
            self.run = follow(RUN, self.run, "resume")
        if self.run is Run.OPEN and self.repair is Repair.IDLE:
            self.child.restart("asked to", now)

    def _pause_wanted(self, _: steps.PauseWanted, now: float) -> None:
        self._paused = not self._paused
        self._tell(events.Notice(text="healing is paused" if self._paused else "healing goes on"))
        if not self._paused and self.run is Run.WAITING and self.crash:
            self._fix(self.crash, now)

    def _fix_wanted(self, step: steps.FixWanted, now: float) -> None:
        if self.repair is Repair.IDLE and (self.child.up or self.run is Run.WAITING):
            self._fix(step.incident, now)
        else:
            self._tell(events.Notice(text="not now: a repair is under way, or the child is about to start"))

    def _quit_wanted(self, _: steps.QuitWanted, __: float) -> None:
        if self.run is Run.ENDING:
            self._do(steps.KillChild())
        elif self.run is Run.WAITING and self.crash:
            self._end(errors.GAVE_UP, f"{self.crash.title} stands")
        else:
            self._end(0, "asked to")
