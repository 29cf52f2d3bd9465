"""How fast output goes through, and what happens when nobody takes it."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import time
from pathlib import Path

import psutil

from benchmarks.supervise.measuring import ENV, MIB, OURS, compare, family, running, show
from benchmarks.supervise.peers import Peers

LINE = b"2024-01-01 12:00:00 INFO a line of a log with some words and numbers 12345\n"
STALLED = 4.0
"""Seconds for which nobody reads."""


def through_pipe(command: list[str], size: int) -> float:
    """MiB/s of a command's output."""
    begun = time.perf_counter()
    with running(command, stdin=subprocess.DEVNULL) as process:
        read = 0
        while part := os.read(process.stdout.fileno(), MIB):  # type: ignore[union-attr]
            read += len(part)
    assert read >= size, (command, read)
    return read / MIB / (time.perf_counter() - begun)


def through_terminal(command: list[str], size: int) -> float:
    """MiB/s of a command's output at a terminal."""
    begun = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe(command[0], command, ENV)
    read = 0
    with contextlib.suppress(OSError):
        while part := os.read(terminal, 65536):
            read += len(part)
    taken = time.perf_counter() - begun
    os.close(terminal)
    os.waitpid(pid, 0)
    assert read >= size, (command, read)
    return read / MIB / taken


def relay_pipe(peers: Peers, folder: Path) -> None:
    """Throughput through a pipe, with detection."""
    data = folder / "data"
    data.write_bytes(LINE * 4_000_000)
    size = data.stat().st_size
    commands = {"cat | cat": ["/bin/sh", "-c", f"cat {data} | cat"]}
    commands |= peers.wrapping(["cat", str(data)], folder, "concurrently")
    show("relay through a pipe", compare(commands, lambda c: through_pipe(c, size)), "MiB/s", "cat | cat")


def relay_terminal(peers: Peers, folder: Path) -> None:
    """Throughput through a terminal."""
    data = folder / "lines"
    data.write_bytes(LINE * 1_000_000)
    size = data.stat().st_size
    commands = {"bare": ["cat", str(data)], "otorepair": [*OURS, "--", "cat", str(data)]}
    if program := peers.find("script"):
        commands["script -qec"] = [program, "-qec", f"cat {data}", "/dev/null"]
    if program := peers.find("hivemind"):
        (folder / "Procfile").write_text(f"web: cat {data}\n")
        commands["hivemind"] = [program, str(folder / "Procfile")]
    rows = compare(commands, lambda c: through_terminal(c, size))
    show("relay through a terminal", rows, "MiB/s", "script -qec")


def stalled(peers: Peers, folder: Path) -> None:
    """By how much a program grows whose reader has stopped while its child floods it."""
    flood = ["/bin/sh", "-c", "echo ready; sleep 2; exec yes 0123456789012345678901234567890123456789"]
    rows = {
        name: growth(command) / MIB
        for name, command in peers.wrapping(flood, folder, "honcho", "concurrently", "hivemind").items()
    }
    show("memory gained against a reader that has stopped", rows, "MiB")


def growth(command: list[str]) -> float:
    """Bytes by which the largest of the command's processes has grown."""
    with running(command, stdin=subprocess.DEVNULL) as process:
        process.stdout.read(1)  # type: ignore[union-attr]
        time.sleep(1.5)
        before = resident(process)
        time.sleep(0.5 + STALLED)
        return max(resident(process).get(pid, 0) - size for pid, size in before.items())


def resident(process: subprocess.Popen[bytes]) -> dict[int, int]:
    sizes = {}
    for relative in family(process):
        with contextlib.suppress(psutil.Error):
            sizes[relative.pid] = relative.memory_info().rss
    return sizes
