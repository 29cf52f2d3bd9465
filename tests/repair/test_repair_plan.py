"""The plan of repairs as a table of histories: what happened, and what is tried next."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otorepair_like.agents.diagnosis import ACTIONS, Diagnosis
from otorepair_like.agents.protocol import Opinion, Usage
from otorepair_like.attempt import Attempt, Verdict
from otorepair_like.events import Amounts
from otorepair_like.incident import Incident
from otorepair_like.reasons import NotRepaired
from otorepair_like.repair.plan.attempted import Attempted
from otorepair_like.repair.plan.budget import Spent
from otorepair_like.repair.plan.escalation import AgentChoice, Escalation
from otorepair_like.repair.plan.plan import Advise, ChangeDecision, GiveUp, RepairPlan, Try
from otorepair_like.repair.plan.triage_gate import Triage
from otorepair_like.repair.proof.proof import Judgement
from otorepair_like.tickets.signal import CommandPasses, HealthMode, ProgramHealthy
from otorepair_like.tickets.ticket import Ticket

HEALTHY = ProgramHealthy(HealthMode.STAYS_UP, 3.0)
KEY = Incident("KeyError", "'PORT'", fingerprint="a" * 12)
OTHER = replace(KEY, type="NameError", fingerprint="b" * 12)
TICKET = Ticket.of_incident(KEY, HEALTHY)
ELSEWHERE = Ticket.of_incident(OTHER, HEALTHY)
FAILED = Judgement(Verdict.FAILED, progress=False, proof="the same error again: KeyError: 'PORT'")
FURTHER = Judgement(Verdict.FAILED, progress=True, proof="a different error came: NameError")
VERIFIED = Judgement(Verdict.VERIFIED, progress=False, proof="app.py:3 ran again")


def plan_of(*agents: str, repeats: bool = False, **settings: object) -> RepairPlan:
    choices = [AgentChoice(name, repeats=repeats, offline=name == "recipes") for name in agents]
    return RepairPlan(Escalation(choices), **settings)  # type: ignore[arg-type]


def record(verdict: Verdict = Verdict.FAILED, diff: str = "diff", reason: str = "no help") -> Attempt:
    return Attempt(
        "id",
        0.0,
        "cmd",
        KEY.fingerprint,
        "",
        "KeyError",
        "",
        "a.py",
        1,
        "claude",
        "",
        verdict,
        reason,
        diff,
        1.0,
    )


def attempted(place: int, **values: object) -> Attempted:
    return Attempted(**{"applied": False, "agent": place, "record": record(), **values})  # type: ignore[arg-type]


def applied(place: int, **values: object) -> Attempted:
    return attempted(place, applied=True, record=record(Verdict.UNPROVEN), **values)


def place(step: object) -> int:
    assert isinstance(step, Try), step
    return step.agent


def fail(plan: RepairPlan, ticket: Ticket = TICKET) -> None:
    """Make the attempt that the plan wants, and let its proof fail."""
    step = plan.next(ticket, 0.0)
    if isinstance(step, Advise):
        step = plan.advised(ticket, step, None, revertible=False)
    plan.attempted(ticket, applied(place(step)), 0.0)
    assert plan.judged(ticket, FAILED, 0.0) is ChangeDecision.UNDO


def test_rules_come_first_and_get_one_failed_attempt() -> None:
    plan = plan_of("recipes", "claude")
    fail(plan)
    assert plan.failed_attempts(TICKET) == [], "rules learn nothing from a retry"
    step = plan.next(TICKET, 0.0)
    assert (place(step), step.number) == (1, 2)  # type: ignore[union-attr]


def test_rules_alone_may_try_as_often_as_there_are_attempts() -> None:
    plan = plan_of("recipes", repeats=True, attempts=2)
    fail(plan)
    fail(plan)
    assert plan.next(TICKET, 0.0) == GiveUp(NotRepaired.ATTEMPTS, "2 attempts failed")


def test_one_that_has_nothing_to_offer_costs_no_attempt_and_is_not_asked_again() -> None:
    plan = plan_of("recipes", "claude")
    plan.attempted(TICKET, attempted(0, nothing=True, record=None), 0.0)
    step = plan.next(TICKET, 0.0)
    assert (place(step), step.number) == (1, 1)  # type: ignore[union-attr]
    assert plan.budget.spent.attempts == 0
    assert place(plan.next(ELSEWHERE, 0.0)) == 0, "of another ticket it may know more"


def test_one_that_cannot_work_is_out_for_every_ticket() -> None:
    plan = plan_of("claude", "codex")
    plan.attempted(TICKET, attempted(0, disabled=frozenset({0})), 0.0)
    assert place(plan.next(ELSEWHERE, 0.0)) == 1
    plan.attempted(ELSEWHERE, attempted(1, disabled=frozenset({1})), 0.0)
    assert plan.next(ELSEWHERE, 0.0) == GiveUp(NotRepaired.NO_AGENT)


def test_after_two_failures_of_agents_a_model_is_asked_for_advice() -> None:
    plan = plan_of("claude", attempts=5)
    fail(plan)
    fail(plan)
    advise = plan.next(TICKET, 0.0)
    assert advise == Advise((0,), 3)
    assert [attempt.reason for attempt in plan.failed_attempts(TICKET)] == [FAILED.proof] * 2
    step = plan.advised(TICKET, advise, Diagnosis("retry_with_hint", "look at b.py", "why"), revertible=False)
    assert isinstance(step, Try)
    assert step.instructions.words[-1] == "look at b.py"
    assert step.instructions.tried == ("diff", "diff")


def test_advice_to_stop_is_followed() -> None:
    plan = plan_of("claude", attempts=5)
    fail(plan)
    fail(plan)
    advise = plan.next(TICKET, 0.0)
    assert isinstance(advise, Advise)
    stop = plan.advised(TICKET, advise, Diagnosis("ask_person", "which port?", "unknown"), revertible=False)
    assert stop == GiveUp(NotRepaired.ADVISED, "ask_person: unknown; which port?")


def test_every_ticket_has_a_case_of_its_own() -> None:
    plan = plan_of("claude", repeats=True, attempts=1)
    fail(plan)
    assert isinstance(plan.next(TICKET, 0.0), GiveUp)
    assert isinstance(plan.next(ELSEWHERE, 0.0), Try)
    same = replace(TICKET, title="another title", id="another id")
    assert plan.next(same, 0.0) == plan.next(TICKET, 0.0)


def test_an_edit_of_the_user_forgets_the_cases_but_not_what_was_spent() -> None:
    plan = plan_of("recipes", "claude", attempts=1)
    plan.attempted(
        TICKET, attempted(0, spent=Spent(agent=True, tokens=7), rejection="no", findings=("f",)), 0.0
    )
    plan.give_up(TICKET.key, NotRepaired.ATTEMPTS)
    assert plan.triage(KEY, 0.0) == GiveUp(NotRepaired.GAVE_UP_BEFORE)
    plan.user_changed_files()
    assert plan.triage(KEY, 0.0) is Triage.REPAIR
    assert plan.next(TICKET, 0.0) == plan_of("recipes", "claude", attempts=1).next(TICKET, 0.0)
    assert plan.budget.spent.tokens == 7


def test_what_a_person_said_and_an_agent_found_reaches_the_next_one() -> None:
    plan = plan_of("recipes", "claude")
    plan.attempted(TICKET, attempted(0, nothing=True, findings=("b.py:3 is never called",)), 0.0)
    plan.attempted(TICKET, attempted(1, rejection="not like this"), 0.0)
    step = plan.next(TICKET, 0.0)
    assert isinstance(step, Try)
    assert step.instructions.rejection == "not like this"
    assert step.instructions.findings == ("b.py:3 is never called",)


def test_a_spent_budget_stops_every_ticket() -> None:
    plan = plan_of("claude", limits=Amounts(tokens=10))
    plan.attempted(TICKET, attempted(0, spent=Spent(agent=True, tokens=10)), 0.0)
    step = plan.next(ELSEWHERE, 0.0)
    assert isinstance(step, GiveUp)
    assert step.reason is NotRepaired.BUDGET
    assert "10 of 10 tokens" in str(step)


def test_questions_are_paid_for_too() -> None:
    plan = plan_of("claude", limits=Amounts(tokens=10), triage=True)
    doubtful = replace(KEY, certain=False)
    assert plan.triage(doubtful, 0.0) is Triage.ASK
    plan.opined(KEY.fingerprint, Opinion(None, usage=Usage(5, 5, 0.01)))
    assert plan.triage(doubtful, 0.0) == GiveUp(NotRepaired.UNSURE)
    spent = plan.triage(replace(OTHER, certain=False), 0.0)
    assert isinstance(spent, GiveUp)
    assert spent.reason is NotRepaired.BUDGET


def test_giving_up_is_new_once_and_its_first_reason_stays() -> None:
    plan = plan_of("claude")
    assert plan.give_up(TICKET.key, NotRepaired.STOPPED)
    assert not plan.give_up(TICKET.key, NotRepaired.BUDGET)
    assert plan.next(TICKET, 0.0) == GiveUp(NotRepaired.STOPPED)


@pytest.mark.parametrize(
    ("judgement", "other", "given_up", "decision"),
    [
        (VERIFIED, None, False, ChangeDecision.KEEP),
        (replace(VERIFIED, verdict=Verdict.UNPROVEN), None, False, ChangeDecision.KEEP),
        (FAILED, None, False, ChangeDecision.UNDO),
        (FAILED, OTHER, False, ChangeDecision.UNDO),
        (FURTHER, OTHER, False, ChangeDecision.HOLD),
        (FURTHER, OTHER, True, ChangeDecision.UNDO),
        (FURTHER, None, False, ChangeDecision.UNDO),
    ],
)
def test_the_decision_about_a_change(
    judgement: Judgement, other: Incident | None, given_up: bool, decision: ChangeDecision
) -> None:
    plan = plan_of("claude")
    if given_up:
        plan.give_up(OTHER.fingerprint, NotRepaired.ATTEMPTS)
    plan.attempted(TICKET, applied(0), 0.0)
    assert plan.judged(TICKET, judgement, 0.0, other) is decision


def test_a_repair_that_relapses_counts_as_a_failed_attempt() -> None:
    plan = plan_of("claude", repeats=True, attempts=1)
    plan.attempted(TICKET, applied(0), 0.0)
    assert plan.judged(TICKET, VERIFIED, 0.0) is ChangeDecision.KEEP
    plan.relapsed(TICKET.key, 0)
    assert plan.next(TICKET, 0.0) == GiveUp(NotRepaired.ATTEMPTS, "1 attempt failed")


def test_what_no_edit_repairs_is_for_rules_only() -> None:
    plan = plan_of("recipes", "claude")
    port = Ticket.of_incident(replace(KEY, environment="port_in_use"), HEALTHY)
    plan.attempted(port, attempted(0, nothing=True), 0.0)
    assert plan.next(port, 0.0) == GiveUp(NotRepaired.NO_AGENT)


AGENTS = st.lists(st.sampled_from(["recipes", "claude", "claude:opus", "codex"]), unique=True, min_size=1)
ENDS = st.sampled_from(["failed", "verified", "further", "refused", "error", "nothing", "disabled"])
TICKETS = (TICKET, ELSEWHERE, Ticket("t", CommandPasses("make")))


@given(
    names=AGENTS,
    repeats=st.booleans(),
    attempts=st.integers(1, 4),
    history=st.lists(
        st.tuples(st.sampled_from(TICKETS), ENDS, st.sampled_from((None, *ACTIONS)), st.booleans()),
        max_size=25,
    ),
)
def test_in_any_history_nothing_is_asked_twice_and_no_ticket_fails_too_often(
    names: list[str], repeats: bool, attempts: int, history: list[tuple[Ticket, str, str | None, bool]]
) -> None:
    choices = [
        AgentChoice(*name.partition(":")[::2], repeats=repeats, offline=name == "recipes") for name in names
    ]
    plan = RepairPlan(Escalation(choices), attempts=attempts, limits=Amounts())
    asked: dict[str, set[object]] = {}
    failures: dict[str, int] = {}
    done: set[str] = set()
    for ticket, end, action, edits in history:
        if edits:
            plan.user_changed_files()
            asked, failures, done = {}, {}, set()
        step = plan.next(ticket, 0.0)
        if isinstance(step, Advise):
            advice = Diagnosis(action, "a hint", "a reason") if action else None
            step = plan.advised(ticket, step, advice, revertible=True)
        if isinstance(step, GiveUp):
            plan.give_up(ticket.key, step.reason)
            done.add(ticket.key)
            continue
        assert ticket.key not in done, "given up until the user changes a file"
        assert step.number == failures.get(ticket.key, 0) + 1 <= attempts
        request = (step.agent, step.instructions.words)
        assert repeats or request not in asked.setdefault(ticket.key, set())
        asked.setdefault(ticket.key, set()).add(request)
        end_attempt(plan, ticket, step, end)
        if end == "verified":
            asked.pop(ticket.key)
        elif end in ("failed", "refused", "error"):
            failures[ticket.key] = failures.get(ticket.key, 0) + 1
        elif end == "further":
            held = (
                plan.judged(ticket, FURTHER, 0.0, OTHER if ticket is TICKET else KEY) is ChangeDecision.HOLD
            )
            failures[ticket.key] = failures.get(ticket.key, 0) + (not held)
            if held:
                return  # the machine goes on with the other failure: its own test plays that


def end_attempt(plan: RepairPlan, ticket: Ticket, step: Try, end: str) -> None:
    """Let an attempt end."""
    match end:
        case "failed" | "verified":
            plan.attempted(ticket, applied(step.agent), 0.0)
            plan.judged(ticket, FAILED if end == "failed" else VERIFIED, 0.0)
        case "further":
            plan.attempted(ticket, applied(step.agent), 0.0)
        case "nothing":
            plan.attempted(ticket, attempted(step.agent, nothing=True, record=None), 0.0)
        case "disabled":
            plan.attempted(
                ticket,
                attempted(step.agent, nothing=True, record=None, disabled=frozenset({step.agent})),
                0.0,
            )
        case _:
            verdict = Verdict.REFUSED if end == "refused" else Verdict.AGENT_ERROR
            plan.attempted(ticket, attempted(step.agent, record=record(verdict)), 0.0)
