"""The real Claude Code, in a clean home, against a scripted model on loopback."""

from __future__ import annotations

import json
from pathlib import Path

import anyio
import pytest

from otorepair_like.agents.backend import EDITS_ONLY, Powers
from otorepair_like.agents.claude import MAX_TURNS, TOOLS, Claude
from otorepair_like.agents.protocol import Denied, Reason, Retry, Text, Tool, Usage
from tests.support.agents_fakes import ANSWER, INCIDENT, OPINION
from tests.support.agents_launch import RememberingLaunch
from tests.support.agents_real import Stage, real_program
from tests.support.model_server import CUT, FOR_EVER, HANG, Fault, ModelServer
from tests.support.model_wire import Turn

pytestmark = [pytest.mark.anyio, pytest.mark.real_agent]

DONE = Turn("Fixed.")


class OnStage(Stage):
    """Claude Code on its stage."""

    launch: RememberingLaunch

    def claude(self, model: ModelServer, powers: Powers = EDITS_ONLY) -> Claude:
        environ = self.environ | {"ANTHROPIC_BASE_URL": model.url}
        return Claude(self.launch, environ=environ, powers=powers)

    def edit(self, old: str, new: str) -> list[Turn]:
        """Read the file, edit it, and say so."""
        change = {"file_path": str(self.file), "old_string": old, "new_string": new}
        read = Turn("I will guard it.", "Read", {"file_path": str(self.file)})
        return [read, Turn("", "Edit", change), DONE]


@pytest.fixture
def stage(launch: RememberingLaunch, folder: Path, tmp_path: Path) -> OnStage:
    stage = OnStage(folder, tmp_path / "home", "claude", real_program("claude"))
    stage.launch = launch
    stage.environ |= {
        "ANTHROPIC_API_KEY": "dummy",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_TELEMETRY": "1",
    }
    return stage


def offered(model: ModelServer) -> set[str]:
    """The tools the model could use; it is always shown a placeholder that stands for none."""
    return {tool["name"] for tool in model.requests[0].body["tools"]} - {"DeferredToolPlaceholder"}


async def test_it_edits_the_file_and_tells_every_step(stage: OnStage) -> None:
    with ModelServer(stage.edit("a / b", "a / b if b else 0")) as model:
        finished = await stage.repair(
            stage.claude(model), "The command failed.\nZeroDivisionError: division by zero"
        )
    assert stage.file.read_text() == "def ratio(a, b):\n    return a / b if b else 0\n"
    assert (finished.reason, finished.text) == (Reason.OK, "Fixed.")
    assert finished.usage.cost_usd
    assert Text("I will guard it.") in stage.heard
    assert Tool("Edit", "app.py") in stage.heard
    assert any("ZeroDivisionError" in text for text in model.requests[0].texts)
    assert offered(model) == set(TOOLS.split(","))


async def test_a_write_outside_its_folder_is_denied_and_told(stage: OnStage, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    write = Turn("", "Write", {"file_path": str(outside), "content": "x"})
    with ModelServer([write, DONE]) as model:
        finished = await stage.repair(stage.claude(model))
    assert not outside.exists()
    assert finished.reason is Reason.DENIED
    assert Denied("Write", str(outside)) in stage.heard


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key_is_named_at_once(stage: OnStage, status: int) -> None:
    refused = Fault(status, "authentication_error", "invalid x-api-key", FOR_EVER)
    with ModelServer([DONE], faults=[refused]) as model, anyio.fail_after(10):
        finished = await stage.repair(stage.claude(model))
    assert finished.reason is Reason.AUTH
    assert "claude auth login" in finished.text
    assert len(model.requests) == 1


async def test_one_rate_limit_is_waited_out(stage: OnStage) -> None:
    busy = Fault(429, "rate_limit_error", "slow down")
    with ModelServer(stage.edit("a / b", "a"), faults=[busy]) as model:
        finished = await stage.repair(stage.claude(model))
    assert finished.reason is Reason.OK
    assert [event.status for event in stage.heard if isinstance(event, Retry)] == [429]
    assert stage.file.read_text().endswith("return a\n")


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(529, "overloaded_error", "busy", FOR_EVER), Reason.OVERLOADED),
        (Fault(404, "not_found_error", "model: nonesuch", FOR_EVER), Reason.MODEL),
        (Fault(400, "invalid_request_error", "credit balance is too low", FOR_EVER), Reason.QUOTA),
        (Fault(CUT, times=FOR_EVER), Reason.OVERLOADED),
    ],
)
async def test_a_model_that_fails_for_good_is_named(stage: OnStage, fault: Fault, reason: Reason) -> None:
    with ModelServer([DONE], faults=[fault]) as model:
        finished = await stage.repair(stage.claude(model))
    assert finished.reason is reason, finished.text


