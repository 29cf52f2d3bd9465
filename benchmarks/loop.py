"""What otorepair costs, and how fast it heals: against doing without it, in one run, pair by pair.

    python benchmarks/loop.py                     every measure, seven pairs each
    python benchmarks/loop.py relay --runs 3      one of them
    python benchmarks/loop.py --json              with every sample

A pair is one sample without otorepair and one with it, taken in turn (A B A B …), so that a busy moment of the
machine meets both; one pair more, taken first, warms the caches and does not count. Shown are medians; the ratio is
the median of the pairs' ratios. Needs the installed command and the standard library, no network; nothing is kept.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

OTOREPAIR = str(Path(sys.executable).with_name("otorepair"))
RECIPES = (OTOREPAIR, "--backend", "recipes", "--json")
EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
RELAYED = 200_000_000
"""Bytes sent through the relay."""
HEALTHY_AFTER = 3.0
"""Seconds; the default of ``--healthy-after``."""

CRASHING = """\
import time
print(time.time(), flush=True)
time.sleep(1)
print(time.time(), flush=True)
port = int("800O")
"""
MENDED = CRASHING.replace("800O", "8000")


@dataclass(frozen=True)
class Row:
    """One line of the table: samples without otorepair and with it, taken in turn."""

    name: str
    unit: str
    without: list[float]
    with_it: list[float]

    @property
    def ratio(self) -> float:
        """Median of the pairs' ratios, with / without."""
        return statistics.median(b / a for a, b in zip(self.without, self.with_it, strict=True))

    def less(self, milliseconds: float, name: str) -> Row:
        """The same samples without a wait that is there on purpose."""
        return Row(name, self.unit, self.without, [sample - milliseconds for sample in self.with_it])


def pairs(name: str, unit: str, runs: int, without: Callable[[], float], with_it: Callable[[], float]) -> Row:
    """Take ``runs`` pairs of samples, and one before that does not count."""
    taken = [(without(), with_it()) for _ in range(runs + 1)][1:]
    return Row(name, unit, [a for a, _ in taken], [b for _, b in taken])


# --- the measures ---------------------------------------------------------------------------------------------------


def startup(runs: int) -> Iterator[Row]:
    """From starting a command to its first byte; and the whole run of one that ends at once."""
    bare = [sys.executable, "-c", "print('ready', flush=True)"]
    wrapped = [*RECIPES, "--", *bare]
    yield pairs("start to first output", "ms", runs, lambda: first_byte(bare), lambda: first_byte(wrapped))
    yield pairs("whole run that ends at once", "ms", runs, lambda: whole(bare), lambda: whole(wrapped))


def relay(runs: int) -> Iterator[Row]:
    """A long log through ``cat``, and through otorepair, which looks for errors on stderr or on both streams."""
    with workspace() as folder:
        write_log(folder / "log.txt")
        through_cat = ["/bin/sh", "-c", f"cat {folder}/log.txt | cat"]
        for name, options in (("relay", ()), ("relay with --watch-stdout", ("--watch-stdout",))):
            wrapped = [*RECIPES, *options, "--", "cat", f"{folder}/log.txt"]
            yield pairs(
                name, "MB/s", runs, lambda: throughput(through_cat), lambda argv=wrapped: throughput(argv)
            )


def restart(runs: int) -> Iterator[Row]:
    """From a crash to the mended program's first words: a shell's loop, and otorepair with a scripted repair."""
    yield pairs(
        "crash to restarted", "ms", runs, lambda: restarted(shell_loop), lambda: restarted(scripted_repair)
    )


def repair(runs: int) -> Iterator[Row]:
    """From the error on stderr to its verified repair by a recipe; without it: the start of the mended program."""
    for name, heal in (("crash to verified", heal_crash), ("failed request to verified", heal_request)):
        row = pairs(name, "ms", runs, start_mended, heal)
        yield row.less(HEALTHY_AFTER * 1000, f"{name}, less {HEALTHY_AFTER:g} s of proof")
        yield row


MEASURES = {measure.__name__: measure for measure in (startup, relay, restart, repair)}


# --- one sample -----------------------------------------------------------------------------------------------------


def first_byte(argv: Sequence[str]) -> float:
    """Milliseconds from starting ``argv`` to the first byte it prints."""
    started = time.perf_counter()
    with running(argv) as run:
        run.stdout.read(1)
        return since(started)


def whole(argv: Sequence[str]) -> float:
    """Milliseconds from starting ``argv`` to its end."""
    started = time.perf_counter()
    with running(argv) as run:
        run.communicate()
        return since(started)


def throughput(argv: Sequence[str]) -> float:
    """Megabytes a second from the first byte to the last."""
    with running(argv) as run:
        left = RELAYED - len(run.stdout.read(1))
        started = time.perf_counter()
        while left > 0:
            chunk = run.stdout.read(1 << 20)
            if not chunk:
                raise RuntimeError(f"{left} bytes did not arrive")
            left -= len(chunk)
        return RELAYED / 1000 / since(started)


def restarted(loop: Callable[[Path], list[str]]) -> float:
    """Milliseconds between the last words of the crashing program and the first ones of the mended."""
    with workspace() as folder:
        program = folder / "workspace"
        program.mkdir()
        (program / "app.py").write_text(CRASHING)
        with running(loop(folder), program) as run:
            _, crashed, up, _ = (float(line) for line in run.communicate()[0].split())
    return (up - crashed) * 1000


