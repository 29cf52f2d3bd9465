"""The budget of a run, with a clock of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from otorepair_like.agents.protocol import Opinion, Usage
from otorepair_like.events import Amounts
from otorepair_like.loop.machine import inputs
from otorepair_like.repair.plan.budget import DEFAULT, HOUR, Budget, Spent, in_words
from tests.support.loop_story import DOUBT, NOT, over, up

BY_AGENT = Spent(agent=True, seconds=10.0, tokens=500, cost_usd=0.25)


@pytest.mark.parametrize(
    ("limits", "spent", "allowed", "why"),
    [
        (Amounts(attempts=3), Spent(), 3, "3 of 3 attempts"),
        (Amounts(seconds=25.0), BY_AGENT, 3, "agents worked 30 of 25 s"),
        (Amounts(tokens=1000), BY_AGENT, 2, "1000 of 1000 tokens"),
        (Amounts(cost_usd=0.6), BY_AGENT, 3, "$0.75 of $0.60"),
        (
            Amounts(provider_errors=2),
            Spent(agent=True, provider_error=True),
            2,
            "2 of 2 errors of model providers",
        ),
        (Amounts(apply_failures=2), Spent(apply_failure=True), 2, "2 of 2 changes that could not be applied"),
    ],
    ids=["attempts", "seconds", "tokens", "money", "provider errors", "apply failures"],
)
def test_each_limit_ends_the_attempts_and_is_named(
    limits: Amounts, spent: Spent, allowed: int, why: str
) -> None:
    budget, made = Budget(limits), 0
    while not budget.refuses(made) and made < 50:
        budget.add(spent, made)
        made += 1
    assert made == allowed
    assert budget.refuses(made).endswith(why)


def test_an_hour_has_room_again_when_it_is_over() -> None:
    budget = Budget(Amounts(hour=2))
    for now in (0.0, 1800.0):
        assert not budget.refuses(now)
        budget.add(BY_AGENT, now)
    assert budget.refuses(1860.0) == "the budget of this hour is spent, 2 attempts; there is more in 29 min"
    assert not budget.refuses(HOUR)
    assert budget.spent.hour == 1


def test_recipes_cost_no_hour() -> None:
    budget = Budget(Amounts(hour=1))
    for now in range(5):
        budget.add(Spent(), now)
    assert not budget.refuses(5)
    assert budget.spent.attempts == 5


def test_what_an_agent_does_not_tell_is_unknown_and_never_nothing() -> None:
    budget = Budget(Amounts(cost_usd=2.0))
    budget.add(Spent(agent=True), 0)
    assert "cost unknown of $2.00" in in_words(budget.spent, budget.limits)
    budget.add(BY_AGENT, 1)
    assert "at least $0.25 of $2.00" in in_words(budget.spent, budget.limits)
    assert "2 attempts" in in_words(budget.spent, budget.limits)


def test_what_went_wrong_is_shown_once_something_did() -> None:
    budget = Budget(DEFAULT)
    budget.add(BY_AGENT, 0)
    assert not [words for words in in_words(budget.spent, budget.limits) if "provider" in words]
    budget.add(Spent(agent=True, provider_error=True, apply_failure=True), 1)
    assert in_words(budget.spent, budget.limits)[-2:] == (
        "1 of 10 errors of providers",
        "1 of 15 changes not applied",
    )


def test_no_limit_is_no_limit() -> None:
    budget = Budget(Amounts())
    for now in range(1000):
        budget.add(BY_AGENT, now)
    assert not budget.refuses(1000)


def test_the_machine_tells_what_is_spent_after_each_attempt() -> None:
    story = up()
    story.crash()
    story.then(NOT)
    assert "BudgetSpent" in story.told


def test_questions_are_paid_too_and_are_no_attempts() -> None:
    story = up(triage=True, agents=("recipes", "claude"), limits=Amounts(tokens=1000))
    story.then(inputs.Saw(DOUBT))
    story.then(inputs.Opined(Opinion(False, usage=Usage(500, 100, 0.01))))
    spent = story.machine.repair.plan.budget.spent
    assert (spent.attempts, spent.tokens, spent.cost_usd, spent.cost_unknown) == (0, 600, 0.01, 0)
    assert story.told == ["BudgetSpent", "IncidentClosed"]


def test_nobody_is_asked_once_the_budget_is_spent() -> None:
    story = up(triage=True, agents=("recipes", "claude"), limits=Amounts(tokens=600))
    story.then(inputs.Saw(DOUBT))
    story.then(inputs.Opined(Opinion(False, usage=Usage(600))))
    assert story.then(inputs.Saw(replace(DOUBT, fingerprint="dddddddddddd"))) == []
    assert story.ignored() == "doubtful, and the budget of the run is spent, 600 of 600 tokens"


def test_what_a_diagnosis_cost_counts_also_if_no_attempt_follows() -> None:
    story = up()
    story.crash()
    story.then(over(applied=False, nothing=True, stop="give_up", asked=Usage(900)))
    assert story.machine.repair.plan.budget.spent.tokens == 900
