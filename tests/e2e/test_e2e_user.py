"""What the user does meanwhile is never lost."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.support.otorepair import COMMAND, running
from tests.support.supervise import until

PROGRAM = """\
import helper


def first():
    return 1


def second():
    return 2


print(frist())
"""


def slow_agent(home: Path, old: str, new: str) -> list[str]:
    """A scripted agent that takes its time for one edit of app.py."""
    file = home / "script.json"
    step = {"say": "thinking", "sleep": 1.5, "edits": [{"path": "app.py", "old": old, "new": new}]}
    file.write_text(json.dumps({"repair": [step]}))
    return ["--backend", "scripted", "--script", str(file), "--attempts", "1", "--json"]


def program(workspace: Path) -> Path:
    (workspace / "helper.py").write_text("x = 1\n")
    app = workspace / "app.py"
    app.write_text(PROGRAM)
    return app


def test_an_edit_elsewhere_in_the_file_is_merged_with_the_repair(workspace: Path, home: Path) -> None:
    app = program(workspace)
    agent = slow_agent(home, "frist", "first")
    with running([*agent, "python app.py"], workspace, home) as run:
        run.event("AgentSaid")
        app.write_text(PROGRAM.replace("return 1", "return 111  # mine"))
        assert run.wait() == 0
        assert run.verdicts() == ["verified"]
    assert app.read_text() == PROGRAM.replace("return 1", "return 111  # mine").replace("frist", "first")


def test_an_edit_of_the_same_line_is_kept_and_the_repair_refused(workspace: Path, home: Path) -> None:
    app = program(workspace)
    agent = slow_agent(home, "frist", "first")
    mine = PROGRAM.replace("frist()", "my_own()")
    with running([*agent, "python app.py"], workspace, home) as run:
        run.event("AgentSaid")
        app.write_text(mine)
        assert run.wait() == 4
        assert run.verdicts()[0] == "refused"
    assert app.read_text() == mine


def test_an_edit_made_during_the_proof_stays_when_the_repair_is_taken_back(
    workspace: Path, home: Path
) -> None:
    app = program(workspace)
    app.write_text(PROGRAM.replace("print(", "import time\ntime.sleep(1)\nprint("))
    agent = slow_agent(home, "return 2", "return 222")
    with running([*agent, "--yes", "python app.py"], workspace, home) as run:
        run.event("ChangeApplied")
        until(lambda: len(run.events("ChildStarted")) == 2, "second start")
        app.write_text(app.read_text().replace("import helper", "import helper  # mine"))
        assert run.wait() == 4
        assert set(run.verdicts()) == {"failed"}
    assert "# mine" in app.read_text()
    assert "222" not in app.read_text()


def test_nothing_of_git_is_touched(workspace: Path, home: Path) -> None:
    def git(*args: str) -> str:
        who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        return subprocess.run(
            ["git", *who, *args], cwd=workspace, capture_output=True, text=True, check=True
        ).stdout

    app = program(workspace)
    (workspace / ".gitignore").write_text("__pycache__/\n")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "first")
    (workspace / "helper.py").write_text("x = 2\n")
    git("stash", "-q")
    (workspace / "helper.py").write_text("x = 3\n")
    git("add", "helper.py")
    (workspace / "helper.py").write_text("x = 4\n")

    def state() -> list[str]:
        return [
            git(*args.split()) for args in ("rev-parse HEAD", "diff --cached", "stash list", "for-each-ref")
        ]

    before = state()
    agent = slow_agent(home, "frist", "first")
    with running([*agent, "python app.py"], workspace, home) as run:
        assert run.wait() == 0
    assert state() == before
    assert (workspace / "helper.py").read_text() == "x = 4\n"
    assert git("status", "--porcelain").splitlines() == [" M app.py", "MM helper.py"]
    assert "print(first())" in app.read_text()


def test_a_reader_that_leaves_ends_the_run_without_a_word(workspace: Path, home: Path) -> None:
    command = f"'{COMMAND}' -q --backend none 'yes line' | head -1"
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=workspace,
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
        env={"HOME": str(home), "PATH": f"{Path(COMMAND).parent}:/usr/bin:/bin"},
    )
    assert (done.stdout, done.stderr) == ("line\n", "")


@pytest.mark.parametrize(
    ("mended", "seen"), [("time.sleep(60)", "up for 1 s"), ("print('well')", "exited 0")], ids=["up", "ends"]
)
def test_that_the_user_mended_what_otorepair_could_not_is_said_once(
    workspace: Path, home: Path, mended: str, seen: str
) -> None:
    app, new = workspace / "app.py", workspace / ".new"
    app.write_text("import time\n\nraise ValueError('odd')\n")
    options = ["--backend", "recipes", "--healthy-after", "1", "--watch", ".", "--json", "python app.py"]
    with running(options, workspace, home) as run:
        run.event("Waiting")
        new.write_text(f"import time\n\n{mended}\n")
        new.replace(app)  # at once, as editors do
        said = f"the failure is gone: {seen}"
        until(lambda: any(e["text"] == said for e in run.events("Notice")), said)
        run.interrupt()
        run.wait()
        assert sum("failure is gone" in event["text"] for event in run.events("Notice")) == 1
