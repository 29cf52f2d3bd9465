"""A small program that really runs, fails, is repaired by recipes, and runs again."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path

import anyio
import pytest

from otorepair_like.agents.protocol import Finished, Reason, Task
from otorepair_like.detect import Detector
from otorepair_like.incident import Incident
from otorepair_like.recipes import Recipes
from otorepair_like.supervise.python_probe import PythonProbe


class Program:
    """Files in a folder, run by our own interpreter."""

    def __init__(self, folder: Path, **files: str) -> None:
        self.folder = folder
        self.recipes = Recipes(folder, sys.executable, time_limit=30.0)  # machines of tests are busy
        self.tried: tuple[str, ...] = ()
        self.healthy: dict[str, bytes] = {}
        """The files of the last healthy run."""
        self.probed = False
        """Whether the probe reports the failure, as in a run of otorepair, or only the printed output is known."""

    def write(self, name: str, text: str) -> Program:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(textwrap.dedent(text).lstrip("\n").encode())
        return self

    def read(self, name: str = "app.py") -> str:
        return (self.folder / name).read_bytes().decode()

    def run(self, name: str = "app.py", probe: PythonProbe | None = None) -> subprocess.CompletedProcess[str]:
        env = {key: value for key, value in os.environ.items() if key not in ("PORT", "HOST")}
        env["PYTHONDONTWRITEBYTECODE"] = "1"
        env = probe.environment(env) if probe else env
        return subprocess.run(
            [sys.executable, name], cwd=self.folder, env=env, capture_output=True, text=True, timeout=20
        )

    def fail(self, name: str = "app.py") -> Incident:
        """Run, and expect it to die of an exception."""
        with contextlib.closing(PythonProbe()) as probe:
            done = self.run(name, probe if self.probed else None)
            assert done.returncode != 0, done.stdout
            return incident_of(done.stderr, self.folder, probe.read())

    def repair(self, incident: Incident | None = None) -> Finished:
        """Make one attempt of the recipes, in place."""
        task = Task(incident or self.fail(), "", self.folder, 30.0, self.tried, self.healthy)
        return anyio.run(self.recipes.repair, task, lambda event: None)

    def edit(self, name: str, *changes: tuple[str, str]) -> Program:
        """Run it, remember it as it is, and change a file."""
        done = self.run()
        assert done.returncode == 0, done.stderr
        text = self.read(name)
        self.healthy.setdefault(name, text.encode())
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        (self.folder / name).write_bytes(text.encode())
        return self

    def repaired(self, attempts: int = 1) -> str:
        """Repair until it runs, in at most so many attempts, and return its output."""
        for _ in range(attempts):
            finished = self.repair()
            assert finished.reason is Reason.OK, finished.text
            done = self.run()
            if done.returncode == 0:
                return done.stdout.strip()
        raise AssertionError(done.stderr)

    def untouched(self, name: str = "app.py") -> str:
        """Ask for a repair that must not happen, and return the message given instead."""
        before = {path: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}
        finished = self.repair(self.fail(name))
        assert finished.reason is Reason.NOTHING, finished.text
        assert before == {path: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}
        assert "\n" not in finished.text
        return finished.text


def incident_of(stderr: str, folder: Path, records: Sequence[bytes] = ()) -> Incident:
    """Return the incident of a program that wrote this, reported those records, and died."""
    detector = Detector(folder)
    for record in records:
        detector.take(record, 0.0)
    detector.feed("stderr", stderr.encode(), 0.0)
    return detector.crash(1, 1.0)


@pytest.fixture
def program(tmp_path: Path) -> Callable[..., Program]:
    """Make a program of an ``app.py`` and other files."""

    def make(app: str = "", **files: str) -> Program:
        made = Program(tmp_path)
        if app:
            made.write("app.py", app)
        for name, text in files.items():
            made.write(name, text)
        return made

    return make
