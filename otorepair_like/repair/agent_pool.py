"""The agents of a run: made from the names that the user gives, in the order in which they are asked.

A backend is imported only when it is chosen, so start-up does not pay for the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from otorepair_like.agents.protocol import Agent, Launch, Process
from otorepair_like.config import Config
from otorepair_like.errors import UsageError
from otorepair_like.kinds import CLIS
from otorepair_like.redact import Redactor
from otorepair_like.repair.plan.escalation import AgentChoice, Escalation

if TYPE_CHECKING:
    from otorepair_like.agents.cli_agent import CliAgent


@dataclass(frozen=True, slots=True)
class AgentContext:
    """Everything that an agent can be made from.

    Args:
        model: repairs; ``""``: the one of the settings, else the agent's own default.
    """

    launch: Launch
    config: Config
    environ: Mapping[str, str]
    model: str = ""

    @property
    def redact(self) -> Redactor:
        """Return the function that masks the secrets of the environment and of the workspace."""
        return Redactor.from_environment(self.environ, Path(self.config.workspace))


def _cli(name: str) -> Callable[[AgentContext], CliAgent]:
    def made(given: AgentContext) -> CliAgent:
        from importlib import import_module

        from otorepair_like.agents.cli_agent import Powers

        backend = getattr(import_module(f"otorepair_like.agents.{name}"), name.capitalize())
        config = given.config
        models = {"triage_model": config.triage_model_of(name), "fix_model": given.model or config.fix_model}
        agent: CliAgent = backend(
            given.launch,
            **{key: model for key, model in models.items() if model},
            environ=given.environ,
            redact=given.redact,
            powers=Powers(config.agent_shell, config.resident, config.max_cost),
        )
        return agent

    return made


def _recipes(given: AgentContext) -> Agent:
    from otorepair_like.recipes import Recipes

    return Recipes(Path(given.config.workspace))


def _command(given: AgentContext) -> Agent:
    from otorepair_like.agents.command import CommandAgent

    return CommandAgent(given.launch, given.config.agent_command, given.environ, redact=given.redact)


def _scripted(given: AgentContext) -> Agent:
    from otorepair_like.agents.scripted import Scripted

    if not given.config.script:
        raise UsageError("--backend scripted", "no script is given", "set --script")
    return Scripted(Path(given.config.script))


BACKENDS: Final[Mapping[str, Callable[[AgentContext], Agent]]] = {
    "recipes": _recipes,
    **{name: _cli(name) for name in CLIS},
    "command": _command,
    "scripted": _scripted,
}
"""Every agent by its name."""
DISCOVERED: Final = ("claude", "codex", "gemini", "cursor")
"""The agent CLIs that ``auto`` looks for, in this order: those that can tell whether they are logged in."""


GROUP: Final = "otorepair.agents"
"""Entry points of this group add agents of other packages: a function from :class:`AgentContext` to an agent."""


def make_agent(name: str, given: AgentContext) -> Agent:
    """Return the agent called ``name``, ours or another package's; ``name:model`` names its model too.

    Raises:
        UsageError: there is none of that name, or it cannot be made.
    """
    name, _, model = name.partition(":")
    given = replace(given, model=model)
    if name in BACKENDS:
        return BACKENDS[name](given)
    from importlib.metadata import entry_points

    for entry in entry_points(group=GROUP, name=name):
        try:
            agent: Agent = entry.load()(given)
        except Exception as error:  # the code of others may raise anything
            why = f"{type(error).__name__}: {error}"
            raise UsageError(
                f"agent {name!r} of {entry.value}", why, "update or remove that package"
            ) from error
        return agent
    raise UsageError(
        f"no agent {name!r}", "", f"use {', '.join(BACKENDS)}, or install the package that brings it"
    )


def refuse_missing(name: str, config: Config, environ: Mapping[str, str]) -> None:
    """Refuse a backend of ours, asked for by name, that is not here. Starts nothing.

    Raises:
        UsageError: its program is not on PATH, or its settings are missing; says what to do.
    """
    if name not in BACKENDS:
        return  # another package's: only it knows what it needs
    from otorepair_like.agents.cli_agent import CliAgent

    agent = make_agent(name, AgentContext(_no_launch, config, environ))
    if isinstance(agent, CliAgent) and not agent.installed:
        raise UsageError(agent.absence)


async def _no_launch(*_: object, **__: object) -> Process:
    raise AssertionError("an agent that is only looked at starts nothing")


async def choose(
    names: Sequence[str], launch: Launch, config: Config, environ: Mapping[str, str]
) -> tuple[list[Agent], list[str]]:
    """Return the agents for ``names`` (see :func:`make_agent`; also ``auto`` or ``none``), and notes for the user.

    ``auto`` stands for the recipes, then the first agent CLI that is on PATH and logged in.

    Raises:
        UsageError: an agent that was asked for by name cannot work here; says what to do.
    """
    given = AgentContext(launch, config, environ)
    agents: list[Agent] = []
    notes: list[str] = []
    for name in names:
        if name == "none":
            continue
        if name == "auto":
            found, note = await _discover(given)
            agents += [BACKENDS["recipes"](given), *found]
            notes += note
            continue
        agent = make_agent(name, given)
        if problem := await agent.problem():
            raise UsageError(problem)
        agents.append(agent)
    return agents, notes


async def _discover(given: AgentContext) -> tuple[list[Agent], list[str]]:
    problems = []
    for name in DISCOVERED:
        agent = _cli(name)(given)
        if not agent.installed:
            continue
        problem = await agent.problem()
        if problem is None:
            return [agent], []
        problems.append(problem)
    why = "; ".join(problems) or f"none is on PATH ({', '.join(DISCOVERED)})"
    return [], [f"recipes alone will repair, no agent CLI can be used: {why}"]


@dataclass(frozen=True, slots=True)
class AgentPool:
    """The agents of a run, the order of their turns, and notes about them for the user."""

    agents: Sequence[Agent]
    escalation: Escalation
    notes: Sequence[str]


async def open_pool(config: Config, launch: Launch, environ: Mapping[str, str]) -> AgentPool:
    """Return the agents that the settings ask for.

    Raises:
        UsageError: the backend that was asked for by name cannot work here; one that only a chain names is left out.
    """
    agents, notes = await choose([config.backend], launch, config, environ)
    choices = [_choice(agent, "" if agent.offline else config.fix_model) for agent in agents]
    chains: dict[str, list[int]] = {}
    named = {
        "minimal": config.chains_minimal,
        "simple": config.chains_simple,
        "standard": config.chains_standard,
        "complex": config.chains_complex,
    }
    missing: set[str] = set()
    for complexity, names in named.items() if config.backend != "none" else ():
        for name in dict.fromkeys(map(str.strip, names)):
            agent, _, model = name.partition(":")
            known = [(choice.agent, choice.model) for choice in choices]
            choice = (agent, model or config.fix_model)
            if choice not in known and name not in missing:
                try:
                    found, _ = await choose([name], launch, config, environ)
                except UsageError as error:
                    missing.add(name)
                    notes = [*notes, f"left out of the chains: {error}"]
                    continue
                agents, choices = [*agents, *found], [*choices, _choice(found[0], choice[1])]
                known.append(choice)
            if choice in known:
                chains.setdefault(complexity, []).append(known.index(choice))
    return AgentPool(agents, Escalation(choices, chains), notes)


def _choice(agent: Agent, model: str) -> AgentChoice:
    return AgentChoice(
        agent.name,
        model,
        repeats=not agent.analyses,
        offline=agent.offline,
    )
