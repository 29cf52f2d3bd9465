"""Proves a change by commands, in the private copy, before the user's files are touched.

They run with the change in the copy and the test files as they were before it. Two kinds: the user's own commands
(``--verify``), which no repair may break, and the command that is a ticket's signal, which the repair must turn green.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from anyio import to_thread

from otorepair_like.repair.plan.attempted import CopyProof
from otorepair_like.repair.proof.command_runner import CommandRun, CommandRunner
from otorepair_like.tickets.signal import CommandPasses, Expect, TestsPass
from otorepair_like.workspace import paths
from otorepair_like.workspace.change_set import NOTHING, ChangeSet, put
from otorepair_like.workspace.private_copy import PrivateCopy


@dataclass(frozen=True, slots=True)
class CopyWithChange:
    """The private copy, with or without a change in it.

    Args:
        test_paths: patterns of tests: a change to one that existed is left out while commands run.
    """

    copy: PrivateCopy
    test_paths: tuple[str, ...] = ()

    async def put(self, changes: ChangeSet, *, tests: bool = False) -> Path:
        """Bring the copy in step with the workspace, put ``changes`` in, and return its root.

        Args:
            tests: whether changes to tests that existed are put in too.
        """
        folder = await to_thread.run_sync(self.copy.sync)
        kept = (c for c in changes.files if tests or c.before is None or not self._is_test(c.path))
        await to_thread.run_sync(put, ChangeSet(tuple(kept)), folder)
        return folder

    def _is_test(self, path: str) -> bool:
        return paths.matches(path, self.test_paths)


@dataclass
class VerifyCommands:
    """The user's own commands that must succeed before a repair is applied.

    A failure that was there before is not blamed on the repair: on a failure the command runs once more on the files
    as they last ran well, or, if they never did, as they are without the repair. What it says then is remembered for
    that state of the files.

    Args:
        commands: for the shell.
        timeout: seconds for each.
    """

    commands: Sequence[str]
    timeout: float
    runner: CommandRunner
    place: CopyWithChange
    redact: Callable[[str], str] = str
    _before: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)

    async def prove(self, changes: ChangeSet) -> CopyProof:
        """Return the result of the commands with ``changes``. The caller holds the copy."""
        notes, empty = [], False
        for command in self.commands:
            ran = await self.runner.run(command, await self.place.put(changes), self.timeout)
            if ran.ran_no_tests:
                notes.append(f"{command} ran no tests")
                empty = True
            elif ran.status == 0:
                notes.append(f"{command} succeeded")
            elif new := ran.failures - await self._failures_before(command):
                return CopyProof(problem=f"{command}: {self.redact(ran.problem(new))}")
            else:
                notes.append(f"{command} fails as before")
        return CopyProof(note=", ".join(notes), empty=empty)

    async def _failures_before(self, command: str) -> frozenset[str]:
        folder = await self.place.put(NOTHING)
        undone = self.place.copy.since_good()
        key = command, self.place.copy.digest_without(undone)
        if key not in self._before:
            await to_thread.run_sync(put, undone.inverse(), folder)
            self._before[key] = (await self.runner.run(command, folder, self.timeout)).failures
        return self._before[key]


@dataclass
class CommandProver:
    """Asks the signals that a command answers."""

    runner: CommandRunner
    place: CopyWithChange
    redact: Callable[[str], str] = str
    _red: set[tuple[CommandPasses | TestsPass, str]] = field(default_factory=set)

    async def prove(self, signal: CommandPasses | TestsPass, changes: ChangeSet) -> CopyProof:
        """Return whether ``changes`` turn ``signal`` green. The caller holds the copy.

        The signal must be red without them, or it proves nothing.
        """
        if not await self._is_red(signal):
            return CopyProof(
                note=f"`{signal.command}` passes without the change too", empty=True, settled=True
            )
        ran = await self.runner.run(signal.command, await self.place.put(changes), signal.timeout)
        if problem := self._problem(signal, ran):
            return CopyProof(problem=f"`{signal.command}`: {self.redact(problem)}")
        return CopyProof(note=f"`{signal.command}` passes, and failed before", settled=True)

    async def show(self, signal: CommandPasses | TestsPass) -> CommandRun | None:
        """Run ``signal``'s command without any change and return what it showed; ``None``: the signal is green."""
        ran = await self.runner.run(signal.command, await self.place.put(NOTHING), signal.timeout)
        return ran if self._problem(signal, ran) else None

    async def _is_red(self, signal: CommandPasses | TestsPass) -> bool:
        await self.place.put(NOTHING)
        key = signal, self.place.copy.digest_without(NOTHING)
        if key not in self._red and await self.show(signal):
            self._red.add(key)
        return key in self._red

    def _problem(self, signal: CommandPasses | TestsPass, ran: CommandRun) -> str:
        """Return in words why the signal is red; ``""``: it is green."""
        if ran.status is None:
            return ran.problem(frozenset())
        if isinstance(signal, TestsPass):
            return _failed_tests(signal, ran)
        if signal.expect is Expect.EXIT_ZERO:
            return (
                ran.problem(ran.failures)
                if ran.status != 0
                else "it ran no tests"
                if ran.ran_no_tests
                else ""
            )
        found = re.search(signal.pattern, ran.output) is not None
        if found is (signal.expect is Expect.MATCHES):
            return ""
        return f"/{signal.pattern}/ {'matches' if found else 'does not match'} its output"


def _failed_tests(signal: TestsPass, ran: CommandRun) -> str:
    """Return in words which of the signal's tests failed; other tests may fail."""
    if ran.ran_no_tests:
        return "it ran no tests"
    # Runners name one test in several ways: `test_a (shop.Total.test_a)` is `shop.Total.test_a`.
    failed = {name for name in ran.failures for test in signal.ids if test in name or name in test}
    if failed or (ran.status != 0 and not (signal.ids and ran.names_failures)):
        return ran.problem(frozenset(failed) or ran.failures)
    return ""
