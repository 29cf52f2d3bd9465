"""The whole loop with every real agent CLI as the repairer, against a scripted model on loopback."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import psutil
import pytest

from tests.support.agents_kits import KITS
from tests.support.agents_real import real_program, system_path
from tests.support.model_server import HANG, Fault, ModelServer
from tests.support.otorepair import COMMAND, running
from tests.support.supervise import until
from tests.support.window import ended

pytestmark = [pytest.mark.real_agent, pytest.mark.timeout(120)]
MATCH = "A program failed"
CRASH, CURE = 'port = int(os.environ["PORT"])', 'port = int(os.environ.get("PORT", "9000"))'
NO_CURE = 'port = int(os.environ["PROT"])'
Environment = Callable[[ModelServer], dict[str, str]]


@pytest.fixture(params=KITS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def environment(name: str, home: Path) -> Environment:
    """A clean home with the real CLI on PATH, a dummy key, and nothing that calls out."""
    (home / "bin").mkdir()
    (home / "bin" / name).symlink_to(real_program(name))
    path = f"{home / 'bin'}:{Path(COMMAND).parent}:{system_path(home)}"
    settings = {"HOME": str(home), "PATH": path, "OTOREPAIR_ANALYSIS": "false"}
    return lambda model: {**settings, **KITS[name].environ(home, model.url)}


@pytest.fixture
def folder(example: Callable[[str], Path]) -> Path:
    return example("crash_on_start")


@pytest.fixture(autouse=True)
def nothing_left(home: Path) -> Iterator[None]:
    """When it is over nothing runs that has this home."""
    yield
    assert not of_home(home)


def of_home(home: Path) -> list[list[str]]:
    """The command lines of all that runs and has this home."""
    running = (process.info for process in psutil.process_iter(["cmdline", "environ"]))
    return [one["cmdline"] for one in running if (one["environ"] or {}).get("HOME") == str(home)]


def options(name: str, *more: str) -> list[str]:
    models = [f"--{key.replace('_', '-')}={model}" for key, model in KITS[name].models.items()]
    return ["--backend", name, "--healthy-after", "1", *models, *more, "python app.py"]


def edit(name: str, folder: Path, new: str) -> ModelServer:
    """A model that replaces the line that crashes."""
    content = (folder / "app.py").read_text()
    return ModelServer(KITS[name].edit("app.py", content, CRASH, new), match=MATCH)


def test_a_crash_is_healed(name: str, folder: Path, home: Path, environment: Environment) -> None:
    with (
        edit(name, folder, CURE) as model,
        running(options(name, "--json"), folder, home, environment(model)) as run,
    ):
        attempt = run.event("AttemptEnded", patience=60)["attempt"]
        assert (attempt["verdict"], attempt["agent"]) == ("verified", name), attempt
        assert attempt["tokens"]
        run.prints("listening on port 9000")
    assert "KeyError: 'PORT'" in model.everything
    assert sorted(path.name for path in folder.iterdir() if path.name[0] != ".") == ["README.md", "app.py"]


def test_a_spent_budget_ends_the_attempts(
    name: str, folder: Path, home: Path, environment: Environment
) -> None:
    with (
        edit(name, folder, NO_CURE) as model,
        running(
            options(name, "--json", "--yes", "--max-tokens", "1"), folder, home, environment(model)
        ) as run,
    ):
        assert run.wait(60) == 4
        assert "of 1 tokens" in run.event("BreakerTripped")["reason"]
        [attempt] = [event["attempt"] for event in run.events("AttemptEnded")]
    assert attempt["verdict"] == "failed", attempt
    assert CRASH in (folder / "app.py").read_text()


def test_ctrl_c_at_the_terminal_ends_it_with_all_it_has_started(
    name: str, folder: Path, home: Path, environment: Environment
) -> None:
    shell, code = KITS[name].shell, "import time; time.sleep(600)"
    turns, faults = ([shell(f"python3 -c '{code}'")], []) if shell else ([], [Fault(HANG)])
    with ModelServer(turns, match=MATCH, faults=faults) as model:
        screen = pexpect.spawn(
            COMMAND,
            options(name, "--agent-shell", "--sandbox", "never"),
            cwd=str(folder),
            env={"TERM": "xterm", "LANG": "C.UTF-8", **environment(model)},
            timeout=40,
            encoding="utf-8",
        )
        try:
            runs = lambda: any(words[1:] == ["-c", code] for words in of_home(home))  # noqa: E731
            until(runs if shell else lambda: model.requests, "the agent at work", every=0.1, patience=40)
            began = time.monotonic()
            screen.sendintr()
            assert ended(screen) == 130
            assert time.monotonic() - began < 10
            assert not of_home(home)
        finally:
            screen.close(force=True)
