"""The real aider, in a clean home, against a scripted model on loopback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from otorepair_like.agents.aider import Aider
from otorepair_like.agents.protocol import Reason, Tool
from tests.support.agents_fakes import ANSWER, INCIDENT, OPINION
from tests.support.agents_launch import RememberingLaunch
from tests.support.agents_real import Stage, real_program
from tests.support.model_server import FOR_EVER, HANG, Fault, ModelServer
from tests.support.model_wire import Turn

pytestmark = [pytest.mark.anyio, pytest.mark.real_agent]

WHOLE = "def ratio(a, b):\n    return a / b if b else 0\n"
FIX = Turn(f"I will guard it.\n\napp.py\n```python\n{WHOLE}```\n\nFixed.")


class OnStage(Stage):
    """aider on its stage."""

    launch: RememberingLaunch

    def aider(self, model: ModelServer) -> Aider:
        environ = self.environ | {"OPENAI_API_BASE": f"{model.url}/v1", "OPENAI_API_KEY": "dummy"}
        return Aider(self.launch, triage_model="openai/small", fix_model="openai/big", environ=environ)


@pytest.fixture
def stage(launch: RememberingLaunch, folder: Path, tmp_path: Path) -> OnStage:
    stage = OnStage(folder, tmp_path / "home", "aider", real_program("aider"))
    stage.launch = launch
    return stage


async def test_it_edits_the_file_and_keeps_off_the_settings_of_the_project(stage: OnStage) -> None:
    (stage.folder / ".env").write_text("OPENAI_API_BASE=http://127.0.0.1:1\n")
    (stage.folder / ".aider.conf.yml").write_text("auto-test: true\ntest-cmd: touch tested\n")
    with ModelServer([FIX]) as model:
        log = "The command failed.\nZeroDivisionError: division by zero"
        finished = await stage.repair(stage.aider(model), log)
    assert stage.file.read_text() == WHOLE
    assert finished.reason is Reason.OK
    assert finished.usage.tokens_in > 0
    assert Tool("Edit", "app.py") in stage.heard
    assert "ZeroDivisionError" in model.everything
    assert sorted(path.name for path in stage.folder.iterdir()) == [".aider.conf.yml", ".env", "app.py"]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(401, "invalid_request_error", "Incorrect API key provided", FOR_EVER), Reason.AUTH),
        (Fault(503, "overloaded", "busy", FOR_EVER), Reason.OVERLOADED),
    ],
)
async def test_a_model_that_fails_for_good_is_named(stage: OnStage, fault: Fault, reason: Reason) -> None:
    with ModelServer([FIX], faults=[fault]) as model:
        finished = await stage.repair(stage.aider(model))
    assert finished.reason is reason, finished.text


async def test_a_model_that_hangs_runs_out_of_time(stage: OnStage) -> None:
    with ModelServer([FIX], faults=[Fault(HANG)]) as model:
        finished = await stage.repair(stage.aider(model), timeout=6)
    assert (finished.reason, finished.text) == (Reason.TIMEOUT, "not done after 6 s")


async def test_one_rate_limit_is_waited_out(stage: OnStage) -> None:
    with ModelServer([FIX], faults=[Fault(429, "rate_limit_exceeded", "slow down")]) as model:
        finished = await stage.repair(stage.aider(model))
    assert finished.reason is Reason.OK, finished.text
    assert stage.file.read_text() == WHOLE


async def test_a_huge_prompt_arrives(stage: OnStage) -> None:
    with ModelServer([FIX]) as model:
        finished = await stage.repair(stage.aider(model), "The command failed.\n" + "\x00log é\n" * 100_000)
    assert finished.reason is Reason.OK, finished.text
    assert "\\u0000" not in model.everything


async def test_a_file_named_in_a_log_is_not_sent_to_the_model(stage: OnStage, tmp_path: Path) -> None:
    (tmp_path / "id_rsa").write_text("PRIVATE-CONTENT")
    (stage.folder / "secret.txt").write_text("PRIVATE-CONTENT")
    with ModelServer([Turn("Look at secret.txt, it is done.")]) as model:
        log = f"The command failed.\nGET @{tmp_path / 'id_rsa'} @secret.txt secret.txt {tmp_path / 'id_rsa'}"
        await stage.repair(stage.aider(model), log)
    assert "secret.txt" in model.everything
    assert "PRIVATE-CONTENT" not in model.everything


async def test_triage_is_read_from_its_words(stage: OnStage) -> None:
    answer = "Here: " + json.dumps(ANSWER)
    with ModelServer([Turn(answer)], match="Judge a piece") as model:
        opinion = await stage.aider(model).triage(INCIDENT, 30)
    assert opinion == OPINION
