"""Everything that a repair needs, built from the settings. No program needs to run.

One of two composition roots: the other, ``loop/session.py``, adds a living program.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from otorepair_like import events
from otorepair_like.agents.protocol import Agent, Launch
from otorepair_like.agents.sandbox.sandbox import Sandbox, choose
from otorepair_like.config import Config
from otorepair_like.errors import OtorepairError
from otorepair_like.guard.approval import ApprovalMode, Ask
from otorepair_like.memory.folder import EVIDENCE, JOURNAL, NAME, make_folder
from otorepair_like.memory.store import Store
from otorepair_like.repair.agent_pool import AgentPool, open_pool
from otorepair_like.repair.consult import ConsultingRunner
from otorepair_like.repair.environment_fixes import EnvironmentFixer
from otorepair_like.repair.history import RepairHistory
from otorepair_like.repair.ledger import ChangeLedger
from otorepair_like.repair.plan.attempted import Attempted
from otorepair_like.repair.plan.budget import limits_of
from otorepair_like.repair.plan.escalation import Escalation
from otorepair_like.repair.plan.plan import Advise, ChangeDecision, RepairPlan, Try
from otorepair_like.repair.prompt.context import PromptContext
from otorepair_like.repair.proof.command_prover import CommandProver, CopyWithChange, VerifyCommands
from otorepair_like.repair.proof.command_runner import CommandRunner
from otorepair_like.repair.proof.health import Health
from otorepair_like.repair.proof.proof import Judgement
from otorepair_like.repair.proof.prover import SignalProver
from otorepair_like.repair.runner import AttemptRunner, RunnerSettings
from otorepair_like.repair.settings import approval_of, policy_of
from otorepair_like.repair.site import RepairSite
from otorepair_like.repair.unproven_marks import undo_left
from otorepair_like.tickets.ticket import Ticket
from otorepair_like.workspace.apply import recover
from otorepair_like.workspace.lease import Lease
from otorepair_like.workspace.private_copy import COPY, PrivateCopy

OFFLINE: Final = ("none", "recipes", "scripted")
"""Backends that start no agent."""
PRIVATE_COPY: Final = "workshop"
"""Folder of the private copy, in the run's own."""


@dataclass
class Workbench:
    """Everything that a repair needs.

    Args:
        pool: the agents, and notes about them for the user.
    """

    site: RepairSite
    pool: AgentPool
    plan: RepairPlan
    consulting: ConsultingRunner
    prover: SignalProver
    ledger: ChangeLedger
    history: RepairHistory

    @property
    def agents(self) -> Sequence[Agent]:
        """Return the agents."""
        return self.pool.agents

    async def attempt(self, ticket: Ticket, step: Try | Advise) -> Attempted:
        """Make the first half of an attempt."""
        return await self.consulting.attempt(ticket, step)

    def attach(self, ask: Ask | None, health: Callable[[], Health]) -> None:
        """Connect a living program: ``ask`` asks a person about a change, ``health`` returns its healthy behaviour."""
        self.consulting.runner.settings.approval.ask = ask
        self.consulting.runner.health = health

    def settle(self, decision: ChangeDecision, judgement: Judgement) -> None:
        """Do what was decided about the newest change."""
        self.ledger.settle(decision, judgement)


@dataclass(frozen=True, slots=True)
class BenchTools:
    """Everything that a workbench gets from outside.

    Args:
        launch: starts process trees that end with us.
        environ: our environment, as agents and commands see it.
        home: a private folder of the run.
        command: the wrapped command as typed, or a name for whatever is repaired.
    """

    launch: Launch
    environ: Mapping[str, str]
    home: Path
    bus: events.Bus
    redact: Callable[[str], str]
    command: str = ""


@asynccontextmanager
async def open_workbench(config: Config, tools: BenchTools) -> AsyncIterator[Workbench]:
    """Open the workbench that the settings ask for; on leaving, changes without a verdict are undone.

    Raises:
        UsageError: an agent that was asked for cannot work here.
    """
    workspace, bus = Path(config.workspace), tools.bus
    sandbox, note = _sandbox(config, tools)
    pool = await open_pool(config, sandbox or tools.launch, tools.environ)
    if note and any(not agent.offline for agent in pool.agents):
        bus.publish(events.Notice(text=note))
    copy, obstacle = _private_copy(workspace, tools.home, needed=bool(pool.agents))
    if obstacle:
        pool = AgentPool([], Escalation([]), [obstacle])
    if sandbox:
        sandbox.shared = copy.linked
    site = RepairSite(workspace, copy)
    store = _open_store(workspace, tools.redact, bus) if pool.agents else None
    _undo_leftovers(site, bus)
    bench = _assemble(config, tools, site, pool, RepairHistory(store, bus))
    try:
        yield bench
    finally:
        bench.ledger.close()
        copy.close()
        bench.history.close()


