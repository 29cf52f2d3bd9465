"""The edge of the loop: events of the world become inputs of the machine, and its commands are carried out.

Everything arrives in one of two queues: the mailbox (from the threads that run the program) and the inputs posted by
signal handlers and by our own tasks. Only this module awaits; only the machine decides.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

import anyio

from otorepair_like import events
from otorepair_like.detect.server_lines import said_reload
from otorepair_like.errors import CannotRunError
from otorepair_like.incident import Incident
from otorepair_like.loop.child_notices import Told, notice
from otorepair_like.loop.execution_watch import Witness
from otorepair_like.loop.keys import KeyActions, press
from otorepair_like.loop.last_words import LastWords
from otorepair_like.loop.machine import commands, inputs
from otorepair_like.loop.machine.lifecycle import is_failure
from otorepair_like.loop.machine.machine import Machine
from otorepair_like.loop.machine.states import RepairState, RunState
from otorepair_like.loop.reload import Reload
from otorepair_like.loop.reloader_watch import ReloaderWatch
from otorepair_like.loop.replay import Asker
from otorepair_like.loop.run_parts import Program, Repairs
from otorepair_like.loop.tasks import Tasks
from otorepair_like.loop.user_edits import UserEdits
from otorepair_like.loop.waits import Waits
from otorepair_like.repair.environment_fixes import port_remedy
from otorepair_like.supervise import messages as child_says
from otorepair_like.supervise.signals import Signals
from otorepair_like.supervise.watch.watch import Watch

OUTPUT_WAITS = 0.01
"""Seconds for which output is collected before it is parsed."""
AT_ONCE, FLOOD_SHARE = 0.008, 6
"""Seconds for which output is parsed in a flood, and how many times as long it then waits."""
Heartbeat = Callable[[float], float | None]
"""Called with the monotonic time; draws the animated parts, and returns the time of the next call."""


class Supervisor:
    """Runs one program until the machine says that the run is over.

    Args:
        watch: starts to watch the user's files.
        heartbeat: see :data:`Heartbeat`.
    """

    def __init__(
        self,
        program: Program,
        repairs: Repairs,
        machine: Machine,
        bus: events.Bus,
        watch: Callable[[], Watch],
        heartbeat: Heartbeat = lambda _: None,
    ) -> None:
        self.program, self.repairs, self.machine, self.bus = program, repairs, machine, bus
        self._begin_watch, self._heartbeat = watch, heartbeat
        self._watch: Watch | None = None
        self._witness = Witness(program.probe)
        self._asker = Asker(lambda: program.child.janitor, repairs.recorder, machine.policy.replay_all)
        self._waits = Waits(program, repairs.attempting, self._asker)
        self._workers = ReloaderWatch(program, machine, self.post)
        self._edits = UserEdits(everything=machine.policy.watches)
        self.keys = KeyActions(
            bus, repairs.ledger, lambda: program.child if machine.child.up else None, self.post
        )
        self._steps: deque[inputs.Input] = deque()
        self._wake = anyio.Event()
        self._beat_at: float | None = None
        self._reload: Reload | None = None
        self._last_words = LastWords()
        self._started_at = float("-inf")
        """When the program was started last."""
        self._hears_on = float("-inf")
        """When it is the turn of detection again, in a flood."""
        self._code = -1
        """The exit code; negative until it is known."""
        self._died_of = 0
        """The signal that ended the run."""

    async def run(self, signals: Signals) -> int:
        """Supervise until the end and return the exit code; negative: the signal that ended the run."""
        loop = asyncio.get_running_loop()
        signals.attach(lambda number: loop.call_soon_threadsafe(self.post, inputs.Interrupted(number)))
        if self.program.terminal:
            loop.add_signal_handler(signal.SIGWINCH, self.program.terminal.resize)
            loop.add_signal_handler(signal.SIGCONT, self.program.terminal.enter)
            self.program.terminal.resize()  # the window may have changed before anybody listened

        def wake(pressing: bool) -> None:
            with suppress(RuntimeError):  # the loop ended at this very moment
                loop.call_soon_threadsafe(self._look_soon, pressing)

        self.program.mailbox.attach(wake)
        if self.program.probe:
            loop.add_reader(self.program.probe, self._woken)
        if self.machine.policy.watches:
            self._watch = self._begin_watch()
        try:
            async with anyio.create_task_group() as group:
                self._tasks = Tasks(group, self._woken)
                if self.machine.repair.enabled:
                    self._tasks.begin("health", self.repairs.recorder.watch())
                    self._tasks.begin("workers", self._workers.run())
                while self._code < 0 or self._tasks.running("work"):  # agents may take their time to end
                    await self._sleep()
                    self._turn()
                group.cancel_scope.cancel()
        finally:
            signals.detach()
            self.program.mailbox.detach()
            if self._watch:
                self._watch.close()
        return -self._died_of or self._code

    # --- one turn -----------------------------------------------------------------------------------------------

    async def _sleep(self) -> None:
        """Wait for the next thing: a message, a step, or the earliest deadline."""
        deadlines = (self.machine.deadline, self.program.detector.due(), self._last_words.due, self._beat_at)
        due = min((deadline for deadline in deadlines if deadline is not None), default=None)
        if not self._steps:
            with anyio.move_on_after(None if due is None else max(0.0, due - time.monotonic())):
                await self._wake.wait()
        self._wake = anyio.Event()

    def _turn(self) -> None:
        now = time.monotonic()
        self._read_probe(now)  # told before what was printed since
        self._hear(now)
        self._saw_all(self.program.detector.tick(now))
        for incident in self._last_words.outlived(now):
            self._step(inputs.Saw(incident))
        while step := (self._steps.popleft() if self._steps else self._tasks.take()):
            self._step(step)
        if (due := self.machine.deadline) is not None and now >= due:
            self._step(inputs.Tick())
        if self._beat_at is None or now >= self._beat_at:
            self._beat_at = self._heartbeat(now)

    def _hear(self, begun: float) -> None:
        """Take the messages that wait; in a flood only some, and go on later: the relay comes first."""
        mailbox = self.program.mailbox
        if begun < self._hears_on and mailbox.flooded:
            return  # something else woke us
        while (message := mailbox.take()) is not None:
            self._heard(message)
            now = time.monotonic()
            if now - begun > AT_ONCE and mailbox.flooded:
                wait = FLOOD_SHARE * (now - begun)
                self._hears_on = now + wait
                asyncio.get_running_loop().call_later(wait, self._woken)
                return

    def _read_probe(self, now: float) -> None:
        for record in self.program.probe.read() if self.program.probe else ():
            if (ran := self._witness.take(record)) is not None:
                self._step(ran)
            else:
                self.program.detector.take(record, now)

    def _look_soon(self, pressing: bool) -> None:
        if pressing:
            self._wake.set()
        else:
            asyncio.get_running_loop().call_later(OUTPUT_WAITS, self._woken)

    def _woken(self) -> None:
        self._wake.set()

    def post(self, step: inputs.Input) -> None:
        """Have the machine take ``step`` in the next turn."""
        self._steps.append(step)
        self._wake.set()

    def _step(self, step: inputs.Input, at: float | None = None) -> None:
        for command in self.machine.handle(step, time.monotonic() if at is None else at):
            if self._code < 0 or isinstance(command, commands.KillChild):
                self._act(command)

    # --- what happens -------------------------------------------------------------------------------------------

    def _heard(self, message: object) -> None:
        MESSAGES[type(message)](self, message)

    def _output(self, message: child_says.Output) -> None:
        self.repairs.recorder.hear(message.stream, message.data)
        if self._reload or self.program.ready:
            self._heard_lines(message.data.decode(errors="replace").splitlines())
        if self.machine.awaits_answer and message.data.strip(b"^C\r\n"):  # more than the echo of it
            self._step(inputs.Spoke())
        self._saw_all(self.program.detector.feed(message.stream, message.data, time.monotonic()))

    def _heard_lines(self, lines: Sequence[str]) -> None:
        if self._reload and any(map(said_reload, lines)):
            self._reload.said_so()
        if self.program.ready:
            for line in lines:
                self.program.ready.hear(line)

    def _started(self, message: child_says.Started) -> None:
        self._started_at = message.at
        self.program.detector.restart(message.at)
        self._step(inputs.ChildUp(message.pid), message.at)

    def _exited(self, message: child_says.Exited) -> None:
        now = time.monotonic()
        self._read_probe(now)
        self.program.detector.flush(now)  # what was still open is part of what it died of
        patient = is_failure(message.status, self.program.child.argv[0])
        incident = self._noted(self.program.detector.crash(message.status, now)) if patient else None
        for other in self._last_words.ended(incident):
            self._step(inputs.Saw(other))
        recorder = self.repairs.recorder
        self._step(inputs.ChildDown(message.status, incident, recorder.output, recorder.served), message.at)

    def _gone(self, message: child_says.Gone) -> None:
        self._say(message)
        self._step(inputs.ChildGone())

    def _reader_left(self, message: child_says.ReaderLeft) -> None:
        self._say(message)
        self._step(inputs.ReaderGone())

    def _say(self, message: Told) -> None:
        if told := notice(message):
            self.bus.publish(told)

    def _files_changed(self, message: child_says.Changed) -> None:
        paths = self._edits.of_the_user(message.paths, self._started_at, time.monotonic())
        for told in self._edits.notices(paths):
            self.bus.publish(told)
        if paths:
            self._step(inputs.FilesChanged(os.path.relpath(paths[0], self.repairs.workspace)))

    def _key_pressed(self, message: child_says.KeyPressed) -> None:
        approver = self.repairs.approver
        if not (approver and approver.take(message.name)):
            press(message.name, self.keys)

    def _ctrl_c_pressed(self, message: child_says.CtrlCPressed) -> None:
        self._step(inputs.CtrlC() if message.passed else inputs.Interrupted(signal.SIGINT))

    def _stopped(self, _: child_says.Stopped) -> None:
        """Stop and continue with the program after Ctrl-Z; without a keyboard somebody stopped it on purpose."""
        if self.program.terminal and self.program.terminal.interactive:
            self.program.terminal.suspend()
            self.program.child.signal(signal.SIGCONT)

    def _saw_all(self, incidents: Sequence[Incident]) -> None:
        for incident in incidents:
            self._workers.failure_seen(time.monotonic())
            noted = self._noted(incident)
            proving = self.machine.repair.state is RepairState.PROVING
            if incident.handled or proving or not self.machine.child.up:
                self._step(inputs.Saw(noted))
            else:
                self._last_words.hold(noted, time.monotonic())

    def _noted(self, incident: Incident) -> Incident:
        """Return ``incident`` with its time, and keep it as the newest failure."""
        self._asker.remember(incident, self.program.detector.headers(incident))
        self.keys.incident = replace(incident, time=time.time())
        # otorepair ends nobody's process by itself
        if remedy := port_remedy(incident, self.repairs.workspace):
            self.bus.publish(events.Notice(text=remedy))
        return self.keys.incident

    # --- what to do ---------------------------------------------------------------------------------------------

    def _act(self, command: commands.Command) -> None:
        COMMANDS[type(command)](self, command)

    def _tell(self, command: commands.Tell) -> None:
        if self.program.terminal:
            self.program.terminal.direct = self.machine.run is RunState.WAITING or self.repairs.asks
        self.bus.publish(command.event)

    def _start_child(self, _: commands.StartChild) -> None:
        try:
            self.program.child.start()
        except CannotRunError as error:
            self.bus.publish(events.Notice(text=str(error)))
            self._code = error.code

    def _stop_child(self, command: commands.StopChild) -> None:
        self.program.child.stop(self.program.stop_signal or command.signal, self.program.stop_within)

    def _kill_child(self, _: commands.KillChild) -> None:
        self.program.child.kill()
        self.repairs.launcher.kill()

    def _cancel_work(self, _: commands.CancelWork) -> None:
        self._tasks.cancel("work")
        self._tasks.cancel("proof")

    def _begin_reload(self, _: commands.AwaitReload) -> None:
        files = [str(self.repairs.workspace / path) for path in self.repairs.ledger.pending_paths]
        self._reload = Reload(self.program.child.pid, files)
        self._tasks.begin("proof", self._await_reload(self._reload))

    def _begin_ready(self, _: commands.AwaitReady) -> None:
        if self.program.ready:
            self.program.ready.begin()
            self._tasks.begin("ready", self._waits.ready(self.program.ready))

    def _keep_change(self, command: commands.KeepChange) -> None:
        self._witness.rest()  # what the user does next may prove it
        self.repairs.ledger.keep(command.judgement)

    def _undo_change(self, command: commands.UndoChange) -> None:
        self._witness.dismiss()
        self.repairs.ledger.undo(command.judgement)
        self._accept_files()

    def _undo_kept(self, command: commands.UndoKept) -> None:
        self.repairs.ledger.undo_kept(command.fingerprint, command.judgement)
        self._accept_files()

    def _watch_files(self, _: commands.WatchFiles) -> None:
        self._watch = self._watch or self._begin_watch()

    def _finish(self, command: commands.Finish) -> None:
        self._code, self._died_of = command.code, command.signal
        self.bus.publish(events.RunEnded(code=command.code, reason=command.reason))
        self._tasks.begin("work", self.repairs.launcher.close())

    # --- what takes time ----------------------------------------------------------------------------------------

    async def _attempt(self, begin: commands.BeginAttempt) -> inputs.Input:
        over = await self._waits.attempt(begin)
        if over.attempted.applied and begin.ticket.incident:
            self._accept_files()
            self._witness.call(over.attempted.places)
        return over

    async def _await_reload(self, reload: Reload) -> inputs.Input:
        await reload.wait()
        self._reload = None
        return inputs.Reloaded()

    def _accept_files(self) -> None:
        """Tell the watch that our own changes are no edits of the user's."""
        if self._watch:
            self._watch.accept()


