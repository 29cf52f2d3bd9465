"""Records how the program behaves while it is healthy: its files, its output and its answers.

A reader of the bus that also sees the output. It makes the private copy in the background, before it is needed.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import anyio
from anyio import to_thread

from otorepair_like import events
from otorepair_like.attempt import Verdict
from otorepair_like.detect.server_lines import answered, said_reload
from otorepair_like.errors import OtorepairError
from otorepair_like.loop.answers import Answers
from otorepair_like.reasons import NotRepaired, sentence
from otorepair_like.repair.proof import health
from otorepair_like.repair.proof.health import Health
from otorepair_like.repair.site import RepairSite

FIRST_COPY_AFTER: Final = 0.5
"""Seconds; a command that ends sooner needs no copy, and one that starts needs the processor itself."""
MOST: Final = 1 << 30
"""Bytes; a larger workspace is not copied before a repair needs the copy."""
_HINTS: Final = (
    "GET ",
    "POST ",
    "PUT ",
    "PATCH ",
    "DELETE ",
    "HEAD ",
    "eload",
    "estart",
    "hange",
    "unning",
    "update",
)
"""Text in output that is worth parsing: requests, and messages of reloaders."""
_LOOKED_AT: Final = 4 * 1024
"""Bytes of one chunk of output that are searched for requests; longer chunks come only in a flood."""


class HealthRecorder:
    """Records the health of one run.

    Args:
        site: holds the private copy, and the health of earlier runs.
        command: the wrapped command.
        seconds: time without a failure after which the program counts as healthy.
        say: shows a line, from a level of verbosity on.
        warmers: prepare agents in the private copy; each is called once, when the program is healthy and the machine
            idle.
    """

    def __init__(
        self,
        site: RepairSite,
        command: str,
        seconds: float,
        say: Callable[[str, int], None],
        warmers: Sequence[Callable[[Path], None]] = (),
    ) -> None:
        self._copy, self._free, self._seconds, self._say = site.copy, site.free, seconds, say
        self._file, self._command = site.folder / health.FILE, command
        self._cold = list(warmers)
        self.health = health.load(self._file, command)
        self._news = anyio.Event()
        self._spoiled = self._proving = False
        self._exited_well = self._waited = False
        self._seen = Health()
        self.answers, self.served = Answers(), False
        self._lines: list[str] = []
        self._rest = b""

    @property
    def output(self) -> tuple[str, ...] | None:
        """Return digests of the lines printed on stdout since the program's start; ``None`` if there are too many."""
        lines = [*self._lines, self._rest.decode(errors="replace")]
        return health.digests(lines) if len(lines) <= health.LINES else None

    def __call__(self, event: events.Event) -> None:
        """Take note of ``event``."""
        match event:
            case events.ChildStarted():
                self._begin()
            case events.IncidentSeen(ignored=ignored) if ignored == sentence(NotRepaired.AT_STOP):
                pass  # how it takes its end says nothing of its health
            case events.IncidentSeen() | events.AttemptStarted():
                self._spoiled = True
            case events.ChangeApplied():
                self._proving = True
            case events.AttemptEnded(attempt=attempt) if self._proving:
                self._proving = False
                if attempt.verdict is Verdict.VERIFIED:
                    self._spoiled = False
                    self._remember()
            case events.Waiting():
                self._waited = True
            case events.ChildExited(status=status):
                self._exited_well = status == 0
                if self._exited_well:
                    self._say_gone("exited 0")
                if not self._spoiled and not self._proving:
                    self._remember()

    def hear(self, stream: str, data: bytes) -> None:
        """Record ``data``, which the program printed."""
        if stream != "stderr" and len(self._lines) <= health.LINES:
            *whole, self._rest = (self._rest + data).split(b"\n")
            self._lines += [line.decode(errors="replace") for line in whole]
        text = data[:_LOOKED_AT].decode(errors="replace")
        if any(hint in text for hint in _HINTS):
            for line in text.splitlines():
                self._hear_line(line)

    async def watch(self) -> None:
        """Make the copy, and mark it good each time the program was healthy for long enough. Runs until cancelled."""
        await anyio.sleep(FIRST_COPY_AFTER)
        while True:
            self._news = news = anyio.Event()
            if not await self._copied():
                return
            with anyio.move_on_after(self._seconds):
                await news.wait()
                continue
            if not self._spoiled and not self._proving:
                self._copy.mark_good()
                self._say_gone(f"up for {self._seconds:g} s")
                self._say("it runs well; the files are remembered as they are", 2)
                await self._warm_up()
            await news.wait()

    def _say_gone(self, seen: str) -> None:
        """Say once, after a wait for the user, that the failure is gone: they repaired it, so no attempt reports it."""
        if self._waited and not self._spoiled:
            self._say(f"the failure is gone: {seen}", 0)
        self._waited = False

    async def _warm_up(self) -> None:
        """Prepare agents if the processors are idle: the program comes first."""
        while self._cold and os.getloadavg()[0] < (os.cpu_count() or 1) / 2:
            warm = self._cold.pop()
            async with self._free:
                await to_thread.run_sync(warm, self._copy.root, abandon_on_cancel=True)

    async def _copied(self) -> bool:
        """Update the copy; return whether it can be made beforehand."""
        try:
            async with self._free:
                copied = await to_thread.run_sync(self._copy.refresh, MOST, abandon_on_cancel=True)
        except (OSError, OtorepairError) as error:
            self._say(f"no copy of the files can be made beforehand: {error}", 2)
            return False
        if not copied:
            self._say(
                f"the files are more than {MOST >> 20} MB: they are copied when there is something to repair",
                2,
            )
        return copied

    def close(self) -> None:
        """Save what was recorded last."""
        if not self._spoiled and not self._proving:
            self._remember()

    def _begin(self) -> None:
        """Start afresh: a new process runs, and no failure of it is known."""
        self._spoiled = self._exited_well = self.served = False
        self._seen, self._lines, self._rest = Health(), [], b""
        self._news.set()

    def _hear_line(self, line: str) -> None:
        if said_reload(line) and not self._proving:
            self._spoiled = False
            self._news.set()
        elif (answer := answered(line)) and not self._proving:  # what we ask ourselves is no health
            self.served = True
            self.answers.add(*answer)
            if answer[2] < 500:
                self._seen = self._seen.with_status(*answer)

    def _remember(self) -> None:
        known = self.health
        for request, status in self._seen.statuses.items():
            method, _, path = request.partition(" ")
            known = known.with_status(method, path, status)
        if self._exited_well:
            known = Health(known.statuses, self.output)
        if known != self.health:
            self.health = known
            with contextlib.suppress(OSError):  # nothing but a proof of a later run is weaker for it
                health.save(self._file, self._command, known)
