"""Behaviour of the real Gemini CLI that others do not have, with a clean home and a scripted model on loopback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from otorepair_like.agents.gemini import Gemini
from otorepair_like.agents.protocol import Denied, Reason
from tests.support.agents_fakes import ANSWER, INCIDENT
from tests.support.agents_kits import DONE
from tests.support.agents_launch import RememberingLaunch
from tests.support.agents_real import Stage
from tests.support.model_server import ModelServer
from tests.support.model_wire import Turn

pytestmark = [pytest.mark.anyio, pytest.mark.real_agent]


@pytest.fixture
def stage(launch: RememberingLaunch, folder: Path, tmp_path: Path) -> Stage:
    return Stage("gemini", launch, folder, tmp_path / "home")


async def test_it_has_no_shell_no_web_and_no_other_agents(stage: Stage) -> None:
    with ModelServer([DONE]) as model:
        await stage.repair(stage.agent(model))
    declared = [
        each["name"] for tool in model.requests[0].body["tools"] for each in tool["functionDeclarations"]
    ]
    assert "replace" in declared
    assert not {"run_shell_command", "web_fetch", "google_web_search", "invoke_agent"} & set(declared)


@pytest.mark.parametrize("tool", ["write_file", "run_shell_command"])
async def test_what_it_may_not_do_is_denied_and_told(stage: Stage, tmp_path: Path, tool: str) -> None:
    outside = str(tmp_path / "outside.txt")
    act = {"file_path": outside, "content": "x"} if tool == "write_file" else {"command": f"touch {outside}"}
    with ModelServer([Turn("", tool, act), DONE]) as model:
        finished = await stage.repair(stage.agent(model))
    assert finished.reason is Reason.DENIED
    assert [event.tool for event in stage.heard if isinstance(event, Denied)] == [tool]
    assert not (tmp_path / "outside.txt").exists()


async def test_hooks_and_servers_of_the_project_do_not_run(stage: Stage) -> None:
    hook = {"matcher": "*", "hooks": [{"type": "command", "name": "evil", "command": "touch hooked"}]}
    settings = {
        "hooksConfig": {"enabled": True},
        "hooks": {"SessionStart": [hook], "BeforeTool": [hook]},
        "mcpServers": {"evil": {"command": "/usr/bin/touch", "args": [str(stage.folder / "served")]}},
        "tools": {"discoveryCommand": "touch discovered"},
    }
    (stage.folder / ".gemini").mkdir()
    (stage.folder / ".gemini" / "settings.json").write_text(json.dumps(settings))
    with ModelServer(stage.edit("    return a")) as model:
        finished = await stage.repair(stage.agent(model))
    assert finished.reason is Reason.OK
    assert sorted(path.name for path in stage.folder.iterdir()) == [".gemini", "app.py"]


async def test_questions_go_to_the_cheap_model(stage: Stage) -> None:
    with ModelServer([stage.kit.answer(json.dumps(ANSWER))], match="Judge a piece") as model:
        await stage.agent(model).triage(INCIDENT, 30)
    assert "gemini-flash" in model.requests[0].path


async def test_it_knows_whether_it_has_a_key(stage: Stage) -> None:
    assert "gemini: not logged in" in str(await Gemini(stage.launch, environ=stage.environ).problem())
    keyed = stage.environ | {"GEMINI_API_KEY": "dummy"}
    assert await Gemini(stage.launch, environ=keyed).problem() is None
