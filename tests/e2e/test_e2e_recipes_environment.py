"""What no edit cures is named with its remedy; with --fix-environment what is free of risk is done."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.otorepair import running
from tests.support.supervise import until

RECIPES = ["--backend", "recipes", "--healthy-after", "0.5"]
LISTS = 'import os\nprint("there are", sorted(os.listdir("data/uploads")))\n'
SERVES = """\
import socket, sys
server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
try:
    server.bind(("127.0.0.1", int(sys.argv[1])))
except OSError as error:
    raise OSError(error.errno, f"address already in use: port {sys.argv[1]}") from error
server.listen()
print("serving", flush=True)
server.accept()
"""


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def occupied(port: int, folder: Path, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that listens on the port and works in the folder."""
    held = subprocess.Popen(
        [sys.executable, "app.py", str(port)], cwd=folder, stdout=subprocess.PIPE, env={**os.environ, **env}
    )
    try:
        assert held.stdout
        assert held.stdout.readline() == b"serving\n"
        yield held
    finally:
        held.kill()
        held.communicate()


def test_a_missing_folder_is_made(workspace: Path, home: Path) -> None:
    (workspace / "app.py").write_text(LISTS)
    with running([*RECIPES, "--fix-environment", "folders", "python app.py"], workspace, home) as run:
        assert run.wait() == 0
    assert run.out.text == "there are []\n"
    assert "made the folder data/uploads" in run.err.text
    assert "verified" in run.err.text
    assert (workspace / "app.py").read_text() == LISTS


def test_a_folder_that_did_not_help_is_removed_again(workspace: Path, home: Path) -> None:
    (workspace / "app.py").write_text(LISTS + "raise SystemExit(3)\n")
    with running([*RECIPES, "--fix-environment", "folders", "python app.py"], workspace, home) as run:
        assert run.wait() == 4
    assert not (workspace / "data").exists()


@pytest.mark.parametrize("path", ["../elsewhere", "/nowhere/at/all", "data/users.csv"])
def test_no_folder_is_made_outside_or_where_a_file_is_missing(path: str, workspace: Path, home: Path) -> None:
    (workspace / "data").mkdir()
    (workspace / "app.py").write_text(f"open({path!r})\n")
    with running([*RECIPES, "--fix-environment", "folders", "python app.py"], workspace, home) as run:
        assert run.wait() == 4
    assert "made the folder" not in run.err.text
    assert not (workspace.parent / "elsewhere").exists()


def test_without_the_option_nothing_is_made(workspace: Path, home: Path) -> None:
    (workspace / "app.py").write_text(LISTS)
    with running([*RECIPES, "python app.py"], workspace, home) as run:
        assert run.wait() == 4
    assert "data/uploads is not there" in run.err.text
    assert not (workspace / "data").exists()


def test_what_an_earlier_otorepair_left_on_the_port_is_ended(workspace: Path, home: Path, port: int) -> None:
    (workspace / "app.py").write_text(SERVES)
    with occupied(port, workspace, _OTOREPAIR_PROBE=str(home / "gone" / "probe")) as orphan:
        command = ["--fix-environment", "ports", f"python app.py {port}"]
        with running([*RECIPES, *command], workspace, home) as run:
            run.shows(rf"freed port {port}: ended pid {orphan.pid}")
            run.shows("verified")
            assert until(lambda: orphan.poll() is not None, "the end of the orphan")


def test_without_the_option_it_is_named(workspace: Path, home: Path, port: int) -> None:
    (workspace / "app.py").write_text(SERVES)
    with occupied(port, workspace, _OTOREPAIR_PROBE=str(home / "gone" / "probe")) as orphan:
        with running([*RECIPES, f"python app.py {port}"], workspace, home) as run:
            assert run.wait() == 4
        assert f"port {port} is held by pid {orphan.pid}" in run.err.text
        assert "left behind by an earlier otorepair; --fix-environment ports ends it" in run.err.text
        assert orphan.poll() is None


def test_a_process_of_somebody_else_is_never_ended(workspace: Path, home: Path, port: int) -> None:
    (workspace / "app.py").write_text(SERVES)
    with occupied(port, workspace) as stranger:
        with running(
            [*RECIPES, "--fix-environment", "ports", f"python app.py {port}"], workspace, home
        ) as run:
            assert run.wait() == 4
        assert f"port {port} is held by pid {stranger.pid}" in run.err.text
        assert stranger.poll() is None


def test_the_child_of_an_otorepair_that_lives_is_never_ended(workspace: Path, home: Path, port: int) -> None:
    (workspace / "app.py").write_text(SERVES)
    with running([*RECIPES, f"python app.py {port}"], workspace, home) as first:
        first.prints("serving")
        with running(
            [*RECIPES, "--fix-environment", "ports", f"python app.py {port}"], workspace, home
        ) as second:
            assert second.wait() == 4
        assert f"port {port} is held by pid" in second.err.text
        assert first.process.poll() is None


DJANGO = {
    "manage.py": "import os, sys\nos.environ['DJANGO_SETTINGS_MODULE'] = 'settings'\n"
    "from django.core.management import execute_from_command_line\nexecute_from_command_line(sys.argv)\n",
    "settings.py": "INSTALLED_APPS = ['django.contrib.contenttypes']\nSECRET_KEY = 'x'\n"
    "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': 'db.sqlite3'}}\n",
    "app.py": "import os, django\nos.environ['DJANGO_SETTINGS_MODULE'] = 'settings'\ndjango.setup()\n"
    "from django.contrib.contenttypes.models import ContentType\nContentType.objects.count()\nprint('well')\n",
}


@pytest.mark.parametrize("asked", [True, False])
def test_migrations_are_run_when_that_is_asked_for(workspace: Path, home: Path, asked: bool) -> None:
    pytest.importorskip("django")
    for name, text in DJANGO.items():
        (workspace / name).write_text(text)
    options = ["--fix-environment", "folders,ports" + (",migrations" if asked else "")]
    python = {"VIRTUAL_ENV": str(Path(sys.executable).parents[1])}
    with running([*RECIPES, *options, f"{sys.executable} app.py"], workspace, home, python) as run:
        assert run.wait() == (0 if asked else 4)
    assert ("ran manage.py migrate" in run.err.text) is asked
    assert asked or "python manage.py migrate" in run.err.text
    assert ("well" in run.out.text) is asked
