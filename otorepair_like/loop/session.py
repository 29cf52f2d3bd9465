"""The composition root: names the concrete classes and puts the house together for one run."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import anyio

from otorepair_like import __version__, events
from otorepair_like.agents.protocol import Agent, Warmable
from otorepair_like.agents.sandbox import Sandbox
from otorepair_like.config import Config
from otorepair_like.detect import Detector, prepare
from otorepair_like.errors import OtorepairError
from otorepair_like.guard.approval import Mode
from otorepair_like.loop.approval_prompt import TerminalApprover
from otorepair_like.loop.health_recorder import HealthRecorder
from otorepair_like.loop.machine import Machine
from otorepair_like.loop.policy import RunPolicy
from otorepair_like.loop.reload import reloads_itself
from otorepair_like.loop.rule_notices import RuleNotices
from otorepair_like.loop.supervisor import Heartbeat, Supervisor
from otorepair_like.loop.team import open_pool
from otorepair_like.loop.title import WindowTitle
from otorepair_like.memory.folder import EVIDENCE, JOURNAL, NAME, make_folder
from otorepair_like.memory.store import Store
from otorepair_like.redact import Redactor
from otorepair_like.repair.budget import limits_of
from otorepair_like.repair.command_prover import Checks
from otorepair_like.repair.consult import ConsultingRunner
from otorepair_like.repair.environment_fixes import EnvironmentFixer
from otorepair_like.repair.runner import AttemptRunner
from otorepair_like.repair.settings import approval_of, policy_of
from otorepair_like.repair.unproven_marks import take_back_left
from otorepair_like.supervise.child import Child
from otorepair_like.supervise.mailbox import Mailbox
from otorepair_like.supervise.process.launch import Launcher
from otorepair_like.supervise.process.spawner import Spawner
from otorepair_like.supervise.python_probe import PythonProbe
from otorepair_like.supervise.ready import Ready
from otorepair_like.supervise.signals import Signals
from otorepair_like.supervise.terminal.terminal import Terminal
from otorepair_like.supervise.watch.watch import Watch
from otorepair_like.workspace.apply import recover
from otorepair_like.workspace.private_copy import COPY, PrivateCopy
from otorepair_like.workspace.run_folder import private_home

PREPARE_AFTER = 1.0
"""Seconds after which the child is expected to have done the most of its own start."""
WORKSHOP = "workshop"
"""Folder of the private copy, in the run's own."""


@dataclass(frozen=True, slots=True)
class Launched:
    """What exists before the heavy imports: the child runs, and its messages accumulate.

    Args:
        typed: the command as typed.
        probe: by which Python children tell of their exceptions; ``None``: they do not.
        environ: our environment, as the agents see it.
        watch: begins to watch the files, where that has not begun.
    """

    config: Config
    typed: str
    spawner: Spawner
    child: Child
    mailbox: Mailbox
    terminal: Terminal
    signals: Signals
    probe: PythonProbe | None
    environ: Mapping[str, str]
    watch: Callable[[], Watch]


@dataclass(frozen=True, slots=True)
class RunView:
    """How the run is shown.

    Args:
        readers: of the bus.
        heartbeat: draws what moves.
        interactive: whether a person is there to do something.
        title: shows a line above it all; ``None``: there is no such place.
    """

    readers: Sequence[events.Reader]
    heartbeat: Heartbeat
    interactive: bool
    title: Callable[[str], None] | None = None


async def run(launched: Launched, make_view: Callable[[Callable[[str], str]], RunView]) -> int:
    """Supervise what was launched until the end; returns the exit code.

    Args:
        make_view: given what masks secrets, says how the run is shown.

    Raises:
        UsageError: a repairer that was asked for cannot work here.
    """
    config, workspace = launched.config, Path(launched.config.workspace)
    redact = Redactor.from_environment(launched.environ, workspace)
    view = make_view(redact)
    bus = events.Bus()
    for reader in view.readers:
        bus.subscribe(reader)
    launcher = Launcher(launched.spawner)
    with private_home() as home:
        launch = Sandbox(launcher, home / WORKSHOP / COPY) if config.sandbox else launcher
        team = await open_pool(config, launch, launched.environ)
        workshop, obstacle = _workshop(workspace, home, needed=bool(team.agents))
        agents = [] if obstacle else team.agents
        _announce(bus, launched, agents, [obstacle] if obstacle else team.notes)
        store = _open_store(workspace, redact, bus) if agents else None
        _tidy(workspace, bus)
        if store:
            bus.subscribe(RuleNotices(store, bus))
        attempts = _attempts(launched, view, agents, workshop, launcher, store, redact, bus)
        preparation = Thread(target=prepare, name="prepare", daemon=True)
        asyncio.get_running_loop().call_later(PREPARE_AFTER, preparation.start)
        try:
            return await Supervisor(
                machine=Machine(_policy(launched, agents, view)),
                child=launched.child,
                mailbox=launched.mailbox,
                detector=Detector(workspace, streams=_streams(config), settle=config.settle),
                attempts=attempts,
                clinic=ConsultingRunner(agents, attempts, team.escalation, bus, workspace, config.analysis),
                launcher=launcher,
                bus=bus,
                watch=launched.watch,
                stop_within=config.stop_timeout,
                stop_signal=0
                if config.stop_signal == "received"
                else signal.Signals[f"SIG{config.stop_signal}"],
                terminal=launched.terminal,
                probe=launched.probe,
                ready=_ready(config),
                heartbeat=_heartbeat(view, launched.child, bus),
            ).run(launched.signals)
        finally:
            attempts.close()
            await launcher.close()
            workshop.close()
            if store:
                store.close()


