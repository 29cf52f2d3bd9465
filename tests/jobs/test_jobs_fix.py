"""Tickets are repaired and proven with no running program: by recipes, by a command, by the real Claude Code."""

from __future__ import annotations

import sys
from pathlib import Path

import anyio
import pytest

from otorepair_like import events
from otorepair_like.attempt import Verdict
from otorepair_like.jobs.fix import Outcome, fix
from otorepair_like.jobs.reproduce import reproduce
from otorepair_like.reasons import NotRepaired
from otorepair_like.tickets.signal import CommandPasses, NotAskable, RequestAnswers, TestsPass
from otorepair_like.tickets.ticket import Scope, Ticket
from otorepair_like.workspace.lease import Lease
from tests.jobs.conftest import PRICES, RUN_TESTS, Opener
from tests.support.agents_real import real_program
from tests.support.http import serving
from tests.support.model_server import ModelServer
from tests.support.model_wire import Turn

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

REPAIRED = PRICES.replace("pricse", "prices")
RED = Ticket("t1", CommandPasses(RUN_TESTS), source="unittest", title="the total is wrong")
BY_COMMAND = {"backend": "command", "approve": "auto"}


async def repaired(bench: Opener, ticket: Ticket = RED, **settings: object) -> Outcome:
    """Reproduce a ticket, and repair it."""
    async with bench(**settings) as opened:
        shown = await reproduce(ticket, opened)
        assert shown is not None
        return await fix(shown, opened)


def sed(old: str, new: str, file: str = "prices.py") -> str:
    """Return a command that replaces ``old`` in a file."""
    return f"perl -pi -e s/{old}/{new}/ {file}"


def verdicts(told: list[events.Event]) -> list[Verdict]:
    return [event.attempt.verdict for event in told if isinstance(event, events.AttemptEnded)]


async def test_recipes_repair_a_failing_test(bench: Opener, workspace: Path) -> None:
    outcome = await repaired(bench, backend="recipes")
    assert (outcome.verdict, outcome.reason) == (Verdict.VERIFIED, None)
    assert "passes, and failed before" in outcome.detail
    assert (workspace / "prices.py").read_text() == REPAIRED


async def test_a_command_repairs_a_failing_test(bench: Opener, workspace: Path) -> None:
    outcome = await repaired(bench, **BY_COMMAND, agent_command=sed("pricse", "prices"))
    assert outcome.verdict is Verdict.VERIFIED
    assert (workspace / "prices.py").read_text() == REPAIRED


@pytest.mark.real_agent
async def test_the_real_claude_code_repairs_a_failing_test(
    bench: Opener, workspace: Path, tmp_path: Path
) -> None:
    home = tmp_path / "agent"
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "claude").symlink_to(real_program("claude"))
    edit = {"file_path": "prices.py", "old_string": "pricse", "new_string": "prices"}
    script = [Turn("Reading it.", "Read", {"file_path": "prices.py"}), Turn("", "Edit", edit), Turn("Done.")]
    with ModelServer(script, match="A program failed") as model:
        environ = {
            "HOME": str(home),
            "PATH": f"{home / 'bin'}:/usr/local/bin:/usr/bin:/bin",
            "TMPDIR": str(tmp_path),
            "ANTHROPIC_BASE_URL": model.url,
            "ANTHROPIC_API_KEY": "dummy",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_TELEMETRY": "1",
        }
        outcome = await repaired(bench, environ=environ, backend="claude", resident=False, analysis=False)
    assert outcome.verdict is Verdict.VERIFIED
    assert (workspace / "prices.py").read_text() == REPAIRED


async def test_the_users_files_are_not_touched_by_a_change_that_does_not_help(
    bench: Opener, workspace: Path, told: list[events.Event]
) -> None:
    outcome = await repaired(bench, **BY_COMMAND, agent_command=sed("pricse", "prizes"), attempts=1)
    assert (outcome.verdict, outcome.reason) == (None, NotRepaired.ATTEMPTS)
    assert verdicts(told) == [Verdict.FAILED]
    assert not [event for event in told if isinstance(event, events.ChangeApplied)]
    assert (workspace / "prices.py").read_text() == PRICES


