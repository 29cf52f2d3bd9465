"""Who repairs in a run: the backend that was asked for, and those that the chains of the settings name besides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from otorepair_like.agents.protocol import Agent, Launch
from otorepair_like.config import Config
from otorepair_like.errors import UsageError
from otorepair_like.repair.agent_pool import choose
from otorepair_like.repair.consult import Consultant
from otorepair_like.repair.escalation import AgentChoice, Escalation


@dataclass(frozen=True, slots=True)
class AgentPool:
    """The repairers of a run, the order of their turns, and what to tell the user of it."""

    agents: Sequence[Agent]
    escalation: Escalation
    notes: Sequence[str]


async def open_pool(config: Config, launch: Launch, environ: Mapping[str, str]) -> AgentPool:
    """The team that the settings ask for.

    Raises:
        UsageError: the backend that was asked for by name cannot work here; one that only a chain names is left out.
    """
    agents, notes = await choose([config.backend], launch, config, environ)
    rungs = [_rung(agent, "" if agent.name == "recipes" else config.fix_model) for agent in agents]
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
            known = [(rung.agent, rung.model) for rung in rungs]
            rung = (agent, model or config.fix_model)
            if rung not in known and name not in missing:
                try:
                    found, _ = await choose([name], launch, config, environ)
                except UsageError as error:
                    missing.add(name)
                    notes = [*notes, f"left out of the chains: {error}"]
                    continue
                agents, rungs = [*agents, *found], [*rungs, _rung(found[0], rung[1])]
                known.append(rung)
            if rung in known:
                chains.setdefault(complexity, []).append(known.index(rung))
    return AgentPool(agents, Escalation(rungs, chains), notes)


def _rung(agent: Agent, model: str) -> AgentChoice:
    return AgentChoice(agent.name, model, repeats=not (isinstance(agent, Consultant) and agent.analyses))
