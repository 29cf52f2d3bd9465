"""Repairs are kept only while they are trusted, and any of them can be taken back."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.otorepair import COMMAND, Run, running
from tests.support.supervise import until

CRASHES = 'import os, time\n\nport = os.environ["PORT"]\nprint("on", port, flush=True)\ntime.sleep(%s)\n'
REPAIRED = 'port = os.environ.get("PORT", "8000")'


def scripted(home: Path, *steps: list[dict[str, Any]], name: str = "script") -> list[str]:
    """Options for a scripted agent that makes these edits, one list an attempt."""
    file = home / f"{name}.json"
    file.write_text(json.dumps({"repair": [{"edits": edits} for edits in steps]}))
    return [
        "--backend",
        "scripted",
        "--script",
        str(file),
        "--attempts",
        str(len(steps)),
        "--healthy-after",
        "1",
    ]


def edit(old: str, new: str, path: str = "app.py") -> dict[str, Any]:
    return {"path": path, "old": old, "new": new}


def otorepair(workspace: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, *args], cwd=workspace, capture_output=True, text=True, check=False)


@pytest.fixture
def repaired(workspace: Path, home: Path) -> str:
    """A workspace in which a repair was kept; its id as the screen names it."""
    (workspace / "app.py").write_text(CRASHES % 1.2)
    with running(["--backend", "recipes", "--healthy-after", "1", "python app.py"], workspace, home) as run:
        assert run.wait() == 0
        return run.shows(r"undo: otorepair undo (\w{4})\b")[1]


def test_a_repair_is_taken_back_put_in_again_and_taken_back(workspace: Path, repaired: str) -> None:
    app = workspace / "app.py"
    assert REPAIRED in app.read_text()
    assert otorepair(workspace, "undo").returncode == 0
    assert app.read_text() == CRASHES % 1.2
    again = otorepair(workspace, "undo")
    assert again.returncode == 2
    assert again.stderr.startswith("otorepair: nothing to undo: no applied repair in")
    assert otorepair(workspace, "redo").returncode == 0
    assert REPAIRED in app.read_text()
    assert otorepair(workspace, "undo", f"#{repaired}").returncode == 0
    assert app.read_text() == CRASHES % 1.2


def test_what_was_edited_since_stays_and_the_same_line_edited_since_is_refused(
    workspace: Path, repaired: str
) -> None:
    app = workspace / "app.py"
    app.write_text(app.read_text().replace("import os, time", "import os, time  # mine"))
    assert otorepair(workspace, "undo", repaired).returncode == 0
    assert app.read_text() == (CRASHES % 1.2).replace("import os, time", "import os, time  # mine")
    assert otorepair(workspace, "redo").returncode == 0
    mine = app.read_text().replace(REPAIRED, 'port = "9000"')
    app.write_text(mine)
    done = otorepair(workspace, "undo")
    assert done.returncode == 2
    assert "cannot undo: you have since changed the same lines of app.py; nothing was changed" in done.stderr
    assert app.read_text() == mine


def test_an_attempt_is_shown_and_reported_whole(workspace: Path, repaired: str) -> None:
    shown = otorepair(workspace, "show", repaired).stdout
    assert "KeyError: 'PORT'" in shown
    assert f"+{REPAIRED}" in shown
    assert "app.py:3 ran again, ran well for 1 s" in shown
    assert "minimal, security none, isolated, 1 file" in shown
    whole = json.loads(otorepair(workspace, "show", repaired, "--json").stdout)
    assert whole["attempt"]["verdict"] == "verified"
    assert whole["incident"]["type"] == "KeyError"
    assert whole["prompt"]
    report = otorepair(workspace, "report", "--latest").stdout
    assert report.startswith(f"# Attempt {whole['attempt']['id']}: verified")
    assert report == otorepair(workspace, "report", whole["attempt"]["id"]).stdout


@pytest.mark.parametrize("command", ["undo", "redo", "show", "report"])
def test_an_id_that_nobody_has_is_said_in_one_line(workspace: Path, repaired: str, command: str) -> None:
    done = otorepair(workspace, command, "nope")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == "otorepair: no evidence of 'nope': no attempt has this id; see otorepair history\n"


def test_what_is_kept_is_for_the_eyes_of_its_owner(workspace: Path, repaired: str) -> None:
    kept = workspace / ".otorepair"
    assert kept.stat().st_mode & 0o777 == 0o700
    for path in (*kept.glob("otorepair.db*"), *kept.glob("attempts/*/*")):
        assert path.stat().st_mode & 0o777 == 0o600, path


def test_evidence_that_was_changed_is_not_trusted(workspace: Path, repaired: str) -> None:
    (file,) = (workspace / ".otorepair/attempts").glob("*/evidence.json")
    file.write_text(file.read_text().replace('"line": 3', '"line": 4'))
    identity = file.parent.name
    done = otorepair(workspace, "undo", identity)
    assert "or it was changed" in done.stderr
    assert REPAIRED in (workspace / "app.py").read_text()


# --- the user's own commands ------------------------------------------------------------------------------------

GREETING = 'def greet(name):\n    return "Hello " + nmae\n\n\nprint(greet("you"))\n'
TEST = "import app\nassert app.greet('x') == 'Hello x', app.greet('x')\n"
WRONG, RIGHT = edit("nmae", "name.upper()"), edit("nmae", "name")


def judged(run: Run) -> list[tuple[str, str]]:
    return [(e["attempt"]["verdict"], e["proof"]) for e in run.events("AttemptEnded")]


def test_a_repair_that_the_users_command_refuses_is_taken_back_and_the_next_one_kept(
    workspace: Path, home: Path
) -> None:
    (workspace / "app.py").write_text(GREETING)
    (workspace / "check.py").write_text(TEST)
    agent = scripted(home, [WRONG], [RIGHT])
    with running([*agent, "--json", "--verify", "python check.py", "python app.py"], workspace, home) as run:
        assert run.wait() == 0
        first, second = judged(run)
    assert first == ("failed", "python check.py: failed with status 1: AssertionError: Hello X")
    assert second == ("verified", "app.py:2 ran again, exited 0, python check.py succeeded")
    assert (workspace / "app.py").read_text() == GREETING.replace("nmae", "name")


def test_a_suite_that_runs_no_test_is_no_proof_and_a_failure_of_old_is_not_blamed(
    workspace: Path, home: Path
) -> None:
    (workspace / "app.py").write_text(GREETING)
    (workspace / "old.py").write_text("print('FAILED tests/test_old.py::test_it')\nraise SystemExit(1)\n")
    agent = scripted(home, [RIGHT])
    checks = ["--verify", "python -m unittest", "--verify", "python old.py"]
    with running([*agent, "--json", *checks, "python app.py"], workspace, home) as run:
        assert run.wait() == 0
        ((verdict, proof),) = judged(run)
    assert verdict == "unproven"
    assert proof.endswith("python -m unittest ran no tests, python old.py fails as before")


def test_a_command_that_does_not_end_is_stopped_with_all_it_started(workspace: Path, home: Path) -> None:
    (workspace / "app.py").write_text(GREETING)
    agent = scripted(home, [RIGHT])
    checks = ["--verify", "sleep 977 & sleep 977"]
    limit = {"OTOREPAIR_VERIFY_TIMEOUT": "0.5"}
    with running([*agent, "--json", *checks, "python app.py"], workspace, home, limit) as run:
        assert run.wait() == 0
        ((verdict, proof),) = judged(run)
    assert (verdict, proof) == (
        "verified",
        "app.py:2 ran again, exited 0, sleep 977 & sleep 977 fails as before",
    )
    until(
        lambda: b"sleep 977" not in subprocess.run(["ps", "-eo", "args"], capture_output=True).stdout, "end"
    )


# --- health -----------------------------------------------------------------------------------------------------


def test_a_failure_that_comes_again_later_in_the_run_takes_the_repair_back(
    workspace: Path, home: Path
) -> None:
    source = "import time\n\nWAIT = 0\ntime.sleep(WAIT)\nprint({}['port'])\n"
    (workspace / "app.py").write_text(source)
    agent = scripted(home, [edit("WAIT = 0", "WAIT = 6")])
    with running([*agent, "--yes", "--json", "python app.py"], workspace, home) as run:
        assert run.wait() == 4
        assert judged(run) == [
            ("unproven", "ran well for 1 s, but app.py:5 was not executed"),
            ("failed", "it came again later in the run"),
        ]
    assert (workspace / "app.py").read_text() == source
    (row,) = json.loads(otorepair(workspace, "history", "--json").stdout)
    assert (row["verdict"], row["reason"]) == ("failed", "it came again later in the run")


def test_what_changed_since_it_last_ran_well_is_told_to_the_agent(workspace: Path, home: Path) -> None:
    app, helper = workspace / "app.py", workspace / "helper.py"
    app.write_text("import helper, time\nprint(helper.name(), flush=True)\ntime.sleep(60)\n")
    helper.write_text("def name():\n    return 'well'\n")
    agent = scripted(home, [edit("nmae", "name", "app.py")])
    with running([*agent, "--json", "--watch", ".", "python app.py"], workspace, home) as run:
        run.prints("well")
        until(lambda: any("runs well" in e["text"] for e in run.events("Notice")), "health")
        edited = workspace / ".edited"  # put in place at once, as editors do: half a file may run well
        edited.write_text(app.read_text().replace("helper.name", "helper.nmae"))
        edited.replace(app)
        prompt = run.event("PromptSent")["prompt"]
        run.event("AttemptEnded")
    assert "Changed since it last ran well:" in prompt
    assert "-print(helper.name(), flush=True)\n+print(helper.nmae(), flush=True)" in prompt


def test_a_command_must_print_as_much_as_when_it_was_well(workspace: Path, home: Path) -> None:
    well = "rows = ['a', 'b', 'c', 'd']\nfor row in rows:\n    print('row', row)\n"
    app = workspace / "app.py"
    app.write_text(well)
    with running(["--backend", "recipes", "python app.py"], workspace, home) as run:
        assert run.wait() == 0
    app.write_text(well.replace("in rows", "in rwos"))
    agent = scripted(home, [edit("in rwos", "in rows[:1]")], [edit("in rwos", "in rows")])
    with running([*agent, "--yes", "--json", "python app.py"], workspace, home) as run:
        assert run.wait() == 0
        assert judged(run) == [
            ("failed", "exited 0, but printed less: 1 of 4 lines of its last healthy run came again"),
            ("verified", "app.py:2 ran again, exited 0, its output as in health"),
        ]
    assert app.read_text() == well


@pytest.mark.parametrize("backend", ["recipes", "none"])
def test_what_a_killed_otorepair_left_unproven_is_taken_back_by_the_next_one(
    workspace: Path, home: Path, backend: str
) -> None:
    source = CRASHES % 60
    (workspace / "app.py").write_text(source)
    with running(
        ["--backend", "recipes", "--healthy-after", "30", "--json", "python app.py"], workspace, home
    ) as run:
        run.event("ChangeApplied")
        run.prints("on 8000")
        with running(["--backend", "recipes", "--json", "python -c 1"], workspace, home) as other:
            assert other.wait() == 0
        assert REPAIRED in (workspace / "app.py").read_text(), "that one lives"
        run.process.kill()
        run.process.wait()
    with running(["--backend", backend, "--json", "python -c 1"], workspace, home) as run:
        assert run.wait() == 0
        (notice,) = [event["text"] for event in run.events("Notice") if event["text"].startswith("undid")]
    assert notice.endswith("in app.py: otorepair was killed before it was proven")
    assert (workspace / "app.py").read_text() == source
    assert otorepair(workspace, "report", "--latest").stdout.count("killed before it was proven") == 2


@pytest.mark.parametrize("moment", ["work", "proof"])
def test_an_attempt_that_ctrl_c_ends_is_kept_as_interrupted_and_the_tree_is_as_before(
    workspace: Path, home: Path, moment: str
) -> None:
    source = CRASHES % 60
    (workspace / "app.py").write_text(source)
    slow = ["--backend", "command", "--agent-command", "sleep 60"]
    agent = slow if moment == "work" else ["--backend", "recipes"]
    with running([*agent, "--healthy-after", "30", "--json", "python app.py"], workspace, home) as run:
        run.event("PromptSent" if moment == "work" else "ChangeApplied")
        run.interrupt()
        assert run.wait() == 130
        assert run.verdicts() == ["interrupted"]
    assert (workspace / "app.py").read_text() == source
    (row,) = json.loads(otorepair(workspace, "history", "--json").stdout)
    assert row["verdict"] == "interrupted"
    assert (
        row["reason"]
        == {"work": "before it changed anything", "proof": "undone before it was proven"}[moment]
    )
    with running(["--backend", "none", "--json", "python -c 1"], workspace, home) as run:
        assert run.wait() == 0
        assert not [event for event in run.events("Notice") if event["text"].startswith("undid")]


@pytest.mark.parametrize("blocks", [8, 48])
def test_a_history_that_cannot_be_written_is_said_once_and_the_repair_goes_on(
    workspace: Path, home: Path, blocks: int
) -> None:
    (workspace / "app.py").write_text(GREETING)
    options = " ".join([*scripted(home, [RIGHT]), "-- python app.py"])
    limited = f"ulimit -f {blocks}; exec {COMMAND} {options}"
    done = subprocess.run(["sh", "-c", limited], cwd=workspace, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("cannot use the history") == 1
    assert "verified" in done.stderr
    assert "nmae" not in (workspace / "app.py").read_text()


# --- who approves -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "verdict", "why"),
    [
        (["--approve", "never"], "refused", "only reported, because approve = never"),
        (["--approve", "ask"], "refused", "needs approval (asked for), but there is no terminal"),
        (["--approve", "ask", "--yes"], "verified", "app.py:2 ran again, exited 0"),
        (["--approve", "auto"], "verified", "app.py:2 ran again, exited 0"),
        (["--allowed-paths", "src/**"], "refused", "app.py: outside the allowed paths"),
        (["--blocked-paths", "app.*"], "refused", "app.py: no repair may change this file"),
        (["--max-lines", "1"], "refused", "app.py: 2 lines changed, at most 1 may be"),
    ],
)
def test_the_settings_decide(workspace: Path, home: Path, options: list[str], verdict: str, why: str) -> None:
    (workspace / "app.py").write_text(GREETING)
    agent = scripted(home, [RIGHT])
    with running([*agent, "--json", *options, "python app.py"], workspace, home) as run:
        assert run.wait() == (0 if verdict == "verified" else 4)
        ((said, proof),) = judged(run)
    assert said == verdict
    assert proof.startswith(why)
    assert ("nmae" in (workspace / "app.py").read_text()) == (verdict == "refused")


def test_two_files_are_asked_about_and_allowed_by_a_setting(workspace: Path, home: Path) -> None:
    (workspace / "app.py").write_text(GREETING)
    (workspace / "other.py").write_text("x = 1\n")
    agent = scripted(home, [RIGHT, edit("x = 1", "x = 2", "other.py")])
    with running([*agent, "--json", "python app.py"], workspace, home) as run:
        assert run.wait() == 4
        assert judged(run)[0][1].startswith("needs approval (2 files)")
    (workspace / "otorepair.toml").write_text("[auto]\nfiles = 2\n")
    assert otorepair(workspace, "trust").returncode == 0
    with running([*agent, "--json", "python app.py"], workspace, home) as run:
        assert run.wait() == 0


def test_reported_only_shows_what_it_would_do(workspace: Path, home: Path) -> None:
    (workspace / "app.py").write_text(GREETING)
    with running([*scripted(home, [RIGHT]), "--approve", "never", "python app.py"], workspace, home) as run:
        assert run.wait() == 4
        run.shows(r'\+     return "Hello " \+ name')
        run.shows("risk: minimal, security none, isolated, 1 file")


# --- the sandbox ------------------------------------------------------------------------------------------------

BWRAP = shutil.which("bwrap")


@pytest.mark.skipif(not BWRAP, reason="bubblewrap is not installed")
def test_in_the_sandbox_an_agent_sees_and_writes_the_copy_only(workspace: Path, home: Path) -> None:
    (workspace / "app.py").write_text(GREETING)
    agent = home / "agent.sh"
    agent.write_text(
        f"""sed -i s/nmae/name/ app.py
