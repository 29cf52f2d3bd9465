"""The examples heal as their READMEs say, with the installed command, offline."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.support.http import get
from tests.support.otorepair import Run, running
from tests.support.supervise import free_port, until

Example = Callable[[str], Path]
RECIPES = ("--backend", "recipes", "--json", "--healthy-after", "1")


def break_until_seen(run: Run, file: Path, old: str, new: str) -> None:
    """Break ``file``; again with a new time, as long as a reloader that has only just started did not notice."""
    broken = file.read_text().replace(old, new)

    def seen() -> bool:
        if run.events("IncidentSeen"):
            return True
        file.write_text(broken)
        return False

    until(seen, "incident", every=0.5)


def test_crash_on_start_gets_its_variable_and_stays_up(example: Example, home: Path) -> None:
    folder = example("crash_on_start")
    with running([*RECIPES, "python app.py"], folder, home) as run:
        attempt = run.event("AttemptEnded")["attempt"]
        assert (attempt["verdict"], attempt["agent"], attempt["type"]) == ("verified", "recipes", "KeyError")
        run.prints("listening on port 8000")
        run.interrupt()
        assert run.wait() == 130
    assert 'os.environ.get("PORT", "8000")' in (folder / "app.py").read_text()


def test_broken_http_server_answers_after_its_repair(example: Example, home: Path) -> None:
    folder, port = example("broken_http_server"), free_port()
    with running([*RECIPES, "python server.py"], folder, home, {"PORT": str(port)}) as run:
        run.prints("serving on port")
        assert get(port) == (0, b"")
        ended = run.event("AttemptEnded")
        assert ended["attempt"]["verdict"] == "verified"
        assert "GET / answers 200" in ended["proof"]
        assert get(port) == (200, b"hello from the server\n")


def test_uvicorn_reloads_a_repaired_handler_by_itself(example: Example, home: Path) -> None:
    folder, port = example("uvicorn_reload"), free_port()
    with running([*RECIPES, f"uvicorn main:app --reload --port {port}"], folder, home) as run:
        assert get(port, "/total")[0] == 500
        ended = run.event("AttemptEnded")
        assert ended["attempt"]["verdict"] == "verified"
        assert "GET /total answers 200" in ended["proof"]
        assert get(port, "/total") == (200, b'{"total":10}')
        assert not run.events("Restarting")


def test_uvicorn_heals_an_error_at_import_under_its_living_reloader(example: Example, home: Path) -> None:
    folder, port = example("uvicorn_reload"), free_port()
    with running([*RECIPES, f"uvicorn main:app --reload --port {port}"], folder, home) as run:
        assert get(port)[0] == 200
        main = folder / "main.py"
        break_until_seen(run, main, "import total", "import totl")
        ended = run.event("AttemptEnded")
        assert (ended["attempt"]["type"], ended["attempt"]["verdict"]) == ("ImportError", "verified")
        assert "from pricing import total" in main.read_text()
        assert get(port)[0] == 200


def test_runserver_reloads_a_repaired_view_by_itself(example: Example, home: Path) -> None:
    folder, port = example("django_runserver"), free_port()
    with running([*RECIPES, f"python manage.py runserver {port}"], folder, home) as run:
        assert get(port, "/cart/")[0] == 500
        assert run.event("AttemptEnded")["attempt"]["verdict"] == "verified"
        assert get(port, "/cart/") == (200, b'{"total": 7}')


def test_runserver_heals_an_error_at_import(example: Example, home: Path) -> None:
    folder, port = example("django_runserver"), free_port()
    with running([*RECIPES, f"python manage.py runserver {port}"], folder, home) as run:
        assert get(port)[0] == 200
        break_until_seen(run, folder / "shop" / "urls.py", "views.index", "views.indx")
        assert run.event("AttemptEnded")["attempt"]["verdict"] == "verified"
        assert get(port)[0] == 200
