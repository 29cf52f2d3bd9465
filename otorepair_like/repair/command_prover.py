"""The user's own commands that must succeed before a repair is kept.

They run in the private copy, with the repair in it and the test files as they were before it. A failure that was
there before is not blamed on the repair: on a failure the command runs once more on the files as they last ran well,
or, if they never did, as they were before the repair; what it says then is remembered for this state of the files.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import anyio
from anyio import to_thread

from otorepair_like.agents.protocol import Launch
from otorepair_like.errors import AgentError
from otorepair_like.loop.inputs import Checked
from otorepair_like.tickets.scan import failed_tests
from otorepair_like.tickets.scan.summary import ran_no_tests
from otorepair_like.workspace import paths
from otorepair_like.workspace.change_set import ChangeSet, put
from otorepair_like.workspace.private_copy import PrivateCopy

_UNNAMED = "status "
_KEPT = 200_000
"""Bytes of a stream that are looked at: its end."""


@dataclass(frozen=True, slots=True)
class Ran:
    """One command that ran: exit status (``None``: out of time), what it printed, seconds."""

    status: int | None
    stdout: str
    stderr: str
    seconds: float

    @property
    def output(self) -> str:
        """All that it printed."""
        return f"{self.stdout}\n{self.stderr}"

    @property
    def failures(self) -> frozenset[str]:
        """What it says failed; its status and last words if it names nothing."""
        if self.status == 0:
            return frozenset()
        return failed_tests(self.output) or frozenset({f"{_UNNAMED}{self.status}: {self.last_line}"})

    @property
    def last_line(self) -> str:
        """Its last words, of complaint if there are any."""
        said = self.stderr if self.stderr.strip() else self.stdout
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        return lines[-1][:200] if lines else "no output"


@dataclass
class Checks:
    """Runs commands.

    Args:
        commands: for the shell.
        timeout: seconds for each.
        launch: starts a process tree that ends with us.
        environ: as the child has it.
        test_paths: patterns of tests.
    """

    commands: Sequence[str]
    timeout: float
    launch: Launch
    environ: Mapping[str, str]
    test_paths: tuple[str, ...]
    redact: Callable[[str], str] = str
    _before: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)

    async def run(self, changes: ChangeSet, workshop: PrivateCopy) -> Checked:
        """What the commands say to ``changes``, which are in the workspace. The caller holds the copy."""
        folder = await to_thread.run_sync(workshop.sync)
        tests = ChangeSet(tuple(c for c in changes.files if c.before is not None and self._is_test(c.path)))
        await to_thread.run_sync(put, tests.inverse(), folder)
        notes, empty = [], False
        for command in self.commands:
            ran = await self._run(command, folder)
            if ran.status is not None and ran_no_tests(ran.status, ran.output):
                notes.append(f"{command} ran no tests")
                empty = True
            elif ran.status == 0:
                notes.append(f"{command} succeeded")
            elif new := await self._new_failures(command, ran, changes, workshop, folder):
                return Checked(problem=f"{command}: {self.redact(_problem(ran, new))}")
            else:
                notes.append(f"{command} fails as before")
        return Checked(note=", ".join(notes), empty=empty)

    async def _new_failures(
        self, command: str, ran: Ran, changes: ChangeSet, workshop: PrivateCopy, folder: Path
    ) -> frozenset[str]:
        undone = workshop.since_good() or changes
        key = command, workshop.digest_without(undone)
        if key not in self._before:
            await to_thread.run_sync(put, undone.inverse(), folder)
            self._before[key] = (await self._run(command, folder)).failures
            await to_thread.run_sync(put, undone, folder)
        return ran.failures - self._before[key]

    async def _run(self, command: str, folder: Path) -> Ran:
        started, printed = time.monotonic(), {"stdout": bytearray(), "stderr": bytearray()}
        status: int | None = None
        try:
            process = await self.launch(["/bin/sh", "-c", command], cwd=folder, env=self.environ)
        except AgentError as error:
            return Ran(127, "", str(error), 0.0)
        try:
            with anyio.move_on_after(self.timeout):
                async for stream, chunk in process.output():
                    printed[stream] += chunk
                    del printed[stream][:-_KEPT]
                status = await process.wait()
        finally:
            with anyio.CancelScope(shield=True):
                await process.stop()
        stdout, stderr = (printed[stream].decode(errors="replace") for stream in ("stdout", "stderr"))
        return Ran(status, stdout, stderr, time.monotonic() - started)

    def _is_test(self, path: str) -> bool:
        return paths.matches(path, self.test_paths)


def _problem(ran: Ran, new: frozenset[str]) -> str:
    if ran.status is None:
        return f"no end after {ran.seconds:.0f} s"
    named = sorted(name for name in new if not name.startswith(_UNNAMED))
    more = f" and {len(named) - 1} more" if len(named) > 1 else ""
    return f"{named[0]}{more} failed" if named else f"failed with status {ran.status}: {ran.last_line}"
