"""Commands prove a change in the private copy: red without it, green with it, and no worse than before."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from otorepair_like.attempt import Verdict
from otorepair_like.repair.plan.attempted import NO_COPY_PROOF, CopyProof
from otorepair_like.repair.proof.command_prover import CommandProver, CopyWithChange, VerifyCommands
from otorepair_like.repair.proof.command_runner import CommandRun
from otorepair_like.repair.proof.prover import SignalProver
from otorepair_like.tickets.signal import CommandPasses, Expect, NotAskable, Signal
from otorepair_like.tickets.ticket import Ticket
from otorepair_like.workspace.change_set import ChangeSet, FileChange
from otorepair_like.workspace.private_copy import PrivateCopy

pytestmark = pytest.mark.anyio


@dataclass
class FakeRunner:
    """Runs commands without otorepair's process trees, and counts them."""

    commands: list[str] = field(default_factory=list)

    async def run(self, command: str, folder: Path, timeout: float) -> CommandRun:
        self.commands.append(command)
        began = time.monotonic()
        ran = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )
        return CommandRun(ran.returncode, ran.stdout, ran.stderr, time.monotonic() - began)


@pytest.fixture
def runner() -> FakeRunner:
    return FakeRunner()


@pytest.fixture
def prover(runner: FakeRunner, private_copy: PrivateCopy) -> CommandProver:
    return CommandProver(runner, CopyWithChange(private_copy))  # type: ignore[arg-type]


def verify(runner: FakeRunner, copy: PrivateCopy, *commands: str) -> VerifyCommands:
    return VerifyCommands(commands, 20.0, runner, CopyWithChange(copy, ("tests/**",)))  # type: ignore[arg-type]


def change(workspace: Path, old: str, new: str, path: str = "app/main.py") -> ChangeSet:
    before, mode = (workspace / path).read_bytes(), (workspace / path).stat().st_mode
    return ChangeSet((FileChange(path, before, before.replace(old.encode(), new.encode()), mode, mode),))


SIGNAL = CommandPasses("grep -q HOST app/main.py")


async def test_a_signal_that_the_change_turns_green_is_the_whole_proof(
    prover: CommandProver, workspace: Path
) -> None:
    proof = await prover.prove(SIGNAL, change(workspace, "PORT", "HOST"))
    assert proof == CopyProof(note=f"`{SIGNAL.command}` passes, and failed before", settled=True)


async def test_a_signal_that_stays_red_is_a_problem(prover: CommandProver, workspace: Path) -> None:
    proof = await prover.prove(SIGNAL, change(workspace, "PORT", "ADDRESS"))
    assert proof.problem.startswith(f"`{SIGNAL.command}`: failed with status 1")


async def test_a_signal_that_was_green_proves_nothing(prover: CommandProver, workspace: Path) -> None:
    proof = await prover.prove(CommandPasses("true"), change(workspace, "PORT", "HOST"))
    assert (proof.problem, proof.empty) == ("", True)


async def test_that_a_signal_is_red_is_asked_once_for_one_state_of_the_files(
    prover: CommandProver, runner: FakeRunner, workspace: Path
) -> None:
    await prover.prove(SIGNAL, change(workspace, "PORT", "ADDRESS"))
    await prover.prove(SIGNAL, change(workspace, "PORT", "HOST"))
    assert len(runner.commands) == 3
    (workspace / "README.md").write_text("# edited by the user\n")
    await prover.prove(SIGNAL, change(workspace, "PORT", "HOST"))
    assert len(runner.commands) == 5


@pytest.mark.parametrize(
    ("expect", "problem"),
    [(Expect.MATCHES, ""), (Expect.NOT_MATCHES, "/HOST/ matches its output")],
)
async def test_a_signal_may_ask_for_output(
    prover: CommandProver, workspace: Path, expect: Expect, problem: str
) -> None:
    signal = CommandPasses("cat app/main.py", expect, "HOST")
    ran = CommandRun(0, "HOST", "", 0.1)
    assert prover._problem(signal, ran) == problem


async def test_verify_commands_must_succeed(
    runner: FakeRunner, private_copy: PrivateCopy, workspace: Path
) -> None:
    commands = verify(runner, private_copy, "true", "! grep -q HOST app/main.py")
    assert (await commands.prove(change(workspace, "PORT", "ADDRESS"))).note == (
        "true succeeded, ! grep -q HOST app/main.py succeeded"
    )
    proof = await commands.prove(change(workspace, "PORT", "HOST"))
    assert proof.problem.startswith("! grep -q HOST app/main.py: failed with status 1")


async def test_a_failure_that_was_there_before_is_not_blamed_on_the_change(
    runner: FakeRunner, private_copy: PrivateCopy, workspace: Path
) -> None:
    commands = verify(runner, private_copy, "false")
    assert (await commands.prove(change(workspace, "PORT", "HOST"))).note == "false fails as before"
    assert (await commands.prove(change(workspace, "PORT", "ADDRESS"))).problem == ""
    assert runner.commands == ["false"] * 3, "how it was before is asked once"


async def test_tests_that_existed_run_as_they_were(
    runner: FakeRunner, private_copy: PrivateCopy, workspace: Path
) -> None:
    (workspace / "tests").mkdir()
    (workspace / "tests/test_app.sh").write_text("exit 1\n")
    commands = verify(runner, private_copy, "! sh tests/test_app.sh")
    weakened = change(workspace, "exit 1", "exit 0", "tests/test_app.sh")
    assert (await commands.prove(weakened)).problem == "", "the weakened test is left out"


async def test_a_signal_that_nobody_can_ask_leaves_the_change_unproven(
    prover: CommandProver, runner: FakeRunner, private_copy: PrivateCopy
) -> None:
    asked = SignalProver(prover, verify(runner, private_copy))

    async def judged(signal: Signal, proof: CopyProof) -> tuple[Verdict, str]:
        judgement = await asked.applied(Ticket("t", signal), proof)
        return judgement.verdict, judgement.proof

    assert await judged(NotAskable("it happened in production"), NO_COPY_PROOF) == (
        Verdict.UNPROVEN,
        "it happened in production",
    )
    assert await judged(SIGNAL, CopyProof(note="passes", settled=True)) == (Verdict.VERIFIED, "passes")
    assert await judged(SIGNAL, CopyProof(note="no tests", settled=True, empty=True)) == (
        Verdict.UNPROVEN,
        "no tests",
    )


async def test_what_the_signal_and_the_verify_commands_said_is_told_together(
    prover: CommandProver, runner: FakeRunner, private_copy: PrivateCopy, workspace: Path
) -> None:
    asked = SignalProver(prover, verify(runner, private_copy, "true"))
    proof = await asked.in_copy(Ticket("t", SIGNAL), change(workspace, "PORT", "HOST"))
    assert proof == CopyProof(
        note=f"`{SIGNAL.command}` passes, and failed before, true succeeded", settled=True
    )
    runner.commands.clear()
    red = await asked.in_copy(Ticket("t", SIGNAL), change(workspace, "PORT", "ADDRESS"))
    assert red.problem
    assert "true" not in runner.commands, "a change that does not repair need not be verified"
