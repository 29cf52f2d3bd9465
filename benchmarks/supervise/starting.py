"""How soon a child runs, how late its lines are, and how soon it runs again."""

from __future__ import annotations

import itertools
import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.supervise.measuring import ENV, OURS, RUNS, Output, compare, running, show
from benchmarks.supervise.peers import Peers

LINES, WARM = 500, 50
CRASH_LOOP = 10.0
"""Seconds."""


def first_byte(command: list[str], folder: Path) -> float:
    """Milliseconds until the first byte of output of a command in ``folder``."""
    begun = time.perf_counter()
    with running(command, stdin=subprocess.DEVNULL, cwd=folder) as process:
        process.stdout.read(1)  # type: ignore[union-attr]
        return (time.perf_counter() - begun) * 1000


def start(peers: Peers, folder: Path) -> None:
    """What a start costs on top of the bare command."""
    child = ["/bin/echo", "x"]
    commands = {"bare": child, "empty python": [sys.executable, "-c", "print()"]}
    commands |= peers.wrapping(child, folder, "watchfiles", "honcho", "nodemon", "entr", "hivemind")
    rows = compare(commands, lambda command: first_byte(command, folder))
    bare = rows.pop("bare")
    added = {name: value - bare for name, value in rows.items()}
    show("start, on top of the bare command", added, "ms", "watchfiles")


def latency(_peers: Peers, _folder: Path) -> None:
    """How much later a line arrives."""
    code = f"import time\nfor _ in range({LINES}): print(time.perf_counter_ns()); time.sleep(0.004)"

    def measure(prefix: list[str]) -> list[float]:
        with running([*prefix, sys.executable, "-uc", code], stdin=subprocess.DEVNULL) as process:
            late = [(time.perf_counter_ns() - int(line)) / 1e6 for line in process.stdout]  # type: ignore[union-attr]
        return sorted(late[WARM:])

    pairs = [(measure([]), measure([*OURS, "--"])) for _ in range(RUNS)]
    place = {"p50": (LINES - WARM) // 2, "p99": (LINES - WARM) * 99 // 100}
    rows = {
        name: statistics.median(ours[at] - bare[at] for bare, ours in pairs) for name, at in place.items()
    }
    show("added latency of a line", rows, "ms")


def restart(peers: Peers, folder: Path) -> None:
    """From the start of a child that crashes at once to the next; ours by the supervise room alone."""
    crash = ["/bin/sh", "-c", "date +%s%N; exit 1"]
    commands = {"sh loop": ["/bin/sh", "-c", "while :; do sh -c 'date +%s%N'; done"]}
    if program := peers.find("concurrently"):
        options = ["--raw", "--restart-tries", "-1", "--restart-after", "0"]
        commands["concurrently"] = [program, *options, f"/bin/sh {folder}/crash.sh"]
    if program := peers.find("watchmedo"):
        commands["watchmedo"] = [
            program,
            "auto-restart",
            "-d",
            str(folder),
            "--",
            "/bin/sh",
            f"{folder}/crash.sh",
        ]
    (folder / "crash.sh").write_text(crash[2])
    rows = {name: between(command) for name, command in commands.items()}
    rows["otorepair"] = median_gap(our_restarts(crash, folder))
    show("crash to restart", rows, "ms", "sh loop")


def median_gap(stamps: list[int]) -> float:
    return statistics.median(b - a for a, b in itertools.pairwise(stamps)) / 1e6


def between(command: list[str]) -> float:
    """Milliseconds between two starts of a command that prints when it starts."""
    with running(command) as process:
        output = Output(process)
        output.wait(20, b"\n", 10)
    return median_gap([int(line) for line in output.text.split() if line.isdigit()])


def our_restarts(crash: list[str], folder: Path) -> list[int]:
    """When each of 20 children started."""
    from otorepair_like.supervise.child import Child
    from otorepair_like.supervise.mailbox import Mailbox
    from otorepair_like.supervise.messages import Gone
    from otorepair_like.supervise.process.spawner import Spawner

    spawner, mailbox = Spawner.fork(), Mailbox()
    child = Child(spawner, crash, str(folder), ENV, mailbox)
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
    return times


def crash_loop(peers: Peers, folder: Path) -> None:
    """Starts within ten seconds of a child that dies on start, whatever is tried."""
    (folder / "crash.sh").write_text("echo start; exit 1")
    (folder / "agent.sh").write_text("date >> notes.txt\n")
    child = ["/bin/sh", f"{folder}/crash.sh"]
    asking = ["--backend", "command", "--agent-command", f"sh {folder}/agent.sh", "--triage", "never"]
    limits = [
        "--attempts",
        "50",
        "--max-attempts-total",
        "50",
        "--approve",
        "auto",
        "--yes",
    ]
    (folder / "otorepair.toml").write_text("max-attempts-hour = 50\n")
    commands = {"otorepair": [*OURS, *asking, *limits, "--", *child]}
    if program := peers.find("watchmedo"):
        commands["watchmedo"] = [program, "auto-restart", "-d", str(folder / "none"), "--", *child]
        (folder / "none").mkdir()
    if program := peers.find("concurrently"):
        options = ["--raw", "--restart-tries", "-1", "--restart-after", "0"]
        commands["concurrently"] = [program, *options, " ".join(child)]
    rows = {}
    for name, command in commands.items():
        with running(command, cwd=folder) as process:
            output = Output(process)
            output.until(CRASH_LOOP)
            rows[name] = float(output.text.count(b"start"))
    show("crash loop that nothing heals: starts in 10 s", rows, "starts")