async def test_no_connection_is_named(stage: OnStage) -> None:
    model = ModelServer([DONE])
    with model:
        pass
    finished = await stage.repair(stage.claude(model))
    assert finished.reason is Reason.OVERLOADED
    assert "connection" in finished.text.lower()


async def test_a_hang_with_a_running_command_leaves_nothing(stage: OnStage) -> None:
    shell = Turn("", "Bash", {"command": stage.waiting, "description": "wait"})
    with ModelServer([shell, DONE]) as model:
        assert not await stage.left_after_timeout(stage.claude(model, Powers(shell=True)), 4)


async def test_a_model_that_hangs_runs_out_of_time(stage: OnStage) -> None:
    with ModelServer([DONE], faults=[Fault(HANG)]) as model:
        finished = await stage.repair(stage.claude(model), timeout=3)
    assert (finished.reason, finished.text) == (Reason.TIMEOUT, "not done after 3 s")


async def test_cancelling_ends_its_running_command_too(stage: OnStage) -> None:
    shell = Turn("", "Bash", {"command": stage.waiting, "description": "wait"})
    with ModelServer([shell, DONE]) as model:
        assert not await stage.left_after_cancelling(stage.claude(model, Powers(shell=True)))


MENTIONS = (
    "GET @{0}",
    "(@{0})",
    '"@{0}"',
    "=@{0}",
    ">@{0}",
    ",@{0}",
    "x:@{0}",
    '@"{0}"',
    "```\n@{0}\n```",
    "@@{0}",
)


async def test_a_file_named_in_a_log_is_not_sent_to_the_model(stage: OnStage, tmp_path: Path) -> None:
    (tmp_path / "id_rsa").write_text("PRIVATE-CONTENT")
    log = "\n".join(mention.format(tmp_path / "id_rsa") for mention in MENTIONS)
    with ModelServer([DONE]) as model:
        finished = await stage.repair(stage.claude(model), f"The command failed.\n{log}")
    assert finished.reason is Reason.OK
    assert "PRIVATE-CONTENT" not in model.everything
    assert "id_rsa" in model.everything


async def test_it_would_send_that_file_if_it_were_asked_as_is(stage: OnStage, tmp_path: Path) -> None:
    (tmp_path / "id_rsa").write_text("PRIVATE-CONTENT")
    with ModelServer([DONE]) as model:
        claude = stage.claude(model)
        argv = ["claude", *claude.repair_arguments()]
        prompt = f"The command failed.\nGET @{tmp_path / 'id_rsa'}".encode()
        process = await stage.launch(argv, cwd=stage.folder, env=claude.environment(), stdin=prompt)
        assert await process.wait() == 0
        await process.stop()
    assert "PRIVATE-CONTENT" in model.everything


async def test_hooks_and_servers_of_the_project_do_not_run(stage: OnStage) -> None:
    touch = {"type": "command", "command": "touch hooked"}
    hooks = {event: [{"matcher": "*", "hooks": [touch]}] for event in ("SessionStart", "PreToolUse", "Stop")}
    settings = stage.folder / ".claude" / "settings.json"
    settings.parent.mkdir()
    settings.write_text(json.dumps({"hooks": hooks}))
    server = {"command": "/usr/bin/touch", "args": [str(stage.folder / "served")]}
    (stage.folder / ".mcp.json").write_text(json.dumps({"mcpServers": {"evil": server}}))
    with ModelServer(stage.edit("a / b", "a")) as model:
        finished = await stage.repair(stage.claude(model))
    assert finished.reason is Reason.OK
    assert not (stage.folder / "hooked").exists()
    assert not (stage.folder / "served").exists()


async def test_a_huge_prompt_with_control_characters_arrives(stage: OnStage) -> None:
    log = "\x00\x1b[31m\x1b]0;x\x07/clear é\n" * 80_000
    with ModelServer([DONE]) as model:
        finished = await stage.repair(stage.claude(model), f"The command failed.\n{log}")
    assert finished.reason is Reason.OK
    assert "\\u0000" not in model.everything
    assert "\\u001b" not in model.everything


async def test_a_prompt_that_begins_like_a_command_is_text(stage: OnStage) -> None:
    with ModelServer([DONE], match="/compact") as model:
        finished = await stage.repair(stage.claude(model), "/compact")
    assert finished.text == "Fixed."
    assert len(model.requests) == 1


async def test_an_agent_that_never_comes_to_an_end_runs_out_of_turns(stage: OnStage) -> None:
    read = Turn("", "Read", {"file_path": str(stage.file)})
    with ModelServer([read]) as model:
        finished = await stage.repair(stage.claude(model))
    assert finished.reason is Reason.MAX_TURNS
    assert len(model.requests) == MAX_TURNS
    assert finished.usage != Usage()


