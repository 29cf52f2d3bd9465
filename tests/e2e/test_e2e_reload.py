"""Restarts on a file change, and what reloaders do themselves, with the installed command."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.http import get
from tests.support.otorepair import COMMAND, running
from tests.support.supervise import free_port, until

APP = "import time\nprint('start', flush=True)\ntime.sleep(100)\n"
SLIP = """\
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"hello"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(boddy)


HTTPServer(("127.0.0.1", {port}), Handler).serve_forever()
"""


def test_a_content_changed_is_one_restart_and_a_touch_is_none(workspace: Path, home: Path) -> None:
    app = workspace / "app.py"
    app.write_text(APP)
    with running(["--watch", ".", "--backend", "none", "--json", "python app.py"], workspace, home) as run:
        run.event("Notice")  # armed
        run.prints("start")
        app.touch()
        app.write_text(APP + "# edited\n")
        run.prints("start", times=2)
        (workspace / ".otorepair").mkdir(exist_ok=True)
        (workspace / ".otorepair" / "ours.py").write_text("x")
        app.write_text(APP + "# edited again\n")
        run.prints("start", times=3)
        assert [event["reason"] for event in run.events("Restarting")] == ["app.py changed"] * 2


def test_edits_during_an_attempt_are_held_and_lead_to_one_restart(workspace: Path, home: Path) -> None:
    app, go = workspace / "app.py", home / "go"
    app.write_text("print('start', flush=True)\nraise RuntimeError('mend me')\n")
    agent = home / "agent.sh"
    agent.write_text(f"touch {home}/working\nuntil test -e {go}; do sleep 0.02; done\n")
    asking = ["--backend", "command", "--agent-command", f"sh {agent}", "--triage", "never"]
    options = ["--watch", ".", *asking, "--json"]
    with running([*options, "python app.py"], workspace, home) as run:
        until((home / "working").exists, "the working agent")
        for number in range(5):
            app.write_text(f"import time\nprint('edit {number}', flush=True)\ntime.sleep(100)\n")
            seen = number + 1
            changed = lambda seen=seen: len(changes(run.events("Notice"))) >= seen  # noqa: E731
            until(changed, "a change that is seen while the agent works")
        assert len(run.events("ChildStarted")) == 1
        go.touch()
        run.prints("edit 4")
        assert run.out.text.count("edit") == 1
        assert len(run.events("ChildStarted")) == 2


def changes(notices: list[dict[str, str]]) -> list[str]:
    return [notice["text"] for notice in notices if notice["text"].startswith("changed: ")]


def test_after_a_crash_that_nobody_heals_one_edit_is_one_start(workspace: Path, home: Path) -> None:
    app = workspace / "app.py"
    app.write_text("raise RuntimeError('mend me')\n")
    options = ["--watch", ".", "--backend", "recipes", "--json"]
    with running([*options, "python app.py"], workspace, home) as run:
        run.event("Waiting")
        app.write_text(APP)
        run.prints("start")
        assert len(run.events("ChildStarted")) == 2


def test_a_reloader_that_does_not_act_after_a_repair_is_restarted_and_that_is_said(
    workspace: Path, home: Path
) -> None:
    port = free_port()
    (workspace / "app.py").write_text(SLIP.format(port=port))
    options = ["--backend", "recipes", "--healthy-after", "0.5"]
    with running([*options, "python app.py --reload"], workspace, home) as run:
        until(lambda: get(port) is not None or "boddy" in run.err.text, "the failing request")
        run.shows("did not reload by itself: otorepair restarts it")
        run.shows("verified in")
        assert get(port) == (200, b"hello")


LIMITED = ["unshare", "--user", "--map-root-user", "sh", "-c"]
LIMIT = "echo 3 > /proc/sys/user/max_inotify_watches"
"""In a namespace of its own; the machine's limit stays."""


def test_too_few_watches_are_one_warning_and_the_files_are_polled(workspace: Path, home: Path) -> None:
    if not shutil.which("unshare") or subprocess.run([*LIMITED, LIMIT], capture_output=True).returncode:
        pytest.skip("no user namespaces here")
    app = workspace / "app.py"
    app.write_text(APP)
    for name in "abcde":
        (workspace / name).mkdir()
    command = [COMMAND, "--watch", ".", "--backend", "none", "--json", "python app.py"]
    script = f"{LIMIT}; exec {' '.join(map(json.dumps, command))}"
    with running([*LIMITED[1:], script], workspace, home, program=LIMITED[0]) as run:
        said = run.event("Notice")
        assert said["level"] == 0
        assert "polled for changes" in said["text"]
        assert "max_user_watches" in said["text"]
        run.prints("start")
        app.write_text(APP + "# edited\n")
        run.prints("start", times=2)
        assert len([notice for notice in run.events("Notice") if notice["level"] == 0]) == 1


def test_a_file_that_the_program_writes_itself_does_not_start_it_for_ever(
    workspace: Path, home: Path
) -> None:
    (workspace / "src").mkdir()
    (workspace / "src" / "app.sh").write_text(
        "echo start; sleep 0.7; date +%s%N > src/built.txt; exec sleep 60\n"
    )
    command = ["--backend", "none", "-v", "--watch", "src", "sh src/app.sh"]
    with running(command, workspace, home) as run:
        run.shows("built.txt is written by the program itself at each start")
        starts = run.out.text.count("start")
        (workspace / "src" / "app.sh").write_text("echo edited; exec sleep 60\n")
        run.prints("edited")
        assert run.out.text.count("start") <= starts + 1 <= 8
        assert run.err.text.count("written by the program itself") == 1
        assert "restarting: src/app.sh changed" in run.err.text
