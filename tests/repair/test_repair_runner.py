"""One attempt, with a real copy and small fakes around it: what is told, what is applied, what the plan hears."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import anyio
import pytest

from otorepair_like import events
from otorepair_like.agents.protocol import Agent, Emit, Finished, Opinion, Reason, Task, Tool
from otorepair_like.attempt import Verdict
from otorepair_like.guard.approval import Approval, ApprovalMode
from otorepair_like.guard.policy import GuardPolicy
from otorepair_like.incident import Incident
from otorepair_like.memory.folder import make_folder
from otorepair_like.repair.history import RepairHistory
from otorepair_like.repair.ledger import ChangeLedger
from otorepair_like.repair.plan.attempted import NO_COPY_PROOF, CopyProof
from otorepair_like.repair.plan.plan import Instructions, Try
from otorepair_like.repair.proof.proof import Judgement
from otorepair_like.repair.runner import AttemptRunner, RunnerSettings
from otorepair_like.repair.site import RepairSite
from otorepair_like.tickets.signal import CommandPasses
from otorepair_like.tickets.ticket import Scope, Ticket
from otorepair_like.workspace.change_set import ChangeSet
from otorepair_like.workspace.private_copy import PrivateCopy

pytestmark = pytest.mark.anyio
TICKET = Ticket("t", CommandPasses("pytest"), title="double is wrong")
FIRST = Try(0)
GOOD, SLIP = "def double(n):\n    return n + n\n", "return n * 2"


class Editor(Agent):
    """Writes one file of the copy, or ends as it is told."""

    name = "editor"
    offline = False

    def __init__(self, text: str = GOOD, end: Finished = Finished(Reason.OK, "done")) -> None:  # noqa: B008 - frozen
        self._text, self._end = text, end
        self.tasks: list[Task] = []

    async def problem(self) -> str | None:
        return None

    async def triage(self, incident: Incident, timeout: float) -> Opinion:
        return Opinion(True)

    async def answer(self, asked: str, shape: Mapping[str, Any], timeout: float) -> Finished:
        return self._end

    async def repair(self, task: Task, emit: Emit) -> Finished:
        self.tasks.append(task)
        if self._text:
            emit(Tool("Edit", "app/util.py"))
            (task.folder / "app/util.py").write_text(self._text)
        return self._end


class Slow(Editor):
    """Never comes to an end."""

    async def repair(self, task: Task, emit: Emit) -> Finished:
        await super().repair(task, emit)
        await anyio.sleep_forever()
        raise AssertionError("it was not cancelled")


class Prompts:
    """Says what it was asked for."""

    def compose(self, ticket: Ticket, instructions: Instructions, folder: Path) -> str:
        return f"repair {ticket.title}: {', '.join(instructions.words)}"


class Says:
    """A prover that always says the same."""

    def __init__(self, proof: CopyProof = NO_COPY_PROOF) -> None:
        self._proof = proof
        self.asked: list[ChangeSet] = []

    async def in_copy(self, ticket: Ticket, changes: ChangeSet) -> CopyProof:
        self.asked.append(changes)
        return self._proof

    async def applied(self, ticket: Ticket, copy_proof: CopyProof) -> Judgement:
        raise AssertionError("a runner does not judge")


class Desk:
    """A runner in a real workspace."""

    def __init__(self, workspace: Path, copy: PrivateCopy) -> None:
        self.workspace, self.told, self.leases = workspace, list[events.Event](), 0
        self.bus = events.Bus()
        self.bus.subscribe(self.told.append)
        self.site = RepairSite(workspace, copy)
        self.ledger = ChangeLedger(make_folder(workspace), RepairHistory(None, self.bus), self.bus)
        self.approval = Approval(ApprovalMode.AUTO, yes=True)

    async def lease(self) -> None:
        self.leases += 1

    async def attempt(
        self, agent: Agent, prover: Says | None = None, ticket: Ticket = TICKET, step: Try = FIRST
    ) -> Any:
        settings = RunnerSettings("pytest", 20.0, 3, GuardPolicy(), self.approval)
        runner = AttemptRunner(
            [agent],
            self.site,
            settings,
            self.ledger,
            Prompts(),
            prover or Says(),
            self.bus,
            str,
            take_lease=self.lease,
        )
        return await runner.attempt(ticket, step)

    def of(self, kind: type[events.Event]) -> list[Any]:
        return [event for event in self.told if isinstance(event, kind)]

    @property
    def text(self) -> str:
        return (self.workspace / "app/util.py").read_text()


@pytest.fixture
def desk(workspace: Path, private_copy: PrivateCopy) -> Iterator[Desk]:
    desk = Desk(workspace, private_copy)
    yield desk
    desk.ledger.close()


async def test_a_change_is_proven_in_the_copy_then_applied_and_told(desk: Desk) -> None:
    prover = Says(CopyProof(note="`pytest` passes, and failed before", settled=True))
    attempted = await desk.attempt(Editor(), prover)
    assert attempted.applied
    assert attempted.copy_proof.settled
    assert desk.text == GOOD
    assert [changes.paths for changes in prover.asked] == [("app/util.py",)]
    assert desk.leases == 1
    assert desk.of(events.ChangeApplied)[0].files == ("app/util.py",)
    assert attempted.record.verdict is Verdict.UNPROVEN  # until it is judged


async def test_what_the_proof_in_the_copy_refuses_never_reaches_the_users_files(desk: Desk) -> None:
    attempted = await desk.attempt(Editor(), Says(CopyProof(problem="`pytest`: test_a failed")))
    assert not attempted.applied
    assert desk.leases == 0
    assert SLIP in desk.text
    (ended,) = desk.of(events.AttemptEnded)
    assert (ended.attempt.verdict, ended.attempt.reason) == (Verdict.FAILED, "`pytest`: test_a failed")


async def test_instructions_reach_the_agent_and_the_prompt(desk: Desk) -> None:
    agent = Editor()
    step = Try(0, 2, Instructions(("keep it small",), ("-old\n+new\n",)))
    await desk.attempt(agent, step=step)
    assert agent.tasks[0].tried == ("-old\n+new\n",)
    assert desk.of(events.PromptSent)[0].prompt == "repair double is wrong: keep it small"
    assert desk.of(events.AttemptStarted)[0].number == 2


async def test_who_has_nothing_to_offer_costs_no_attempt(desk: Desk) -> None:
    nothing = Finished(Reason.NOTHING, "no idea", findings=("double is never called",))
    attempted = await desk.attempt(Editor("", nothing))
    assert (attempted.applied, attempted.nothing) == (False, True)
    assert attempted.findings == ("double is never called",)


async def test_the_scope_of_the_ticket_holds_for_the_change(desk: Desk) -> None:
    narrow = Ticket("t", TICKET.signal, scope=Scope(blocked_paths=("app/**",)))
    attempted = await desk.attempt(Editor(), ticket=narrow)
    assert not attempted.applied
    assert desk.of(events.AttemptEnded)[0].attempt.verdict is Verdict.REFUSED
    assert SLIP in desk.text


async def test_an_attempt_that_is_stopped_leaves_all_as_it_was_and_is_told(desk: Desk) -> None:
    agent = Slow()
    async with anyio.create_task_group() as group:
        group.start_soon(desk.attempt, agent)
        with anyio.fail_after(20):
            while not agent.tasks:
                await anyio.sleep(0.01)
        group.cancel_scope.cancel()
    assert SLIP in desk.text
    assert desk.of(events.AttemptEnded)[0].attempt.verdict is Verdict.INTERRUPTED
    assert not desk.site.free.locked()