def _sandbox(config: Config, tools: BenchTools) -> tuple[Sandbox | None, str]:
    """Return the sandbox for agents, and what to tell of it; none where no agent will be started."""
    if config.backend in OFFLINE:
        return None, ""
    places = tools.home / PRIVATE_COPY / COPY, Path(config.workspace)
    return choose(config.sandbox, tools.launch, *places, network=config.agent_network)


def _assemble(
    config: Config, tools: BenchTools, site: RepairSite, pool: AgentPool, history: RepairHistory
) -> Workbench:
    lease = Lease(site.folder, lambda text: tools.bus.publish(events.Notice(text=text)))
    ledger = ChangeLedger(site.folder, history, tools.bus, lease.release)
    policy = policy_of(config)
    commands, place = CommandRunner(tools.launch, tools.environ), CopyWithChange(site.copy, policy.test_paths)
    prover = SignalProver(
        CommandProver(commands, place, tools.redact),
        VerifyCommands(config.verify, config.verify_timeout, commands, place, tools.redact),
    )
    runner = AttemptRunner(
        pool.agents,
        site,
        RunnerSettings(
            tools.command, config.fix_timeout, config.attempts, policy, approval_of(config), config.verify
        ),
        ledger,
        PromptContext(
            tools.command,
            site.workspace,
            site.copy,
            history,
            tools.redact,
            config.verify,
            (policy.max_files, policy.max_lines),
        ),
        prover,
        tools.bus,
        tools.redact,
        fixer=_environment_fixer(config, tools),
        take_lease=lease.take,
    )
    plan = _plan(config, pool)
    consulting = ConsultingRunner(pool.agents, runner, plan, tools.bus, site.workspace, config.analysis)
    return Workbench(site, pool, plan, consulting, prover, ledger, history)


def _plan(config: Config, pool: AgentPool) -> RepairPlan:
    return RepairPlan(
        pool.escalation,
        attempts=1 if config.approve == ApprovalMode.NEVER else config.attempts,  # a report is made once
        limits=limits_of(config),
        triage=config.triage != "never" and any(not agent.offline for agent in pool.agents),
        triage_all=config.triage == "always",
        require_proof=config.require == "proof",
    )


def _private_copy(workspace: Path, home: Path, *, needed: bool) -> tuple[PrivateCopy, str]:
    """Return the private copy, and a line about why nothing can be repaired here; ``""`` if it can."""
    try:
        copy = PrivateCopy(workspace, home / PRIVATE_COPY)
        if needed:
            make_folder(workspace)
        return copy, ""
    except OtorepairError as error:
        empty = home / "nothing"
        empty.mkdir()
        return PrivateCopy(empty, home / PRIVATE_COPY), f"repair is off: {error}"


def _open_store(workspace: Path, redact: Callable[[str], str], bus: events.Bus) -> Store | None:
    def say(text: str) -> None:
        bus.publish(events.Notice(text=text))

    try:
        return Store.open(workspace, redact=redact, say=say)
    except OtorepairError as error:
        say(str(error))
        return None


def _undo_leftovers(site: RepairSite, bus: events.Bus) -> None:
    """Undo changes that a killed otorepair left half done or unproven, whether or not anything is repaired now."""
    workspace, ours = site.workspace, site.workspace / NAME
    if not os.path.isdir(ours):
        return
    try:
        if ended := recover(workspace, ours / JOURNAL):
            bus.publish(events.Notice(text=ended))
        for line in undo_left(workspace, ours, ours / JOURNAL, ours / EVIDENCE):
            bus.publish(events.Notice(text=line))
    except OtorepairError as error:
        bus.publish(events.Notice(text=str(error)))


def _environment_fixer(config: Config, tools: BenchTools) -> EnvironmentFixer | None:
    if not config.fix_environment:
        return None
    return EnvironmentFixer(
        Path(config.workspace), tools.launch, tools.environ, frozenset(config.fix_environment)
    )
