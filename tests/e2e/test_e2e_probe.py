"""Python programs under otorepair tell of their exceptions themselves."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.http import get
from tests.support.otorepair import Run, running
from tests.support.supervise import free_port, until

SWALLOWED = """\
import logging, sys
log = logging.getLogger("uvicorn.error")
log.addHandler(logging.NullHandler())
log.propagate = False
def total(prices):
    return prices["pear"]
try:
    total({"apple": 1})
except KeyError:
    log.exception("Exception in ASGI application")
print("served", flush=True)
sys.stdin.read()
import time; time.sleep(60)
"""
ASGI = """\
async def app(scope, receive, send):
    assert scope["type"] == "http"
    prices = {"apple": 1}
    prices["pear"]
"""
DJANGO = """\
import sys
from django.conf import settings
from django.core.management import execute_from_command_line
from django.urls import path

settings.configure(DEBUG=False, ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="x", LOGGING_CONFIG=None)

def cart(request):
    prices = {"apple": 1}
    return prices["pear"]

urlpatterns = [path("cart/", cart)]
if __name__ == "__main__":
    execute_from_command_line(sys.argv)
"""
ONLY_REPORT = ["--json", "--backend", "none"]


def incidents(run: Run, title: str = "KeyError") -> list[dict[str, Any]]:
    return [event["incident"] for event in run.events("IncidentSeen") if event["incident"]["type"] == title]


def only(run: Run) -> dict[str, Any]:
    """The one failure, which is shown again if the child dies of it a moment later."""
    found = incidents(run)
    assert len({incident["fingerprint"] for incident in found}) == 1
    assert len({incident["facts"] is None for incident in found}) == 1
    return found[-1]


def seen(run: Run) -> dict[str, Any]:
    """The first failure, waited for."""
    return until(lambda: incidents(run), "incident")[0]


def needs(module: str) -> None:
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not installed")


def test_a_crash_is_one_incident_with_facts(workspace: Path, home: Path) -> None:
    (workspace / "app.py").write_text("def total(prices):\n    return prices['pear']\ntotal({'apple': 1})\n")
    with running([*ONLY_REPORT, "python app.py"], workspace, home, {"TMPDIR": str(home)}) as run:
        assert run.wait() == 1
        incident = only(run)
    assert incident["facts"]["keys"] == [["prices", ["'apple'"]]]
    assert incident["facts"]["scopes"][-1]["variables"] == [
        {"name": "prices", "type": "dict", "value": "{'apple': 1}"}
    ]
    assert "KeyError: 'pear'" in run.err.text
    assert not [name for name in os.listdir(home) if name.startswith("otorepair-")]


def test_the_probe_can_be_off(workspace: Path, home: Path) -> None:
    (workspace / "app.py").write_text("import os\nprint(os.environ.get('_OTOREPAIR_PROBE'))\n{}['pear']\n")
    with running([*ONLY_REPORT, "--probe", "never", "python app.py"], workspace, home) as run:
        assert run.wait() == 1
        incident = only(run)
    assert (incident["facts"], run.out.text) == (None, "None\n")


def test_what_a_logger_swallowed_is_seen(workspace: Path, home: Path) -> None:
    (workspace / "app.py").write_text(SWALLOWED)
    with running([*ONLY_REPORT, "python app.py"], workspace, home) as run:
        run.prints("served")
        incident = seen(run)
        assert incident["facts"]["where"] == "uvicorn.error"
        assert incident["frames"][-1]["source"] == 'return prices["pear"]'
        assert "Traceback" not in "".join(line for line in run.err.text.splitlines() if line[:1] != "{")


@pytest.mark.parametrize("reload", [["--reload"], []], ids=["reload", "plain"])
def test_a_worker_of_uvicorn_tells_of_a_request_that_fails(
    workspace: Path, home: Path, reload: list[str]
) -> None:
    needs("uvicorn")
    (workspace / "app.py").write_text(ASGI)
    command = [sys.executable, "-m", "uvicorn", "app:app", "--port", "0", *reload]
    with running([*ONLY_REPORT, "--", *command], workspace, home) as run:
        run.shows("ASGI 'lifespan' protocol appears unsupported|Application startup complete")
        port = run.shows(r"running on http://127.0.0.1:(\d+)")[1]
        assert get(int(port), "/cart?id=3")[0] == 500
        incident = seen(run)
        assert incident["facts"]["request"] == ["GET", "/cart?id=3"]
        assert (incident["facts"]["how"], incident["facts"]["where"]) == ("logged", "uvicorn.error")
        assert ["prices", ["'apple'"]] in incident["facts"]["keys"]
        assert only(run)


def test_a_worker_of_uvicorn_that_cannot_import_the_application(workspace: Path, home: Path) -> None:
    needs("uvicorn")
    (workspace / "app.py").write_text("prices = {'apple': 1}\nprices['pear']\n")
    command = [sys.executable, "-m", "uvicorn", "app:app", "--port", "0", "--reload"]
    with running([*ONLY_REPORT, "--", *command], workspace, home) as run:
        incident = seen(run)
        assert incident["facts"]["how"] == "printed"
        assert incident["facts"]["keys"] == [["prices", ["'apple'"]]]
        assert incident["frames"][-1]["file"].endswith("app.py")


def test_a_worker_of_runserver_tells_what_its_log_does_not(workspace: Path, home: Path) -> None:
    needs("django")
    (workspace / "manage.py").write_text(DJANGO)
    port = free_port()
    command = [sys.executable, "manage.py", "runserver", str(port)]
    with running([*ONLY_REPORT, "--", *command], workspace, home) as run:
        assert get(port, "/cart/")[0] == 500
        incident = seen(run)
        assert incident["facts"]["where"] == "django.request"
        assert incident["facts"]["request"] == ["GET", "/cart/"]
        assert incident["frames"][-1]["function"] == "cart"
