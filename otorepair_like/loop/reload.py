"""Programs that reload themselves: which commands do, and the wait until one has reloaded."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from psutil import Process

RELOADERS = re.compile(
    r"""(?x) --(auto)?reload\b | \brunserver(_plus)?\b(?!.*--noreload) | \bflask\b.*--debug\b | \bfastapi\s+dev\b
    | \bnodemon\b | \bwatch(files|medo|exec)\b | \bnode\b.*\s--watch\b | \btsx\b(?=.*\swatch\b) | \bts-node-dev\b
    | \bvite\b(?!\s+(build|preview)) | \b(next|nuxt|astro)\b.*\sdev\b | \bnext-server\b
    | \bwebpack(-dev-server|\s+serve)\b | \bcargo(-watch|\s+watch)\b | /air\b
    | \bdocker\b.*\scompose\b.*\s(watch|--watch)\b"""
)
"""Commands that restart their program when a file changes."""
MARKS = {"WERKZEUG_RUN_MAIN": "", "RUN_MAIN": "", "WATCH_REPORT_DEPENDENCIES": "1"}
"""What reloaders put into the environment of their workers: werkzeug, Django, ``node --watch``; ``""``: any value."""
TRUE = ("1", "true", "yes", "on", "t")
POLL = 0.05
"""Seconds between two looks at the process tree."""
TOUCHED_AFTER = 2.5
"""Seconds without a reload after which the changed files get a newer time: reloaders look once a second."""
SETTLED = 1.0
"""Seconds after the child said that it reloads; by then one that does not change its processes has done so."""

Processes = frozenset[tuple[int, float]]


def reloads_itself(command: str) -> bool:
    """Return whether ``command`` is known to restart its program by itself."""
    return RELOADERS.search(command) is not None


def reloader_below(pid: int) -> bool:
    """Return whether ``pid``, or a process below it, restarts its program by itself; by what it is, not what was typed.

    A wrapper (npm, make, a shell script) stands between what was typed and the program.
    """
    import psutil

    try:
        leader = psutil.Process(pid)
        family = [leader, *leader.children(recursive=True)]
    except psutil.Error:
        return False
    return any(map(_is_reloader, family))


def _is_reloader(process: Process) -> bool:
    import psutil

    try:
        command = " ".join(process.cmdline())
        environ = process.environ()
    except psutil.Error:
        return False
    if RELOADERS.search(command) is not None:
        return True
    flask = "flask" in command and environ.get("FLASK_DEBUG", "").lower() in TRUE
    return flask or any(name in environ and environ[name].endswith(end) for name, end in MARKS.items())


def processes(pid: int) -> frozenset[tuple[int, float]]:
    """Return every living process below ``pid`` as (pid, creation time); the time tells a reused pid apart."""
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

    A reloader that looks at the times of files now and then may have looked between the last edit and ours; so the
    files are touched once more after a moment.

    A reloader announces a reload before it ends the old worker, which may go on answering for a while; so what counts
    is that an old process is gone and a new one is there. A child that reloads inside one process only says so.
    """

    def __init__(self, pid: int, files: Sequence[str] = ()) -> None:
        self._pid, self._files = pid, files
        self._before = processes(pid)
        self._said = anyio.Event()

    def said_so(self) -> None:
        """Note that the program printed that it reloads."""
        self._said.set()

    async def wait(self) -> None:
        """Return when it has reloaded."""
        said_at: float | None = None
        touch_at = anyio.current_time() + TOUCHED_AFTER
        while True:
            if anyio.current_time() >= touch_at and not self._said.is_set():
                self._touch()
                touch_at = float("inf")
            now = processes(self._pid)
            if self._before - now and now - self._before:
                return
            if self._said.is_set():
                said_at = said_at or anyio.current_time()
                if anyio.current_time() - said_at > SETTLED and not self._before - now:
                    return
            await anyio.sleep(POLL)

    def _touch(self) -> None:
        for file in self._files:
            with suppress(OSError):
                os.utime(file)
