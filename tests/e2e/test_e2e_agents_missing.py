"""A repairer that was asked for by name and is not here is told before the child starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from otorepair_like.kinds import CLIS
from tests.support.agents_fakes import put_on_path
from tests.support.otorepair import running


@pytest.mark.parametrize("backend", CLIS)
def test_an_agent_cli_that_is_not_installed(backend: str, workspace: Path, home: Path) -> None:
    with running(["--backend", backend, "touch started"], workspace, home) as run:
        assert run.wait() == 2
        assert run.out.text == ""
        [line] = run.err.text.splitlines()
    assert f"{backend}: " in line
    assert "is not on PATH; install" in line
    assert "choose another --backend" in line
    assert not (workspace / "started").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--backend", "command"], "no command is given; set --agent-command"),
        (["--backend", "command", "--agent-command", "nonesuch -x"], "nonesuch is not on PATH; correct"),
        (["--backend", "command", "--agent-command", "'"], "No closing quotation; close the quote"),
        (["--backend", "scripted"], "no script is given; set --script"),
        (["--backend", "scripted", "--script", "none.toml"], "none.toml"),
    ],
)
def test_a_command_or_a_script_that_is_not_there(
    options: list[str], said: str, workspace: Path, home: Path
) -> None:
    with running([*options, "touch started"], workspace, home) as run:
        assert run.wait() == 2
        [line] = run.err.text.splitlines()
    assert said in line
    assert not (workspace / "started").exists()


def test_one_that_is_found_by_its_other_name_is_there(workspace: Path, home: Path) -> None:
    put_on_path(home / "bin", "agent", "print('Logged in')")
    env = {"EXTRA_PATH": str(home / "bin")}
    with running(["--backend", "cursor", "touch started"], workspace, home, env) as run:
        assert run.wait() == 0
    assert (workspace / "started").exists()
