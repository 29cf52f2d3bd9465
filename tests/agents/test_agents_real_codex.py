"""Behaviour of the real Codex that others do not have, with a clean home and a scripted model on loopback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from otorepair_like.agents.codex import Codex
from otorepair_like.agents.protocol import Denied, Reason
from tests.support.agents_fakes import ANSWER, INCIDENT
from tests.support.agents_kits import DONE
from tests.support.agents_launch import RememberingLaunch
from tests.support.agents_real import Stage
from tests.support.model_server import Fault, ModelServer
from tests.support.model_wire import Turn

pytestmark = [pytest.mark.anyio, pytest.mark.real_agent]


@pytest.fixture
def stage(launch: RememberingLaunch, folder: Path, tmp_path: Path) -> Stage:
    return Stage("codex", launch, folder, tmp_path / "home")


def patch(*lines: str) -> Turn:
    """Return a call of Codex's patch tool."""
    text = "\n".join(["*** Begin Patch", *lines, "*** End Patch"])
    return Turn("I will guard it.", "apply_patch", {"input": text})


async def test_it_has_no_web_search(stage: Stage) -> None:
    with ModelServer([DONE]) as model:
        # A model it does not know is told of all its tools in one list.
        finished = await stage.repair(stage.agent(model, fix_model="unknown"))
    assert finished.reason is Reason.OK
    tools = [tool["type"] for tool in model.requests[0].body["tools"]]
    assert "function" in tools
    assert "web_search" not in tools


async def test_a_patch_outside_its_folder_is_denied_and_told(stage: Stage) -> None:
    outside = Path("/opt/outside.txt")  # it may write to /tmp
    with ModelServer([patch(f"*** Add File: {outside}", "+x"), DONE]) as model:
        finished = await stage.repair(stage.agent(model))
    assert finished.reason is Reason.DENIED
    assert [event.tool for event in stage.heard if isinstance(event, Denied)] == ["apply_patch"]
    assert not outside.exists()


async def test_a_rate_limit_that_names_no_time_is_named_at_once(stage: Stage) -> None:
    """Codex retries only if the answer has ``retry-after``."""
    with ModelServer([DONE], faults=[Fault(429, "rate_limit_exceeded", "slow down")]) as model:
        finished = await stage.repair(stage.agent(model))
    assert finished.reason is Reason.QUOTA, finished.text
    assert len(model.requests) == 1


async def test_hooks_and_servers_of_the_project_do_not_run(stage: Stage) -> None:
    project = stage.folder / ".codex"
    project.mkdir()
    touch = {"type": "command", "command": "touch hooked"}
    (project / "hooks.json").write_text(json.dumps({"hooks": {"SessionStart": [{"hooks": [touch]}]}}))
    served = stage.folder / "served"
    (project / "config.toml").write_text(
        f'[mcp_servers.evil]\ncommand = "/usr/bin/touch"\nargs = ["{served}"]\n'
    )
    with ModelServer(stage.edit("    return a")) as model:
        finished = await stage.repair(stage.agent(model))
    assert finished.reason is Reason.OK
    assert not (stage.folder / "hooked").exists()
    assert not served.exists()


async def test_the_schema_of_an_answer_is_handed_on(stage: Stage) -> None:
    with ModelServer([stage.kit.answer(json.dumps(ANSWER))], match="Judge a piece") as model:
        await stage.agent(model).triage(INCIDENT, 30)
    assert model.requests[0].body["text"]["format"]["type"] == "json_schema"


async def test_it_knows_whether_it_is_logged_in_without_asking_the_model(stage: Stage) -> None:
    agent = Codex(stage.launch, environ=stage.environ)
    assert "codex: not logged in" in str(await agent.problem())
    with ModelServer([DONE]) as model:
        assert await stage.agent(model).problem() is None
    stage.environ["CODEX_API_KEY"] = "dummy"
    assert await Codex(stage.launch, environ=stage.environ).problem() is None
