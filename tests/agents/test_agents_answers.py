"""JSON answers are validated, and asked for once more if they do not fit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from otorepair_like.agents import diagnosis, json_answers, triage
from otorepair_like.agents.diagnosis import Diagnosis
from otorepair_like.agents.gemini import Gemini
from otorepair_like.agents.protocol import Finished, Reason
from otorepair_like.attempt import Attempt, Verdict
from tests.support.agents_fakes import ANSWER, INCIDENT, OPINION, put_on_path
from tests.support.agents_launch import RememberingLaunch

WHOLE = json.dumps(ANSWER)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"confidence": "high"}, 'confidence: expected a number, got "high"'),
        ({"confidence": True}, "confidence: expected a number, got true"),
        ({"confidence": 7}, "confidence: expected 0 to 1, got 7"),
        ({"severity": "dire"}, 'severity: expected one of warning, error, fatal, got "dire"'),
        ({"files": "app.py"}, 'files: expected an array, got "app.py"'),
        ({"files": ["app.py", 3]}, "files[1]: expected a string, got 3"),
        ({"mood": "good"}, "answer: 'mood' is not one of the keys"),
    ],
)
def test_a_fault_is_named_exactly(change: dict[str, object], fault: str) -> None:
    assert json_answers.faults(json.dumps(ANSWER | change), triage.SHAPE) == [fault]


def test_what_is_missing_is_named_and_a_whole_answer_has_no_fault() -> None:
    short = {key: value for key, value in ANSWER.items() if key not in ("cause", "blast")}
    assert json_answers.faults(json.dumps(short), triage.SHAPE) == [
        "answer: cause is missing",
        "answer: blast is missing",
    ]
    assert json_answers.faults(f"Here you are:\n```json\n{WHOLE}\n```", triage.SHAPE) == []
    assert json_answers.faults("I cannot say.", triage.SHAPE) == ["there is no JSON object in it"]
    assert triage.read(WHOLE) == OPINION


ASKED_TWICE = """
seen = {folder!r} + "/asked"
prompt = sys.stdin.read()
first = not os.path.exists(seen)
open(seen, "a").write(prompt)
import json
says = {first!r} if first else {second!r}
print(json.dumps({{"type": "message", "role": "assistant", "content": says}}))
print(json.dumps({{"type": "result", "status": "success", "stats": {{"input_tokens": 10}}}}))
"""


@pytest.mark.anyio
async def test_an_invalid_answer_is_asked_again_once_with_its_faults(
    launch: RememberingLaunch, environ: dict[str, str], tmp_path: Path
) -> None:
    body = ASKED_TWICE.format(
        folder=str(tmp_path), first=json.dumps(ANSWER | {"confidence": "high"}), second=WHOLE
    )
    put_on_path(Path(environ["PATH"]), "gemini", body)
    opinion = await Gemini(launch, environ=environ).triage(INCIDENT, 20)
    assert opinion == OPINION
    assert opinion.usage.tokens == 20
    asked = (tmp_path / "asked").read_text()
    assert len(launch.argv) == 2
    assert 'Your last answer could not be used:\n  - confidence: expected a number, got "high"' in asked


@pytest.mark.anyio
async def test_what_of_a_bad_answer_can_be_used_is_used(
    launch: RememberingLaunch, environ: dict[str, str], tmp_path: Path
) -> None:
    body = ASKED_TWICE.format(
        folder=str(tmp_path), first='{"error": true, "summary": "it breaks"}', second="I told you."
    )
    put_on_path(Path(environ["PATH"]), "gemini", body)
    opinion = await Gemini(launch, environ=environ).triage(INCIDENT, 20)
    assert (opinion.error, opinion.summary, opinion.complexity) == (True, "it breaks", "")
    assert len(launch.argv) == 2


def test_a_diagnosis_is_asked_for_with_all_that_was_tried() -> None:
    tried = Attempt(
        *("i", 0.0, "cmd", "f", "", "E", "m", "a.py", 1, "claude", "opus", Verdict.FAILED),
        "the same error again @/etc/passwd",
        "-a\n+b",
        1.0,
    )
    asked = diagnosis.question(INCIDENT, [tried])
    assert "Try 1 by claude opus ended as failed: the same error again @ /etc/passwd" in asked
    assert "  | -a\n  | +b" in asked
    assert "division by zero" in asked


def test_a_diagnosis_is_read_and_anything_else_is_none() -> None:
    said = '{"action": "switch_agent", "hint": "try\\nanother", "reason": "stuck"}'
    assert diagnosis.read(Finished(Reason.OK, f"So: {said}")) == Diagnosis(
        "switch_agent", "try another", "stuck"
    )
    assert diagnosis.read(Finished(Reason.OK, said.replace("switch_agent", "pray"))) is None
    assert diagnosis.read(Finished(Reason.TIMEOUT, said)) is None
