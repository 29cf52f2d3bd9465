"""What seeing statements run costs: the latency of a request, and the start of a program, with and without marks.

    python benchmarks/proof_cost.py

Prints medians and least times; on a busy machine the least says more. The request fails in neither case; marked are
the statement of its endpoint and the two functions below it.
"""

from __future__ import annotations

import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from otorepair_like.supervise.python_probe import PythonProbe

APP = """\
from fastapi import FastAPI

app = FastAPI()


def price(number):
    return number * 3


def total(numbers):
    return sum(price(number) for number in numbers)


@app.get("/total/{count}")
def read(count: int):
    return {"total": total(range(count))}
"""
PLACES = ((7, "price"), (11, "total"), (16, "read"))
REQUESTS, ROUNDS, STARTS = 400, 8, 30


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def latencies(folder: Path, probe: PythonProbe, marked: bool) -> list[float]:
    """Return milliseconds per request of a fresh server."""
    port = free_port()
    if marked:
        probe.mark("token", [(str(folder / "app.py"), line) for line, _ in PLACES])
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "app:app", "--port", str(port), "--log-level", "error"],
        cwd=folder,
        env=probe.environment(os.environ),
    )
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.02)
        connection = http.client.HTTPConnection("127.0.0.1", port)
        taken = []
        for _ in range(REQUESTS):
            start = time.perf_counter()
            connection.request("GET", "/total/20")
            connection.getresponse().read()
            taken.append((time.perf_counter() - start) * 1000)
        told = len(probe.read())
        assert bool(told) == marked, told
        return taken
    finally:
        process.terminate()
        process.wait()
        probe.unmark()


def starts(probe: PythonProbe | None) -> list[float]:
    """Return milliseconds of a program that does nothing."""
    environ = probe.environment(os.environ) if probe else dict(os.environ)
    taken = []
    for _ in range(STARTS):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", "pass"], env=environ, check=True)
        taken.append((time.perf_counter() - start) * 1000)
    return taken


def main() -> None:
    probe = PythonProbe()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "app.py").write_text(APP)
        plain: list[list[float]] = []
        marked: list[list[float]] = []
        for _ in range(ROUNDS):
            plain.append(latencies(folder, probe, marked=False))
            marked.append(latencies(folder, probe, marked=True))
    for title, rounds in (("plain", plain), ("marked", marked)):
        medians = [statistics.median(one) for one in rounds]
        least = min(map(min, rounds))
        print(f"request, {title:6}: best round's median {min(medians):.3f} ms, least {least:.3f} ms")
    for title, taken in (("without probe", starts(None)), ("with probe, no proof", starts(probe))):
        print(f"start, {title}: median {statistics.median(taken):.1f} ms, least {min(taken):.1f} ms")
    probe.close()


if __name__ == "__main__":
    main()
