"""Proofs on real servers behind a login: the request is asked as it was, and the code that failed must run."""

from __future__ import annotations

import http.client
import shlex
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.otorepair import Run, running
from tests.support.supervise import free_port, until

FLASK = """\
import os

from flask import Flask, redirect, request, session

app = Flask(__name__)
app.secret_key = "for tests"
ORDERS = {"ann": [3, 4]}


@app.get("/")
def home():
    return "hello"


@app.get("/login/<user>")
def login(user):
    session["user"] = user
    return "welcome"


def total(user):
    return sum(ORDER[user])


@app.get("/report")
def report():
    if "user" not in session:
        return redirect("/")
    return {"total": total(session["user"])}


@app.post("/report")
def send():
    return {"total": total(session["user"])}


if __name__ == "__main__":
    app.run(port=int(os.environ["PORT"]))
"""
FASTAPI = """\
from fastapi import FastAPI, Header, HTTPException

app = FastAPI()
USER = {"nmae": "ann"}


@app.get("/me")
def me(authorization: str = Header("")):
    if not authorization.startswith("Bearer "):
        raise HTTPException(401)
    return {"name": USER["name"]}
"""


def ask(
    port: int, path: str, headers: Mapping[str, str] = {}, method: str = "GET"
) -> tuple[int, dict[str, str]]:
    """Return status and headers of the answer, as soon as somebody answers."""

    def once() -> tuple[int, dict[str, str]] | None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            connection.request(method, path, headers=dict(headers))
            answer = connection.getresponse()
            answer.read()
            return answer.status, dict(answer.getheaders())
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    answered = until(once, f"an answer on port {port}")
    assert answered
    return answered


@contextmanager
def repaired(
    workspace: Path, home: Path, command: str, old: str, new: str, port: int, *more: str
) -> Iterator[Run]:
    """A run whose agent replaces ``old`` in app.py by ``new``."""
    agent = home / "agent.py"
    agent.write_text(
        "from pathlib import Path\nfile = Path('app.py')\n"
        f"file.write_text(file.read_text().replace({old!r}, {new!r}))\n"
    )
    options = ["--backend", "command", "--agent-command", shlex.join([sys.executable, str(agent)])]
    options += ["--yes", "--attempts", "1", "--json", *more, command]
    env = {"PORT": str(port), "PYTHONUNBUFFERED": "1"}
    with running(options, workspace, home, env) as run:
        yield run


@contextmanager
def shop(
    workspace: Path, home: Path, old: str, new: str, *more: str
) -> Iterator[tuple[Run, int, dict[str, str]]]:
    """The Flask application, whose report fails, and the headers of somebody who has logged in."""
    (workspace / "app.py").write_text(FLASK)
    port = free_port()
    with repaired(workspace, home, "python app.py", old, new, port, *more) as run:
        cookie = ask(port, "/login/ann")[1]["Set-Cookie"].partition(";")[0]
        yield run, port, {"Cookie": cookie, "Accept": "application/json"}


def test_a_page_behind_a_login_is_asked_with_its_cookie_and_nothing_stores_it(
    workspace: Path, home: Path
) -> None:
    with shop(workspace, home, "ORDER[", "ORDERS[") as (run, port, headers):
        assert ask(port, "/report", headers)[0] == 500
        ended = run.event("AttemptEnded")
        assert ended["attempt"]["verdict"] == "verified"
        assert ended["proof"] == "app.py:22 ran again, GET /report answers 200"
        assert ask(port, "/report", headers)[0] == 200
        secret = headers["Cookie"].partition("=")[2]
        assert secret.encode() not in run.err.data
        files = [path for path in workspace.rglob("*") if path.is_file()]
        assert any(".otorepair" in path.parts for path in files)
        assert [path for path in files if secret.encode() in path.read_bytes()] == []


