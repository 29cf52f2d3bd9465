"""Run real Python programs with the probe, without otorepair."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from otorepair_like.supervise.python_probe import PythonProbe
from tests.support.supervise import until


@dataclass
class Ended:
    """A finished program and the records of the probe."""

    stdout: str
    stderr: str
    code: int
    records: list[dict[str, Any]]
    lines: list[bytes]

    @property
    def record(self) -> dict[str, Any]:
        """Return the only record."""
        assert len(self.records) == 1, self
        return self.records[0]

    @property
    def error(self) -> dict[str, Any]:
        """Return the exception of the only record."""
        error: dict[str, Any] = self.record["error"]
        return error


@contextmanager
def probe() -> Iterator[PythonProbe]:
    """Open a pipe for one test."""
    opened = PythonProbe()
    try:
        yield opened
    finally:
        opened.close()


def clean_environment(**env: str) -> dict[str, str]:
    """Return our environment without the variables that change how Python starts."""
    return {**{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}, **env}


def run_probed(
    folder: Path, *arguments: str, python: str = sys.executable, env: Mapping[str, str] | None = None
) -> Ended:
    """Run ``python`` with ``arguments`` in ``folder``, probed, to its end."""
    with probe() as opened:
        done = subprocess.run(
            [python, *arguments],
            cwd=folder,
            env=opened.environment(clean_environment(**(env or {}))),
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        lines = opened.read()
    return Ended(done.stdout, done.stderr, done.returncode, [json.loads(line) for line in lines], lines)


def run_plain(
    folder: Path, *arguments: str, python: str = sys.executable, env: Mapping[str, str] | None = None
) -> Ended:
    """Run it without the probe."""
    done = subprocess.run(
        [python, *arguments],
        cwd=folder,
        env=clean_environment(**(env or {})),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return Ended(done.stdout, done.stderr, done.returncode, [], [])


def next_record(opened: PythonProbe) -> dict[str, Any]:
    """Wait for a record."""
    lines = until(opened.read, "record")
    record: dict[str, Any] = json.loads(lines[0])
    return record


def interpreter(version: str) -> str:
    """Return the path of another Python; skip the test if it is not installed."""
    for place in sorted(Path("~/.pyenv/versions").expanduser().glob(f"{version}.*/bin/python")):
        return str(place)
    pytest.skip(f"Python {version} is not installed")
