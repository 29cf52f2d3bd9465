"""Whether a living child reloads itself, and when it has done so."""

from __future__ import annotations

import re

import anyio

RELOADERS = re.compile(
    r"(?x) --reload\b | \brunserver\b(?!.*--noreload) | \bflask\b.*--debug\b | \bnodemon\b | \bwatch(files|medo|exec)\b"
    r"| \bnode\b.*--watch\b | \btsx\s+watch\b | \bvite\b | \bnext\s+dev\b | \bhypercorn\b.*--reload | \bcargo\s+watch\b"
)
"""Commands that restart their program when a file changes."""
POLL = 0.05
"""Seconds between two looks at the process tree."""
SETTLED = 1.0
"""Seconds after the child said that it reloads; by then one that does not change its processes has done so."""


def reloads_itself(command: str) -> bool:
    """Whether ``command`` is known to restart its program by itself."""
    return RELOADERS.search(command) is not None


def processes(pid: int) -> frozenset[tuple[int, float]]:
    """Every living process below ``pid`` as (pid, creation time); the time tells a reused pid apart."""
    import psutil

    try:
        family = psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return frozenset()
    found = set()
    for process in family:
        try:
            if process.status() != psutil.STATUS_ZOMBIE:
                found.add((process.pid, process.create_time()))
        except psutil.Error:
            continue
    return frozenset(found)


class Reload:
    """Waits for one reload of the child ``pid``.

    A reloader announces a reload before it ends the old worker, which may go on answering for a while; so what counts
    is that an old process is gone and a new one is there. A child that reloads inside one process only says so.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._before = processes(pid)
        self._said = anyio.Event()

    def said_so(self) -> None:
        """The child printed that it reloads."""
        self._said.set()

    async def wait(self) -> None:
        """Return when it has reloaded."""
        said_at: float | None = None
        while True:
            now = processes(self._pid)
            if self._before - now and now - self._before:
                return
            if self._said.is_set():
                said_at = said_at or anyio.current_time()
                if anyio.current_time() - said_at > SETTLED and not self._before - now:
                    return
            await anyio.sleep(POLL)