@pytest.mark.parametrize(
    ("old", "new", "verdict", "proof"),
    [
        (
            "def total(user):",
            "def total(user):  # looked at",
            "failed",
            "the same error again: NameError: name 'ORDER' is not defined",
        ),
        (
            '    return {"total": total(session["user"])}\n\n\n@app.post',
            '    return {"total": 0}\n\n\n@app.post',
            "unproven",
            "GET /report answers 200, but app.py:22 was not executed",
        ),
        (
            "    return sum(ORDER[user])",
            "    try:\n        return sum(ORDER[user])\n    except NameError:\n        return 0",
            "unproven",
            "GET /report answers 200, but app.py:23 failed again, unseen",
        ),
        (
            '    if "user" not in session:',
            '    if "user" in session:',
            "unproven",
            "GET /report answers 302, but app.py:22 was not executed",
        ),
    ],
    ids=["a comment", "around it", "swallowed", "sent away"],
)
def test_a_change_that_repairs_nothing_is_not_verified(
    workspace: Path, home: Path, old: str, new: str, verdict: str, proof: str
) -> None:
    with shop(workspace, home, old, new) as (run, port, headers):
        assert ask(port, "/report", headers)[0] == 500
        ended = run.event("AttemptEnded")
        assert (ended["attempt"]["verdict"], ended["proof"]) == (verdict, proof)


def test_with_require_proof_what_is_unproven_is_undone(workspace: Path, home: Path) -> None:
    around = '    return {"total": total(session["user"])}\n\n\n@app.post'
    guess = around.replace('total(session["user"])', "0")
    with shop(workspace, home, around, guess, "--require", "proof") as (run, port, headers):
        assert ask(port, "/report", headers)[0] == 500
        ended = run.event("AttemptEnded")
        assert "was not executed" in ended["proof"]
        until(lambda: (workspace / "app.py").read_text() == FLASK, "the change undone")


def test_what_may_change_something_is_the_users_to_ask_and_then_it_is_proven(
    workspace: Path, home: Path
) -> None:
    with shop(workspace, home, "ORDER[", "ORDERS[") as (run, port, headers):
        assert ask(port, "/report", headers, "POST")[0] == 500
        ended = run.event("AttemptEnded")
        assert ended["attempt"]["verdict"] == "unproven"
        assert ended["proof"].endswith("but POST /report is yours to ask again")
        assert ended["attempt"]["seconds"] < 9
        assert ask(port, "/report", headers, "POST")[0] == 200
        confirmed = run.event("AttemptEnded", times=2)
        assert confirmed["attempt"]["id"] == ended["attempt"]["id"]
        assert confirmed["attempt"]["verdict"] == "verified"
        assert confirmed["proof"] == "app.py:22 ran again when you sent POST /report"


def test_the_workers_of_a_reloader_tell_what_they_run(workspace: Path, home: Path) -> None:
    (workspace / "app.py").write_text(FASTAPI)
    port, token = free_port(), {"Authorization": "Bearer sesame-4711"}
    command = f"uvicorn app:app --reload --port {port}"
    with repaired(workspace, home, command, '{"nmae"', '{"name"', port) as run:
        assert ask(port, "/me", token)[0] == 500
        ended = run.event("AttemptEnded")
        assert ended["attempt"]["verdict"] == "verified"
        assert ended["proof"] == "app.py:11 ran again, GET /me answers 200"
        assert "4711" not in run.err.text
        files = [path for path in (workspace / ".otorepair").rglob("*") if path.is_file()]
        assert [path for path in files if b"4711" in path.read_bytes()] == []


def test_a_slip_is_proven_by_coming_up_and_not_by_a_request_that_failed_before(
    workspace: Path, home: Path
) -> None:
    app, port = workspace / "app.py", free_port()
    app.write_text(FASTAPI)
    options = ["--backend", "recipes", "--json", "--healthy-after", "1"]
    with running([*options, f"uvicorn app:app --reload --port {port}"], workspace, home) as run:
        assert ask(port, "/me", {"Authorization": "Bearer sesame-4711"})[0] == 500
        run.event("IncidentClosed")
        app.write_text(FASTAPI.replace('Header("")):', 'Header(""))'))
        ended = run.event("AttemptEnded", times=len(run.events("AttemptEnded")) + 1)
        assert ended["attempt"]["verdict"] == "verified"
        assert "GET /me" not in ended["proof"]
