"""The choice of the next attempt after failed ones: its agent, its strategy and a hint. Pure.

Recipes come first. Then an agent tries twice; after that a diagnosis (of a model, where one can be asked) proposes and
this policy decides: no request is made twice of the same model, and only agents that can work are asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from otorepair_like.agents.diagnosis import Diagnosis
from otorepair_like.attempt import Attempt, Verdict
from otorepair_like.repair.plan.case import TicketCase
from otorepair_like.similarity import same_failure

PATIENCE: Final = 2
"""Failed attempts of agents at one failure after which a diagnosis is made."""
USUAL: Final = "simple"
"""The complexity of a repair that nobody has rated."""


class Action(StrEnum):
    """The step after a failed attempt; the words of :data:`otorepair_like.agents.diagnosis.ACTIONS`."""

    RETRY_WITH_HINT = "retry_with_hint"
    CHANGE_STRATEGY = "change_strategy"
    ESCALATE_MODEL = "escalate_model"
    SWITCH_AGENT = "switch_agent"
    ASK_PERSON = "ask_person"
    GIVE_UP = "give_up"


STRATEGIES: Final = {
    "minimal": "",
    "test-first": "First write a new test that fails as the program did, then make it pass.",
    "focused refactor": "The smallest change was not enough: restructure the one function or class that is at fault.",
    "revert": "What changed last is the first suspect: undo the part of it that broke the program.",
}
"""The strategies in their order, with the instruction to the agent."""


@dataclass(frozen=True, slots=True)
class AgentChoice:
    """An agent with the model it works with.

    Args:
        model: ``""``: its own default.
        repeats: whether the same request may be made again, because it is not known to be a model.
        offline: whether it repairs by rules alone: it is free, and gets one failed attempt at a ticket.
    """

    agent: str
    model: str = ""
    repeats: bool = False
    offline: bool = False


@dataclass(frozen=True, slots=True)
class NextTry:
    """The next attempt.

    Args:
        place: the agent that makes it; ``None``: no agent, and ``reason`` says why.
        action: ``""`` for the first attempt.
        strategy: one of :data:`STRATEGIES`.
        hint: an additional instruction.
    """

    place: int | None
    action: Action | str = ""
    strategy: str = "minimal"
    hint: str = ""
    reason: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """Return the instructions to the agent."""
        return tuple(filter(None, (STRATEGIES[self.strategy], self.hint)))


class Escalation:
    """Chooses the next attempt from the memory of a case.

    Args:
        choices: the agents, by place.
        chains: places by complexity, weakest first; where there is none, all in their order.
    """

    def __init__(
        self, choices: Sequence[AgentChoice], chains: Mapping[str, Sequence[int]] = MappingProxyType({})
    ) -> None:
        self.choices, self._chains = choices, chains

    def needs_advice(self, case: TicketCase) -> bool:
        """Return whether so much has failed that the next attempt should be thought about."""
        return len(case.failed) >= PATIENCE

    def candidates(self, able: Sequence[int], complexity: str) -> list[int]:
        """Return those of ``able`` that may be asked, weakest first: rules, then the chain for ``complexity``."""
        offline = [place for place in able if self.choices[place].offline]
        chain = [place for place in self._chains.get(complexity or USUAL, ()) if place in able]
        return offline + (chain or [place for place in able if place not in offline])

    def next(
        self,
        case: TicketCase,
        able: Sequence[int],
        *,
        complexity: str = "",
        diagnosis: Diagnosis | None = None,
        revertible: bool = False,
    ) -> NextTry:
        """Choose the next attempt at ``case``, and note the request in it.

        Args:
            able: places of agents that can work.
            complexity: of the repair, if a model rated it.
            diagnosis: a model's advice.
            revertible: whether a recent change is known that could be undone.
        """
        places = self.candidates(able, complexity)
        for choice in self._choices(case, places, diagnosis, revertible):
            key = (choice.place, choice.strategy, choice.hint)
            if choice.place is None or key not in case.asked:
                case.asked.add(key)
                if choice.place is not None:
                    case.place, case.strategy = choice.place, choice.strategy
                return choice
        if case.place in places and self.choices[case.place].repeats:
            return NextTry(case.place, Action.RETRY_WITH_HINT, reason="it may do better this time")
        return NextTry(None, Action.GIVE_UP, reason="everything was tried")

    def _choices(
        self, case: TicketCase, places: Sequence[int], diagnosis: Diagnosis | None, revertible: bool
    ) -> Iterator[NextTry]:
        """Yield possible next attempts, best first."""
        if not places:
            return
        if not case.failed:
            yield NextTry(places[0])
        last = case.failed[-1] if case.failed else None
        if last is None:
            return
        if last.verdict is Verdict.AGENT_ERROR or case.place not in places:
            yield from self._others(case, places, f"{last.agent} could not work: {last.reason}")
        if len(case.failed) >= PATIENCE:
            yield from self._prescribed(case, places, diagnosis, revertible)
            wrong = same_failure(case.failed[-1].reason, case.failed[-2].reason)
            if wrong:
                yield from self._strategies(
                    case, revertible, "two repairs failed alike: the approach is wrong"
                )
            yield from self._others(case, places, f"{len(case.failed)} repairs did not help")
            yield from self._strategies(case, revertible, f"{len(case.failed)} repairs did not help")
        if case.place in places:
            hint = _next_step(last)
            yield NextTry(case.place, Action.RETRY_WITH_HINT, case.strategy, hint, "one repair did not help")
            if len(case.failed) < PATIENCE:
                yield from self._strategies(case, revertible, "one repair did not help")

    def _prescribed(
        self, case: TicketCase, places: Sequence[int], diagnosis: Diagnosis | None, revertible: bool
    ) -> Iterator[NextTry]:
        if diagnosis is None:
            return
        hint, reason = diagnosis.hint, diagnosis.reason or "as diagnosed"
        match diagnosis.action:
            case Action.RETRY_WITH_HINT if hint and case.place in places:
                yield NextTry(case.place, Action.RETRY_WITH_HINT, case.strategy, hint, reason)
            case Action.CHANGE_STRATEGY:
                yield from self._strategies(case, revertible, reason, hint)
            case Action.ESCALATE_MODEL | Action.SWITCH_AGENT as action:
                yield from (o for o in self._others(case, places, reason, hint) if o.action == action)
            case Action.ASK_PERSON | Action.GIVE_UP as action:
                yield NextTry(None, Action(action), reason="; ".join(filter(None, (reason, hint))))

    def _strategies(
        self, case: TicketCase, revertible: bool, reason: str, hint: str = ""
    ) -> Iterator[NextTry]:
        names = list(STRATEGIES)
        for strategy in names[names.index(case.strategy) + 1 :]:
            if strategy != "revert" or revertible:
                yield NextTry(case.place, Action.CHANGE_STRATEGY, strategy, hint, reason)

    def _others(
        self, case: TicketCase, places: Sequence[int], reason: str, hint: str = ""
    ) -> Iterator[NextTry]:
        """Yield the agents further up the chain, the same agent with a stronger model first; they start afresh."""
        above = list(places[places.index(case.place) + 1 :]) if case.place in places else list(places)
        agent = self.choices[case.place].agent
        for place in sorted(above, key=lambda place: self.choices[place].agent != agent):
            same = self.choices[place].agent == agent
            action = Action.ESCALATE_MODEL if same else Action.SWITCH_AGENT
            yield NextTry(place, action, hint=hint, reason=reason)


def _next_step(last: Attempt) -> str:
    """Return what an agent should do after its attempt ``last``: something else only if that was proven not to help."""
    match last.verdict:
        case Verdict.REFUSED if "approv" in last.reason or "person" in last.reason:
            return f"Nobody is there to approve the last change ({last.reason}). Make a smaller one that avoids that."
        case Verdict.REFUSED:
            return f"The last change was refused ({last.reason}). Keep what is good in it and leave that out."
        case Verdict.NO_CHANGE:
            return "The last answer changed no file. Make the edit with your tools."
        case Verdict.AGENT_ERROR:
            return ""  # trouble of the provider's says nothing about the approach
    return f"The last repair did not help ({last.reason}). Look for another cause."