MESSAGES: Final[dict[type, Callable[[Supervisor, Any], None]]] = {
    child_says.Output: Supervisor._output,
    child_says.Skipped: Supervisor._say,
    child_says.Started: Supervisor._started,
    child_says.Exited: Supervisor._exited,
    child_says.SignalSent: lambda self, step: self.bus.publish(
        events.StopStep(signal=step.signal, processes=step.count)
    ),
    child_says.Gone: Supervisor._gone,
    child_says.ReaderLeft: Supervisor._reader_left,
    child_says.LeftBehind: Supervisor._say,
    child_says.Lost: Supervisor._say,
    child_says.Watching: Supervisor._say,
    child_says.Changed: Supervisor._files_changed,
    child_says.KeyPressed: Supervisor._key_pressed,
    child_says.CtrlCPressed: Supervisor._ctrl_c_pressed,
    child_says.Stopped: Supervisor._stopped,
}
COMMANDS: Final[dict[type, Callable[[Supervisor, Any], None]]] = {
    commands.Tell: Supervisor._tell,
    commands.StartChild: Supervisor._start_child,
    commands.StopChild: Supervisor._stop_child,
    commands.KillChild: Supervisor._kill_child,
    commands.AskTriage: lambda self, step: self._tasks.begin("work", self._waits.triage(step.incident)),
    commands.BeginAttempt: lambda self, step: self._tasks.begin("work", self._attempt(step)),
    commands.CancelWork: Supervisor._cancel_work,
    commands.AwaitReload: Supervisor._begin_reload,
    commands.AwaitReady: Supervisor._begin_ready,
    commands.AskAgain: lambda self, step: self._tasks.begin("proof", self._waits.ask(step)),
    commands.WatchFiles: Supervisor._watch_files,
    commands.Finish: Supervisor._finish,
    commands.HoldChange: lambda self, step: self.repairs.ledger.hold(step.judgement),
    commands.KeepChange: Supervisor._keep_change,
    commands.UndoChange: Supervisor._undo_change,
    commands.ConfirmKept: lambda self, step: self.repairs.ledger.confirm_kept(
        step.fingerprint, step.judgement
    ),
    commands.UndoKept: Supervisor._undo_kept,
}
