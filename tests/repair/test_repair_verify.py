"""The proof, as histories: what happened, and the judgement that follows."""

from __future__ import annotations

import pytest

from otorepair_like.attempt import Verdict
from otorepair_like.incident import Incident
from otorepair_like.repair.proof.health import Health
from otorepair_like.repair.proof.proof import Judgement, Proof
from otorepair_like.tickets.signal import HealthMode, ProgramHealthy
from otorepair_like.tickets.ticket import Ticket

SAME = Incident("KeyError", "'PORT'", fingerprint="aaa")
OTHER = Incident("NameError", "name 'x' is not defined", fingerprint="bbb")
WARNING = Incident("DeprecationWarning", "old", severity="warning", fingerprint="ccc")
CRASH = ProgramHealthy(HealthMode.STAYS_UP, 3.0)
LIVING = ProgramHealthy(HealthMode.STAYS_QUIET, 3.0)
REQUEST = ProgramHealthy(HealthMode.STAYS_QUIET, 3.0, ("GET", "/items"))

Step = tuple[object, ...]


def judged(signal: ProgramHealthy, *steps: Step) -> Judgement | None:
    """The first judgement of a history of ``(method, *arguments)``."""
    proof = Proof(Ticket.of_incident(SAME, signal))
    for name, *arguments in steps:
        judgement = getattr(proof, str(name))(*arguments)
        if judgement is not None:
            return judgement
    return None


UP, DOWN, LOADED = ("child_started", 10.0), ("child_exited", 0, None, 10.5), ("child_started", 5.0)

HISTORIES = [
    ("a crash: up without the error", CRASH, [UP, ("tick", 12.9), ("tick", 13.0)], "verified"),
    ("a crash: exits 0", CRASH, [UP, DOWN], "verified"),
    ("a crash: same error", CRASH, [UP, ("incident", SAME, 10.2)], "failed"),
    ("a crash: dies of it", CRASH, [UP, ("child_exited", 1, SAME, 10.2)], "failed"),
    ("a crash: dies silently", CRASH, [UP, ("child_exited", -11, None, 10.2)], "failed"),
    ("a crash: next error", CRASH, [UP, ("child_exited", 1, OTHER, 10.2)], "progress"),
    ("the old child's last words", CRASH, [("incident", SAME, 9.0), ("child_exited", 1, SAME, 9.1)], None),
    ("a warning", CRASH, [UP, ("incident", WARNING, 11.0), ("tick", 13.0)], "verified"),
    ("alive: quiet after a reload", LIVING, [LOADED, ("tick", 8.0)], "verified"),
    ("alive: not reloaded yet", LIVING, [("tick", 99.0)], None),
    ("alive: reloaded twice", LIVING, [LOADED, ("child_started", 7.0), ("tick", 9.0)], None),
    ("alive: it comes back", LIVING, [LOADED, ("incident", SAME, 6.0)], "failed"),
    ("alive: ends before it was asked", LIVING, [LOADED, ("child_exited", 0, None, 6.0)], "unproven"),
    ("a request: answers", REQUEST, [LOADED, ("answered", 200, 6.0), ("tick", 8.0)], "verified"),
    ("a request: not found says nothing", REQUEST,
     [LOADED, ("answered", 404, 6.0), ("tick", 8.0)], "unproven"),
    ("a request: still 500", REQUEST, [LOADED, ("answered", 500, 6.0), ("tick", 8.0)], "failed"),
    ("a request: nobody asked", REQUEST, [LOADED, ("tick", 15.0)], "unproven"),
    ("a request: nobody answers", REQUEST, [LOADED, ("answered", None, 6.0), ("tick", 8.0)], "unproven"),
    ("a request: answered late", REQUEST, [LOADED, ("answered", 200, 7.9), ("tick", 8.0)], None),
    ("a request: answer and traceback", REQUEST,
     [LOADED, ("answered", 500, 6.0), ("incident", OTHER, 6.1)], "progress"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("signal", "steps", "expected"), [h[1:] for h in HISTORIES], ids=[h[0] for h in HISTORIES]
)
def test_the_judgement_of_a_history(signal: ProgramHealthy, steps: list[Step], expected: str | None):
    judgement = judged(signal, *steps)
    got = judgement and ("progress" if judgement.progress else str(judgement.verdict))
    assert got == expected


def test_the_words_say_what_was_seen():
    seen = [
        judged(CRASH, ("child_started", 1.0), ("tick", 4.0)),
        judged(CRASH, ("child_started", 1.0), ("incident", OTHER, 2.0)),
        judged(CRASH, ("child_started", 1.0), ("child_exited", -9, None, 3.5)),
        judged(REQUEST, ("child_started", 1.0), ("answered", 200, 2.0), ("tick", 4.0)),
        judged(REQUEST, ("child_started", 1.0), ("tick", 11.0)),
    ]
    assert [judgement and judgement.proof for judgement in seen] == [
        "ran 3 s without the error",
        "a different error came: NameError: name 'x' is not defined",
        "was ended by signal 9 after 2.5 s",
        "error gone, GET /items answers 200",
        "ran well for 3 s, but GET /items could not be asked again",
    ]


def test_failures_that_were_there_before_are_not_blamed_on_the_repair():
    proof = Proof(Ticket.of_incident(SAME, CRASH), 10.0, known=frozenset({"aaa", "bbb"}))
    assert proof.incident(OTHER, 11.0) is None
    assert proof.incident(SAME, 11.0) is not None


@pytest.mark.parametrize(
    ("healthy", "status", "verdict"),
    [(200, 404, "unproven"), (200, 302, "unproven"), (200, 204, "verified"), (404, 404, "verified")],
)
def test_a_request_must_answer_in_the_class_of_its_last_healthy_run(healthy: int, status: int, verdict: str):
    proof = Proof(
        Ticket.of_incident(SAME, REQUEST), 10.0, health=Health({" ".join(REQUEST.request): healthy})
    )
    proof.answered(status, 11.0)
    judgement = proof.tick(13.0)
    assert judgement is not None
    assert judgement.verdict == verdict


def test_the_deadline_is_known_as_soon_as_the_child_runs():
    proof = Proof(Ticket.of_incident(SAME, CRASH))
    assert proof.deadline is None
    proof.child_started(10.0)
    assert proof.deadline == 13.0
    assert Proof(Ticket.of_incident(SAME, CRASH), 4.0).deadline == 7.0
    assert proof.tick(13.0) == Judgement(Verdict.VERIFIED, False, "ran 3 s without the error")


def test_a_living_failure_that_nobody_asked_for_again_is_unproven() -> None:
    silent = ProgramHealthy(HealthMode.STAYS_QUIET, 3.0, by_itself=False)
    judgement = judged(silent, ("child_started", 1.0), ("tick", 4.0))
    assert judgement
    assert judgement.verdict is Verdict.UNPROVEN
