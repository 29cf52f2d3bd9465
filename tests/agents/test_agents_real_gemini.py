"""The real Gemini CLI, in a clean home, against a scripted model on loopback."""

from __future__ import annotations

import json
from pathlib import Path

import anyio
import pytest

from otorepair_like.agents.backend import EDITS_ONLY, Powers
from otorepair_like.agents.gemini import Gemini
from otorepair_like.agents.protocol import Denied, Reason, Retry, Text, Tool
from tests.support.agents_fakes import ANSWER, INCIDENT, OPINION
from tests.support.agents_launch import RememberingLaunch
from tests.support.agents_real import Stage, real_program
from tests.support.model_server import CUT, FOR_EVER, HANG, Fault, ModelServer
from tests.support.model_wire import Turn

pytestmark = [pytest.mark.anyio, pytest.mark.real_agent]

DONE = Turn("Fixed.")


class OnStage(Stage):
    """Gemini CLI on its stage."""

    launch: RememberingLaunch

    def gemini(self, model: ModelServer, powers: Powers = EDITS_ONLY) -> Gemini:
        environ = self.environ | {"GOOGLE_GEMINI_BASE_URL": model.url}
        models = {"triage_model": "gemini-flash", "fix_model": "gemini-pro"}
        return Gemini(self.launch, **models, environ=environ, powers=powers)

    def edit(self, old: str, new: str) -> list[Turn]:
        """Edit the file, and say so."""
        change = {"file_path": str(self.file), "old_string": old, "new_string": new, "instruction": "fix it"}
        return [Turn("I will guard it.", "replace", change), DONE]


@pytest.fixture
def stage(launch: RememberingLaunch, folder: Path, tmp_path: Path) -> OnStage:
    stage = OnStage(folder, tmp_path / "home", "gemini", real_program("gemini"))
    stage.launch = launch
    stage.environ["GEMINI_API_KEY"] = "dummy"
    settings = {
        "security": {"auth": {"selectedType": "gemini-api-key"}},
        "privacy": {"usageStatisticsEnabled": False},
        "general": {"enableAutoUpdate": False},
    }
    (stage.home / ".gemini").mkdir()
    (stage.home / ".gemini" / "settings.json").write_text(json.dumps(settings))
    return stage


async def test_it_edits_the_file_and_tells_every_step(stage: OnStage) -> None:
    with ModelServer(stage.edit("a / b", "a / b if b else 0")) as model:
        log = "The command failed.\nZeroDivisionError: division by zero"
        finished = await stage.repair(stage.gemini(model), log)
    assert stage.file.read_text() == "def ratio(a, b):\n    return a / b if b else 0\n"
    assert (finished.reason, finished.text) == (Reason.OK, "Fixed.")
    assert finished.usage.tokens_in == 2000
    assert Text("I will guard it.") in stage.heard
    assert Tool("replace", "app.py") in stage.heard
    assert "ZeroDivisionError" in model.everything
    declared = [
        each["name"] for tool in model.requests[0].body["tools"] for each in tool["functionDeclarations"]
    ]
    assert not {"run_shell_command", "web_fetch", "google_web_search", "invoke_agent"} & set(declared)
    assert [path.name for path in stage.folder.iterdir()] == ["app.py"]


@pytest.mark.parametrize("tool", ["write_file", "run_shell_command"])
async def test_what_it_may_not_do_is_denied_and_told(stage: OnStage, tmp_path: Path, tool: str) -> None:
    outside = str(tmp_path / "outside.txt")
    act = {"file_path": outside, "content": "x"} if tool == "write_file" else {"command": f"touch {outside}"}
    with ModelServer([Turn("", tool, act), DONE]) as model:
        finished = await stage.repair(stage.gemini(model))
    assert finished.reason is Reason.DENIED
    assert [event.tool for event in stage.heard if isinstance(event, Denied)] == [tool]
    assert not (tmp_path / "outside.txt").exists()


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(401, "unauthenticated", "API key not valid", FOR_EVER), Reason.AUTH),
        (Fault(404, "not_found", "model not found", FOR_EVER), Reason.MODEL),
    ],
)
async def test_a_model_that_fails_for_good_is_named(stage: OnStage, fault: Fault, reason: Reason) -> None:
    with ModelServer([DONE], faults=[fault]) as model, anyio.fail_after(15):
        finished = await stage.repair(stage.gemini(model))
    assert finished.reason is reason, finished.text