async def test_a_changed_test_does_not_turn_the_run_green(bench: Opener, workspace: Path) -> None:
    cheat = sed("'def test'", "'def no_test'", "test_prices.py")
    outcome = await repaired(bench, **BY_COMMAND, agent_command=cheat, attempts=1)
    assert outcome.verdict is None
    assert "def test_the_total" in (workspace / "test_prices.py").read_text()


async def test_the_ids_of_the_failing_tests_are_what_must_pass(bench: Opener) -> None:
    ids = ("test_prices.Total.test_the_total_is_the_sum",)
    outcome = await repaired(bench, Ticket("t", TestsPass("unittest", ids, RUN_TESTS)), backend="recipes")
    assert outcome.verdict is Verdict.VERIFIED


async def test_what_the_users_own_commands_refuse_is_not_applied(bench: Opener, workspace: Path) -> None:
    verify = ("grep -q pricse prices.py",)
    outcome = await repaired(bench, backend="recipes", verify=verify, attempts=1)
    assert outcome.verdict is None
    assert (workspace / "prices.py").read_text() == PRICES


async def test_the_scope_of_a_ticket_narrows_what_may_change(bench: Opener, workspace: Path) -> None:
    ticket = Ticket("t", CommandPasses(RUN_TESTS), scope=Scope(allowed_paths=("docs/**",)))
    outcome = await repaired(bench, ticket, **BY_COMMAND, agent_command=sed("pricse", "prices"), attempts=1)
    assert outcome.verdict is None
    assert (workspace / "prices.py").read_text() == PRICES


async def test_a_ticket_that_is_green_is_not_reproduced(bench: Opener, workspace: Path) -> None:
    (workspace / "prices.py").write_text(REPAIRED)
    async with bench(backend="recipes") as opened:
        assert await reproduce(RED, opened) is None


async def test_a_change_for_what_was_green_all_along_proves_nothing(bench: Opener) -> None:
    green = Ticket("t", CommandPasses(f"{sys.executable} -c pass"))
    async with bench(**BY_COMMAND, agent_command=sed("pricse", "prices")) as opened:
        outcome = await fix(green, opened)
    assert outcome.verdict is Verdict.UNPROVEN
    assert "passes without the change too" in outcome.detail


async def test_a_request_is_asked_of_the_server_that_runs(bench: Opener, workspace: Path) -> None:
    with serving(lambda: 200 if "prices)" in (workspace / "prices.py").read_text() else 500) as url:
        ticket = Ticket("t", RequestAnswers("GET", "/total", url), title="GET /total answers 500")
        settings = {**BY_COMMAND, "agent_command": sed("pricse", "prices")}
        outcome = await repaired(bench, ticket, **settings)
    assert outcome == Outcome(Verdict.VERIFIED, None, "GET /total answers 200")


async def test_what_cannot_be_asked_stays_unproven_and_says_why(bench: Opener) -> None:
    ticket = Ticket("t", NotAskable("it was seen in production"), title="KeyError in production")
    outcome = await repaired(bench, ticket, **BY_COMMAND, agent_command=sed("pricse", "prices"))
    assert outcome == Outcome(Verdict.UNPROVEN, None, "it was seen in production")


async def test_two_repairs_in_one_workspace_are_never_unproven_at_once(
    bench: Opener, workspace: Path, told: list[events.Event]
) -> None:
    async with bench(**BY_COMMAND, agent_command=sed("pricse", "prices")) as opened:
        held = anyio.Event()

        async def other() -> None:
            held.set()
            await fix(RED, opened)

        theirs = Lease(opened.site.folder, lambda _: None)
        await theirs.take()
        async with anyio.create_task_group() as group:
            group.start_soon(other)
            await held.wait()
            with anyio.fail_after(30):
                while not [e for e in told if isinstance(e, events.Notice) and "waiting for it" in e.text]:
                    await anyio.sleep(0.02)
            assert (workspace / "prices.py").read_text() == PRICES
            theirs.release()
    assert (workspace / "prices.py").read_text() == REPAIRED
