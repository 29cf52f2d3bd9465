"""Supervision against its peers, measured in one run: ``python benchmarks/supervise.py [NAME…]``.

Peers are installed into a temporary folder; one that cannot be had is left out, with the reason. Numbers are medians
of seven runs, taken in turns, so that whatever else the machine does meets all alike.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pty
import select
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

RUNS = 7
OURS = [sys.executable, "-m", "otorepair_like", "-q", "--backend", "none"]
ROOT = Path(__file__).resolve().parents[1]
ENV = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": ""}
MIB = 1024 * 1024
Measure = Callable[[], float]


class Peers:
    """Programs to compare with, by name; ``missing`` says why one is not there."""

    def __init__(self, folder: Path) -> None:
        self.missing: dict[str, str] = {}
        self._bin = folder / "venv" / "bin"
        self._node = folder / "node"
        self._install("pip", [sys.executable, "-m", "venv", str(folder / "venv")])
        for name in ("watchfiles", "honcho", "watchdog[watchmedo]"):
            self._install(name, [str(self._bin / "pip"), "install", "-q", name])
        for name in ("nodemon", "concurrently"):
            self._install(name, ["npm", "install", "--silent", "--prefix", str(self._node), name])

    def find(self, name: str) -> str | None:
        """Path of a peer's program."""
        for place in (self._bin / name, self._node / "node_modules" / ".bin" / name):
            if place.exists():
                return str(place)
        return shutil.which(name)

    def _install(self, name: str, command: list[str]) -> None:
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=180)
        except (OSError, subprocess.SubprocessError) as error:
            self.missing[name] = " ".join(str(error).split())[:100]


def medians(measures: dict[str, Measure], runs: int = RUNS) -> dict[str, float]:
    """The median of each measure; all are taken once before any is taken again."""
    taken: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(runs):
        for name, measure in measures.items():
            taken[name].append(measure())
    return {name: statistics.median(values) for name, values in taken.items()}


def show(title: str, rows: dict[str, float], unit: str, base: str = "") -> None:
    """Print one table; with ``base``, as ratios to that row too."""
    print(f"\n{title}")
    for name, value in rows.items():
        ratio = f"   {value / rows[base]:5.2f} of {base}" if base and rows.get(base) else ""
        print(f"  {name:<24}{value:10.2f} {unit}{ratio}")


@contextlib.contextmanager
def running(command: list[str], **options: object) -> Iterator[subprocess.Popen[bytes]]:
    """A command with its output in a pipe, ended afterwards with all its descendants."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENV, **options)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        family = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.kill()
        for relative in family:
            with contextlib.suppress(psutil.Error):
                relative.kill()
        process.wait()
        process.stdout.close()


def first_byte(command: list[str]) -> float:
    """Milliseconds until a command's first byte of output."""
    begun = time.perf_counter()
    with running(command, stdin=subprocess.DEVNULL) as process:
        process.stdout.read(1)
        return (time.perf_counter() - begun) * 1000


def start(peers: Peers, folder: Path) -> None:
    """What a start costs on top of the bare command."""
    child = ["/bin/echo", "x"]
    (folder / "Procfile").write_text("web: /bin/echo x\n")
    commands = {
        "bare": child,
        "empty python": [sys.executable, "-c", "print()"],
        "otorepair": [*OURS, "--", *child],
    }
    for name, arguments in {
        "watchfiles": ["/bin/echo x", str(folder)],
        "honcho": ["-d", str(folder), "start"],
        "nodemon": ["-q", "--exec", "/bin/echo x"],
    }.items():
        if program := peers.find(name):
            commands[name] = [program, *arguments]
    rows = medians({name: lambda command=command: first_byte(command) for name, command in commands.items()})  # type: ignore[misc]
    bare = rows.pop("bare")
    show(
        "start, on top of the bare command",
        {name: value - bare for name, value in rows.items()},
        "ms",
        "watchfiles",
    )


