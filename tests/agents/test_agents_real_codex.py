"""The real Codex, in a clean home, against a scripted model on loopback."""

from __future__ import annotations

import json
from pathlib import Path

import anyio
import pytest

from otorepair_like.agents.codex import Codex
from otorepair_like.agents.protocol import Denied, Reason, Retry, Text, Tool
from tests.support.agents_fakes import ANSWER, INCIDENT, OPINION
from tests.support.agents_launch import RememberingLaunch
from tests.support.agents_real import Stage, real_program
from tests.support.model_server import CUT, FOR_EVER, HANG, Fault, ModelServer
from tests.support.model_wire import Turn

pytestmark = [pytest.mark.anyio, pytest.mark.real_agent]

DONE = Turn("Fixed.")
PROVIDER = """
model_provider = "scripted"
[model_providers.scripted]
name = "scripted"
base_url = "{url}/v1"
env_key = "OPENAI_API_KEY"
wire_api = "responses"
"""


class OnStage(Stage):
    """Codex on its stage."""

    launch: RememberingLaunch

    def codex(self, model: ModelServer, fix_model: str = "") -> Codex:
        config = self.home / ".codex" / "config.toml"
        config.parent.mkdir(exist_ok=True)
        config.write_text(PROVIDER.format(url=model.url))
        return Codex(self.launch, fix_model=fix_model, environ=self.environ)


@pytest.fixture
def stage(launch: RememberingLaunch, folder: Path, tmp_path: Path) -> OnStage:
    stage = OnStage(folder, tmp_path / "home", "codex", real_program("codex"))
    stage.launch = launch
    stage.environ["OPENAI_API_KEY"] = "dummy"
    return stage


def patch(*lines: str) -> Turn:
    """A call of Codex's patch tool."""
    text = "\n".join(["*** Begin Patch", *lines, "*** End Patch"])
    return Turn("I will guard it.", "apply_patch", {"input": text})


FIX = patch("*** Update File: app.py", "@@", "-    return a / b", "+    return a / b if b else 0")


async def test_it_edits_the_file_and_tells_every_step(stage: OnStage) -> None:
    with ModelServer([FIX, DONE]) as model:
        log = "The command failed.\nZeroDivisionError: division by zero"
        finished = await stage.repair(stage.codex(model), log)
    assert stage.file.read_text() == "def ratio(a, b):\n    return a / b if b else 0\n"
    assert (finished.reason, finished.text) == (Reason.OK, "Fixed.")
    assert finished.usage.tokens_in == 2000
    assert Text("I will guard it.") in stage.heard
    assert Tool("Edit", "app.py") in stage.heard
    assert "ZeroDivisionError" in model.everything
    assert [path.name for path in stage.folder.iterdir()] == ["app.py"]


async def test_it_has_no_web_search(stage: OnStage) -> None:
    with ModelServer([DONE]) as model:
        # A model it does not know is told of all its tools in one list.
        finished = await stage.repair(stage.codex(model, fix_model="unknown"))
    assert finished.reason is Reason.OK
    tools = [tool["type"] for tool in model.requests[0].body["tools"]]
    assert "function" in tools
    assert "web_search" not in tools


async def test_a_patch_outside_its_folder_is_denied_and_told(stage: OnStage) -> None:
    outside = Path("/opt/outside.txt")  # it may write to /tmp
    with ModelServer([patch(f"*** Add File: {outside}", "+x"), DONE]) as model:
        finished = await stage.repair(stage.codex(model))
    assert finished.reason is Reason.DENIED
    assert [event.tool for event in stage.heard if isinstance(event, Denied)] == ["apply_patch"]
    assert not outside.exists()


async def test_a_refused_key_is_named_at_once(stage: OnStage) -> None:
    refused = Fault(401, "invalid_request_error", "Incorrect API key provided", FOR_EVER)
    with ModelServer([DONE], faults=[refused]) as model, anyio.fail_after(10):
        finished = await stage.repair(stage.codex(model))
    assert finished.reason is Reason.AUTH
    assert "codex login" in finished.text
    assert Retry(1, 5, 401) in stage.heard


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(404, "model_not_found", "The model `nonesuch` does not exist", FOR_EVER), Reason.MODEL),
        (Fault(429, "rate_limit_exceeded", "slow down", FOR_EVER), Reason.QUOTA),
        (Fault(503, "overloaded", "busy", FOR_EVER), Reason.OVERLOADED),
    ],
)
async def test_a_model_that_fails_for_good_is_named(stage: OnStage, fault: Fault, reason: Reason) -> None:
    with ModelServer([DONE], faults=[fault]) as model:
        finished = await stage.repair(stage.codex(model))
    assert finished.reason is reason, finished.text


