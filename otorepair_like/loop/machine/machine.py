"""The machine: inputs go in, commands come out. No clock, no I/O, no await.

Three tables (``states.py``) say which steps are legal, and each has its owner: the program's in ``lifecycle.py``, the
repair's in ``repair_track.py``, the run's here. Time comes in as ``now`` (monotonic seconds); a wait is a
:attr:`Machine.deadline` that the edge turns into a ``Tick``.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from otorepair_like import errors, events
from otorepair_like.incident import Incident
from otorepair_like.loop.machine import commands, inputs
from otorepair_like.loop.machine.interrupts import Interrupts
from otorepair_like.loop.machine.lifecycle import Lifecycle, exit_code
from otorepair_like.loop.machine.open_incidents import OpenIncidents
from otorepair_like.loop.machine.policy import RunPolicy
from otorepair_like.loop.machine.repair_track import RepairTrack
from otorepair_like.loop.machine.states import RUN, ChildState, RepairState, RunState, follow
from otorepair_like.reasons import NotRepaired
from otorepair_like.repair.plan.plan import GiveUp, RepairPlan

BY_HAND: Final = (-signal.SIGINT, -signal.SIGHUP, -signal.SIGQUIT, 128 + signal.SIGINT)
"""Statuses of a program that a person ended at a terminal, by a shell too."""
FROM_OUTSIDE: Final = (-signal.SIGTERM, -signal.SIGKILL)
"""Statuses of a program that somebody else ended; no fault of its own if it said nothing."""
OF_PEOPLE: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
"""Signals by which a person, a terminal or a session manager ends a program."""


class Machine:
    """Decides everything about a run. Feed it with :meth:`handle`, and carry out the commands in order.

    Args:
        policy: the settings of the run.
        plan: decides about repairs.
    """

    def __init__(self, policy: RunPolicy, plan: RepairPlan) -> None:
        self.policy = policy
        self._edited = ""
        self._out: list[commands.Command] = []
        self.run = RunState.OPEN
        self.child = Lifecycle(self._out)
        self.repair = RepairTrack(self, policy, plan, self.child, OpenIncidents(self._tell), self._out)
        self._files_changed = False
        self._ending = commands.Finish(0, "")
        self._interrupts = Interrupts()

    @property
    def deadline(self) -> float | None:
        """Return the time at which ``Tick`` is due, if nothing else happens before."""
        due = (self.repair.schedule.deadline, self.child.start_at, self._interrupts.answer_by)
        return min((t for t in due if t is not None), default=None)

    @property
    def awaits_answer(self) -> bool:
        """Return whether the machine waits for :class:`~otorepair_like.loop.machine.inputs.Spoke`."""
        return self._interrupts.answer_by is not None

    def handle(self, step: inputs.Input, now: float) -> list[commands.Command]:
        """Return the commands that follow from ``step``.

        Raises:
            IllegalStepError: it cannot happen now; nothing was changed.
        """
        self._out.clear()
        HANDLERS[type(step)](self, step, now)
        self._end_if_over()
        return list(self._out)

    # --- the program --------------------------------------------------------------------------------------------

    def _child_up(self, step: inputs.ChildUp, now: float) -> None:
        self.child.came_up(step.pid, now)
        if self.child.up:  # and not on its way down again
            self.repair.runs_anew(now)

    def _became_ready(self, _: inputs.BecameReady, now: float) -> None:
        self.child.ready(now)
        self.repair.became_ready(now)

    def _reloader_seen(self, _: inputs.ReloaderSeen, __: float) -> None:
        """Leave restarts after a repair to the program from now on."""
        self.policy = self.repair.policy = replace(self.policy, reloads=True)
        self._tell(events.Notice(text="the program restarts itself when a file changes", level=1))

    def _child_down(self, step: inputs.ChildDown, now: float) -> None:
        by_itself = self.child.went_down(step.status, now)
        self._interrupts.forget()
        if by_itself and self.run is RunState.OPEN:
            self.repair.child_ended(step, now, wanted=self._is_wanted(step, now))

    def _is_wanted(self, step: inputs.ChildDown, now: float) -> bool:
        """Return whether a person ended the program, whatever failure was open."""
        if step.status in BY_HAND or self._interrupts.just_now(now):
            return True
        silent = not (step.incident and step.incident.frames)
        return silent and (self._interrupts.recently(now) or step.status in FROM_OUTSIDE)

    def _child_gone(self, _: inputs.ChildGone, now: float) -> None:
        self.child.gone(now)
        if self.run is RunState.ENDING:
            self._do(self._ending)

    def _saw(self, step: inputs.Saw, now: float) -> None:
        if self.run is RunState.OPEN:
            self.repair.saw(step.incident, now, stopping=self.child.state is ChildState.STOPPING)

    # --- the run, as the repair sees it -------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Return whether the run goes on."""
        return self.run is RunState.OPEN

    def take_edit(self, now: float) -> bool:
        """Act on an edit of the user's that had to wait; return whether there was one."""
        if not self._files_changed or self.run is RunState.ENDING:
            return False
        self._files_changed = False
        why = f"{self._edited} changed" if self._edited else "a file changed"
        self.repair.plan.user_changed_files()
        self.child.forgive()
        if self.run is RunState.WAITING:
            self.run = follow(RUN, self.run, "resume")
        elif self.child.up and not self.policy.watches:
            return True
        self.repair.forget(NotRepaired.USER_EDIT)
        self.child.restart(why, now)
        return True

    def stuck(self, incident: Incident, why: GiveUp, now: float) -> None:
        """Wait for the user, or end: the program is down and cannot be repaired."""
        if self.policy.interactive or self.policy.watches:
            self.run = follow(RUN, self.run, "wait")
            self.repair.crash = incident
            self._tell(events.Waiting(reason=f"not repaired: {incident.title}"))
            self.take_edit(now)
        else:
            self._end(errors.GAVE_UP, f"not repaired: {incident.title} ({why})")

    # --- people and time ----------------------------------------------------------------------------------------

    def _changed(self, step: inputs.FilesChanged, now: float) -> None:
        """Note that the user did something: everything may be tried again, once no attempt runs."""
        self._files_changed, self._edited = True, step.path
        if self.repair.state is RepairState.IDLE:
            self.take_edit(now)

    def _restart_wanted(self, _: inputs.RestartWanted, now: float) -> None:
        if self.run is RunState.WAITING:
            self.run = follow(RUN, self.run, "resume")
        if self.run is RunState.OPEN and self.repair.state is RepairState.IDLE:
            self.child.restart("you asked for it", now)

    def _pause_wanted(self, _: inputs.PauseWanted, now: float) -> None:
        paused = self.repair.paused = not self.repair.paused
        self._tell(events.Notice(text="repair is paused" if paused else "repair goes on"))
        if not paused and self.run is RunState.WAITING and self.repair.crash:
            self._fix(self.repair.crash, now)

    def _fix_wanted(self, step: inputs.FixWanted, now: float) -> None:
        if self.repair.state is RepairState.IDLE and (self.child.up or self.run is RunState.WAITING):
            self._fix(step.incident, now)
        else:
            self._tell(events.Notice(text="not now: a repair is running, or the program is about to start"))

    def _fix(self, incident: Incident, now: float) -> None:
        if self.run is RunState.WAITING:
            self.run = follow(RUN, self.run, "resume")
        self.repair.fix(incident, now)

    def _tick(self, _: inputs.Tick, now: float) -> None:
        self.child.tick(now)
        if self._interrupts.ignored(now):
            self._tell(events.Notice(text="the program ignores Ctrl-C; press Ctrl-C again to stop it"))
        self.repair.tick(now)

    # --- the end ------------------------------------------------------------------------------------------------

    def _quit_wanted(self, _: inputs.QuitWanted, __: float) -> None:
        if self.run is RunState.ENDING:
            self._do(commands.KillChild())
        elif self.run is RunState.WAITING and self.repair.crash:
            self._end(errors.GAVE_UP, f"not repaired: {self.repair.crash.title}")
        else:
            self._end(0, "you asked for it")

    def _ctrl_c(self, _: inputs.CtrlC, now: float) -> None:
        """End the run if the user insists: the program has the Ctrl-C already, and may go on after it."""
        if not self.child.up:
            self._interrupted(inputs.Interrupted(signal.SIGINT), now)
            return
        if self._interrupts.typed(now):
            self._end(128 + signal.SIGINT, "interrupted", signal.SIGINT, by=signal.SIGINT)
            self._do(commands.KillChild())

    def _interrupted(self, step: inputs.Interrupted, now: float) -> None:
        again = self._interrupts.signalled(now)
        if self.run is RunState.ENDING and again:
            self._do(commands.KillChild())
        elif self.run is not RunState.ENDING:
            word = "interrupted" if step.signal == signal.SIGINT else "terminated"
            self._end(128 + step.signal, word, step.signal, by=step.signal)

    def _reader_gone(self, _: inputs.ReaderGone, __: float) -> None:
        if self.run is not RunState.ENDING:
            self._end(128 + signal.SIGPIPE, "nobody reads the output")

    def _end_if_over(self) -> None:
        """End the run with its program: the one place that does, after every step.

        It is over when the program is down, will not be started, and nothing is left to repair.
        """
        idle = self.repair.state is RepairState.IDLE and self.repair.crash is None
        if self.run is RunState.OPEN and self.child.over and idle:
            status = self.child.status
            self._end(exit_code(status), "the program ended", by=-status if -status in OF_PEOPLE else 0)

    def _end(self, code: int, reason: str, stop: int = signal.SIGTERM, by: int = 0) -> None:
        """End the run with ``code``; ``stop``: the signal for the program, ``by``: the one that ended the run."""
        self.run = follow(RUN, self.run, "end")
        self._ending = commands.Finish(code, reason, by)
        self.child.cancel_start()
        self.repair.cancel()
        self.repair.forget(NotRepaired.RUN_ENDED)
        self.child.stop(stop)
        if self.child.state is ChildState.NONE:
            self._do(self._ending)

    def _tell(self, event: events.Event) -> None:
        self._out.append(commands.Tell(event))

    def _do(self, command: commands.Command) -> None:
        self._out.append(command)


