"""Every exit code of the README, by the installed command."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.otorepair import running

SUPERVISE = ("--backend", "none")


def code(args: list[str], workspace: Path, home: Path, env: Mapping[str, str] = {}) -> tuple[int, str]:
    with running(args, workspace, home, env) as run:
        return run.wait(), run.err.text


@pytest.mark.parametrize("own", [0, 1, 3, 77])
def test_the_childs_own_code_when_the_run_ends_with_the_child(own: int, workspace: Path, home: Path) -> None:
    assert code([*SUPERVISE, f"exit {own}"], workspace, home)[0] == own


def test_128_and_the_signal_that_ended_the_child(workspace: Path, home: Path) -> None:
    assert code([*SUPERVISE, "kill -9 $$"], workspace, home)[0] == 137
    assert code([*SUPERVISE, "kill -SEGV $$"], workspace, home)[0] == 139


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--attempts", "none", "true"], "--attempts: 'none'; expected a whole number of at least 1"),
        (["--healthy-after", "-3", "true"], "expected a number of seconds above 0"),
        (["--backend", "gpt", "true"], "expected one of auto, none"),
        (["python", "app.py"], "try: otorepair -- python app.py"),
        (["--reload", "true"], "--reload"),
        (["--attempts"], "--attempts lacks its value"),
        ([], "no command given"),
        (["--"], "no command given"),
        (["true", "--", "true"], "two commands given"),
        (["--workspace", "/nowhere", "true"], "/nowhere is not a folder"),
        (["--backend", "scripted", "true"], "--script"),
        (["--backend", "command", "true"], "--agent-command"),
        (["history", "--nonsense"], "--nonsense"),
    ],
)
def test_2_for_wrong_use_said_in_one_line(args: list[str], said: str, workspace: Path, home: Path) -> None:
    exit_code, err = code(args, workspace, home)
    assert exit_code == 2
    assert said in err
    assert err.count("\n") == 1
    assert err.startswith("otorepair: ")


def test_2_for_a_bad_variable_or_file_naming_key_place_and_what_is_allowed(
    workspace: Path, home: Path
) -> None:
    assert "OTOREPAIR_ATTEMPTS" in code(["true"], workspace, home, {"OTOREPAIR_ATTEMPTS": "x"})[1]
    assert "did you mean OTOREPAIR_BACKEND?" in code(["true"], workspace, home, {"OTOREPAIR_BACKND": "x"})[1]
    file = workspace / "otorepair.toml"
    for text, said in (
        ("atempts = 3", "unknown key 'atempts'"),
        ("attempts = 'three'", "expected a whole number of at least 1"),
        ("attempts = true", "expected a whole number of at least 1"),
        ("attempts = ", "cannot read"),
    ):
        file.write_text(text)
        exit_code, err = code(["true"], workspace, home)
        assert (exit_code, said in err, str(file) in err) == (2, True, True), err


def test_3_for_a_defect_of_ours_with_a_report_file(workspace: Path, home: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "sitecustomize.py").write_text(
        "import sys\n"
        "if 'otorepair' in sys.argv[0] or sys.argv[0] == '-c':\n"
        "    import otorepair_like.loop.supervisor as s\n"
        "    def fail(self): raise ValueError('a defect with AKIAIOSFODNN7EXAMPLE in it')\n"
        "    s.Supervisor._turn = fail\n"
    )
    env = {"PYTHONPATH": str(broken), "TMPDIR": str(tmp_path)}
    exit_code, err = code([*SUPERVISE, "sleep 1000"], workspace, home, env)
    assert exit_code == 3
    assert "Traceback" not in err
    report = Path(err.split(" with ")[-1].strip())
    assert "ValueError" in report.read_text()
    assert "AKIAIOSFODNN7EXAMPLE" not in report.read_text()
    assert os.stat(report).st_mode & 0o077 == 0


def test_4_when_a_crash_stands_although_repairers_were_asked(workspace: Path, home: Path) -> None:
    exit_code, err = code(["--backend", "recipes", "exit 9"], workspace, home)
    assert exit_code == 4
    assert "exit status 9" in err


def test_126_and_127_for_what_cannot_be_run_with_one_line_and_no_repair(workspace: Path, home: Path) -> None:
    (workspace / "plain.txt").write_text("no program")
    for args, expected in ((["--", "./plain.txt"], 126), (["--", "no-such-program"], 127)):
        exit_code, err = code(args, workspace, home)
        assert (exit_code, err.count("\n")) == (expected, 1), err
    for command, expected in (("./plain.txt", 126), ("no-such-program", 127)):
        exit_code, err = code(["--backend", "recipes", command], workspace, home)
        assert exit_code == expected, err
        assert "attempt" not in err


def test_130_when_interrupted_and_143_when_terminated(workspace: Path, home: Path) -> None:
    for number, expected in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        with running([*SUPERVISE, "echo ready; exec sleep 1000"], workspace, home) as run:
            run.prints("ready")
            run.interrupt(number)
            assert run.wait() == expected


TELL = "kill -INT $(ps -o ppid= -p $PPID); sleep 1000"
"""For the first child, whose parent is a janitor, whose parent is otorepair."""


def test_an_interrupt_before_the_loop_runs_counts_too(workspace: Path, home: Path) -> None:
    assert code([*SUPERVISE, TELL], workspace, home)[0] == 130
