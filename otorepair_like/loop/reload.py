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
LOOK_EVERY = 0.4
"""Seconds between two looks at the processes."""
MISSED_FOR = 1.2
"""Seconds without a worker after which it is dead, and not just being replaced."""

Processes = frozenset[tuple[int, float]]


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
        """A failure was printed: no word about a death is needed."""
        self._seen_at = now

    def dead(self, there: Processes | None, now: float) -> bool:
        """Whether a worker has died, told once; ``there`` ``None``: nobody knows now, begin anew."""
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
