"""The command line and the settings: what is read from where, and what wins."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from otorepair_like.cli.main import run as run_main
from otorepair_like.cli.parse import parse
from otorepair_like.config import Config, resolve
from otorepair_like.errors import UsageError
from otorepair_like.options import OPTIONS
from tests.support.otorepair import COMMAND


def test_options_may_stand_before_or_after_the_command() -> None:
    for args in (
        ["--attempts", "2", "-vv", "python x:y --reload"],
        ["python x:y --reload", "-vv", "--attempts=2"],
    ):
        parsed = parse(args)
        assert parsed.command() == ["/bin/sh", "-c", "exec python x:y --reload"]
        assert parsed.typed() == "python x:y --reload"
        assert parsed.given == {"attempts": "2", "verbose": "2"}


@pytest.mark.parametrize(
    "command",
    ["cd x && make", "PORT=1 app", "exit 5", "a | b", "echo $HOME", "a; b", "'my app' x", "for", "a *"],
)
def test_what_needs_a_shell_keeps_it(command: str) -> None:
    assert parse([command]).command() == ["/bin/sh", "-c", command]


def test_what_follows_two_dashes_is_the_command_without_a_shell() -> None:
    parsed = parse(["-q", "--", "python", "a b.py", "-v", "--", "--help"])
    assert parsed.command() == ["python", "a b.py", "-v", "--", "--help"]
    assert parsed.typed() == "python 'a b.py' -v -- --help"
    assert parsed.given == {"quiet": "True"}


def test_switches_lists_and_letters_are_read_as_people_type_them() -> None:
    args = ["-qvv", "--no-keys", "--watch", "a", "--watch=b", "-v", "--attempts", "2", "--attempts=3", "app"]
    parsed = parse(args)
    assert parsed.words == ["app"]
    assert parsed.given == {
        "quiet": "True",
        "verbose": "3",
        "keys": "False",
        "watch": "a:b",
        "attempts": "3",
    }


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--attempts"], "--attempts lacks its value; give --attempts N"),
        (["--attempts", "--json", "app"], "--attempts lacks its value"),
        (["--quiet=yes", "app"], "bad value for --quiet: 'yes'; it takes none"),
    ],
)
def test_a_bad_command_line_is_refused(args: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse(args)


@pytest.mark.parametrize("args", [["--atempts", "2", "app"], ["-x"], ["-qx", "app"]])
def test_an_unknown_option_is_named(args: list[str]) -> None:
    with pytest.raises(UsageError, match=f"unknown option {args[0]}; see otorepair --help"):
        parse(args).command()


def test_a_command_that_is_named_like_a_sub_command_goes_after_two_dashes(tmp_path: Path) -> None:
    (tmp_path / "history").write_text("#!/bin/sh\necho mine\n")
    (tmp_path / "history").chmod(0o755)
    done = subprocess.run(
        [COMMAND, "-q", "--", "history"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "HOME": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "mine\n"


def test_options_before_a_sub_command_belong_to_it(tmp_path: Path) -> None:
    done = subprocess.run(
        [COMMAND, "--json", "history"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == []


def test_every_setting_is_typed() -> None:
    assert set(Config.__annotations__) == {option.attribute for option in OPTIONS}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "inner").mkdir(parents=True)
    return folder


@pytest.fixture
def settle(tmp_path: Path, project: Path) -> Callable[..., Config]:
    def read(given: dict[str, str] | None = None, **environ: str) -> Config:
        return resolve(given or {}, {"HOME": str(tmp_path), **environ}, str(project))

    return read


def test_command_line_beats_environment_beats_project_beats_user_beats_default(
    tmp_path: Path, project: Path, settle: Callable[..., Config]
) -> None:
    assert (settle().attempts, settle().origins["attempts"]) == (3, "default")
    user = tmp_path / ".config" / "otorepair" / "config.toml"
    user.parent.mkdir(parents=True)
    user.write_text("attempts = 4\n")
    assert (settle().attempts, settle().origins["attempts"]) == (4, str(user))
    file = project / "pyproject.toml"
    file.write_text("[tool.otorepair]\nattempts = 5\n")
    assert (settle().attempts, settle().origins["attempts"]) == (5, str(file))
    file = project / "otorepair.toml"
    file.write_text("attempts = 6\n")
    assert (settle().attempts, settle().origins["attempts"]) == (6, str(file))
    assert settle(OTOREPAIR_ATTEMPTS="7").attempts == 7
    assert settle({"attempts": "8"}, OTOREPAIR_ATTEMPTS="7").attempts == 8


def test_the_project_file_is_found_from_a_folder_below_but_not_above_the_repository(project: Path) -> None:
    (project / "otorepair.toml").write_text("attempts = 6\n")
    assert resolve({}, {"HOME": "/nowhere"}, str(project / "inner")).attempts == 6
    (project / "inner" / ".git").mkdir()
    assert resolve({}, {"HOME": "/nowhere"}, str(project / "inner")).attempts == 3


def test_the_workspace_of_a_project_file_is_relative_to_it(project: Path) -> None:
    (project / "otorepair.toml").write_text("workspace = 'inner'\n")
    assert resolve({}, {"HOME": "/nowhere"}, str(project)).workspace == str(project / "inner")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fix_timeout = 3", "did you mean 'fix-timeout'?"),
        ("fix-timeout = '3'", "expected a number of seconds above 0"),
        ("settle = inf", "expected a number of seconds above 0"),
        ("backend = 'gpt'", "expected one of auto, none, recipes"),
        ("quiet = 1", "expected true or false"),
        ("attempts = 0", "expected a whole number of at least 1"),
    ],
)
def test_a_bad_file_is_refused_with_key_place_and_what_is_allowed(
    text: str, said: str, project: Path, settle: Callable[..., Config]
) -> None:
    (project / "otorepair.toml").write_text(text)
    with pytest.raises(UsageError, match=str(project)) as refused:
        settle()
    assert said in str(refused.value)


def test_config_prints_every_value_and_where_it_came_from(tmp_path: Path, project: Path) -> None:
    (project / "otorepair.toml").write_text("attempts = 6\n")
    env = {"HOME": str(tmp_path), "OTOREPAIR_FIX_TIMEOUT": "7", "PATH": "/usr/bin:/bin"}
    command = [COMMAND, "config", "--backend", "none"]

    def run(*more: str) -> str:
        done = subprocess.run(
            [*command, *more], cwd=project, env=env, capture_output=True, text=True, check=True
        )
        return done.stdout

    values = json.loads(run("--json"))
    assert set(values) == {option.name for option in OPTIONS}
    assert values["attempts"] == {"value": 6, "from": str(project / "otorepair.toml")}
    assert values["fix-timeout"] == {"value": 7.0, "from": "OTOREPAIR_FIX_TIMEOUT"}
    assert values["backend"] == {"value": "none", "from": "command line"}
    assert len(run().splitlines()) == len(OPTIONS)


def test_help_leads_with_examples_and_names_every_option(tmp_path: Path) -> None:
    done = subprocess.run([COMMAND, "--help"], capture_output=True, text=True, check=True)
    assert done.stdout.index("examples:") < done.stdout.index("--backend")
    for option in OPTIONS:
        assert f"--{option.name}" in done.stdout
    assert "history" in done.stdout


def test_elsewhere_than_on_linux_and_macos_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.platform", "win32")
    assert run_main(["true"]) == 2
    assert capsys.readouterr().err == "otorepair: otorepair does not run on win32; use Linux, macOS or WSL\n"