echo x > {workspace}/app.py || echo 'workspace: read-only'
ls {home} | grep -q script || echo 'home: hidden'
echo x > {home}/stolen
grep -q nmae {workspace}/app.py || echo 'workspace: hidden'
echo x > /tmp/otorepair-sandbox-test && echo 'tmp: writable'
"""
    )
    options = ["--backend", "command", "--agent-command", f"sh {agent}", "--sandbox", "always", "--json"]
    with running([*options, "python app.py"], workspace, home) as run:
        assert run.wait() == 0
        said = " ".join(event["text"] for event in run.events("AgentSaid"))
        assert judged(run)[0][0] == "verified"
    for fact in ("workspace: read-only", "home: hidden", "workspace: hidden", "tmp: writable"):
        assert fact in said
    assert not Path("/tmp/otorepair-sandbox-test").exists()
    assert not (home / "stolen").exists()


@pytest.mark.parametrize("allowed", [True, False])
def test_a_command_as_agent_has_a_network_only_where_it_was_given_one(
    workspace: Path, home: Path, allowed: bool
) -> None:
    (workspace / "app.py").write_text(GREETING)
    agent = home / "agent.py"
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        agent.write_text(
            f"import socket\nsocket.create_connection(('127.0.0.1', {port}), 5)\nprint('connected')\n"
        )
        options = [
            "--backend",
            "command",
            "--agent-command",
            f"python {agent}",
            "--sandbox",
            "always",
            "--attempts",
            "1",
        ]
        options += ["--agent-network"] if allowed else []
        with running([*options, "--json", "python app.py"], workspace, home) as run:
            assert run.wait() == 4
            said = " ".join(event["text"] for event in run.events("AgentSaid"))
    assert ("connected" in said) is allowed


def test_without_a_sandbox_it_is_said_and_what_is_asked_for_is_refused(workspace: Path, home: Path) -> None:
    hidden = home / "sitecustomize.py"  # a machine on which neither can work
    hidden.write_text(
        "import otorepair_like.agents.sandbox.bubblewrap as b, otorepair_like.agents.sandbox.confine as c\n"
        "b.obstacle = lambda: 'bubblewrap (bwrap) is not installed'\nc.version = lambda: 0\n"
    )
    command = ["--backend", "command", "--agent-command", "/bin/cat"]
    env = {"PYTHONPATH": str(home)}
    with running([*command, "--sandbox", "always", "/bin/sleep 30"], workspace, home, env) as run:
        assert run.wait() == 2
        assert "--sandbox always: bubblewrap (bwrap) is not installed" in run.err.text
    with running([*command, "--sandbox", "auto", "/bin/sleep 30"], workspace, home, env) as run:
        run.shows(r"sandbox off: bubblewrap \(bwrap\) is not installed")


# --- static checkers --------------------------------------------------------------------------------------------


def test_a_repair_that_the_projects_own_checker_objects_to_is_refused(workspace: Path, home: Path) -> None:
    source = "import os\n\n\ndef greet(name):\n    return 'Hello ' + nmae\n\n\nprint(greet('you'))\n"
    (workspace / "app.py").write_text(source)
    (workspace / "ruff.toml").write_text('lint.select = ["F"]\n')
    worse = [edit("import os\n", "import os\nimport json\n"), RIGHT]
    agent = scripted(home, worse, [RIGHT])
    with running([*agent, "--json", "python app.py"], workspace, home) as run:
        assert run.wait() == 0
        (refused, why), (kept, _) = judged(run)
    assert (refused, kept) == ("refused", "verified")
    assert why == 'app.py:2: F401 [*] `json` imported but unused (static; allowed by allow = ["static"])'
    assert (workspace / "app.py").read_text() == source.replace("nmae", "name")