def relay_pipe(peers: Peers, folder: Path) -> None:
    """Throughput through a pipe, with detection."""
    data = folder / "data"
    data.write_bytes(
        b"2024-01-01 12:00:00 INFO a line of a log with some words and numbers 12345\n" * 4_000_000
    )

    def measure(command: list[str]) -> float:
        begun = time.perf_counter()
        with running(command, stdin=subprocess.DEVNULL) as process:
            size = 0
            while part := os.read(process.stdout.fileno(), MIB):
                size += len(part)
        assert size >= data.stat().st_size
        return size / MIB / (time.perf_counter() - begun)

    commands = {
        "cat | cat": ["/bin/sh", "-c", f"cat {data} | cat"],
        "otorepair": [*OURS, "--", "cat", str(data)],
    }
    if program := peers.find("concurrently"):
        commands["concurrently --raw"] = [program, "--raw", f"cat {data}"]
    show(
        "relay through a pipe",
        medians({n: lambda c=c: measure(c) for n, c in commands.items()}),
        "MiB/s",
        "cat | cat",
    )  # type: ignore[misc]


def relay_terminal(_peers: Peers, folder: Path) -> None:
    """Throughput through a terminal."""
    data = folder / "lines"
    data.write_bytes(
        b"2024-01-01 12:00:00 INFO a line of a log with some words and numbers 12345\n" * 1_000_000
    )

    def measure(command: list[str]) -> float:
        begun = time.perf_counter()
        pid, terminal = pty.fork()
        if pid == 0:
            os.execvpe(command[0], command, ENV)
        size = 0
        with contextlib.suppress(OSError):
            while part := os.read(terminal, 65536):
                size += len(part)
        taken = time.perf_counter() - begun
        os.close(terminal)
        os.waitpid(pid, 0)
        assert size >= data.stat().st_size, (command, size)
        return size / MIB / taken

    commands = {
        "bare": ["cat", str(data)],
        "script -qec": ["script", "-qec", f"cat {data}", "/dev/null"],
        "otorepair": [*OURS, "--", "cat", str(data)],
    }
    show(
        "relay through a terminal",
        medians({n: lambda c=c: measure(c) for n, c in commands.items()}),
        "MiB/s",
        "script -qec",
    )  # type: ignore[misc]


def latency(_peers: Peers, _folder: Path) -> None:
    """How much later a line arrives."""
    code = "import time\nfor _ in range(500): print(time.perf_counter_ns()); time.sleep(0.004)"

    def measure(prefix: list[str]) -> list[float]:
        with running([*prefix, sys.executable, "-uc", code], stdin=subprocess.DEVNULL) as process:
            late = [(time.perf_counter_ns() - int(line)) / 1e6 for line in process.stdout]
        return sorted(late[50:])

    bare, ours = measure([]), measure([*OURS, "--"])
    for name, at in (("p50", 0.5), ("p99", 0.99)):
        place = int(len(bare) * at)
        show(f"added latency of a line, {name}", {"otorepair": ours[place] - bare[place]}, "ms")


def restart_after_crash(_peers: Peers, folder: Path) -> None:
    """From the end of a crashed child to the start of the next, by the supervise room alone."""
    sys.path.insert(0, str(ROOT))
    from otorepair_like.supervise.child import Child
    from otorepair_like.supervise.mailbox import Mailbox
    from otorepair_like.supervise.messages import Gone
    from otorepair_like.supervise.spawner import Spawner

    spawner, mailbox = Spawner.fork(), Mailbox()
    child = Child(spawner, ["/bin/sh", "-c", "date +%s%N; exit 1"], str(folder), ENV, mailbox)
    times: list[int] = []
    for _ in range(20):
        child.start()
        said = b""
        while True:
            messages = mailbox.drain()
            said += b"".join(getattr(message, "data", b"") for message in messages)
            if any(isinstance(message, Gone) for message in messages):
                break
            time.sleep(0.0002)
        times.append(int(said))
    child.close()
    spawner.close()
    bare = subprocess.run(
        ["/bin/sh", "-c", "for _ in 1 2 3 4 5 6 7 8 9; do sh -c 'date +%s%N'; done"],
        capture_output=True,
        check=True,
    )
    stamps = [int(line) for line in bare.stdout.split()]
    rows = {"sh loop": statistics.median(b - a for a, b in itertools.pairwise(stamps)) / 1e6}
    rows["otorepair"] = statistics.median(b - a for a, b in itertools.pairwise(times)) / 1e6
    show("crash to restart", rows, "ms")


