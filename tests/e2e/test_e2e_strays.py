"""What the program, or whoever takes its output, writes while an agent works is not held against the agent."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.otorepair import COMMAND, NO_SANDBOX

PROGRAM = """
import os, sys, threading, time, traceback
state = sys.argv[1]
held = open("trace.bin", "a") if state == "held" else None
def note(n=0):
    while True:
        n += 1
        if held:
            held.write("x" * 9000)
        elif state:
            os.makedirs(os.path.dirname(state) or ".", exist_ok=True)
            with open(state, "w") as file:
                file.write(str(n))
        print("tick", n, flush=True)
        time.sleep(0.02)
threading.Thread(target=note, daemon=True).start()
time.sleep(0.3)
try:
    print(totl)
    time.sleep(1.5)
except NameError:
    traceback.print_exc()
    time.sleep(12)
"""
AGENT = """#!/bin/sh
sleep 0.5
sed -i 's/print(totl)/total = 1; print("total", total)/' app.py
"""


def told(state: str, redirected: str, workspace: Path, home: Path, agent: str = AGENT) -> str:
    """All that a run says while an agent that tells nothing repairs a living program."""
    (workspace / "app.py").write_text(PROGRAM)
    (home / "agent").write_text(agent)
    (home / "agent").chmod(0o755)
    program = shlex.join([sys.executable, "app.py", state])
    options = [
        "--backend",
        "command",
        "--agent-command",
        str(home / "agent"),
        "--healthy-after",
        "0.3",
        "--yes",
    ]
    line = f"{shlex.join([COMMAND, *options, program])} {redirected}"
    env = {**os.environ, **NO_SANDBOX, "HOME": str(home), "LC_ALL": "C.UTF-8"}
    run = subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=workspace,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    files = [workspace / name for name in ("out.txt", "err.txt") if (workspace / name).exists()]
    return run.stdout + run.stderr + "".join(file.read_text() for file in files)


@pytest.mark.parametrize("state", ["", "state.json", "var/now", "held", "app.state.py"])
def test_what_the_program_writes_meanwhile(state: str, workspace: Path, home: Path) -> None:
    text = told(state, "", workspace, home)
    assert "verified" in text
    assert "refused" not in text


@pytest.mark.parametrize(
    "redirected", ["2>&1 | tee out.txt", "> out.txt 2>&1", "2> err.txt", "> out.txt 2> err.txt"]
)
def test_where_our_own_output_goes(redirected: str, workspace: Path, home: Path) -> None:
    text = told("", redirected, workspace, home)
    assert "verified" in text
    assert "refused" not in text


def test_an_agent_that_works_past_the_copy_is_still_seen(workspace: Path, home: Path) -> None:
    (workspace / "other.py").write_text("x = 1\n")
    past = f"{AGENT}echo 'x = 2' > {workspace}/other.py\n"
    assert "other.py was changed outside the private copy" in told("state.json", "", workspace, home, past)
