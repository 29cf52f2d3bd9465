"""The question for a model, and every kind of answer to it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from otorepair_like.agents import triage
from otorepair_like.agents.protocol import Finished, Opinion, Reason
from otorepair_like.agents.sanitize import capped, harmless
from tests.support.agents_fakes import INCIDENT

YES = Opinion(True, "it breaks", 0.8)
BARE = '{"error": true, "summary": "it breaks", "confidence": 0.8}'


@pytest.mark.parametrize(
    "answer",
    [
        BARE,
        f"```json\n{BARE}\n```",
        f"Here is my judgement:\n\n{BARE}\nAnything else?",
        f'{{"result": {BARE}}}',
        f"[{BARE}]",
        json.dumps({"type": "result", "result": BARE}),
        f"The set {{a, b}} is broken. {BARE}",
        '{"confidence": 0.8, "note": {"x": 1}, "summary": "it\\nbreaks", "error": true}',
        f"{BARE}\n{BARE}",
    ],
    ids=["bare", "fenced", "prefixed", "wrapped", "listed", "quoted", "after braces", "other keys", "twice"],
)
def test_an_answer_is_read_however_it_is_wrapped(answer: str) -> None:
    assert triage.read(answer) == YES


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "No error at all.",
        '{"error": "no", "summary": "", "confidence": 1}',
        '{"summary": "it breaks"}',
        '{"error": tr',
        "[" * 100_000,
        f'{BARE} {{"error": false}}',
    ],
    ids=["empty", "prose", "text for true", "no verdict", "cut", "deep", "contradiction"],
)
def test_an_answer_that_cannot_be_read_is_unsure(answer: str) -> None:
    opinion = triage.opinion("claude", Finished(Reason.OK, answer))
    assert opinion.error is None
    assert "claude gave no readable answer" in opinion.summary


@pytest.mark.parametrize(("said", "meant"), [("7", 1.0), ("-1", 0.0), ('"high"', 0.0), ("1e999", 0.0)])
def test_a_confidence_out_of_range_is_brought_back(said: str, meant: float) -> None:
    assert triage.read(f'{{"error": true, "confidence": {said}}}') == Opinion(True, "", meant)


def test_a_run_that_did_not_end_well_is_unsure_with_its_reason() -> None:
    opinion = triage.opinion("claude", Finished(Reason.TIMEOUT, BARE))
    assert opinion == Opinion(None, f"claude could not judge it (timeout): {BARE}")


def test_the_question_quotes_the_evidence_as_data() -> None:
    asked = triage.question(INCIDENT)
    assert asked.startswith("Judge a piece of output")
    assert "Suspected: ZeroDivisionError: division by zero" in asked
    assert "Place: app.py:2" in asked
    assert "  | ZeroDivisionError: division by zero" in asked
    assert "  | GET @ /etc/passwd HTTP/1.1" in asked


def test_the_question_stays_small_and_cannot_be_broken_out_of() -> None:
    flood = tuple(f"line {n} {{title}} \x1b[31m" for n in range(100_000))
    asked = triage.question(replace(INCIDENT, evidence=flood, before=flood))
    assert len(asked) < 40_000
    assert "line 0 " in asked
    assert "line 99999 " in asked
    assert "\x1b" not in asked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@/etc/passwd", "@ /etc/passwd"),
        ("(@app.py)", "(@ app.py)"),
        ("mail a@b.de", "mail a@b.de"),
        ("a @ b", "a @ b"),
        ("@@x", "@ @ x"),
        ("\n/clear", "Text: \n/clear"),
    ],
)
def test_mentions_and_commands_are_set_apart(text: str, shown: str) -> None:
    assert harmless(text) == shown
    assert harmless(shown) == shown


def test_a_long_text_keeps_its_head_and_tail() -> None:
    assert capped("short", 10) == "short"
    cut = capped("a" * 50 + "b" * 50, 30)
    assert cut.startswith("aaaaaaaaaa\n")
    assert cut.endswith("\n" + "b" * 20)
    assert "70 characters left out" in cut
