"""The edge of the loop: what happens becomes a step for the machine, what it decides is carried out.

Everything that happens arrives in one of two queues: the mailbox (from the threads that run the child) and the steps
posted by signal handlers and by our own tasks. Only this module awaits; only the machine decides.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import singledispatchmethod

import anyio

from otorepair_like import events
from otorepair_like.detect import Detector
from otorepair_like.detect.server_lines import said_reload
from otorepair_like.errors import CannotRunError
from otorepair_like.incident import Incident
from otorepair_like.loop import commands, inputs
from otorepair_like.loop.board import KeyActions
from otorepair_like.loop.keys import press
from otorepair_like.loop.lifecycle import is_failure
from otorepair_like.loop.machine import Machine
from otorepair_like.loop.reload import Reload, processes
from otorepair_like.loop.request import ask_again, request_of, shows_by_itself
from otorepair_like.loop.states import RepairState, RunState
from otorepair_like.loop.tasks import Tasks
from otorepair_like.loop.user_edits import UserEdits
from otorepair_like.loop.workers import LOOK_EVERY, WorkerWatch
from otorepair_like.repair.consult import ConsultingRunner
from otorepair_like.repair.environment_fixes import port_remedy
from otorepair_like.repair.proof import ANSWER_WITHIN
from otorepair_like.repair.runner import AttemptRunner
from otorepair_like.supervise import messages as child_says
from otorepair_like.supervise.child import Child
from otorepair_like.supervise.mailbox import Mailbox
from otorepair_like.supervise.process.launch import Launcher
from otorepair_like.supervise.python_probe import PythonProbe
from otorepair_like.supervise.ready import Ready
from otorepair_like.supervise.signals import Signals
from otorepair_like.supervise.terminal.terminal import Terminal
from otorepair_like.supervise.watch.watch import Watch

OUTPUT_WAITS = 0.01
"""Seconds for which output is collected before it is looked at."""
Heartbeat = Callable[[float], float | None]
"""Called with the monotonic time; draws what moves, and says when it wants to be called again."""


class Supervisor:
    """Runs one child until the machine says that the run is over.

    Args:
        launcher: has started the agents, and ends them.
        watch: begins to look at the user's files.
        stop_within: seconds the child gets to end after the first signal.
        stop_signal: the first signal; 0: the one that we were sent.
        terminal: the child's, if it has one.
        ready: how to see that the child is up, if the user said it.
        probe: by which Python children tell of their exceptions, if they do.
        heartbeat: see :data:`Heartbeat`.
    """

    def __init__(
        self,
        *,
        machine: Machine,
        child: Child,
        mailbox: Mailbox,
        detector: Detector,
        attempts: AttemptRunner,
        clinic: ConsultingRunner,
        launcher: Launcher,
        bus: events.Bus,
        watch: Callable[[], Watch],
        stop_within: float = 5.0,
        stop_signal: int = 0,
        terminal: Terminal | None = None,
        ready: Ready | None = None,
        probe: PythonProbe | None = None,
        heartbeat: Heartbeat = lambda _: None,
    ) -> None:
        self.machine, self.child, self.mailbox, self.detector = machine, child, mailbox, detector
        self.attempts, self.clinic, self.bus, self._launcher = attempts, clinic, bus, launcher
        self._begin_watch, self._heartbeat, self._terminal = watch, heartbeat, terminal
        self._watch: Watch | None = None
        self._stop_within, self._stop_signal = stop_within, stop_signal
        self._ready, self._probe, self._workers = ready, probe, WorkerWatch()
        self._edits = UserEdits(everything=machine.policy.watches)
        self.board = KeyActions(bus, attempts, lambda: child if machine.child.up else None, self.post)
        self._steps: deque[inputs.Input] = deque()
        self._wake = anyio.Event()
        self._beat_at: float | None = None
        self._reload: Reload | None = None
        self._code = -1
        """What to exit with, once that is known."""
        self._died_of = 0
        """The signal that ended the run."""

    async def run(self, signals: Signals) -> int:
        """Supervise until the end and return the exit code; negative: the signal that ended the run."""
        loop = asyncio.get_running_loop()
        signals.attach(lambda number: loop.call_soon_threadsafe(self.post, inputs.Interrupted(number)))
        if self._terminal:
            loop.add_signal_handler(signal.SIGWINCH, self._terminal.resize)
            loop.add_signal_handler(signal.SIGCONT, self._terminal.enter)

        def wake(pressing: bool) -> None:
            with suppress(RuntimeError):  # the loop ended at this very moment
                loop.call_soon_threadsafe(self._look_soon, pressing)

        self.mailbox.attach(wake)
        if self._probe:
            loop.add_reader(self._probe, self._woken)
        if self.machine.policy.watches:
            self._watch = self._begin_watch()
        try:
            async with anyio.create_task_group() as group:
                self._tasks = Tasks(group, self.post, self._woken)
                if self.machine.policy.agents:
                    self._tasks.begin("keeper", self.attempts.keeper.watch())
                if self.machine.policy.agents and self.machine.reloads:
                    self._tasks.begin("workers", self._await_death())
                while self._code < 0 or self._tasks.running("work"):  # agents may take their time to end
                    await self._sleep()
                    self._turn()
                group.cancel_scope.cancel()
        finally:
            signals.detach()
            self.mailbox.detach()
            if self._watch:
                self._watch.close()
        return -self._died_of or self._code

    # --- one turn -----------------------------------------------------------------------------------------------

    async def _sleep(self) -> None:
        """Wait for the next thing: a message, a step, or the earliest deadline."""
        deadlines = (self.machine.deadline, self.detector.due(), self._beat_at)
        due = min((deadline for deadline in deadlines if deadline is not None), default=None)
        if not self._steps:
            with anyio.move_on_after(None if due is None else max(0.0, due - time.monotonic())):
                await self._wake.wait()
        self._wake = anyio.Event()

    def _turn(self) -> None:
        now = time.monotonic()
        messages = self.mailbox.drain()
        for record in self._probe.read() if self._probe else ():  # told before what was printed since
            self.detector.take(record, now)
        for message in messages:
            self._heard(message)
        self._saw_all(self.detector.tick(now))
        while self._steps:
            self._step(self._steps.popleft())
        if (due := self.machine.deadline) is not None and now >= due:
            self._step(inputs.Tick())
        if self._beat_at is None or now >= self._beat_at:
            self._beat_at = self._heartbeat(now)

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

    @singledispatchmethod
    def _heard(self, message: object) -> None:
        raise TypeError(f"no such message: {message!r}")

    @_heard.register
    def _(self, message: child_says.Output) -> None:
        self.attempts.keeper.hear(message.stream, message.data)
        if self._reload or self._ready:
            self._heard_lines(message.data.decode(errors="replace").splitlines())
        if self.machine.awaits_answer and message.data.strip(b"^C\r\n"):  # more than the echo of it
            self._step(inputs.Spoke())
        self._saw_all(self.detector.feed(message.stream, message.data, time.monotonic()))

    def _heard_lines(self, lines: Sequence[str]) -> None:
        if self._reload and any(map(said_reload, lines)):
            self._reload.said_so()
        if self._ready:
            for line in lines:
                self._ready.hear(line)

    @_heard.register
    def _(self, message: child_says.Skipped) -> None:
        text = f"{message.bytes} bytes of {message.stream} came too fast to be looked at; they were passed on"
        self.bus.publish(events.Notice(text=text, level=1))

    @_heard.register
    def _(self, message: child_says.Started) -> None:
        self.detector.restart(message.at)
        self._step(inputs.ChildUp(message.pid), message.at)

    @_heard.register
    def _(self, message: child_says.Exited) -> None:
        now = time.monotonic()
        self.detector.flush(now)  # what was still open is part of what it died of
        patient = is_failure(message.status, self.child.argv[0])
        incident = self._noted(self.detector.crash(message.status, now)) if patient else None
        self._step(inputs.ChildDown(message.status, incident, self.attempts.keeper.output), message.at)

    @_heard.register
    def _(self, message: child_says.SignalSent) -> None:
        self.bus.publish(events.StopStep(signal=message.signal, processes=message.count))

    @_heard.register
    def _(self, message: child_says.Gone) -> None:
        if message.left:
            text = f"{message.left} processes of the child could not be ended; see 'ps' and end them yourself"
            self.bus.publish(events.Notice(text=text))
        self._step(inputs.ChildGone())

    @_heard.register
    def _(self, _: child_says.ReaderLeft) -> None:
        self._step(inputs.ReaderGone())

    @_heard.register
    def _(self, message: child_says.Watching) -> None:
        said = f"{message.files} files in {message.folders} folders are watched"
        if message.polling:
            said = f"files are looked at again and again: {message.polling}"
        self.bus.publish(events.Notice(text=said, level=0 if message.polling else 2))

    @_heard.register
    def _(self, message: child_says.Changed) -> None:
        if paths := self._edits.of_the_user(message.paths):
            more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
            self.bus.publish(events.Notice(text=f"changed: {paths[0]}{more}", level=1))
            self._step(inputs.FilesChanged())

    @_heard.register
    def _(self, message: child_says.KeyPressed) -> None:
        if not self.attempts.takes(message.name):
            press(message.name, self.board)

    @_heard.register
    def _(self, message: child_says.CtrlCPressed) -> None:
        self._step(inputs.CtrlC() if message.passed else inputs.Interrupted(signal.SIGINT))

    @_heard.register
    def _(self, _: child_says.Stopped) -> None:
        """Ctrl-Z: stop with the child, and go on with it. Without a keyboard somebody stopped it on purpose."""
        if self._terminal and self._terminal.interactive:
            self._terminal.suspend()
            self.child.signal(signal.SIGCONT)

    def _saw_all(self, incidents: Sequence[Incident]) -> None:
        for incident in incidents:
            self._workers.failure_seen(time.monotonic())
            self._step(inputs.Saw(self._noted(incident)))

    def _noted(self, incident: Incident) -> Incident:
        """``incident`` with its time; the newest failure there is."""
        self.board.incident = replace(incident, time=time.time())
        if said := port_remedy(incident, self.attempts.workspace):  # named, not fought
            self.bus.publish(events.Notice(text=said))
        return self.board.incident

    # --- what to do ---------------------------------------------------------------------------------------------

    @singledispatchmethod
    def _act(self, command: object) -> None:
        raise TypeError(f"no such command: {command!r}")

    @_act.register
    def _(self, command: commands.Tell) -> None:
        if self._terminal:
            self._terminal.direct = self.machine.run is RunState.WAITING or self.attempts.asks
        self.bus.publish(command.event)

    @_act.register
    def _(self, _: commands.StartChild) -> None:
        try:
            self.child.start()
        except CannotRunError as error:
            self.bus.publish(events.Notice(text=str(error)))
            self._code = error.code

    @_act.register
    def _(self, command: commands.StopChild) -> None:
        self.child.stop(self._stop_signal or command.signal, self._stop_within)

    @_act.register
    def _(self, _: commands.KillChild) -> None:
        self.child.kill()
        self._launcher.kill()

    @_act.register
    def _(self, command: commands.AskTriage) -> None:
        self._tasks.begin("work", self._triage(command.incident))

    @_act.register
    def _(self, command: commands.BeginAttempt) -> None:
        self._tasks.begin("work", self._attempt(command))

    @_act.register
    def _(self, _: commands.CancelWork) -> None:
        self._tasks.cancel("work")
        self._tasks.cancel("proof")

    @_act.register
    def _(self, _: commands.AwaitReload) -> None:
        self._reload = Reload(self.child.pid)
        self._tasks.begin("proof", self._await_reload(self._reload))

    @_act.register
    def _(self, _: commands.AwaitReady) -> None:
        if self._ready:
            self._ready.begin()
            self._tasks.begin("ready", self._await_ready(self._ready))

    @_act.register
    def _(self, command: commands.AskAgain) -> None:
        self._tasks.begin("proof", self._ask(command))

    @_act.register
    def _(self, _: commands.RunChecks) -> None:
        self._tasks.begin("work", self.attempts.check())

    @_act.register
    def _(
        self,
        command: commands.HoldChange | commands.KeepChange | commands.TakeBackChange | commands.RevokeChange,
    ) -> None:
        if self.attempts.settle(command):
            self._accept_files()

    @_act.register
    def _(self, _: commands.WatchFiles) -> None:
        self._watch = self._watch or self._begin_watch()

    @_act.register
    def _(self, command: commands.Finish) -> None:
        self._code, self._died_of = command.code, command.signal
        self.bus.publish(events.RunEnded(code=command.code, reason=command.reason))
        self._tasks.begin("work", self._launcher.close())

    # --- what takes time ----------------------------------------------------------------------------------------

    def _accept_files(self) -> None:
        """What we changed ourselves is no edit of the user's."""
        if self._watch:
            self._watch.accept()

    async def _triage(self, incident: Incident) -> inputs.Input:
        return inputs.Opined(await self.clinic.triage(incident))

    async def _attempt(self, begin: commands.BeginAttempt) -> inputs.Input:
        over = await self.clinic.make(begin)
        if not over.applied:
            return over
        self._accept_files()
        incident = begin.ticket.incident
        tails = [self.detector.tail(stream, 100) for stream in ("output", "stdout", "stderr")]
        lines = (*incident.evidence, *(line for tail in tails for line in tail))
        by_itself = shows_by_itself(incident, self.detector.seen(incident.fingerprint))
        return replace(over, request=request_of(incident, lines), by_itself=by_itself)

    async def _await_death(self) -> None:
        """A reloader lives on when its worker dies without a word: look after the worker ourselves."""
        while True:
            await anyio.sleep(LOOK_EVERY)
            running = self.machine.child.up and self.machine.repair is RepairState.IDLE
            if self._workers.dead(processes(self.child.pid) if running else None, time.monotonic()):
                said = self.detector.crash(1, time.monotonic())
                self.post(inputs.Saw(replace(said, type="worker died", exit_status=None)))

    async def _await_reload(self, reload: Reload) -> inputs.Input:
        await reload.wait()
        self._reload = None
        return inputs.Reloaded()

    async def _await_ready(self, ready: Ready) -> inputs.Input:
        await ready.wait(self.child.janitor)
        return inputs.BecameReady()

    async def _ask(self, command: commands.AskAgain) -> inputs.Input:
        unsafe, request = self.machine.policy.replay_all, (command.method, command.path)
        status = await ask_again(self.child.janitor, *request, ANSWER_WITHIN, unsafe=unsafe)
        return inputs.Answered(status)