def _heartbeat(view: RunView, child: Child, bus: events.Bus) -> Heartbeat:
    """What draws all that moves: the status line, and the title if there is one."""
    if view.title is None:
        return view.heartbeat
    title = WindowTitle(view.title, child)
    bus.subscribe(title)

    def beat(now: float) -> float:
        wanted = view.heartbeat(now)
        return min(title.tick(now), wanted or float("inf"))

    return beat


def _workshop(workspace: Path, home: Path, *, needed: bool) -> tuple[PrivateCopy, str]:
    """The private copy, and why nothing can be repaired here, in a line; ``""`` if it can."""
    try:
        workshop = PrivateCopy(workspace, home / WORKSHOP)
        if needed:
            make_folder(workspace)
        return workshop, ""
    except OtorepairError as error:
        empty = home / "nothing"
        empty.mkdir()
        return PrivateCopy(empty, home / WORKSHOP), f"repair is off: {error}"


def _announce(bus: events.Bus, launched: Launched, agents: Sequence[Agent], notes: Sequence[str]) -> None:
    bus.publish(
        events.RunStarted(
            version=__version__,
            command=launched.typed,
            workspace=launched.config.workspace,
            repairers=tuple(agent.name for agent in agents),
            prefix=launched.config.keys if launched.terminal.listens else "",
        )
    )
    for note in notes:
        bus.publish(events.Notice(text=note))


def _open_store(workspace: Path, redact: Callable[[str], str], bus: events.Bus) -> Store | None:
    def say(text: str) -> None:
        bus.publish(events.Notice(text=text))

    try:
        return Store.open(workspace, redact=redact, say=say)
    except OtorepairError as error:
        say(str(error))
        return None


def _tidy(workspace: Path, bus: events.Bus) -> None:
    """End what a killed otorepair left half done or unproven, whether or not anything will be repaired now."""
    ours = workspace / NAME
    if not os.path.isdir(ours):
        return
    try:
        if ended := recover(workspace, ours / JOURNAL):
            bus.publish(events.Notice(text=ended))
        for taken_back in take_back_left(workspace, ours, ours / JOURNAL, ours / EVIDENCE):
            bus.publish(events.Notice(text=taken_back))
    except OtorepairError as error:
        bus.publish(events.Notice(text=str(error)))


def _policy(launched: Launched, agents: Sequence[Agent], view: RunView) -> RunPolicy:
    config = launched.config
    names = tuple(agent.name for agent in agents)
    return RunPolicy(
        agents=names,
        attempts=1 if config.approve == Mode.NEVER else config.attempts,  # a report is made once
        limits=limits_of(config),
        healthy_after=config.healthy_after,
        triage=config.triage != "never" and any(name != "recipes" for name in names),
        triage_all=config.triage == "always",
        interactive=view.interactive,
        reloads=reloads_itself(launched.typed),
        watches=bool(config.watch),
        checks=bool(config.verify),
        replay_all=config.replay == "all",
        ready=_ready(config) is not None,
    )


def _streams(config: Config) -> tuple[str, ...]:
    return ("stderr", "output", "stdout") if config.watch_stdout else ("stderr", "output")


def _attempts(
    launched: Launched,
    view: RunView,
    agents: Sequence[Agent],
    workshop: PrivateCopy,
    launcher: Launcher,
    store: Store | None,
    redact: Callable[[str], str],
    bus: events.Bus,
) -> AttemptRunner:
    config, workspace = launched.config, Path(launched.config.workspace)
    free, policy = anyio.Lock(), policy_of(config)
    keeper = HealthRecorder(
        workshop,
        free,
        workspace / NAME / "health.json",
        launched.typed,
        config.healthy_after,
        lambda text, level: bus.publish(events.Notice(text=text, level=level)),
        [agent.warm for agent in agents if isinstance(agent, Warmable)],
    )
    bus.subscribe(keeper)
    asks = view.interactive and launched.terminal.interactive and not config.quiet
    asking = (
        TerminalApprover(bus, launched.terminal, workshop.root, redact, launched.environ) if asks else None
    )
    return AttemptRunner(
        agents=agents,
        workshop=workshop,
        free=free,
        keeper=keeper,
        workspace=workspace,
        ours=workspace / NAME,
        store=store,
        redact=redact,
        bus=bus,
        command=launched.typed,
        timeout=config.fix_timeout,
        limit=config.attempts,
        policy=policy,
        approval=approval_of(config),
        checks=Checks(
            config.verify,
            config.verify_timeout,
            launcher,
            launched.environ,
            policy.test_paths,
            redact,
        ),
        asker=asking,
        surroundings=_surroundings(config, launcher, launched.environ),
    )


def _surroundings(config: Config, launcher: Launcher, environ: Mapping[str, str]) -> EnvironmentFixer | None:
    if not config.fix_environment:
        return None
    return EnvironmentFixer(Path(config.workspace), launcher, environ, frozenset(config.fix_environment))


def _ready(config: Config) -> Ready | None:
    if not (config.ready_url or config.ready_port or config.ready_log):
        return None
    return Ready(config.ready_url, config.ready_port, config.ready_log)
