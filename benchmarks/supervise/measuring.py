"""Medians, tables, and processes that are ended with all they started."""

from __future__ import annotations

import contextlib
import os
import select
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import psutil

RUNS = 7
ROOT = Path(__file__).resolve().parents[2]
ENV = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": ""}
MIB = 1024 * 1024
OTOREPAIR = [str(Path(sys.executable).with_name("otorepair")), "--backend", "none"]
OURS = [*OTOREPAIR, "-q"]
Measure = Callable[[], float]
Commands = dict[str, list[str]]


def medians(measures: Mapping[str, Measure], runs: int = RUNS) -> dict[str, float]:
    """The median of each measure; all are taken once before any is taken again."""
    taken: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(runs):
        for name, measure in measures.items():
            taken[name].append(measure())
    return {name: statistics.median(values) for name, values in taken.items()}


def compare(commands: Commands, measure: Callable[[list[str]], float], runs: int = RUNS) -> dict[str, float]:
    """The median of ``measure`` for each command."""
    return medians({name: lambda c=command: measure(c) for name, command in commands.items()}, runs)  # type: ignore[misc]


def show(title: str, rows: Mapping[str, float], unit: str, base: str = "") -> None:
    """Print one table; with ``base``, as ratios to that row too."""
    print(f"\n{title}")
    for name, value in rows.items():
        ratio = f"   {value / rows[base]:6.2f} of {base}" if base and rows.get(base) else ""
        print(f"  {name:<26}{value:10.2f} {unit}{ratio}", flush=True)


def family(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """``process`` and all its descendants."""
    try:
        first = psutil.Process(process.pid)
        return [first, *first.children(recursive=True)]
    except psutil.Error:
        return []


def marked(marker: str) -> Iterator[psutil.Process]:
    """Running processes with ``marker`` in their environment."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get("BENCH_MARKER") == marker:
                yield process


@contextlib.contextmanager
def running(command: Sequence[str], marker: str = "", **options: object) -> Iterator[subprocess.Popen[bytes]]:
    """A command with its output in a pipe, ended afterwards with all that it started."""
    marker = marker or uuid.uuid4().hex
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, **options}
    given["env"] = {**ENV, "BENCH_MARKER": marker}
    process = subprocess.Popen(command, **given)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        for relative in (*family(process), *marked(marker)):
            with contextlib.suppress(psutil.Error):
                relative.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


class Output:
    """What a process prints, waited for with a deadline."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout
        self._fd = process.stdout.fileno()
        self.text = b""

    def wait(self, count: int, word: bytes, seconds: float) -> bool:
        """Whether ``word`` has been printed ``count`` times within ``seconds``."""
        end = time.perf_counter() + seconds
        while self.text.count(word) < count:
            left = end - time.perf_counter()
            if left <= 0 or not select.select([self._fd], [], [], left)[0]:
                return False
            part = os.read(self._fd, 65536)
            if not part:
                return False
            self.text += part
        return True

    def until(self, seconds: float) -> None:
        """Read on for ``seconds``."""
        self.wait(sys.maxsize, b"\n", seconds)
