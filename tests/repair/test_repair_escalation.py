"""Who tries next, and how, after failed attempts."""

from __future__ import annotations

import pytest

from otorepair_like.agents.diagnosis import Diagnosis
from otorepair_like.attempt import Attempt, Verdict
from otorepair_like.repair.plan.case import TicketCase
from otorepair_like.repair.plan.escalation import Action, AgentChoice, Escalation, NextTry

KEY = "aaaaaaaaaaaa"
SAME = "the same error again: KeyError: 'PORT'"


def attempt(reason: str = SAME, verdict: Verdict = Verdict.FAILED, agent: str = "claude") -> Attempt:
    return Attempt(
        "id", 0.0, "cmd", KEY, "", "KeyError", "'PORT'", "a.py", 1, agent, "", verdict, reason, "diff", 1.0
    )


class Team:
    """An escalation, and the one case that is known."""

    def __init__(self, *names: str, **chains: tuple[int, ...]) -> None:
        pairs = (name.partition(":") for name in names)
        choices = [AgentChoice(agent, model, offline=agent == "recipes") for agent, _, model in pairs]
        self.escalation, self.case = Escalation(choices, chains), TicketCase()

    def next(self, able: tuple[int, ...], **known: object) -> NextTry:
        return self.escalation.next(self.case, able, **known)  # type: ignore[arg-type]

    def ended(self, ended: Attempt) -> None:
        self.case.failed.append(ended)


def tried(team: Team, *attempts: Attempt, able: tuple[int, ...] = (0,)) -> NextTry:
    """The choice after each of ``attempts`` was made and ended so."""
    for one in attempts:
        team.next(able)
        team.ended(one)
    return team.next(able)


def test_the_first_attempt_is_by_the_first_who_can_work() -> None:
    assert Team("recipes", "claude").next((0, 1)) == NextTry(0)
    assert Team("recipes", "claude").next((1,)) == NextTry(1)


def test_one_failure_is_tried_again_with_what_was_seen() -> None:
    order = tried(Team("claude"), attempt())
    assert (order.place, order.action) == (0, Action.RETRY_WITH_HINT)
    assert SAME in order.words[0]


def test_two_failures_alike_change_the_strategy() -> None:
    order = tried(Team("claude"), attempt(), attempt())
    assert (order.action, order.strategy) == (Action.CHANGE_STRATEGY, "test-first")
    assert "approach is wrong" in order.reason


def test_two_different_failures_ask_a_stronger_model_if_there_is_one() -> None:
    escalation = Team("claude:haiku", "codex", "claude:opus")
    order = tried(escalation, attempt(), attempt("exited 3 after 0.1 s"), able=(0, 1, 2))
    assert (order.place, order.action) == (2, Action.ESCALATE_MODEL)


def test_without_a_stronger_model_another_agent_is_asked() -> None:
    order = tried(Team("claude", "codex"), attempt(), attempt("exited 3 after 0.1 s"), able=(0, 1))
    assert (order.place, order.action) == (1, Action.SWITCH_AGENT)


def test_an_agent_that_cannot_work_is_followed_by_another_at_once() -> None:
    failed = attempt("overloaded: HTTP 529", Verdict.AGENT_ERROR)
    order = tried(Team("claude", "codex"), failed, able=(0, 1))
    assert (order.place, order.action) == (1, Action.SWITCH_AGENT)


def test_who_is_out_for_the_run_is_not_asked() -> None:
    escalation = Team("claude:haiku", "claude:opus", "codex")
    escalation.next((0, 1, 2))
    escalation.ended(attempt("auth: refused", Verdict.AGENT_ERROR))
    assert escalation.next((2,)).place == 2


def test_the_chain_of_the_complexity_is_followed() -> None:
    escalation = Team("recipes", "claude:haiku", "claude:opus", simple=(1, 2), complex=(2,))
    assert escalation.next((1, 2), complexity="complex").place == 2
    assert Team("claude:haiku", "claude:opus", complex=(1,)).next((0, 1)).place == 0


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("retry_with_hint", NextTry(0, Action.RETRY_WITH_HINT, "minimal", "look at main", "why")),
        ("change_strategy", NextTry(0, Action.CHANGE_STRATEGY, "test-first", "look at main", "why")),
        ("escalate_model", NextTry(1, Action.ESCALATE_MODEL, "minimal", "look at main", "why")),
        ("switch_agent", NextTry(2, Action.SWITCH_AGENT, "minimal", "look at main", "why")),
        ("ask_person", NextTry(None, Action.ASK_PERSON, reason="why; look at main")),
        ("give_up", NextTry(None, Action.GIVE_UP, reason="why; look at main")),
    ],
)
def test_a_diagnosis_is_followed_where_that_is_possible(action: str, expected: NextTry) -> None:
    escalation = Team("claude:haiku", "claude:opus", "codex")
    for _ in range(2):
        escalation.next((0,))
        escalation.ended(attempt())
    assert escalation.escalation.needs_advice(escalation.case)
    advice = Diagnosis(action, "look at main", "why")
    order = escalation.next((0, 1, 2), diagnosis=advice)
    order = order if order.place is not None else NextTry(None, order.action, reason=order.reason)
    assert order == expected


def test_advice_that_cannot_be_followed_falls_to_the_rules() -> None:
    escalation = Team("claude")
    for _ in range(2):
        escalation.next((0,))
        escalation.ended(attempt())
    order = escalation.next((0,), diagnosis=Diagnosis("switch_agent", "", "why"))
    assert order.action is Action.CHANGE_STRATEGY


def test_the_same_is_never_asked_of_the_same_model_twice() -> None:
    escalation, orders = Team("claude", "codex"), []
    while (order := escalation.next((0, 1), revertible=True)).place is not None and len(orders) < 50:
        orders.append((order.place, order.strategy, order.hint))
        escalation.ended(attempt())
    assert len(orders) == len(set(orders)) < 50
    assert {"minimal", "test-first", "focused refactor", "revert"} == {strategy for _, strategy, _ in orders}
    assert order.action is Action.GIVE_UP


def test_a_revert_is_only_tried_where_git_knows_a_recent_change() -> None:
    escalation, strategies = Team("claude"), set()
    while (order := escalation.next((0,))).place is not None:
        strategies.add(order.strategy)
        escalation.ended(attempt())
    assert "revert" not in strategies


def test_all_begins_anew_when_the_user_did_something() -> None:
    escalation = Team("claude")
    tried(escalation, attempt(), attempt())
    escalation.case = TicketCase()
    assert escalation.next((0,)) == NextTry(0)


@pytest.mark.parametrize(
    ("verdict", "reason", "told"),
    [
        (Verdict.FAILED, "GET / still answers 500", "Look for another cause"),
        (Verdict.REFUSED, "tests/test_a.py: existing test", "leave that out"),
        (Verdict.REFUSED, "needs approval (2 files) but there is no terminal", "Make a smaller one"),
        (Verdict.NO_CHANGE, "I would add a guard", "Make the edit with your tools"),
    ],
)
def test_what_an_agent_is_told_next_depends_on_what_happened(
    verdict: Verdict, reason: str, told: str
) -> None:
    choice = tried(Team("claude"), attempt(reason, verdict))
    assert told in choice.words[0]
