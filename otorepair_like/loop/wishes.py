"""What a person wants of the run by a key: the part of the machine behind ``keys.py``. Pure."""

from __future__ import annotations

from abc import ABC, abstractmethod

from otorepair_like import errors, events
from otorepair_like.incident import Incident
from otorepair_like.loop import commands, inputs
from otorepair_like.loop.ending import Ending
from otorepair_like.loop.states import RUN, RepairState, RunState, follow


class Wishes(Ending, ABC):
    """Restart, pause, repair, end."""

    def __init__(self) -> None:
        super().__init__()
        self._paused = False

    @abstractmethod
    def _fix(self, incident: Incident, now: float) -> None:
        """Try ``incident`` as if nothing had been tried before."""

    def _restart_wanted(self, _: inputs.RestartWanted, now: float) -> None:
        if self.run is RunState.WAITING:
            self.run = follow(RUN, self.run, "resume")
        if self.run is RunState.OPEN and self.repair is RepairState.IDLE:
            self.child.restart("asked to", now)

    def _pause_wanted(self, _: inputs.PauseWanted, now: float) -> None:
        self._paused = not self._paused
        self._tell(events.Notice(text="healing is paused" if self._paused else "healing goes on"))
        if not self._paused and self.run is RunState.WAITING and self.crash:
            self._fix(self.crash, now)

    def _fix_wanted(self, step: inputs.FixWanted, now: float) -> None:
        if self.repair is RepairState.IDLE and (self.child.up or self.run is RunState.WAITING):
            self._fix(step.incident, now)
        else:
            self._tell(events.Notice(text="not now: a repair is under way, or the child is about to start"))

    def _quit_wanted(self, _: inputs.QuitWanted, __: float) -> None:
        if self.run is RunState.ENDING:
            self._do(commands.KillChild())
        elif self.run is RunState.WAITING and self.crash:
            self._end(errors.GAVE_UP, f"{self.crash.title} stands")
        else:
            self._end(0, "asked to")
