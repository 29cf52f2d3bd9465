"""Resources and listeners of a process tree."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from psutil import Process


@dataclass(frozen=True, slots=True)
class Stats:
    """One look at a tree.

    Args:
        processes: how many there are.
        seconds: since the leader was started.
        cpu: seconds of processor time so far, all processes together.
        memory: resident bytes, all processes together.
    """

    processes: int
    seconds: float
    cpu: float
    memory: int


@dataclass(frozen=True, slots=True)
class Listener:
    """A process that accepts connections: ``command`` as in ps."""

    port: int
    pid: int
    command: str


def stats(janitor: int) -> Stats:
    """Return the resources of the tree below ``janitor``; all zero when it is gone."""
    processes, cpu, memory, started = 0, 0.0, 0, time.time()
    for process in _tree(janitor):
        times = process.cpu_times()
        started = min(started, process.create_time())
        processes, cpu = processes + 1, cpu + times.user + times.system
        memory += process.memory_info().rss
    return Stats(processes, time.time() - started, cpu, memory)


def listeners(janitor: int) -> list[Listener]:
    """Return the processes of the tree below ``janitor`` that accept TCP connections."""
    return [found for process in _tree(janitor) for found in _listeners(process)]


def holder(port: int) -> Listener | None:
    """Return the process that listens on ``port``; ``None`` also if it is another user's and hidden."""
    import psutil

    for process in psutil.process_iter():
        try:
            for found in _listeners(process):
                if found.port == port:
                    return found
        except psutil.Error:
            continue
    return None


def _listeners(process: Process) -> list[Listener]:
    import psutil

    ports = {c.laddr.port for c in process.net_connections("tcp") if c.status == psutil.CONN_LISTEN}
    return [Listener(port, process.pid, " ".join(process.cmdline())) for port in sorted(ports)]


def _tree(janitor: int) -> Iterator[Process]:
    """The processes below ``janitor``; one that ends while it is looked at is passed over."""
    import psutil

    try:
        family = psutil.Process(janitor).children(recursive=True)
    except psutil.Error:
        return
    for process in family:
        try:
            with process.oneshot():
                yield process
        except psutil.Error:
            continue