async def test_one_overload_is_waited_out(stage: OnStage) -> None:
    with ModelServer([DONE], faults=[Fault(503, "unavailable", "busy")]) as model:
        finished = await stage.repair(stage.gemini(model))
    assert finished.reason is Reason.OK
    assert Retry(1, status=503) in stage.heard


async def test_a_model_that_hangs_runs_out_of_time(stage: OnStage) -> None:
    with ModelServer([DONE], faults=[Fault(HANG)]) as model:
        finished = await stage.repair(stage.gemini(model), timeout=5)
    assert (finished.reason, finished.text) == (Reason.TIMEOUT, "not done after 5 s")


async def test_cancelling_ends_its_running_command_too(stage: OnStage) -> None:
    with ModelServer([Turn("", "run_shell_command", {"command": stage.waiting}), DONE]) as model:
        assert not await stage.left_after_cancelling(stage.gemini(model, Powers(shell=True)))


async def test_a_hang_with_a_running_command_leaves_nothing(stage: OnStage) -> None:
    with ModelServer([Turn("", "run_shell_command", {"command": stage.waiting}), DONE]) as model:
        assert not await stage.left_after_timeout(stage.gemini(model, Powers(shell=True)), 8)


async def test_a_huge_prompt_with_control_characters_arrives(stage: OnStage) -> None:
    log = "\x00\x1b[31m\x1b]0;x\x07/clear é\n" * 80_000
    with ModelServer([DONE]) as model:
        # How it ends is not asked: after a long prompt it now and then exits 0 before it has read the answer.
        await stage.repair(stage.gemini(model), f"The command failed.\n{log}")
    assert sum(len(text) for text in model.requests[0].texts) > 500_000
    assert "\\u0000" not in model.everything


async def test_an_answer_that_is_cut_for_good_is_an_error(stage: OnStage) -> None:
    with ModelServer([DONE], faults=[Fault(CUT, times=FOR_EVER)]) as model:
        finished = await stage.repair(stage.gemini(model), timeout=20)
    assert finished.reason is not Reason.OK


async def test_a_file_named_in_a_log_is_not_sent_to_the_model(stage: OnStage) -> None:
    (stage.folder / "secret.txt").write_text("PRIVATE-CONTENT")
    with ModelServer([DONE]) as model:
        await stage.repair(stage.gemini(model), "The command failed.\nGET @secret.txt (@secret.txt)")
    assert "PRIVATE-CONTENT" not in model.everything
    assert "secret.txt" in model.everything


async def test_hooks_and_servers_of_the_project_do_not_run(stage: OnStage) -> None:
    hook = {"matcher": "*", "hooks": [{"type": "command", "name": "evil", "command": "touch hooked"}]}
    settings = {
        "hooksConfig": {"enabled": True},
        "hooks": {"SessionStart": [hook], "BeforeTool": [hook]},
        "mcpServers": {"evil": {"command": "/usr/bin/touch", "args": [str(stage.folder / "served")]}},
        "tools": {"discoveryCommand": "touch discovered"},
    }
    (stage.folder / ".gemini").mkdir()
    (stage.folder / ".gemini" / "settings.json").write_text(json.dumps(settings))
    with ModelServer(stage.edit("a / b", "a")) as model:
        finished = await stage.repair(stage.gemini(model))
    assert finished.reason is Reason.OK
    assert sorted(path.name for path in stage.folder.iterdir()) == [".gemini", "app.py"]


async def test_triage_has_no_tool_that_changes_anything(stage: OnStage) -> None:
    answer = "Here: " + json.dumps(ANSWER)
    with ModelServer([Turn(answer)], match="Judge a piece") as model:
        opinion = await stage.gemini(model).triage(INCIDENT, 30)
    assert opinion == OPINION
    assert "gemini-flash" in model.requests[0].path


async def test_it_knows_whether_it_has_a_key(stage: OnStage) -> None:
    assert await Gemini(stage.launch, environ=stage.environ).problem() is None
    del stage.environ["GEMINI_API_KEY"]
    assert "gemini: not logged in" in str(await Gemini(stage.launch, environ=stage.environ).problem())
