"""The small pure parts of the loop."""

from __future__ import annotations

import pytest

from otorepair_like.incident import Incident
from otorepair_like.loop.reload import reloads_itself
from otorepair_like.loop.reloader_watch import MISSED_FOR, WorkerWatch
from otorepair_like.loop.user_edits import UserEdits
from otorepair_like.repair.environment_fixes import PORT

PARENT, TRACKER, WORKER, NEXT = (1, 1.0), (2, 2.0), (3, 3.0), (4, 4.0)


def test_source_counts_as_an_edit_each_time_and_data_once() -> None:
    edits = UserEdits()
    assert edits.of_the_user(["/w/app.py", "/w/visits.json"]) == ["/w/app.py", "/w/visits.json"]
    assert edits.of_the_user(["/w/app.py", "/w/visits.json"]) == ["/w/app.py"]
    assert edits.of_the_user(["/w/visits.json"]) == []
    assert UserEdits(everything=True).of_the_user(["/w/visits.json"]) == ["/w/visits.json"]


def test_a_worker_that_is_not_replaced_is_dead_and_that_is_told_once() -> None:
    workers = WorkerWatch()
    both, alone = frozenset({TRACKER, WORKER}), frozenset({TRACKER})
    assert not workers.dead(both, 0.0)
    assert not workers.dead(alone, 1.0)
    assert not workers.dead(alone, 1.0 + MISSED_FOR / 2)
    assert workers.dead(alone, 1.1 + MISSED_FOR)
    assert not workers.dead(alone, 9.0)
    assert not workers.dead(frozenset({TRACKER, NEXT}), 10.0)
    assert not workers.dead(alone, 11.0)
    assert workers.dead(alone, 11.1 + MISSED_FOR)


def test_a_worker_that_is_replaced_or_told_of_its_failure_is_no_news() -> None:
    workers = WorkerWatch()
    workers.dead(frozenset({TRACKER, WORKER}), 0.0)
    workers.dead(frozenset({TRACKER}), 1.0)
    assert not workers.dead(frozenset({TRACKER, NEXT}), 1.5)
    workers.dead(frozenset({TRACKER}), 2.0)
    workers.failure_seen(2.1)
    assert not workers.dead(frozenset({TRACKER}), 9.0)


@pytest.mark.parametrize(
    ("command", "reloads"),
    [
        ("uvicorn main:app --reload", True),
        ("python manage.py runserver", True),
        ("python manage.py runserver --noreload", False),
        ("flask --app x run --debug", True),
        ("nodemon server.js", True),
        ("node --watch server.js", True),
        ("npx vite", True),
        ("python app.py", False),
        ("uvicorn main:app", False),
    ],
)
def test_commands_that_reload_themselves_are_known(command: str, reloads: bool) -> None:
    assert reloads_itself(command) is reloads


@pytest.mark.parametrize(
    ("said", "port"),
    [
        (
            "[Errno 98] error while attempting to bind on address ('127.0.0.1', 8000): address already in use",
            "8000",
        ),
        ("Error: listen EADDRINUSE: address already in use :::3000", "3000"),
        ("Error: That port is already in use: port 8080", "8080"),
    ],
)
def test_the_port_of_a_failure_is_found(said: str, port: str) -> None:
    found = PORT.search(Incident("OSError", said).message)
    assert found
    assert found[1] == port
