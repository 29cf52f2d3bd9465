"""Looks at the processes of a living program: does one restart the others, and is a worker dead?"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import anyio
from anyio import to_thread

from otorepair_like.loop.machine import inputs
from otorepair_like.loop.machine.machine import Machine
from otorepair_like.loop.machine.states import RepairState
from otorepair_like.loop.reload import Processes, processes, reloader_below
from otorepair_like.loop.run_parts import Program

MISSED_FOR = 1.2
"""Seconds without a worker after which it is dead, and not just being replaced."""
LOOK_EVERY = 0.4
"""Seconds between two looks at the processes."""
LOOKED_FOR = 30.0
"""Seconds of a program's life in which its processes are looked at for a reloader."""


class WorkerWatch:
    """Watches who is there below a reloader.

    What is there from the first look on and never changes (a resource tracker, say) is no worker. A worker is a
    process that came, and one that goes is replaced by the reloader within a moment, or has died.
    """

    def __init__(self) -> None:
        self._most = 0
        self._missing_since: float | None = None
        self._told = False
        self._seen_at = float("-inf")

    def failure_seen(self, now: float) -> None:
        """Note that a failure was printed: the death of a worker needs no report."""
        self._seen_at = now

    def dead(self, there: Processes | None, now: float) -> bool:
        """Return whether a worker has died, true only once; ``there`` ``None``: not known now, so start anew."""
        if there is None:
            self._most, self._missing_since, self._told = 0, None, False
            return False
        if len(there) >= self._most:
            self._most, self._missing_since, self._told = len(there), None, False
            return False
        self._missing_since = self._missing_since or now
        missed = now - self._missing_since >= MISSED_FOR and self._seen_at < self._missing_since
        told, self._told = self._told, self._told or missed
        return missed and not told


class ReloaderWatch:
    """Looks again and again.

    Args:
        post: gives the machine its news.
    """

    def __init__(self, program: Program, machine: Machine, post: Callable[[inputs.Input], None]) -> None:
        self._program, self._machine, self._post = program, machine, post
        self._workers = WorkerWatch()
        self._young, self._until = 0, 0.0
        """The program whose processes are looked at for a reloader, and until when."""

    def failure_seen(self, now: float) -> None:
        """Note that a failure was printed: no word about a death is needed."""
        self._workers.failure_seen(now)

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await anyio.sleep(LOOK_EVERY)
            if self._machine.policy.reloads:
                self._look_for_death()
            else:
                await self._look_for_reloader()

    def _look_for_death(self) -> None:
        """Tell of a worker that died without a word: a reloader lives on, and nobody else would."""
        running = self._machine.child.up and self._machine.repair.state is RepairState.IDLE
        there = processes(self._program.child.pid) if running else None
        if self._workers.dead(there, time.monotonic()):
            crash = self._program.detector.crash(1, time.monotonic())
            self._post(inputs.Saw(replace(crash, type="worker died", exit_status=None)))

    async def _look_for_reloader(self) -> None:
        """Look at a young program's processes for one that restarts the others."""
        pid = self._program.child.pid if self._machine.child.up else 0
        if pid != self._young:
            self._young, self._until = pid, time.monotonic() + LOOKED_FOR
        if pid and time.monotonic() < self._until and await to_thread.run_sync(reloader_below, pid):
            self._post(inputs.ReloaderSeen())