def watching(_peers: Peers, folder: Path) -> None:
    """How soon a watch is armed beside 20,000 ignored folders, what it costs idle, and how late an edit is."""
    sys.path.insert(0, str(ROOT))
    import threading

    from otorepair_like.supervise.mailbox import Mailbox
    from otorepair_like.supervise.watch import Watch

    for number in range(200):
        for inner in range(100):
            (folder / "node_modules" / str(number) / str(inner)).mkdir(parents=True)
        (folder / f"module{number}.py").write_text(str(number))
    mailbox, news = Mailbox(), threading.Event()
    begun = time.perf_counter()
    watch = Watch([str(folder)], mailbox)
    mailbox.attach(lambda _pressing: news.set())
    news.wait()
    rows = {"watch armed": (time.perf_counter() - begun) * 1000}
    mailbox.drain()
    before = time.process_time()
    time.sleep(5)
    idle = (time.process_time() - before) / 5 * 100
    late = []
    for number in range(RUNS):
        news.clear()
        begun = time.perf_counter()
        (folder / "module7.py").write_text(f"edit {number}")
        news.wait()
        late.append((time.perf_counter() - begun - 0.15) * 1000)
        mailbox.drain()
    watch.close()
    rows["edit seen, after quiet"] = statistics.median(late)
    show("watching beside 20,000 ignored folders", rows, "ms")
    show("watching, idle", {"processor": idle}, "%")


CHILDREN = {
    "plain": "exec sleep 60",
    "shell job": "sleep 60 & wait",
    "setsid daemon": "setsid sleep 60 & wait",
    "double fork": "(sleep 60 & exec sleep 60 &) ; sleep 60",
}


def stop(peers: Peers, folder: Path) -> None:
    """Cases of 16 (four signals, four kinds of child) after which nothing is left."""
    commands = {"otorepair": [*OURS, "--tty", "never", "--", "/bin/sh", "-c", "{}"]}
    for name, arguments in {
        "watchfiles": ["/bin/sh {file}", str(folder)],
        "nodemon": ["-q", "--exec", "/bin/sh {file}"],
        "concurrently": ["--raw", "/bin/sh {file}"],
    }.items():
        if program := peers.find(name):
            commands[name] = [program, *arguments]
    rows = {}
    for name, command in commands.items():
        rows[name] = sum(
            _clean_stop(command, f"echo ready; {script}", sig, folder)
            for script in CHILDREN.values()
            for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL)
        )
    show("stopped with nothing left, of 16", rows, "cases")


def _clean_stop(command: list[str], script: str, sig: signal.Signals, folder: Path) -> bool:
    marker = uuid.uuid4().hex
    (folder / "script").write_text(script)
    command = [part.replace("{file}", str(folder / "script")).replace("{}", script) for part in command]
    environment = {**ENV, "BENCH_MARKER": marker}
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    )
    select.select([process.stdout], [], [], 10)
    time.sleep(0.1)
    process.send_signal(sig)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(8)
    deadline = time.monotonic() + 3
    while (left := list(_marked(marker))) and time.monotonic() < deadline:
        time.sleep(0.05)
    for survivor in left:
        with contextlib.suppress(psutil.Error):
            survivor.kill()
    process.wait()
    process.stdout.close()
    return not left


def _marked(marker: str) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get("BENCH_MARKER") == marker:
                yield process


TABLES = {
    f.__name__: f for f in (start, relay_pipe, relay_terminal, latency, restart_after_crash, watching, stop)
}


def main(names: list[str]) -> None:
    """Print the tables called ``names``, all by default."""
    unknown = set(names) - set(TABLES)
    if unknown:
        sys.exit(f"no such table: {' '.join(unknown)}; there are {' '.join(TABLES)}")
    with tempfile.TemporaryDirectory() as peers_folder:
        peers = Peers(Path(peers_folder))
        for name, reason in peers.missing.items():
            print(f"left out: {name}: {reason}")
        for name in names or TABLES:
            with tempfile.TemporaryDirectory() as folder:
                TABLES[name](peers, Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
