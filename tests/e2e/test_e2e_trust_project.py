"""A repository that was just cloned gives no orders: the user trusts it first, or nothing of it runs."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pexpect
import pytest

from tests.support.otorepair import COMMAND, running
from tests.support.window import Open

CRASH = "def total(prices):\n    result = sum(prices)\n    return resutl\n\n\nprint(total([1, 2]))\n"
RECIPES = ["--backend", "recipes", "--healthy-after", "0.5"]


def typed(folder: Path, home: Path, *args: str) -> subprocess.CompletedProcess[str]:
    env = {"HOME": str(home), "PATH": f"{Path(COMMAND).parent}:/usr/bin:/bin"}
    return subprocess.run(
        [COMMAND, *args], cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=50
    )


@pytest.fixture
def project(workspace: Path, tmp_path: Path) -> Path:
    """A clone whose settings leave a mark when they run."""
    (workspace / "app.py").write_text(CRASH)
    (workspace / "otorepair.toml").write_text(f"verify = ['touch {tmp_path}/ran']\nmax-files = 3\n")
    return workspace


def test_what_a_project_sets_runs_only_after_it_was_trusted(
    project: Path, home: Path, tmp_path: Path
) -> None:
    mark = tmp_path / "ran"
    done = typed(project, home, *RECIPES, "python app.py")
    assert f"verify in {project}/otorepair.toml does not apply without your trust" in done.stderr
    assert not mark.exists()
    assert '"max-files"' not in typed(project, home, "config").stdout
    assert f"{project}/otorepair.toml" in typed(project, home, "config").stdout  # what narrows holds

    shown = typed(project, home, "trust")
    assert shown.returncode == 0
    assert f'verify = ["touch {mark}"]' in shown.stdout
    (project / "app.py").write_text(CRASH)
    done = typed(project, home, *RECIPES, "python app.py")
    assert "trust" not in done.stderr
    assert mark.exists()

    mark.unlink()
    with (project / "otorepair.toml").open("a") as settings:
        settings.write("yes = true\n")
    (project / "app.py").write_text(CRASH)
    done = typed(project, home, *RECIPES, "python app.py")
    assert "verify, yes" in done.stderr
    assert not mark.exists()


def test_trust_can_be_taken_back(project: Path, home: Path) -> None:
    typed(project, home, "trust")
    assert "is no longer trusted" in typed(project, home, "trust", "--forget").stdout
    assert "is not trusted" in typed(project, home, "trust", "--forget").stdout
    assert "does not apply" in typed(project, home, "sleep 2").stderr


def test_at_a_terminal_the_first_start_asks_once(
    project: Path, home: Path, terminal: Open, tmp_path: Path
) -> None:
    window = terminal(*RECIPES, "python app.py")
    window.expect_exact("trust these settings? [y/N]")
    window.sendline("y")
    window.expect(pexpect.EOF)
    assert (tmp_path / "ran").exists()
    (tmp_path / "ran").unlink()
    (project / "app.py").write_text(CRASH)
    window = terminal(*RECIPES, "python app.py")
    assert window.expect_exact(["trust these settings?", pexpect.EOF]) == 1
    assert (tmp_path / "ran").exists()


def test_a_no_at_the_terminal_is_kept_too(project: Path, home: Path, terminal: Open, tmp_path: Path) -> None:
    for answer in ("n", ""):
        window = terminal(*RECIPES, "python app.py")
        if answer:
            window.expect_exact("trust these settings? [y/N]")
            window.sendline(answer)
        window.expect_exact("does not apply")
        window.expect(pexpect.EOF)
        (project / "app.py").write_text(CRASH)
    assert not (tmp_path / "ran").exists()


def test_a_settings_file_that_is_no_file_is_said_at_once(workspace: Path, home: Path) -> None:
    os.mkfifo(workspace / "otorepair.toml")
    done = typed(workspace, home, "true")
    assert done.returncode == 2
    assert "it is no regular file" in done.stderr
    (workspace / "otorepair.toml").unlink()
    (workspace / "otorepair.toml").write_text("ignore = " + "[" * 100_000)
    done = typed(workspace, home, "true")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
def test_settings_of_another_user_do_not_count(workspace: Path, home: Path) -> None:
    (workspace / "inner" / "deep").mkdir(parents=True)
    (workspace / ".git").mkdir()
    (workspace / "inner" / "otorepair.toml").write_text("attempts = 9\n")
    os.chown(workspace / "inner" / "otorepair.toml", 4242, 4242)
    assert "otorepair.toml" not in typed(workspace / "inner" / "deep", home, "config").stdout


def test_programs_of_a_clone_are_not_run_unasked(workspace: Path, home: Path, tmp_path: Path) -> None:
    evil = f"#!/bin/sh\ntouch {tmp_path}/pwned\nexit 0\n"
    for name in (".venv/bin/python", ".venv/bin/ruff", "venv/bin/python", "git", "ruff", "evil"):
        (workspace / name).parent.mkdir(parents=True, exist_ok=True)
        (workspace / name).write_text(evil)
        (workspace / name).chmod(0o755)
    (workspace / "pyproject.toml").write_text("[tool.ruff]\nline-length = 100\n")
    (workspace / "app.py").write_text(CRASH)
    git = ["/usr/bin/git", "-c", "user.name=x", "-c", "user.email=x@x"]
    for words in (
        ["init", "-q"],
        ["add", "-Af"],
        ["commit", "-qm", "x"],
        ["config", "core.fsmonitor", str(workspace / "evil")],
    ):
        subprocess.run([*git, *words], cwd=workspace, check=True)
    subprocess.run(["/usr/bin/git", "config", "core.hooksPath", str(workspace)], cwd=workspace, check=True)
    (tmp_path / "pwned").unlink(missing_ok=True)
    env = {"PATH": f":.:{Path(COMMAND).parent}:/usr/bin:/bin"}
    with running([*RECIPES, "--json", "python app.py"], workspace, home, env) as run:
        assert run.wait() == 0, run.err.text
    assert "return result\n" in (workspace / "app.py").read_text()
    assert not (tmp_path / "pwned").exists()
