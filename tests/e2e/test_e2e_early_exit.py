"""A command that ends well before otorepair is loaded does not wait for it; whatever wants a look does."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.support.otorepair import COMMAND


def run(command: str, workspace: Path, home: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environ = {"HOME": str(home), "PATH": "/usr/local/bin:/usr/bin:/bin"}
    return subprocess.run(
        [COMMAND, *options, command], cwd=workspace, env=environ, capture_output=True, text=True, timeout=60
    )


def test_what_ends_well_at_once_is_as_without_us(workspace: Path, home: Path) -> None:
    done = run("echo hello", workspace, home)
    assert (done.returncode, done.stdout, done.stderr) == (0, "hello\n", "")


@pytest.mark.parametrize(
    "command",
    ["exit 3", "echo 'ValueError: no'", "echo 'warning: old' >&2", "sleep 1000 & echo hello"],
    ids=["another status", "an error in words", "a warning", "a process left behind"],
)
def test_what_wants_a_look_gets_it(command: str, workspace: Path, home: Path) -> None:
    done = run(command, workspace, home)
    assert "otorepair 0" in done.stderr
    assert done.returncode == (4 if command == "exit 3" else 0)


def test_nothing_is_kept_where_nothing_is_repaired(workspace: Path, home: Path) -> None:
    run("echo hello", workspace, home, "--backend", "none")
    assert list(workspace.iterdir()) == []


def test_events_are_told_of_the_shortest_run(workspace: Path, home: Path) -> None:
    told = [json.loads(line)["event"] for line in run("true", workspace, home, "--json").stderr.splitlines()]
    assert told[0] == "RunStarted"
    assert told[-1] == "RunEnded"


def test_what_a_short_command_printed_in_health_is_remembered(workspace: Path, home: Path) -> None:
    run("echo 1; echo 2", workspace, home)
    sealed = json.loads((workspace / ".otorepair/health.json").read_text())
    (kept,) = json.loads(sealed["body"]).values()
    assert len(kept["output"]) == 2


def test_what_a_killed_run_left_is_seen_to_also_by_the_shortest(workspace: Path, home: Path) -> None:
    (workspace / ".otorepair").mkdir(mode=0o700)
    (workspace / ".otorepair/unproven").mkdir(mode=0o700)
    assert "otorepair 0" in run("true", workspace, home).stderr
