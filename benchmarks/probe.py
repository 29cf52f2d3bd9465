"""What the probe costs a child: ``python benchmarks/probe.py [PYTHON…]``.

Starts in pairs, one with the probe and one without, so that whatever else the machine does meets both; then what a
logged line, a logged exception and the record of a crash cost inside the program.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from otorepair_like.supervise.python_probe import PythonProbe

PAIRS = 60
INSIDE = """
import json, logging, sys, time
log = logging.getLogger("uvicorn.error")
log.addHandler(logging.NullHandler())
log.setLevel("INFO")
def timed(work, times):
    begun = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - begun) / times * 1e6
def down(n, text="x" * 500):
    rows = [{"id": i, "name": text} for i in range(50)]
    return down(n - 1) if n else {}["key"]
def fail():
    try:
        down(20)
    except KeyError:
        log.exception("failed")
line = timed(lambda: log.info("GET / 200"), 20000)
first = timed(fail, 1)
told = timed(fail, 15)
print(json.dumps([line, first, told]))
"""


def start(python: str, env: dict[str, str], program: str) -> float:
    """Milliseconds from before the start until the end of a program."""
    begun = time.perf_counter()
    subprocess.run([python, "-c", program], env=env, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - begun) * 1000


def pairs(python: str, plain: dict[str, str], probed: dict[str, str], program: str) -> str:
    """Medians of the starts without and with, and of the differences within the pairs."""
    taken = []
    for number in range(PAIRS + 3):
        order = (plain, probed) if number % 2 else (probed, plain)
        times = {id(env): start(python, env, program) for env in order}
        taken.append((times[id(plain)], times[id(probed)]))
    taken = taken[3:]
    without, with_probe = (statistics.median(column) for column in zip(*taken, strict=True))
    costs = statistics.median(after - before for before, after in taken)
    return f"{without:8.2f} ms without {with_probe:8.2f} ms with {costs:+8.2f} ms a pair"


def inside(python: str, env: dict[str, str]) -> list[float]:
    """Microseconds of a logged line, of the first logged exception and of a later one; medians."""
    runs = [
        json.loads(subprocess.run([python, "-c", INSIDE], env=env, check=True, capture_output=True).stdout)
        for _ in range(7)
    ]
    return [statistics.median(column) for column in zip(*runs, strict=True)]


def main(pythons: list[str]) -> None:
    """Print the table for each interpreter, the one that runs this by default."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    probe = PythonProbe()
    try:
        probed = probe.environment(plain)
        for python in pythons or [sys.executable]:
            print(python)
            print("  start, pass              ", pairs(python, plain, probed, "pass"))
            heavy = "import asyncio, logging, subprocess"
            print("  start, asyncio logging   ", pairs(python, plain, probed, heavy))
            without = inside(python, plain)
            with_probe = inside(python, probed)
            for name, before, after in zip(
                ("a logged line", "first logged exception", "later one"), without, with_probe, strict=True
            ):
                print(f"  {name:<25} {before:8.1f} µs without {after:8.1f} µs with")
            probe.read()
    finally:
        probe.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        main(sys.argv[1:])
