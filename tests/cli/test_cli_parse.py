"""The command line and the settings: what is read from where, and what wins."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from otorepair_like.cli.main import run as run_main
from otorepair_like.cli.names import SUB_COMMANDS
from otorepair_like.cli.parse import RUN
from otorepair_like.cli.program import argv_of, typed
from otorepair_like.cli.subcommands import Command
from otorepair_like.config import Config, resolve
from otorepair_like.errors import UsageError
from otorepair_like.kinds import EVERYDAY, FILE
from otorepair_like.options import BY_NAME, OPTIONS
from otorepair_like.trust.projects import TRUSTED, digest_of, remember
from tests.support.otorepair import COMMAND


def test_options_may_stand_before_or_after_the_command() -> None:
    for args in (
        ["--attempts", "2", "-vv", "python x:y --reload"],
        ["python x:y --reload", "-vv", "--attempts=2"],
    ):
        parsed = RUN.parse(args)
        assert argv_of(parsed) == ["/bin/sh", "-c", "exec python x:y --reload"]
        assert typed(parsed) == "python x:y --reload"
        assert parsed.given == {"attempts": "2", "verbose": "2"}


def test_what_scripts_are_full_of_is_read_as_what_it_means(tmp_path: Path) -> None:
    parsed = RUN.parse(["--json", "--no-keys", "--sandbox", "off", "python app.py"])
    assert parsed.given == {"json": "true", "keys": "none", "sandbox": "off"}
    assert typed(parsed) == "python app.py"
    assert RUN.word_of(["--no-keys", "python app.py"]) == 1
    assert resolve({"sandbox": "off"}, {}, str(tmp_path)).sandbox == "never"
    assert resolve({"sandbox": "on"}, {}, str(tmp_path)).sandbox == "always"


@pytest.mark.parametrize(
    "command",
    ["cd x && make", "PORT=1 app", "exit 5", "a | b", "echo $HOME", "a; b", "'my app' x", "for", "a *"],
)
def test_what_needs_a_shell_keeps_it(command: str) -> None:
    assert argv_of(RUN.parse([command])) == ["/bin/sh", "-c", command]


def test_what_follows_two_dashes_is_the_command_without_a_shell() -> None:
    parsed = RUN.parse(["-q", "--", "python", "a b.py", "-v", "--", "--help"])
    assert argv_of(parsed) == ["python", "a b.py", "-v", "--", "--help"]
    assert typed(parsed) == "python 'a b.py' -v -- --help"
    assert parsed.given == {"quiet": "true"}


def test_switches_lists_and_letters_are_read_as_people_type_them() -> None:
    args = [
        "-qvv",
        "--agent-shell=no",
        "--watch",
        "a",
        "--watch=b",
        "-v",
        "--attempts",
        "2",
        "--attempts=3",
        "app",
    ]
    parsed = RUN.parse([*args, "--allow", "test", "--allow=tls,network"])
    assert parsed.words == ["app"]
    assert parsed.given == {
        "quiet": "true",
        "verbose": "3",
        "agent-shell": "no",
        "watch": "a:b",
        "attempts": "3",
        "allow": "test,tls,network",
    }


E2E = Path(__file__).resolve().parents[1] / "e2e"
Refuses = Callable[..., str]


@pytest.fixture
def refusal(tmp_path: Path) -> Refuses:
    """Run otorepair with words that it refuses; returns its one line."""

    def run(*args: str, **env: str) -> str:
        done = subprocess.run(
            [COMMAND, *args],
            env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), **env},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
        return done.stderr.removeprefix("otorepair: ").rstrip()

    return run


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--attempts"], "--attempts lacks its value; give --attempts N"),
        (["--attempts", "--json", "app"], "--attempts lacks its value; give --attempts N"),
        (["--quiet=maybe", "app"], "bad value for --quiet: 'maybe'; expected true or false"),
        (["--probe", "off", "app"], "bad value for --probe: 'off'; expected one of auto, never"),
        (
            ["--fix-environment", "ports,roof", "app"],
            "bad value for --fix-environment: 'ports,roof'; expected some of folders, ports, migrations",
        ),
        (["undo", "a1", "b2"], "unexpected 'b2'; see otorepair undo --help"),
        (
            ["detect", "--stream", "stdin", "-"],
            "bad value for --stream: 'stdin'; expected one of stderr, stdout",
        ),
        (["show"], "otorepair show lacks ID; see otorepair show --help"),
        (
            ["doctor", "app"],
            "unexpected 'app': otorepair doctor takes options only; see otorepair doctor --help",
        ),
        (["history", "-n", "0"], "bad value for --limit: '0'; expected a whole number of at least 1"),
    ],
)
def test_a_bad_command_line_is_refused_in_one_line(args: list[str], said: str, refusal: Refuses) -> None:
    assert refusal(*args) == said


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--bakend", "none", "true"], "unknown option --bakend; did you mean --backend?"),
        (["true", "--bakend=none"], "unknown option --bakend; did you mean --backend?"),
        (["history", "--limt", "3"], "unknown option --limt; did you mean --limit?"),
        (["--zzz", "true"], "unknown option --zzz; see otorepair --help"),
        (["history", "--watch", "."], "unknown option --watch; see otorepair history --help"),
        (["-qx", "true"], "unknown option -qx; see otorepair --help"),
        (["histroy"], "no program 'histroy' on PATH; did you mean 'otorepair history'?"),
        (["histroy", "a1f3"], "no program 'histroy' on PATH; did you mean 'otorepair history'?"),
    ],
)
def test_a_misspelt_name_is_answered_with_the_one_that_was_meant(
    args: list[str], said: str, refusal: Refuses
) -> None:
    assert refusal(*args) == said


def test_a_program_that_is_there_is_run_whatever_it_is_nearly_called(tmp_path: Path) -> None:
    (tmp_path / "undoo").write_text("#!/bin/sh\necho mine\n")
    (tmp_path / "undoo").chmod(0o755)
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin", "HOME": str(tmp_path)}
    command = [COMMAND, "-q", "undoo"]
    done = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "mine\n"


@pytest.mark.parametrize(
    ("old", "line", "file", "variable"),
    [
        ("prefix-key", "--keys KEY", "keys", "KEYS"),
        ("no-sandbox", "--sandbox never", 'sandbox = "never"', "SANDBOX=never"),
        ("no-agent-shell", "--agent-shell=false", 'agent-shell = "false"', "AGENT_SHELL=false"),
        (
            "cursor-triage-model",
            "--triage-model cursor:MODEL",
            'triage-model = "cursor:MODEL"',
            "TRIAGE_MODEL=cursor:MODEL",
        ),
        (
            "fix-migrations",
            "--fix-environment migrations",
            'fix-environment = "migrations"',
            "FIX_ENVIRONMENT=migrations",
        ),
        ("chain-simple", "chains.simple in otorepair.toml", "chains.simple", "CHAINS_SIMPLE"),
    ],
)
def test_a_dropped_name_is_refused_with_the_new_one_wherever_it_stands(
    old: str, line: str, file: str, variable: str, tmp_path: Path, refusal: Refuses
) -> None:
    use = "set" if "otorepair.toml" in line else "use"
    assert refusal(f"--{old}", "true").startswith(f"unknown option --{old}; {use} {line}")
    name = "OTOREPAIR_" + old.upper().replace("-", "_")
    assert refusal("config", **{name: "1"}) == (
        f"unknown variable {name} in the environment; use OTOREPAIR_{variable}"
    )
    (tmp_path / "otorepair.toml").write_text(f"{old} = 1\n")
    assert refusal("config") == f"unknown key {old!r} in {tmp_path / 'otorepair.toml'}; use {file}"


@pytest.mark.parametrize("name", [option.name for option in OPTIONS if option.place == FILE])
def test_what_is_set_in_files_only_is_not_offered_on_the_command_line(name: str, refusal: Refuses) -> None:
    option = BY_NAME[name]
    typed_name = "--" + option.attribute.replace("_", "-")
    assert refusal(typed_name, "1", "true") == (
        f"unknown option {typed_name}; set {option.name} in otorepair.toml, or {option.variable}"
    )


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


def test_every_setting_is_named_in_a_test_of_the_installed_command() -> None:
    stories = "".join(file.read_text("utf-8") for file in E2E.glob("test_*.py"))
    for option in OPTIONS:
        key = re.escape(option.name.partition(".")[2] or option.name)
        ways = [rf"--{option.name}\b", rf"\b{option.variable}\b", rf'"{option.attribute.upper()}"']
        ways += [rf"[\"'\n\[]{key} = ", *([rf'"{key}"'] if option.table else [])]
        ways += [rf'"{option.short}'] if option.short else []
        assert any(re.search(way, stories) for way in ways), option.name


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
    (project / ".git").mkdir(exist_ok=True)
    assert resolve({}, {"HOME": "/nowhere"}, str(project / "inner")).attempts == 6
    (project / "inner" / ".git").mkdir()
    assert resolve({}, {"HOME": "/nowhere"}, str(project / "inner")).attempts == 3


def test_the_workspace_of_a_project_file_is_relative_to_it(project: Path) -> None:
    (project / "otorepair.toml").write_text("workspace = 'inner'\n")
    environ = {"HOME": str(project.parent / "home")}
    assert resolve({}, environ, str(project)).workspace == str(project)
    remember(str(project), digest_of({"workspace": "inner"}), TRUSTED, environ)
    assert resolve({}, environ, str(project)).workspace == str(project / "inner")


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


def page(*args: str) -> str:
    return subprocess.run([COMMAND, *args], capture_output=True, text=True, check=True).stdout


def test_help_leads_with_examples_and_shows_what_one_needs_every_day() -> None:
    text = page("--help")
    assert text.index("examples:") < text.index("--backend") < text.index("sub-commands:")
    everyday = {f"--{option.name}" for option in OPTIONS if option.place == EVERYDAY}
    assert set(re.findall(r"^  (?:-\w, )?(--[a-z-]+)", text, re.MULTILINE)) == {
        *everyday,
        *("--help", "--help-all", "--version"),
    }
    assert len(everyday) == 14
    assert len(text.splitlines()) < 63


def test_help_all_names_every_setting_as_one_writes_it() -> None:
    text = page("--help-all")
    for option in OPTIONS:
        name = option.name if option.place == FILE else f"--{option.name}"
        assert re.search(rf"^  (-\w, )?{re.escape(name)}( |$)", text, re.MULTILINE), name


@pytest.mark.parametrize("name", [name for name in SUB_COMMANDS if name != "run"])
def test_the_help_of_a_sub_command_names_what_it_takes_and_nothing_else(name: str) -> None:
    text = page(name, "--help")
    assert text.startswith(f"usage: otorepair {name} [options]")
    named = set(re.findall(r"^  (?:-\w, )?--([a-z-]+)", text, re.MULTILINE))
    command = Command.registered[name]
    assert named == {option.name for option in command.own_options()} | {"help"}
    assert page("-h", name) == text


def test_the_help_of_run_is_its_own_in_the_same_style() -> None:
    text = page("run", "--help")
    assert text.startswith("usage: otorepair run [options]")
    assert "sub-commands:" not in text
    assert "--backend NAME" in text


def test_the_workspace_of_fix_is_the_folder_of_its_sources() -> None:
    assert re.search(r"--workspace DIR +folder of the source files", page("fix", "--help"))


def test_elsewhere_than_on_linux_and_macos_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.platform", "win32")
    assert run_main(["true"]) == 2
    assert capsys.readouterr().err == "otorepair: otorepair does not run on win32; use Linux, macOS or WSL\n"