async def test_an_answer_that_is_cut_once_is_asked_for_again(stage: OnStage) -> None:
    with ModelServer([FIX, DONE], faults=[Fault(CUT)]) as model:
        finished = await stage.repair(stage.codex(model))
    assert finished.reason is Reason.OK
    assert any(isinstance(event, Retry) for event in stage.heard)
    assert "if b else 0" in stage.file.read_text()


async def test_a_hang_with_a_running_command_leaves_nothing(stage: OnStage) -> None:
    with ModelServer([Turn("", "exec_command", {"cmd": stage.waiting}), DONE]) as model:
        assert not await stage.left_after_timeout(stage.codex(model), 4)


async def test_one_rate_limit_is_waited_out(stage: OnStage) -> None:
    with ModelServer([FIX, DONE], faults=[Fault(503, "overloaded", "busy")]) as model:
        finished = await stage.repair(stage.codex(model))
    assert finished.reason is Reason.OK
    assert "if b else 0" in stage.file.read_text()


async def test_a_model_that_hangs_runs_out_of_time(stage: OnStage) -> None:
    with ModelServer([DONE], faults=[Fault(HANG)]) as model:
        finished = await stage.repair(stage.codex(model), timeout=3)
    assert (finished.reason, finished.text) == (Reason.TIMEOUT, "not done after 3 s")


async def test_cancelling_ends_its_running_command_too(stage: OnStage) -> None:
    with ModelServer([Turn("", "exec_command", {"cmd": stage.waiting}), DONE]) as model:
        assert not await stage.left_after_cancelling(stage.codex(model))


async def test_a_file_named_in_a_log_is_not_sent_to_the_model(stage: OnStage, tmp_path: Path) -> None:
    (tmp_path / "id_rsa").write_text("PRIVATE-CONTENT")
    with ModelServer([DONE]) as model:
        await stage.repair(stage.codex(model), f"The command failed.\nGET @{tmp_path / 'id_rsa'}")
    assert "PRIVATE-CONTENT" not in model.everything
    assert "id_rsa" in model.everything


async def test_hooks_and_servers_of_the_project_do_not_run(stage: OnStage) -> None:
    project = stage.folder / ".codex"
    project.mkdir()
    touch = {"type": "command", "command": "touch hooked"}
    (project / "hooks.json").write_text(json.dumps({"hooks": {"SessionStart": [{"hooks": [touch]}]}}))
    served = stage.folder / "served"
    (project / "config.toml").write_text(
        f'[mcp_servers.evil]\ncommand = "/usr/bin/touch"\nargs = ["{served}"]\n'
    )
    with ModelServer([FIX, DONE]) as model:
        finished = await stage.repair(stage.codex(model))
    assert finished.reason is Reason.OK
    assert not (stage.folder / "hooked").exists()
    assert not served.exists()


async def test_a_huge_prompt_with_control_characters_arrives(stage: OnStage) -> None:
    log = "\x00\x1b[31m\x1b]0;x\x07/clear é\n" * 60_000
    with ModelServer([DONE]) as model:
        finished = await stage.repair(stage.codex(model), f"The command failed.\n{log}")
    assert finished.reason is Reason.OK
    assert "\\u0000" not in model.everything


async def test_triage_answers_by_its_schema(stage: OnStage) -> None:
    answer = json.dumps(ANSWER)
    with ModelServer([Turn(answer)], match="Judge a piece") as model:
        opinion = await stage.codex(model).triage(INCIDENT, 30)
    assert opinion == OPINION
    assert model.requests[0].body["text"]["format"]["type"] == "json_schema"


async def test_it_knows_whether_it_is_logged_in_without_asking_the_model(stage: OnStage) -> None:
    agent = Codex(stage.launch, environ=stage.environ)
    assert "codex: not logged in" in str(await agent.problem())
    with ModelServer([DONE]) as model:
        assert await stage.codex(model).problem() is None
    stage.environ["CODEX_API_KEY"] = "dummy"
    assert await Codex(stage.launch, environ=stage.environ).problem() is None
