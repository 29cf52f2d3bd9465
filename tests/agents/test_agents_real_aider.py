"""Behaviour of the real aider that others do not have, with a clean home and a scripted model on loopback."""

from __future__ import annotations

from pathlib import Path

import pytest

from otorepair_like.agents.protocol import Reason, Tool
from tests.support.agents_launch import RememberingLaunch
from tests.support.agents_real import Stage
from tests.support.model_server import ModelServer
from tests.support.model_wire import Turn

pytestmark = [pytest.mark.anyio, pytest.mark.real_agent]


@pytest.fixture
def stage(launch: RememberingLaunch, folder: Path, tmp_path: Path) -> Stage:
    return Stage("aider", launch, folder, tmp_path / "home")


async def test_it_keeps_off_the_settings_of_the_project(stage: Stage) -> None:
    (stage.folder / ".env").write_text("OPENAI_API_BASE=http://127.0.0.1:1\n")
    (stage.folder / ".aider.conf.yml").write_text("auto-test: true\ntest-cmd: touch tested\n")
    with ModelServer(stage.edit("    return a")) as model:
        finished = await stage.repair(stage.agent(model))
    assert finished.reason is Reason.OK
    assert Tool("Edit", "app.py") in stage.heard
    assert finished.usage.tokens
    assert finished.usage.cost_usd is None
    assert sorted(path.name for path in stage.folder.iterdir()) == [".aider.conf.yml", ".env", "app.py"]


async def test_a_file_that_its_model_names_is_not_sent(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "id_rsa").write_text("PRIVATE-CONTENT")
    (stage.folder / "secret.txt").write_text("PRIVATE-CONTENT")
    with ModelServer([Turn("Look at secret.txt, it is done.")]) as model:
        log = f"The command failed.\nGET @{tmp_path / 'id_rsa'} @secret.txt secret.txt {tmp_path / 'id_rsa'}"
        await stage.repair(stage.agent(model), log)
    assert "secret.txt" in model.everything
    assert "PRIVATE-CONTENT" not in model.everything
