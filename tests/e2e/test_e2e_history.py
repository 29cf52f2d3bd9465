"""Every attempt is remembered, shown, and told to the next agent."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.support.otorepair import COMMAND, running

FIELDS = ["id", "time", "command", "fingerprint", "type", "message", "file", "line"]
FIELDS += ["agent", "model", "verdict", "reason", "diff", "seconds", "cost_usd"]


def history(workspace: Path, *args: str) -> str:
    done = subprocess.run(
        [COMMAND, "history", *args], cwd=workspace, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.mark.timeout(120)
def test_two_otorepairs_with_50_attempts_each_leave_100_rows(workspace: Path, home: Path) -> None:
    (workspace / "app.py").write_text("raise RuntimeError('never cured')\n")
    many = [
        "--attempts",
        "50",
        "--max-attempts-total",
        "50",
        "--backend",
        "command",
        "--agent-command",
        "true",
    ]
    with (
        running(
            [*many, "-q", "python app.py"], workspace, home, {"OTOREPAIR_MAX_ATTEMPTS_HOUR": "50"}
        ) as one,
        running(
            [*many, "-q", "python app.py"], workspace, home, {"OTOREPAIR_MAX_ATTEMPTS_HOUR": "50"}
        ) as two,
    ):
        assert (one.wait(100), two.wait(100)) == (4, 4)
    rows = json.loads(history(workspace, "--json", "--limit", "1000"))
    assert len(rows) == 100
    assert len({row["id"] for row in rows}) == 100
    assert list(rows[0]) == FIELDS


def test_an_attempt_is_kept_shown_and_told_to_the_next_agent_without_its_secrets(
    workspace: Path, home: Path
) -> None:
    (workspace / "app.py").write_text("raise RuntimeError('the key hunter2hunter2 is wrong')\n")
    (workspace / ".env").write_text("API_TOKEN=hunter2hunter2\n")
    agent = home / "agent.sh"
    agent.write_text(f"cat >> {home}/prompts; echo '# looked' >> app.py\n")
    options = ["--backend", "command", "--agent-command", f"sh {agent}", "--attempts", "2", "--json"]
    with running([*options, "python app.py"], workspace, home) as run:
        assert run.wait() == 4
        assert "hunter2" not in json.dumps(run.events())
    prompts = (home / "prompts").read_text()
    assert "hunter2" not in prompts
    assert prompts.count("+# looked") >= 1  # the second prompt has the first attempt's diff
    rows = json.loads(history(workspace, "--json"))
    assert [row["verdict"] for row in rows] == ["failed", "failed"]
    assert "[secret:API_TOKEN]" in rows[0]["message"]
    assert rows[0]["id"] in history(workspace)
    assert "+# looked" in history(workspace, rows[0]["id"])
    assert (workspace / ".otorepair" / ".gitignore").read_text() == "*\n"
    assert b"hunter2" not in b"".join(
        file.read_bytes() for file in (workspace / ".otorepair").iterdir() if file.is_file()
    )


def test_a_deleted_history_is_begun_anew(workspace: Path, home: Path) -> None:
    assert json.loads(history(workspace, "--json")) == []
    assert not (workspace / ".otorepair").exists()