def shell_loop(folder: Path) -> list[str]:
    """The shortest thing that mends and restarts a program until it ends well."""
    (folder / "mended.py").write_text(MENDED)
    return ["/bin/sh", "-c", f"while ! {sys.executable} app.py; do cp ../mended.py app.py; done"]


def scripted_repair(folder: Path) -> list[str]:
    """The same change, made by the scripted agent."""
    script = folder / "script.json"
    script.write_text(json.dumps({"repair": [{"edits": [{"path": "app.py", "write": MENDED}]}]}))
    options = ["--backend", "scripted", "--script", str(script), "--json"]
    return [OTOREPAIR, *options, "--", sys.executable, "app.py"]


def heal_crash() -> float:
    """Milliseconds from a program's error on start to the verified repair."""
    argv = [*RECIPES, "--", sys.executable, "app.py"]
    with workspace("crash_on_start") as folder, running(argv, folder) as run:
        return until_verified(run, b"KeyError")


def heal_request() -> float:
    """Milliseconds from a living server's error to the verified repair."""
    argv, port = [*RECIPES, "--", sys.executable, "server.py"], free_port()
    with workspace("broken_http_server") as folder, running(argv, folder, {"PORT": str(port)}) as run:
        run.stdout.readline()
        with suppress(OSError):  # the handler dies before it answers
            urllib.request.urlopen(f"http://127.0.0.1:{port}/").close()
        return until_verified(run, b"NameError")


def start_mended() -> float:
    """Milliseconds that no repair can do without: starting the program, until it speaks."""
    with workspace("crash_on_start") as folder:
        started = time.perf_counter()
        with running([sys.executable, "app.py"], folder, {"PORT": "8000"}) as run:
            run.stdout.read(1)
            return since(started)


def until_verified(run: subprocess.Popen[bytes], error: bytes) -> float:
    """Milliseconds from the line of the ``error`` to the event that tells the verdict."""
    while not (line := run.stderr.readline()).startswith(error):
        if not line:
            raise RuntimeError(f"ended without {error.decode()}")
    started = time.perf_counter()
    while not (line := run.stderr.readline()).startswith(b'{"event":"AttemptEnded"'):
        if not line:
            raise RuntimeError("ended without a verdict")
    took, verdict = since(started), json.loads(line)["attempt"]["verdict"]
    if verdict != "verified":
        raise RuntimeError(f"the repair is {verdict}, not verified")
    return took


# --- what a sample needs --------------------------------------------------------------------------------------------


@contextmanager
def running(
    argv: Sequence[str], cwd: Path | None = None, variables: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process with unbuffered pipes and no settings of the user's, ended afterwards."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("OTOREPAIR_")}
    environ |= {"XDG_CONFIG_HOME": os.devnull, **(variables or {})}
    with subprocess.Popen(
        argv,
        cwd=cwd or tempfile.gettempdir(),  # not a project of ours, whose settings would be read
        env=environ,
        bufsize=0,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as run:
        try:
            yield run
        finally:
            run.terminate()
            run.communicate()


@contextmanager
def workspace(example: str = "") -> Iterator[Path]:
    """An empty folder, or a copy of an example."""
    with tempfile.TemporaryDirectory(prefix="otorepair-benchmark-") as folder:
        if example:
            shutil.copytree(EXAMPLES / example, folder, dirs_exist_ok=True)
        yield Path(folder)


def write_log(path: Path) -> None:
    """:data:`RELAYED` bytes of lines as servers print them; no error among them."""
    line = b'127.0.0.1 - - [21/Nov/2026 03:22:28] "GET /static/app.js HTTP/1.1" 200 5120\n'
    path.write_bytes((line * (RELAYED // len(line) + 1))[:RELAYED])


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def since(started: float) -> float:
    """Milliseconds."""
    return (time.perf_counter() - started) * 1000


# --- the table ------------------------------------------------------------------------------------------------------


def machine() -> str:
    """The machine in words."""
    cores, python = os.cpu_count(), platform.python_version()
    return f"{cores} cores, {platform.system()} {platform.machine()}, Python {python}, {time.strftime('%Y-%m-%d')}"


def table(rows: Sequence[Row]) -> str:
    """``rows`` as Markdown."""
    lines = ["| median | without | with otorepair | ratio |", "| --- | ---: | ---: | ---: |"]
    for row in rows:
        a, b = statistics.median(row.without), statistics.median(row.with_it)
        lines.append(f"| {row.name} | {a:.0f} {row.unit} | {b:.0f} {row.unit} | {row.ratio:.2f} |")
    return "\n".join(lines)


def main() -> None:
    """Measure what was asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "measures", nargs="*", metavar="MEASURE", help=f"of {', '.join(MEASURES)} (default: all)"
    )
    parser.add_argument("--runs", type=int, default=7, help="pairs of samples (default 7)")
    parser.add_argument("--json", action="store_true", help="print every sample, as JSON")
    options = parser.parse_args()
    if unknown := set(options.measures) - set(MEASURES):
        parser.error(f"no measure {', '.join(sorted(unknown))}")
    rows = [row for name in options.measures or MEASURES for row in MEASURES[name](options.runs)]
    if options.json:
        samples = [{**asdict(row), "ratio": row.ratio} for row in rows]
        print(json.dumps({"machine": machine(), "runs": options.runs, "rows": samples}, indent=2))
    else:
        print(f"{machine()}; medians of {options.runs} pairs\n\n{table(rows)}")


if __name__ == "__main__":
    main()
