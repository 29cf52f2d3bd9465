"""A program that is slow to die is a crash, told once, with its exit status."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.otorepair import running

SLOW = """
import atexit, os, time
atexit.register(lambda: time.sleep(0.25))
print("port", os.environ["PORT"], flush=True)
"""


def test_a_program_that_is_slow_to_die_is_a_crash_told_once(workspace: Path, home: Path) -> None:
    (workspace / "app.py").write_text(SLOW)
    with running(["--backend", "recipes", "--json", "python app.py"], workspace, home) as run:
        assert run.wait() == 0
        assert run.verdicts() == ["verified"]
        (seen,) = run.events("IncidentSeen")
        assert seen["incident"]["exit_status"] == 1


@pytest.mark.parametrize("probe", ["auto", "never"])
def test_without_repair_it_is_told_once_too(probe: str, workspace: Path, home: Path) -> None:
    (workspace / "app.py").write_text(SLOW)
    with running(["--backend", "none", "--probe", probe, "--json", "python app.py"], workspace, home) as run:
        assert run.wait() == 1
        (seen,) = run.events("IncidentSeen")
        assert seen["incident"]["exit_status"] == 1


@pytest.mark.skipif(not shutil.which("node"), reason="no node on this machine")
def test_the_exit_status_of_a_node_program_is_known_before_an_attempt_begins(
    workspace: Path, home: Path
) -> None:
    (workspace / "app.js").write_text("console.log(process.env.PORT.length)\n")
    prompt = home / "prompt"
    agent = home / "agent"
    agent.write_text(f"#!/bin/sh\ncat > {prompt}\n")
    agent.chmod(0o755)
    command = [
        "--backend",
        "command",
        "--agent-command",
        str(agent),
        "--attempts",
        "1",
        "--json",
        "node app.js",
    ]
    with running(command, workspace, home) as run:
        run.wait()
        assert [event["incident"]["exit_status"] for event in run.events("IncidentSeen")] == [1]
    assert "still running" not in prompt.read_text()
    assert "exit status 1" in prompt.read_text() or "status 1" in prompt.read_text()


def test_a_failure_that_the_program_outlives_is_told_all_the_same(workspace: Path, home: Path) -> None:
    (workspace / "app.py").write_text(
        "import os, threading, time\nthreading.Thread(target=lambda: 1 / 0).start()\n"
        "while not os.path.exists('end'):\n    time.sleep(0.02)\n"
    )
    with running(["--backend", "none", "--json", "python app.py"], workspace, home) as run:
        seen = run.event("IncidentSeen")
        assert seen["incident"]["type"] == "ZeroDivisionError"
        assert not run.events("ChildExited")
        (workspace / "end").touch()
        assert run.wait() == 0
