"""How the run is doing: a reader of the bus that counts, and asks the system about the child's tree."""

from __future__ import annotations

import time

from otorepair_like import events
from otorepair_like.attempt import Verdict

MEGABYTE = 1_000_000


class Tally:
    """Counts what happened in the run. A bus reader."""

    def __init__(self) -> None:
        self._started = 0.0
        self._incidents: set[str] = set()
        self._attempts = self._repairs = 0
        self._spent = 0.0

    def __call__(self, event: events.Event) -> None:
        """Count ``event``."""
        match event:
            case events.ChildStarted():
                self._started = time.monotonic()
            case events.IncidentSeen(incident=incident):
                self._incidents.add(incident.fingerprint)
            case events.AttemptEnded(attempt=attempt):
                self._attempts += 1
                self._repairs += attempt.verdict in (Verdict.VERIFIED, Verdict.UNPROVEN)
                self._spent += attempt.cost_usd or 0.0

    def line(self, pid: int, now: float) -> str:
        """All of it in a line; ``pid`` 0: the child is down."""
        child = f"pid {pid}, up {now - self._started:.0f} s, {usage(pid)}" if pid else "the child is down"
        counts = f"{len(self._incidents)} incidents, {self._repairs} repairs in {self._attempts} attempts"
        return f"{child} · {counts} · ${self._spent:.2f} spent"


def usage(pid: int) -> str:
    """Processors and memory that the tree of ``pid`` uses now, in words."""
    import psutil

    try:
        leader = psutil.Process(pid)
        family = [leader, *leader.children(recursive=True)]
    except psutil.Error:
        return "no figures"
    memory = cpu = 0.0
    for process in family:
        try:
            memory += process.memory_info().rss
            times = process.cpu_times()
            cpu += times.user + times.system
        except psutil.Error:
            continue
    return f"{len(family)} processes, {cpu:.1f} s CPU, {memory / MEGABYTE:.0f} MB"
