"""The whole loop with the real Claude Code as the repairer, against a scripted model on loopback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.agents_real import real_program
from tests.support.http import get
from tests.support.model_server import FOR_EVER, Fault, ModelServer
from tests.support.model_wire import Turn
from tests.support.otorepair import Run, running
from tests.support.supervise import free_port

pytestmark = [pytest.mark.real_agent, pytest.mark.timeout(120)]
Example = Callable[[str], Path]
MATCH = "A program failed"


class Case(NamedTuple):
    """An example with the edit that cures it."""

    name: str
    command: str
    file: str
    old: str
    new: str
    request: str
    answer: bytes


LIVING = [
    Case(
        "broken_http_server",
        "python server.py",
        "server.py",
        "GREETNG",
        "GREETING",
        "/",
        b"hello from the server\n",
    ),
    Case(
        "uvicorn_reload",
        "uvicorn main:app --reload --port {port}",
        "main.py",
        "total(itmes)",
        "total(items)",
        "/total",
        b'{"total":10}',
    ),
    Case(
        "django_runserver",
        "python manage.py runserver {port}",
        "shop/views.py",
        "wnated",
        "wanted",
        "/cart/",
        b'{"total": 7}',
    ),
]


def turns(file: str, old: str, new: str) -> list[Turn]:
    """Read the file, edit it, and say so."""
    edit = {"file_path": file, "old_string": old, "new_string": new}
    return [
        Turn("Reading it.", "Read", {"file_path": file}),
        Turn("", "Edit", edit),
        Turn("Repaired the slip."),
    ]


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    """A clean home with the real CLI on PATH, a dummy key, and nothing that calls out."""
    (home / "bin").mkdir()
    (home / "bin" / "claude").symlink_to(real_program("claude"))
    return {
        "ANTHROPIC_API_KEY": "dummy",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_TELEMETRY": "1",
        "EXTRA_PATH": str(home / "bin"),
    }


def options(healthy: float = 1) -> list[str]:
    return ["--backend", "claude", "--json", "--healthy-after", str(healthy)]


def attempt_of(run: Run) -> dict[str, object]:
    attempt: dict[str, object] = run.event("AttemptEnded", patience=60)["attempt"]
    return attempt


def test_a_crash_is_healed(example: Example, home: Path, environment: dict[str, str]) -> None:
    folder = example("crash_on_start")
    script = turns("app.py", 'os.environ["PORT"]', 'os.environ.get("PORT", "9000")')
    with ModelServer(script, match=MATCH) as model:
        environment["ANTHROPIC_BASE_URL"] = model.url
        with running([*options(), "python app.py"], folder, home, environment) as run:
            attempt = attempt_of(run)
            assert (attempt["verdict"], attempt["agent"]) == ("verified", "claude"), attempt
            assert attempt["model"]
            assert isinstance(attempt["cost_usd"], float)
            run.prints("listening on port 9000")
    assert "KeyError: 'PORT'" in model.everything
    assert "Repaired the slip." in run.err.text


@pytest.mark.parametrize("case", LIVING, ids=lambda case: case.name)
def test_a_living_server_is_healed(
    case: Case, example: Example, home: Path, environment: dict[str, str]
) -> None:
    folder, port = example(case.name), free_port()
    with ModelServer(turns(case.file, case.old, case.new), match=MATCH) as model:
        environment |= {"ANTHROPIC_BASE_URL": model.url, "PORT": str(port)}
        with running([*options(), case.command.format(port=port)], folder, home, environment) as run:
            assert get(port, case.request)[0] in (0, 500)
            attempt = attempt_of(run)
            assert attempt["verdict"] == "verified", attempt
            assert get(port, case.request) == (200, case.answer)


def test_a_refused_key_is_named_at_once_and_the_agent_is_not_asked_again(
    example: Example, home: Path, environment: dict[str, str]
) -> None:
    folder = example("crash_on_start")
    refused = Fault(401, "authentication_error", "invalid x-api-key", FOR_EVER)
    with ModelServer([Turn("no")], match=MATCH, faults=[refused]) as model:
        environment["ANTHROPIC_BASE_URL"] = model.url
        with running([*options(), "python app.py"], folder, home, environment) as run:
            assert run.wait(60) == 4
            (attempt,) = [event["attempt"] for event in run.events("AttemptEnded")]
            assert attempt["verdict"] == "agent_error"
            assert attempt["reason"].startswith("auth")


def test_an_edit_of_a_secret_file_is_refused_although_the_agent_exits_0(
    example: Example, home: Path, environment: dict[str, str]
) -> None:
    folder = example("crash_on_start")
    write = Turn("", "Write", {"file_path": ".env", "content": "PORT=1\n"})
    with ModelServer([write, Turn("Done!")], match=MATCH) as model:
        environment["ANTHROPIC_BASE_URL"] = model.url
        with running([*options(), "--attempts", "1", "python app.py"], folder, home, environment) as run:
            assert run.wait(60) == 4
            assert run.verdicts()[0] in ("refused", "no_change", "agent_error")
    assert not (folder / ".env").exists()


def test_doubtful_output_is_judged_by_the_cheap_model_once(
    workspace: Path, home: Path, environment: dict[str, str]
) -> None:
    (workspace / "app.py").write_text(
        "import sys, time\n"
        "while True:\n    print('Error: the frobnicator is upset', file=sys.stderr, flush=True)\n    time.sleep(1)\n"
    )
    verdict = {
        "error": False,
        "summary": "a harmless message",
        "confidence": 0.9,
        "category": "other",
        "severity": "warning",
        "cause": "it greets that way",
        "complexity": "minimal",
        "security": "none",
        "blast": "isolated",
        "recommendation": "ignore",
        "files": [],
        "prevention": "none needed",
    }
    with ModelServer([Turn("", "StructuredOutput", verdict), Turn("ok")], match="frobnicator") as model:
        environment["ANTHROPIC_BASE_URL"] = model.url
        command = [*options(), "python app.py"]
        with running(command, workspace, home, environment) as run:
            answer = run.event("TriageAnswered", patience=60)
            assert (answer["error"], answer["summary"]) == (False, "a harmless message"), answer
            run.event("IncidentSeen", patience=30)
            assert len(run.events("TriageAnswered")) == 1
            assert not run.events("AttemptStarted")
