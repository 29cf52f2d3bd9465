"""``otorepair doctor``."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

from otorepair_like.kinds import CLIS
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
    assert (found["claude"]["ok"], found["claude"]["detail"]) == (True, "9.9.9 (Claude)")
    assert found["cursor"]["detail"] == "1.2, not logged in"
    assert "cursor-agent login" in str(found["cursor"]["remedy"])
    assert "npm install" in str(found["codex"]["remedy"])
    assert found["backend"]["detail"] == "auto uses claude after the recipes"
    assert {"git", "workspace", "history", "terminal", "python of the program"} <= set(found)
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
        assert f"{port} is held by pid" in str(checks(run.out.text)["port"]["detail"])
    with running(doctor, workspace, home) as run:
        assert run.wait() == 0


def looked(
    workspace: Path, home: Path, *options: str, **env: str
) -> tuple[int, dict[str, dict[str, object]]]:
    """Exit code and checks of a look around."""
    with running(["doctor", "--json", *options], workspace, home, env) as run:
        code = run.wait()
        assert json.loads(run.out.text)["ok"] is (code == 0)
        return code, checks(run.out.text)


def test_doctor_without_git_and_agents_says_what_is_missed_and_that_a_run_can_work(
    workspace: Path, home: Path
) -> None:
    code, found = looked(workspace, home, PATH="/nowhere")
    assert code == 0
    assert (found["git"]["ok"], found["git"]["needed"]) == (False, False)
    assert "install git" in str(found["git"]["remedy"])
    assert found["backend"]["detail"] == "auto has only the recipes"
    assert all(found[name]["remedy"] for name in CLIS)
    code, found = looked(workspace, home, "--backend", "none", PATH="/nowhere")
    assert (code, "backend" in found) == (0, False)


def test_doctor_sees_a_folder_that_cannot_be_written(home: Path) -> None:
    code, found = looked(Path("/proc"), home)  # nobody can, whoever the tests are run by
    assert code == 1
    assert (found["workspace"]["ok"], found["workspace"]["needed"]) == (False, True)
    assert "make it writable" in str(found["workspace"]["remedy"])


def test_doctor_sees_the_wrong_virtual_environment(workspace: Path, home: Path) -> None:
    local, other = workspace / ".venv", home / "other"
    for folder in (local, other):
        (folder / "bin").mkdir(parents=True)
    (other / "bin" / "python").symlink_to(sys.executable)
    (local / "bin" / "python").symlink_to("/nowhere/python")
    _, found = looked(workspace, home, VIRTUAL_ENV="")
    assert found["python of the program"]["remedy"] == f"recreate {local} or remove it"
    (local / "bin" / "python").unlink()
    (local / "bin" / "python").symlink_to(sys.executable)
    _, found = looked(workspace, home, VIRTUAL_ENV=str(other))
    assert found["python of the program"]["remedy"] == f"activate {local}, or unset VIRTUAL_ENV"
    _, found = looked(workspace, home, VIRTUAL_ENV=str(local))
    assert found["python of the program"]["ok"]


def test_doctor_looks_at_a_command_and_a_script_as_at_any_repairer(workspace: Path, home: Path) -> None:
    code, found = looked(workspace, home, "--backend", "command", "--agent-command", "nonesuch")
    assert (code, found["command"]["detail"]) == (1, "nonesuch is not on PATH")
    code, found = looked(workspace, home, "--backend", "scripted")
    assert (code, found["scripted"]["remedy"]) == (1, "set --script")


def test_doctor_takes_options_only(workspace: Path, home: Path) -> None:
    for words, said in (
        (["doctor", "app.py"], "takes options only"),
        (["doctor", "--nonesuch"], "--nonesuch"),
    ):
        with running(words, workspace, home) as run:
            assert run.wait() == 2
            [line] = run.err.text.splitlines()
        assert said in line
