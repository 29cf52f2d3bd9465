"""The whole loop with real processes: chains, budgets and what is told of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.agents_fakes import ANSWER, put_on_path
from tests.support.otorepair import Run, running

CRASH = 'import os\nprint(os.environ["PORT"])\n'
GEMINI = """
import json
asked = sys.stdin.read()
model = sys.argv[sys.argv.index("--model") + 1] if "--model" in sys.argv else "plain"
with open({log!r}, "a") as log:
    log.write(model + (" judges" if "Judge a piece" in asked else " advises" if "say what to do" in asked else
              " repairs" + (" by test" if "new test" in asked else "")) + "\\n")
def say(**event): print(json.dumps(event), flush=True)
say(type="init", model=model)
if "Judge a piece" in asked:
    say(type="message", role="assistant", content=json.dumps({answer!r}))
elif "say what to do" in asked:
    say(type="message", role="assistant", content=json.dumps({advice!r}))
else:
    source = open("app.py").read()
    if model == {cures!r}:
        source = source.replace('os.environ["PORT"]', 'os.environ.get("PORT", "8000")')
    else:
        source += "# looked\\n"
    open("app.py", "w").write(source)
say(type="result", status="success", stats=dict(input_tokens=900, output_tokens=100))
"""


@pytest.fixture
def asked(home: Path) -> Path:
    return home / "asked"


def environment(home: Path, asked: Path, cures: str = "", **advice: str) -> dict[str, str]:
    """A fake Gemini CLI on PATH, of which only the model ``cures`` repairs, and what it advises."""
    said = {"action": "escalate_model", "hint": "", "reason": "too hard for it"} | advice
    body = GEMINI.format(log=str(asked), answer=ANSWER, advice=said, cures=cures)
    put_on_path(home / "bin", "gemini", body)
    return {"EXTRA_PATH": str(home / "bin"), "GEMINI_API_KEY": "dummy"}


CHAINS = {f"OTOREPAIR_CHAINS_{level}": "gemini:flash,gemini:pro" for level in ("MINIMAL", "SIMPLE")}


def options(*more: str) -> list[str]:
    return [
        "--backend",
        "gemini",
        "--json",
        "--healthy-after",
        "0.3",
        "--yes",
        *more,
        "python app.py",
    ]


def prescribed(run: Run) -> list[tuple[str, str]]:
    return [(event["action"], event["model"]) for event in run.events("Prescribed")]


def test_two_failures_are_diagnosed_and_a_stronger_model_cures(
    workspace: Path, home: Path, asked: Path
) -> None:
    (workspace / "app.py").write_text(CRASH)
    with running(options(), workspace, home, CHAINS | environment(home, asked, cures="pro")) as run:
        assert run.wait() == 0, run.err.text
        assert run.verdicts() == ["failed", "failed", "verified"]
        assert prescribed(run) == [("retry_with_hint", "flash"), ("escalate_model", "pro")]
        assert run.out.text.endswith("8000\n")
        analysed = run.event("Analysed")
        assert (analysed["cause"], analysed["complexity"]) == ("b may be 0", "minimal")
        spent = run.events("BudgetSpent")[-1]["spent"]  # of three attempts and two questions
        assert (spent["attempts"], spent["tokens"], spent["cost_usd"]) == (3, 5000, None)
        assert spent["cost_unknown"] == 5
    said = asked.read_text().splitlines()
    assert said.count("plain judges") == 1
    assert [line for line in said if "judges" not in line] == [
        *("flash repairs", "flash repairs", "plain advises", "pro repairs")
    ]


def test_without_a_stronger_model_the_strategy_changes(workspace: Path, home: Path, asked: Path) -> None:
    (workspace / "app.py").write_text(CRASH)
    alone = ["--backend", "gemini", "--json", "--healthy-after", "0.3", "--yes", "python app.py"]
    with running(alone, workspace, home, environment(home, asked)) as run:
        assert run.wait() == 4
        assert [action for action, _ in prescribed(run)] == ["retry_with_hint", "change_strategy"]
    assert "plain repairs by test" in asked.read_text()


def test_where_only_a_person_can_help_the_question_is_put_and_nothing_more_is_tried(
    workspace: Path, home: Path, asked: Path
) -> None:
    (workspace / "app.py").write_text(CRASH)
    env = environment(home, asked, action="ask_person", hint="Which port is meant?")
    with running(options(), workspace, home, CHAINS | env) as run:
        assert run.wait() == 4
        assert "Which port is meant?" in run.event("BreakerTripped")["reason"]
        assert len(run.verdicts()) == 2


def test_a_budget_of_tokens_ends_the_attempts(workspace: Path, home: Path, asked: Path) -> None:
    (workspace / "app.py").write_text(CRASH)
    with running(options("--max-tokens", "1500"), workspace, home, CHAINS | environment(home, asked)) as run:
        assert run.wait() == 4
        assert "of 1500 tokens" in run.event("BreakerTripped")["reason"]
        assert run.event("BudgetSpent")["limits"]["tokens"] == 1500


def test_an_agent_of_a_chain_that_is_not_there_is_left_out_and_told(
    workspace: Path, home: Path, asked: Path
) -> None:
    (workspace / "app.py").write_text(CRASH)
    settings = home / ".config" / "otorepair" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('[chains]\nsimple = ["gemini", "codex:big"]\n')
    env = environment(home, asked, cures="plain")
    with running(
        ["--backend", "gemini", "--json", "--healthy-after", "0.3", "python app.py"], workspace, home, env
    ) as run:
        assert run.wait() == 0, run.err.text
        notes = [event["text"] for event in run.events("Notice")]
    assert any("left out of the chains: codex: codex is not on PATH" in note for note in notes)


def test_low_confidence_of_the_analysis_has_a_person_asked(workspace: Path, home: Path, asked: Path) -> None:
    (workspace / "app.py").write_text(CRASH)
    env = environment(home, asked, cures="flash")
    script = home / "bin" / "gemini"
    script.write_text(script.read_text().replace("'confidence': 0.9", "'confidence': 0.3"))
    without_yes = [word for word in options("--attempts", "1") if word != "--yes"]
    with running(without_yes, workspace, home, env) as run:
        assert run.wait() == 4
        [attempt] = [event["attempt"] for event in run.events("AttemptEnded")]
    assert attempt["verdict"] == "refused"
    assert "confidence 0.3" in attempt["reason"]
    assert json.loads(json.dumps(attempt))["tokens"] == 1000
