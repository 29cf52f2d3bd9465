"""``otorepair doctor``."""

from __future__ import annotations

import json
import socket
from pathlib import Path

from tests.support.agents_fakes import put_on_path
from tests.support.otorepair import running
from tests.support.supervise import free_port


def checks(text: str) -> dict[str, dict[str, object]]:
    return {check["name"]: check for check in json.loads(text)["checks"]}


def test_doctor_says_what_is_there_and_what_to_do_about_the_rest(workspace: Path, home: Path) -> None:
    said = "print('9.9.9 (Claude)') if '--version' in sys.argv else print('{\"loggedIn\": true}')"
    put_on_path(home / "bin", "claude", said)
    put_on_path(
        home / "bin", "cursor-agent", "print('1.2') if '--version' in sys.argv else print('Not logged in')"
    )
    env = {"EXTRA_PATH": str(home / "bin")}
    with running(["doctor", "--json"], workspace, home, env) as run:
        assert run.wait() == 0
        found = checks(run.out.text)
    assert (found["claude"]["ok"], found["claude"]["found"]) == (True, "9.9.9 (Claude)")
    assert found["cursor"]["found"] == "1.2, not logged in"
    assert "cursor-agent login" in str(found["cursor"]["remedy"])
    assert "npm install" in str(found["codex"]["remedy"])
    assert found["backend"]["found"] == "auto takes claude, after the recipes"
    assert {"git", "workspace", "history", "terminal", "python of the child"} <= set(found)
    assert not list(workspace.iterdir())


def test_doctor_exits_1_where_the_run_could_not_work(workspace: Path, home: Path) -> None:
    with running(["doctor", "--backend", "codex"], workspace, home) as run:
        assert run.wait() == 1
        assert "FAIL  codex" in run.out.text
        assert "install Codex" in run.out.text


def test_doctor_names_who_holds_the_port(workspace: Path, home: Path) -> None:
    port = free_port()
    doctor = ["doctor", "--ready-port", str(port), "--json"]
    with socket.create_server(("127.0.0.1", port)), running(doctor, workspace, home) as run:
        assert run.wait() == 1
        assert f"{port} is held by pid" in str(checks(run.out.text)["port"]["found"])
    with running(doctor, workspace, home) as run:
        assert run.wait() == 0
