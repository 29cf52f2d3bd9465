"""``otorepair why`` says in plain words what became of a failure, and what a person can do."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.support.otorepair import COMMAND, running

SECRET = 'import os\nprint(os.environ["SHOP_API_KEY"])\n'
SLIP = "def total(prices):\n    return sum(prices)\nprint(totla([1, 2]))\n"


def failed(program: str, workspace: Path, home: Path) -> None:
    """Run a program that fails, until the run is over."""
    (workspace / "app.py").write_text(program)
    with running(["--json", "--backend", "recipes", "python app.py"], workspace, home) as run:
        run.event("RunEnded")
        run.wait()


def why(*words: str, workspace: Path, home: Path) -> subprocess.CompletedProcess[str]:
    environ = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        [COMMAND, "why", *words], cwd=workspace, env=environ, capture_output=True, text=True, timeout=30
    )


def test_it_says_why_the_last_failure_was_not_repaired_and_what_to_do(workspace: Path, home: Path) -> None:
    failed(SECRET, workspace, home)
    said = why(workspace=workspace, home=home)
    lines = said.stdout.splitlines()
    assert lines[0].startswith("KeyError: 'SHOP_API_KEY'  app.py:2  #")
    assert lines[1] == "not repaired: no agent or recipe can fix this"
    assert lines[2].startswith("what you can do: repair it yourself")
    assert (said.returncode, said.stderr) == (0, "")


def test_it_says_how_a_repair_was_proven_and_by_which_attempt(workspace: Path, home: Path) -> None:
    failed(SLIP, workspace, home)
    said = json.loads(why("--json", workspace=workspace, home=home).stdout)
    assert (said["verdict"], said["reason"]) == ("verified", None)
    assert len(said["attempts"]) == 1
    named = why(said["fingerprint"][:4], workspace=workspace, home=home).stdout
    assert named.splitlines()[1].startswith("verified: app.py:3 ran again, exited 0")
    assert said["attempts"][0] in named


def test_a_failure_that_nobody_knows_is_one_line_and_2(workspace: Path, home: Path) -> None:
    failed(SECRET, workspace, home)
    said = why("ffffffffffff", workspace=workspace, home=home)
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr.startswith("otorepair: no failure 'ffffffffffff'")
    assert len(said.stderr.splitlines()) == 1
