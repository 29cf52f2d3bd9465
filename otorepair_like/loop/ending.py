"""How a run ends: the part of the machine that people, signals and the child's own end lead to. Pure."""

from __future__ import annotations

import signal

from otorepair_like import events
from otorepair_like.attempt import Verdict
from otorepair_like.incident import Incident
from otorepair_like.loop import commands, inputs
from otorepair_like.loop.interrupts import Interrupts
from otorepair_like.loop.lifecycle import Lifecycle, exit_code
from otorepair_like.loop.proof_schedule import ProofSchedule
from otorepair_like.loop.states import REPAIR, RUN, ChildState, RepairState, RunState, follow
from otorepair_like.repair.proof import Judgement

OF_PEOPLE = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
"""Signals by which a person, a terminal or a session manager ends a program."""


class Ending:
    """The child, the repair and the run as states, and what brings all three to their end."""

    def __init__(self) -> None:
        self._out: list[commands.Command] = []
        self.child = Lifecycle(self._out)
        self.repair, self.run = RepairState.IDLE, RunState.OPEN
        self.trial = ProofSchedule()
        self.crash: Incident | None = None
        """The failure the child ended with, until a repair is proven."""
        self._ending = commands.Finish(0, "")
        self._interrupts = Interrupts()

    def _child_gone(self, _: inputs.ChildGone, now: float) -> None:
        self.child.gone(now)
        if self.run is RunState.ENDING:
            self._do(self._ending)

    def _ctrl_c(self, _: inputs.CtrlC, now: float) -> None:
        """The child has it already; a debugger or a prompt may go on after it, so only insistence ends it."""
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

    def _spoke(self, _: inputs.Spoke, __: float) -> None:
        self._interrupts.answered()

    def _reader_gone(self, _: inputs.ReaderGone, __: float) -> None:
        if self.run is not RunState.ENDING:
            self._end(128 + signal.SIGPIPE, "nobody reads the output")

    def _end_with_child(self) -> None:
        """End as the child has ended: also of the signal that ended it, if it was one that a person sends."""
        status = self.child.status
        self._end(exit_code(status), "the child ended", by=-status if -status in OF_PEOPLE else 0)

    def _end(self, code: int, reason: str, stop: int = signal.SIGTERM, by: int = 0) -> None:
        self.run = follow(RUN, self.run, "end")
        self._ending = commands.Finish(code, reason, by)
        self.child.cancel_start()
        self._cancel()
        self.child.stop(stop)
        if self.child.state is ChildState.NONE:
            self._do(self._ending)

    def _cancel(self) -> None:
        """Stop what is going on; a change that is not proven yet is taken back."""
        if self.repair is RepairState.IDLE:
            return
        self.repair = follow(REPAIR, self.repair, "cancel")
        self.trial.end()
        self._do(commands.CancelWork())
        self._do(
            commands.TakeBackChange(
                Judgement(Verdict.INTERRUPTED, progress=False, proof="taken back before it was proven")
            )
        )

    def _tell(self, event: events.Event) -> None:
        self._out.append(commands.Tell(event))

    def _do(self, command: commands.Command) -> None:
        self._out.append(command)
