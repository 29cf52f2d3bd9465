"""The composition root: builds everything for one run from the concrete classes."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from otorepair_like import __version__, events
from otorepair_like.config import Config
from otorepair_like.detect import Detector, prepare
from otorepair_like.loop.approval_prompt import TerminalApprover
from otorepair_like.loop.health_recorder import HealthRecorder
from otorepair_like.loop.machine.machine import Machine
from otorepair_like.loop.machine.policy import RunPolicy
from otorepair_like.loop.reload import reloads_itself
from otorepair_like.loop.rule_notices import RuleNotices
from otorepair_like.loop.run_parts import Program, Repairs
from otorepair_like.loop.status import WindowTitle
from otorepair_like.loop.supervisor import Heartbeat, Supervisor
from otorepair_like.memory.incident_log import IncidentLog
from otorepair_like.redact import Redactor
from otorepair_like.repair.agent_pool import AgentPool
from otorepair_like.repair.workbench import BenchTools, Workbench, open_workbench
from otorepair_like.supervise.child import Child
from otorepair_like.supervise.mailbox import Mailbox
from otorepair_like.supervise.process.launch import Launcher
from otorepair_like.supervise.process.spawner import Spawner
from otorepair_like.supervise.python_probe import PythonProbe
from otorepair_like.supervise.ready import Ready
from otorepair_like.supervise.signals import Signals
from otorepair_like.supervise.terminal.terminal import Terminal
from otorepair_like.supervise.watch.watch import Watch
from otorepair_like.trust.projects import TRUSTED
from otorepair_like.workspace.run_folder import private_home

PREPARE_AFTER = 1.0
"""Seconds after which the program has probably done most of its own start."""


@dataclass(frozen=True, slots=True)
class Launched:
    """Everything that exists before the heavy imports: the program runs, and its messages accumulate.

    Args:
        typed: the command as typed.
        probe: reads the exceptions that Python programs report; ``None``: they report none.
        environ: our environment, as the agents see it.
        watch: starts to watch the files, if nothing has yet.
    """

    config: Config
    typed: str
    spawner: Spawner
    child: Child
    mailbox: Mailbox
    terminal: Terminal | None
    signals: Signals
    probe: PythonProbe | None
    environ: Mapping[str, str]
    watch: Callable[[], Watch]


@dataclass(frozen=True, slots=True)
class RunView:
    """The user's view of the run.

    Args:
        readers: of the bus.
        heartbeat: draws the animated parts.
        interactive: whether a person is there to do something.
        title: shows a line in the window's title; ``None``: there is none.
    """

    readers: Sequence[events.Reader]
    heartbeat: Heartbeat
    interactive: bool
    title: Callable[[str], None] | None = None


async def run(launched: Launched, make_view: Callable[[Callable[[str], str]], RunView]) -> int:
    """Supervise the launched program until the end; return the exit code.

    Args:
        make_view: makes the view, given the function that masks secrets.

    Raises:
        UsageError: an agent that was asked for cannot work here.
    """
    config, workspace = launched.config, Path(launched.config.workspace)
    redact = Redactor.from_environment(launched.environ, workspace)
    view = make_view(redact)
    bus = events.Bus()
    for reader in view.readers:
        bus.subscribe(reader)
    launcher = Launcher(launched.spawner)
    with private_home() as home:
        tools = BenchTools(launcher, launched.environ, home, bus, redact, launched.typed)
        async with open_workbench(config, tools) as bench:
            _announce(bus, launched, bench.pool)
            if bench.history.store:
                bus.subscribe(RuleNotices(bench.history.store, bus))
                bus.subscribe(IncidentLog(bench.history.store))
            recorder = _health_recorder(launched, bench, bus)
            approver = _approver(launched, view, bench, bus, redact)
            bench.attach(approver, lambda: recorder.health)
            preparation = Thread(target=prepare, name="prepare", daemon=True)
            asyncio.get_running_loop().call_later(PREPARE_AFTER, preparation.start)
            try:
                return await Supervisor(
                    _program(launched),
                    Repairs(bench.consulting, bench.ledger, recorder, launcher, workspace, approver),
                    Machine(_policy(launched, view), bench.plan),
                    bus,
                    launched.watch,
                    _heartbeat(view, launched.child, bus),
                ).run(launched.signals)
            finally:
                recorder.close()
                await launcher.close()


def _heartbeat(view: RunView, child: Child, bus: events.Bus) -> Heartbeat:
    """Return the function that draws the animated parts: the status line, and the title if there is one."""
    if view.title is None:
        return view.heartbeat
    title = WindowTitle(view.title, child)
    bus.subscribe(title)

    def beat(now: float) -> float:
        wanted = view.heartbeat(now)
        return min(title.tick(now), wanted or float("inf"))

    return beat


def _announce(bus: events.Bus, launched: Launched, pool: AgentPool) -> None:
    bus.publish(
        events.RunStarted(
            version=__version__,
            command=launched.typed,
            workspace=launched.config.workspace,
            repairers=tuple(agent.name for agent in pool.agents),
            prefix=launched.config.keys if launched.terminal and launched.terminal.listens else "",
        )
    )
    project = launched.config.project
    untrusted = [project.notice] if project and project.answer(launched.environ) != TRUSTED else []
    for note in (*untrusted, *pool.notes):
        bus.publish(events.Notice(text=note))


def _policy(launched: Launched, view: RunView) -> RunPolicy:
    config = launched.config
    return RunPolicy(
        healthy_after=config.healthy_after,
        interactive=view.interactive,
        reloads=reloads_itself(launched.typed),
        watches=bool(config.watch),
        replay_all=config.replay == "all",
        ready=_ready(config) is not None,
    )


def _streams(config: Config) -> tuple[str, ...]:
    return ("stderr", "output", "stdout") if config.watch_stdout else ("stderr", "output")


def _program(launched: Launched) -> Program:
    config = launched.config
    first = 0 if config.stop_signal == "received" else signal.Signals[f"SIG{config.stop_signal}"]
    return Program(
        launched.child,
        launched.mailbox,
        Detector(Path(config.workspace), streams=_streams(config), settle=config.settle),
        launched.terminal,
        launched.probe,
        _ready(config),
        config.stop_timeout,
        first,
    )


def _health_recorder(launched: Launched, bench: Workbench, bus: events.Bus) -> HealthRecorder:
    recorder = HealthRecorder(
        bench.site,
        launched.typed,
        launched.config.healthy_after,
        lambda text, level: bus.publish(events.Notice(text=text, level=level)),
        [agent.warm for agent in bench.agents],
    )
    bus.subscribe(recorder)
    return recorder


def _approver(
    launched: Launched, view: RunView, bench: Workbench, bus: events.Bus, redact: Callable[[str], str]
) -> TerminalApprover | None:
    terminal = launched.terminal
    if not (view.interactive and terminal and terminal.interactive and not launched.config.quiet):
        return None
    return TerminalApprover(bus, terminal, bench.site.copy.root, redact, launched.environ)


def _ready(config: Config) -> Ready | None:
    if not (config.ready_url or config.ready_port or config.ready_log):
        return None
    return Ready(config.ready_url, config.ready_port, config.ready_log)
