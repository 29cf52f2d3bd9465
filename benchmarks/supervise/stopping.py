"""What is left after a stop, and whether a port is free for the next start."""

from __future__ import annotations

import contextlib
import select
import shlex
import signal
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path

from benchmarks.supervise.measuring import OTOREPAIR, Output, marked, running, show
from benchmarks.supervise.peers import Peers
from benchmarks.supervise.reloading import await_watches

CHILDREN = {
    "plain": "exec sleep 60",
    "shell job": "sleep 60 & wait",
    "setsid daemon": "setsid sleep 60 & wait",
    "double fork": "(sleep 60 & exec sleep 60 &) ; sleep 60",
}
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL)
SERVER = """\
import signal, socket, sys, time
if "slow" in sys.argv:
    signal.signal(signal.SIGTERM, lambda *_: (time.sleep(0.4), sys.exit(0)))
server = socket.socket()
try:
    server.bind(("127.0.0.1", int(sys.argv[1])))
    server.listen()
    print("bound", flush=True)
    time.sleep(600)
except OSError:
    print("in use", flush=True)
    time.sleep(600)
"""
SERVERS = {
    "direct": "exec {python} {file} {port}",
    "behind a shell": "{python} {file} {port}; true",
    "slow to stop": "{python} {file} {port} slow & wait",
}


def stop(peers: Peers, folder: Path) -> None:
    """Cases of 16 (four signals, four kinds of child) after which nothing is left."""
    script = folder / "script"
    names = ("watchfiles", "honcho", "nodemon", "concurrently", "hivemind", "dumb-init")
    rows = {}
    for name, command in peers.wrapping(["/bin/sh", str(script)], folder, *names).items():
        rows[name] = 0.0
        for child in CHILDREN.values():
            script.write_text(f"echo ready; {child}")
            rows[name] += sum(clean_stop(command, sig, folder) for sig in SIGNALS)
    show("stopped with nothing left, of 16", rows, "cases")


def clean_stop(command: list[str], sig: signal.Signals, folder: Path) -> bool:
    """Whether nothing is left of ``command`` three seconds after it ended, or eleven after the signal."""
    marker = uuid.uuid4().hex
    with running(command, marker, stdin=subprocess.DEVNULL, cwd=folder) as process:
        select.select([process.stdout], [], [], 10)
        time.sleep(0.1)
        process.send_signal(sig)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(8)
        deadline = time.monotonic() + 3
        while (left := list(marked(marker))) and time.monotonic() < deadline:
            time.sleep(0.05)
    return not left


def rebind(peers: Peers, folder: Path) -> None:
    """Restarts after an edit that find their port free: three kinds of server, three times each."""
    place = folder / "project"
    place.mkdir()
    (folder / "server.py").write_text(SERVER)
    child = ["/bin/sh", str(folder / "run.sh")]
    commands = peers.reloading(child, place, "watchfiles", "watchmedo", "nodemon", "entr")
    commands["otorepair"] = [*OTOREPAIR, "-q", "--watch", str(place), "--", *child]
    rows = {}
    for name, command in commands.items():
        rows[name] = float(sum(rebound(command, script, folder) for script in SERVERS.values()))
    show("restart: port rebound, of 9", rows, "restarts")


def rebound(command: list[str], script: str, folder: Path) -> int:
    """How many of three restarts bind the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    filled = script.format(python=shlex.quote(sys.executable), file=folder / "server.py", port=port)
    (folder / "run.sh").write_text(filled)
    watched = folder / "project" / "main.py"
    watched.write_text("0")
    with running(command, stdin=subprocess.DEVNULL) as process:
        output = Output(process)
        output.wait(1, b"bound", 10)
        await_watches(process)
        for number in range(3):
            seen = len(output.text)
            watched.write_text(str(time.perf_counter_ns()))
            output.wait(number + 2, b"bound", 4)
            if b"bound" not in output.text[seen:]:
                break
    return max(0, output.text.count(b"bound") - 1)
