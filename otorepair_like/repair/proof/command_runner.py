"""Runs one shell command for a proof, bounded in time and output; nothing of its process tree is left."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import anyio

from otorepair_like.agents.protocol import Launch
from otorepair_like.errors import AgentError
from otorepair_like.tickets.scan import failed_tests
from otorepair_like.tickets.scan.summary import ran_no_tests

_UNNAMED = "status "
_KEPT = 200_000
"""Bytes of a stream that are kept: its end."""


@dataclass(frozen=True, slots=True)
class CommandRun:
    """The result of one command: exit status (``None``: out of time), output, seconds."""

    status: int | None
    stdout: str
    stderr: str
    seconds: float

    @property
    def output(self) -> str:
        """Return everything that it printed."""
        return f"{self.stdout}\n{self.stderr}"

    @property
    def ran_no_tests(self) -> bool:
        """Return whether it is a test run that ran no test, and so proves nothing."""
        return self.status is not None and ran_no_tests(self.status, self.output)

    @property
    def names_failures(self) -> bool:
        """Return whether its output names failed tests."""
        return bool(failed_tests(self.output))

    @property
    def failures(self) -> frozenset[str]:
        """Return the failures that it names; its status and last line if it names none."""
        if self.status == 0:
            return frozenset()
        return failed_tests(self.output) or frozenset({f"{_UNNAMED}{self.status}: {self.last_line}"})

    @property
    def last_line(self) -> str:
        """Return its last line, of stderr if there is any."""
        printed = self.stderr if self.stderr.strip() else self.stdout
        lines = [line.strip() for line in printed.splitlines() if line.strip()]
        return lines[-1][:200] if lines else "no output"

    def problem(self, failures: frozenset[str]) -> str:
        """Return in words what is wrong, given the failures that it names."""
        if self.status is None:
            return f"no end after {self.seconds:.0f} s"
        named = sorted(name for name in failures if not name.startswith(_UNNAMED))
        more = f" and {len(named) - 1} more" if len(named) > 1 else ""
        return f"{named[0]}{more} failed" if named else f"failed with status {self.status}: {self.last_line}"


@dataclass(frozen=True, slots=True)
class CommandRunner:
    """Runs commands.

    Args:
        launch: starts a process tree that ends with us.
        environ: as the program has it.
    """

    launch: Launch
    environ: Mapping[str, str]

    async def run(self, command: str, folder: Path, timeout: float) -> CommandRun:
        """Run ``command`` in ``folder`` for at most ``timeout`` seconds."""
        started, printed = time.monotonic(), {"stdout": bytearray(), "stderr": bytearray()}
        status: int | None = None
        try:
            process = await self.launch(["/bin/sh", "-c", command], cwd=folder, env=self.environ)
        except AgentError as error:
            return CommandRun(127, "", str(error), 0.0)
        try:
            with anyio.move_on_after(timeout):
                async for stream, chunk in process.output():
                    printed[stream] += chunk
                    del printed[stream][:-_KEPT]
                status = await process.wait()
        finally:
            with anyio.CancelScope(shield=True):
                await process.stop()
        stdout, stderr = (printed[stream].decode(errors="replace") for stream in ("stdout", "stderr"))
        return CommandRun(status, stdout, stderr, time.monotonic() - started)
