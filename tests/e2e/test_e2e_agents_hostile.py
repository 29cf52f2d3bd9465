"""Whatever an agent says or writes, nothing of it drives the user's terminal."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pexpect
import pytest

from tests.support.agents_fakes import put_on_path
from tests.support.otorepair import COMMAND, running

TITLE, CLIPBOARD, CLEAR = "\x1b]0;owned\x07", "\x1b]52;c;b3duZWQ=\x07", "\x1b[2J"
HOSTILE = f"{TITLE}{CLIPBOARD}{CLEAR}"
MENDER = f"""
sys.stdin.read()
print("I mend it{HOSTILE}", flush=True)
open("app.py", "w").write("print('fine')  # mended{HOSTILE}\\n")
"""
NAMES = MENDER + f'open("new{TITLE}.py", "w").write("x = 1\\n")\n'


@pytest.mark.parametrize("mender", [MENDER, NAMES], ids=["words and edits", "names of files"])
def test_no_sequence_of_an_agent_reaches_the_terminal(mender: str, workspace: Path, home: Path) -> None:
    (workspace / "app.py").write_text("raise RuntimeError('mend me')\n")
    put_on_path(home / "bin", "mender", mender)
    agent = ["--backend", "command", "--agent-command", str(home / "bin" / "mender"), "--attempts", "1"]
    options = ["-vv", *agent, "--approve", "ask", "--healthy-after", "0.3"]
    env = {
        "OTOREPAIR_SANDBOX": "never",
        "XDG_STATE_HOME": os.environ["XDG_STATE_HOME"],
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "TERM": "xterm",
    }
    seen = io.StringIO()
    screen = pexpect.spawn(
        COMMAND, [*options, "python app.py"], cwd=str(workspace), env=env, timeout=20, encoding="utf-8"
    )
    screen.logfile_read = seen
    try:
        if screen.expect(["apply it", "waiting for a file change"]) == 0:
            screen.send("n\r")
            screen.expect("waiting for a file change")
        screen.send("q")
        screen.expect(pexpect.EOF)
    finally:
        screen.close(force=True)
    assert "I mend it" in seen.getvalue()
    assert "mended" in seen.getvalue()
    for command in (["history"], ["report", "--latest"]):
        with running(command, workspace, home) as run:
            assert run.wait() == 0
            seen.write(run.out.text + run.err.text)
    for sequence in (TITLE, CLIPBOARD, CLEAR, "\x1b]"):
        assert sequence not in seen.getvalue()