async def test_triage_answers_by_its_schema_and_has_no_tool(stage: OnStage) -> None:
    answer = ANSWER
    with ModelServer([Turn("", "StructuredOutput", answer)], match="Judge a piece") as model:
        opinion = await stage.claude(model).triage(INCIDENT, 30)
    assert opinion == OPINION
    assert "haiku" in model.requests[0].body["model"]
    assert offered(model) == {"StructuredOutput"}


async def test_triage_without_a_valid_key_is_unsure_within_seconds(stage: OnStage) -> None:
    refused = Fault(401, "authentication_error", "invalid x-api-key", FOR_EVER)
    with ModelServer([DONE], match="Judge a piece", faults=[refused]) as model, anyio.fail_after(10):
        opinion = await stage.claude(model).triage(INCIDENT, 30)
    assert opinion.error is None
    assert "auth" in opinion.summary


async def test_it_knows_whether_it_is_logged_in_without_asking_the_model(stage: OnStage) -> None:
    with ModelServer([DONE]) as model:
        assert await stage.claude(model).problem() is None
        del stage.environ["ANTHROPIC_API_KEY"]
        problem = await stage.claude(model).problem()
    assert problem is not None
    assert "not logged in" in problem
    assert not model.everything


async def test_it_leaves_nothing_of_its_own_in_the_folder(stage: OnStage) -> None:
    with ModelServer(stage.edit("a / b", "a")) as model:
        await stage.repair(stage.claude(model))
    assert [path.name for path in stage.folder.iterdir()] == ["app.py"]


RESIDENT = Powers(resident=True)


async def test_a_second_attempt_is_made_in_the_same_process_and_knows_of_the_first(stage: OnStage) -> None:
    with ModelServer([DONE]) as model:
        claude = stage.claude(model, RESIDENT)
        first = await stage.repair(claude, "The command failed. First try.")
        second = await stage.repair(claude, "The command failed. Second try.")
        await stage.launch.launched[0].stop()
    assert (first.reason, second.reason) == (Reason.OK, Reason.OK)
    assert len(stage.launch.launched) == 1
    assert first.usage == second.usage != Usage()
    assert any("First try" in text for text in model.requests[-1].texts)


async def test_a_resident_that_died_is_started_again(stage: OnStage) -> None:
    with ModelServer([DONE]) as model:
        claude = stage.claude(model, RESIDENT)
        await stage.repair(claude)
        await stage.launch.launched[0].stop()
        finished = await stage.repair(claude)
        await stage.launch.launched[1].stop()
    assert finished.reason is Reason.OK
    assert len(stage.launch.launched) == 2


async def test_a_resident_whose_model_hangs_runs_out_of_time_and_leaves_nothing(stage: OnStage) -> None:
    with ModelServer([DONE], faults=[Fault(HANG)]) as model:
        finished = await stage.repair(stage.claude(model, RESIDENT), timeout=3)
    assert (finished.reason, finished.text) == (Reason.TIMEOUT, "not done after 3 s")


async def test_a_resident_reads_no_file_named_in_a_log(stage: OnStage, tmp_path: Path) -> None:
    (tmp_path / "id_rsa").write_text("PRIVATE-CONTENT")
    with ModelServer([DONE]) as model:
        await stage.repair(stage.claude(model, RESIDENT), f"The command failed.\nGET @{tmp_path / 'id_rsa'}")
        await stage.launch.launched[0].stop()
    assert "PRIVATE-CONTENT" not in model.everything
    assert "id_rsa" in model.everything


async def test_a_resident_answers_questions_by_their_schema(stage: OnStage) -> None:
    with ModelServer([Turn("", "StructuredOutput", ANSWER)], match="Judge a piece") as model:
        claude = stage.claude(model, RESIDENT)
        assert await claude.triage(INCIDENT, 30) == OPINION
        assert await claude.triage(INCIDENT, 30) == OPINION
        await stage.launch.launched[0].stop()
    assert len(stage.launch.launched) == 1


async def test_a_budget_that_is_reached_ends_the_repair_and_is_named(stage: OnStage) -> None:
    with ModelServer(stage.edit("a / b", "a")) as model:
        finished = await stage.repair(stage.claude(model, Powers(max_cost=0.001)))
    assert finished.reason is Reason.BUDGET
    assert finished.usage.cost_usd


SHELL = Turn("", "Bash", {"command": "touch made", "description": "make it"})


async def test_a_command_is_denied_with_the_option_that_would_allow_it(stage: OnStage) -> None:
    with ModelServer([SHELL, DONE]) as model:
        finished = await stage.repair(stage.claude(model))
    assert finished.reason is Reason.DENIED
    assert Denied("Bash", "touch made", "--agent-shell") in stage.heard
    assert not (stage.folder / "made").exists()


async def test_a_command_runs_where_the_user_asked_for_that(stage: OnStage) -> None:
    with ModelServer([SHELL, DONE]) as model:
        finished = await stage.repair(stage.claude(model, Powers(shell=True)))
    assert finished.reason is Reason.OK
    assert (stage.folder / "made").exists()