HANDLERS: Final[dict[type, Callable[[Machine, Any, float], None]]] = {
    inputs.ChildUp: Machine._child_up,
    inputs.ChildDown: Machine._child_down,
    inputs.ChildGone: Machine._child_gone,
    inputs.Reloaded: lambda machine, _, now: machine.repair.reloaded(now),
    inputs.ReloaderSeen: Machine._reloader_seen,
    inputs.BecameReady: Machine._became_ready,
    inputs.Saw: Machine._saw,
    inputs.Opined: lambda machine, step, now: machine.repair.opined(step, now),
    inputs.AttemptOver: lambda machine, step, now: machine.repair.attempt_over(step, now),
    inputs.Answered: lambda machine, step, now: machine.repair.answered(step, now),
    inputs.PlaceRan: lambda machine, step, now: machine.repair.place_ran(step, now),
    inputs.FilesChanged: Machine._changed,
    inputs.RestartWanted: Machine._restart_wanted,
    inputs.PauseWanted: Machine._pause_wanted,
    inputs.FixWanted: Machine._fix_wanted,
    inputs.StopAttemptWanted: lambda machine, _, now: machine.repair.stop_attempt(now),
    inputs.CtrlC: Machine._ctrl_c,
    inputs.Spoke: lambda machine, _, __: machine._interrupts.answered(),
    inputs.QuitWanted: Machine._quit_wanted,
    inputs.Interrupted: Machine._interrupted,
    inputs.ReaderGone: Machine._reader_gone,
    inputs.Tick: Machine._tick,
}
