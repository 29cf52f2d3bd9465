"""Rules learned from repairs: announced, judged by a person, told to agents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from otorepair_like.attempt import Attempt, Verdict
from otorepair_like.memory.store import Store
from tests.support.otorepair import running

LEARNED = "Learned in this project:\n- TimeoutError: no answer: write `timeout = 30`"


def heal(workspace: Path, home: Path, name: str) -> list[str]:
    """A crash for want of the variable ``name``, cured by the recipes; what was said of rules."""
    (workspace / "app.py").write_text(f'import os\nprint(os.environ["{name}"])\n')
    (workspace / ".env.example").write_text(f"{name}=plain\n")
    options = ["--backend", "recipes", "--healthy-after", "0.3", "--yes", "--json"]
    with running([*options, "python app.py"], workspace, home) as run:
        assert run.wait() == 0, run.err.text
        assert run.verdicts() == ["verified"]
        return [said for event in run.events("Notice") if "rule" in (said := event["text"])]


def test_a_cure_that_worked_three_times_becomes_a_rule_that_agents_are_told(
    workspace: Path, home: Path
) -> None:
    with running(["rules"], workspace, home) as run:
        assert run.wait() == 0
        assert "no rules yet" in run.err.text
    assert not heal(workspace, home, "COLOUR")
    assert not heal(workspace, home, "SHAPE")
    [said] = heal(workspace, home, "FLAVOUR")
    assert not heal(workspace, home, "TEXTURE")
    with running(["rules", "--json"], workspace, home) as run:
        assert run.wait() == 0
        [rule] = json.loads(run.out.text)
    assert (rule["state"], len(rule["evidence"])) == ("proposed", 4)
    assert said.startswith("a rule was learned: KeyError")
    assert f"has repaired 3 failures; 'otorepair rules promote {rule['id']}'" in said
    with running(["rules", "promote", rule["id"][:4]], workspace, home) as run:
        assert run.wait() == 0
        assert f"promoted {rule['id']}" in run.err.text
    agent = ["--backend", "command", "--agent-command", f"sh -c 'cat >> {home}/prompts'", "--attempts", "1"]
    with running([*agent, "-q", "python -c 'raise RuntimeError(1)'"], workspace, home) as run:
        run.wait()
    prompt = (home / "prompts").read_text()
    assert "Learned in this project:\n- KeyError" in prompt
    with running(["rules", "drop", "ffffffff"], workspace, home) as run:
        assert run.wait() == 2
        assert "see 'otorepair rules'" in run.err.text


@pytest.fixture
def rule(workspace: Path) -> str:
    """The id of a rule that was learned here."""
    store = Store.open(workspace)
    for number in range(3):
        diff = f"-timeout = {number}\n+timeout = 30\n"
        store.add(
            Attempt(
                id=f"aaaaa{number}",
                time=1000.0 + number,
                command="python app.py",
                fingerprint=f"bbbbb{number}",
                loose_fingerprint="cccccc",
                type="TimeoutError",
                message="no answer",
                file="net.py",
                line=3,
                agent="claude",
                model="",
                verdict=Verdict.VERIFIED,
                reason="up for 3 s",
                diff=diff,
                seconds=1.0,
            )
        )
    [learned] = store.rules()
    store.close()
    return learned.id


def test_what_a_person_thinks_of_a_rule_holds_from_the_next_prompt_on(
    workspace: Path, home: Path, rule: str
) -> None:
    app, prompts = workspace / "app.py", home / "prompts"
    app.write_text("raise RuntimeError(1)\n")
    agent = ["--backend", "command", "--agent-command", f"sh -c 'cat >> {prompts}'", "--attempts", "1"]
    with running([*agent, "--watch", "app.py", "--json", "python app.py"], workspace, home) as run:
        for number, judged in enumerate(("promote", "drop"), 1):
            run.event("Waiting", number)
            assert (LEARNED in prompts.read_text()) is (judged == "drop")
            prompts.unlink()
            with running(["rules", judged, rule], workspace, home) as other:
                assert other.wait() == 0
            app.write_text(f"raise RuntimeError({number + 1})\n")
        run.event("Waiting", 3)
        assert LEARNED not in prompts.read_text()
