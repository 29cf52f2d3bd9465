"""One attempt, end to end, with a fake agent that edits real files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from otorepair_like.agents.protocol import Agent, Emit, Finished, Opinion, Reason, Task, Tool
from otorepair_like.attempt import Verdict
from otorepair_like.guard.approval import Answer, Approval, ApprovalMode, Choice, Request
from otorepair_like.incident import Incident
from otorepair_like.repair.pipeline import Prepared, prepare
from otorepair_like.tickets import signal
from otorepair_like.tickets.ticket import Ticket
from otorepair_like.workspace.private_copy import PrivateCopy
from tests.support.repair_trees import tree_hash

pytestmark = pytest.mark.anyio
FIXED = 'import os\n\nport = os.environ.get("PORT", "8000")\nprint(port)\n'


class Editor(Agent):
    """An agent that does ``work`` in its folder and ends with ``reason``."""

    name = "editor"

    def __init__(
        self,
        work: Callable[[Path], object],
        reason: Reason = Reason.OK,
        seconds: float = 0,
        told: str = "app/main.py",
    ) -> None:
        self._work, self._reason, self._seconds, self._told = work, reason, seconds, told
        self.working = anyio.Event()

    async def problem(self) -> str | None:
        return None

    async def triage(self, incident: Incident, timeout: float) -> Opinion:
        return Opinion(True)

    async def repair(self, task: Task, emit: Emit) -> Finished:
        if self._told:
            emit(Tool("Edit", self._told))
        self._work(task.folder)
        self.working.set()
        await anyio.sleep(self._seconds)
        return Finished(self._reason, "last words")


def fix(folder: Path) -> None:
    (folder / "app/main.py").write_text(FIXED)


@pytest.fixture
def attempted(workspace: Path, private_copy: PrivateCopy, journal: Path):
    async def attempt(agent: Editor, timeout: float = 20, approval: Approval | None = None) -> Prepared:
        ticket = Ticket.of_incident(
            Incident("KeyError", "'PORT'"), signal.ProgramHealthy(signal.HealthMode.STAYS_UP, 3.0)
        )
        return await prepare(
            ticket,
            agent,
            copy=private_copy,
            workspace=workspace,
            journal=journal,
            compose_prompt=lambda folder: f"Repair {folder}",
            timeout=timeout,
            tried=(),
            emit=lambda event: None,
            approval=approval,
        )

    return attempt


async def test_what_the_agent_did_in_the_copy_is_applied_and_can_be_taken_back(attempted, workspace):
    before = tree_hash(workspace)
    prepared = await attempted(Editor(fix))
    assert prepared.verdict is None
    assert prepared.prompt.startswith("Repair ")
    assert (workspace / "app/main.py").read_text() == FIXED
    assert prepared.applied.changes.paths == ("app/main.py",)
    prepared.applied.take_back()
    assert tree_hash(workspace) == before


async def test_an_agent_that_changes_nothing_is_no_change(attempted):
    prepared = await attempted(Editor(lambda folder: None))
    assert (prepared.verdict, prepared.reason) == (Verdict.NO_CHANGE, "last words")


async def test_an_agent_with_nothing_to_offer_says_so(attempted):
    prepared = await attempted(Editor(lambda folder: None, Reason.NOTHING))
    assert prepared.verdict is Verdict.NO_CHANGE
    assert prepared.finished.reason is Reason.NOTHING


@pytest.mark.parametrize("reason", [Reason.AUTH, Reason.CRASHED, Reason.INTERRUPTED, Reason.QUOTA])
async def test_half_done_work_of_a_failed_agent_is_not_applied(attempted, workspace, reason):
    before = tree_hash(workspace)
    prepared = await attempted(Editor(fix, reason))
    assert prepared.verdict is Verdict.AGENT_ERROR
    assert prepared.reason == f"{reason}: last words"
    assert tree_hash(workspace) == before


@pytest.mark.parametrize("reason", [Reason.MAX_TURNS, Reason.BUDGET, Reason.DENIED])
async def test_work_of_an_agent_that_stopped_at_a_limit_counts(attempted, workspace, reason):
    assert (await attempted(Editor(fix, reason))).verdict is None
    assert (await attempted(Editor(lambda folder: None, reason))).verdict is Verdict.AGENT_ERROR


async def test_an_agent_that_does_not_end_is_stopped_by_the_clock(attempted, workspace):
    before = tree_hash(workspace)
    prepared = await attempted(Editor(fix, seconds=60), timeout=0.2)
    assert prepared.verdict is Verdict.AGENT_ERROR
    assert prepared.reason == "timeout: no end after 0.2 s"
    assert tree_hash(workspace) == before


async def test_waiting_for_a_person_is_no_time_of_the_agent(attempted):
    async def hesitate(request: Request) -> Answer:
        await anyio.sleep(0.5)
        return Answer(Choice.YES)

    began = anyio.current_time()
    prepared = await attempted(Editor(fix, seconds=0.2), approval=Approval(ApprovalMode.ASK, ask=hesitate))
    assert prepared.applied
    assert 0.2 <= prepared.worked <= anyio.current_time() - began - 0.5


async def test_what_the_guard_refuses_never_reaches_the_workspace(attempted, workspace):
    before = tree_hash(workspace)
    prepared = await attempted(Editor(lambda folder: (folder / ".env").write_text("PORT=1\n")))
    assert prepared.verdict is Verdict.REFUSED
    assert "blocked-path" in prepared.reason
    assert tree_hash(workspace) == before


async def test_an_edit_the_user_made_meanwhile_is_merged(attempted, workspace):
    def both(folder: Path) -> None:
        fix(folder)
        main = workspace / "app/main.py"
        main.write_text("# mine\n" + main.read_text())

    prepared = await attempted(Editor(both))
    assert prepared.verdict is None
    assert prepared.strays == ("app/main.py",)
    assert (workspace / "app/main.py").read_text() == "# mine\n" + FIXED


async def test_an_edit_the_user_made_at_the_same_place_refuses(attempted, workspace):
    def both(folder: Path) -> None:
        fix(folder)
        (workspace / "app/main.py").write_text("import os\n\nport = 1\n")

    prepared = await attempted(Editor(both))
    assert prepared.verdict is Verdict.REFUSED
    assert "app/main.py changed at the same place meanwhile" in prepared.reason


@pytest.mark.parametrize(
    ("path", "whose"),
    [("evil.txt", "agent"), ("app/other.py", "agent"), ("app/main.py", "agent"), ("run.log", "program")],
)
async def test_of_an_agent_that_tells_nothing_every_write_past_the_copy_is_its_own(
    attempted, workspace, path, whose
):
    def both(folder: Path) -> None:
        fix(folder)
        target = workspace / path
        target.write_text((folder / path).read_text() if (folder / path).exists() else "x = 1\n")

    prepared = await attempted(Editor(both, told=""))
    assert prepared.strays == (path,)
    refused = prepared.verdict is Verdict.REFUSED
    assert refused == (whose == "agent")
    assert (
        not refused
        or prepared.reason == f"{path} was changed outside the private copy; look at it, it was left so"
    )


async def test_an_agent_that_works_past_the_copy_alone_is_told_of(attempted, workspace):
    prepared = await attempted(Editor(lambda _: fix(workspace), told=""))
    assert prepared.verdict is Verdict.REFUSED
    assert prepared.reason == "app/main.py was changed outside the private copy; look at it, it was left so"


async def test_a_command_with_a_file_of_the_workspace_gives_the_agent_away(attempted, workspace):
    def both(folder: Path) -> None:
        fix(folder)
        (workspace / "new.py").write_text("x = 1\n")

    prepared = await attempted(Editor(both, told=f"cp x.py {workspace}/new.py && true"))
    assert prepared.reason == "new.py was changed outside the private copy; look at it, it was left so"


async def test_an_edit_of_the_user_elsewhere_does_not_count_against_an_agent_that_tells(attempted, workspace):
    def both(folder: Path) -> None:
        fix(folder)
        (workspace / "new.py").write_text("x = 1\n")

    assert (await attempted(Editor(both))).verdict is None
    assert (workspace / "new.py").read_text() == "x = 1\n"


async def test_an_agent_that_writes_through_a_link_to_the_dependencies_is_refused(attempted, workspace):
    (workspace / "node_modules/a").mkdir(parents=True)
    (workspace / "node_modules/a/index.js").write_text("1")

    def breaks_out(folder: Path) -> None:
        fix(folder)
        (folder / "node_modules/a/index.js").write_text("2")

    prepared = await attempted(Editor(breaks_out))
    assert prepared.verdict is Verdict.REFUSED
    assert (
        prepared.reason
        == "node_modules/a/index.js was changed outside the private copy; look at it, it was left so"
    )


async def test_cancelling_leaves_the_workspace_untouched(attempted, workspace):
    before = tree_hash(workspace)
    agent = Editor(fix, seconds=60)
    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(attempted, agent)
            await agent.working.wait()
            tasks.cancel_scope.cancel()
    assert tree_hash(workspace) == before


def hide(folder: Path) -> None:
    main = folder / "app/main.py"
    source = main.read_text()
    main.write_text(source.replace("print(port)", "try:\n    print(port)\nexcept Exception:\n    pass"))


@pytest.mark.parametrize(
    ("answer", "verdict", "words"),
    [
        (Answer(Choice.YES), None, ""),
        (Answer(Choice.ALWAYS), None, ""),
        (Answer(Choice.NO, "it hides it"), Verdict.REFUSED, "you said no: it hides it"),
    ],
)
async def test_a_person_is_asked_about_a_doubtful_change(attempted, workspace, answer, verdict, words):
    asked: list[Request] = []

    async def ask(request: Request) -> Answer:
        asked.append(request)
        return answer

    approval = Approval(ask=ask)
    prepared = await attempted(Editor(hide), approval=approval)
    assert prepared.verdict is verdict
    assert words in prepared.reason
    assert "catches every error" in asked[0].why
    assert approval.always is (answer.say is Choice.ALWAYS)
    assert (prepared.applied is not None) is ("except" in (workspace / "app/main.py").read_text())


async def test_what_a_person_edited_in_the_copy_is_inspected_again(attempted, workspace, private_copy):
    async def ask(request: Request) -> Answer:
        fix(private_copy.root)
        return Answer(Choice.EDITED)

    prepared = await attempted(Editor(hide), approval=Approval(ask=ask))
    assert prepared.verdict is None
    assert (workspace / "app/main.py").read_text() == FIXED


async def test_without_a_person_or_an_approval_a_doubtful_change_is_refused(attempted, workspace):
    before = tree_hash(workspace)
    for approval in (None, Approval()):
        prepared = await attempted(Editor(hide), approval=approval)
        assert prepared.verdict is Verdict.REFUSED
        assert "broad-except" in prepared.reason
    assert tree_hash(workspace) == before
