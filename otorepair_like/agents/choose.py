"""Who repairs: from the names a user gives to the agents of this run, in the order in which they are asked.

Every backend is imported only when it is chosen; start-up does not pay for the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from otorepair_like.agents.protocol import Agent, Launch
from otorepair_like.config import Config
from otorepair_like.errors import UsageError


@dataclass(frozen=True, slots=True)
class Given:
    """What an agent can be made from."""

    launch: Launch
    config: Config
    environ: Mapping[str, str]


def _recipes(given: Given) -> Agent:
    from otorepair_like.agents.recipes import Recipes

    return Recipes(Path(given.config.workspace))


def _claude(given: Given) -> Agent:
    from otorepair_like.agents.claude import Claude

    triage = given.config.triage_model or "haiku"
    return Claude(given.launch, triage_model=triage, fix_model=given.config.fix_model, environ=given.environ)


def _cursor(given: Given) -> Agent:
    from otorepair_like.agents.cursor import Cursor

    triage = given.config.cursor_triage_model or given.config.triage_model
    return Cursor(given.launch, triage_model=triage, fix_model=given.config.fix_model, environ=given.environ)


def _command(given: Given) -> Agent:
    from otorepair_like.agents.command import Command

    return Command(given.launch, given.config.agent_command, given.environ)


def _scripted(given: Given) -> Agent:
    from otorepair_like.agents.scripted import Scripted

    if not given.config.script:
        raise UsageError("--backend scripted", "no script is given", "set --script")
    return Scripted(Path(given.config.script))


BACKENDS: Final[Mapping[str, Callable[[Given], Agent]]] = {
    "recipes": _recipes,
    "claude": _claude,
    "cursor": _cursor,
    "command": _command,
    "scripted": _scripted,
}
"""Every repairer by its name."""
DISCOVERED: Final = ("claude", "cursor")
"""The agent CLIs that ``auto`` looks for, in this order."""


async def choose(
    names: Sequence[str], launch: Launch, config: Config, environ: Mapping[str, str]
) -> tuple[list[Agent], list[str]]:
    """The agents for ``names`` (of :data:`BACKENDS`, ``auto`` or ``none``), and what to tell the user of it.

    ``auto`` stands for the recipes, then the first agent CLI that is on PATH and logged in.

    Raises:
        UsageError: an agent that was asked for by name cannot work here; says what to do.
    """
    given = Given(launch, config, environ)
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
        agent = BACKENDS[name](given)
        if problem := await agent.problem():
            raise UsageError(problem)
        agents.append(agent)
    return agents, notes


async def _discover(given: Given) -> tuple[list[Agent], list[str]]:
    problems = []
    for name in DISCOVERED:
        agent = BACKENDS[name](given)
        problem = await agent.problem()
        if problem is None:
            return [agent], []
        problems.append(problem)
    return [], [f"no agent CLI can be used, recipes alone will repair ({'; '.join(problems)})"]
