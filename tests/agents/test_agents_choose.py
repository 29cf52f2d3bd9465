"""Agents are chosen by the names that a user gives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from otorepair_like.agents.protocol import Agent
from otorepair_like.config import Config, resolve
from otorepair_like.errors import UsageError
from otorepair_like.repair.agent_pool import choose
from tests.support.agents_fakes import INCIDENT, put_on_path
from tests.support.agents_launch import RememberingLaunch

pytestmark = pytest.mark.anyio

LOGGED_IN = "print('{\"loggedIn\": true}')"
LOGGED_OUT = "print('{\"loggedIn\": false}')"


def config(environ: dict[str, str], **given: str) -> Config:
    return resolve({name.replace("_", "-"): value for name, value in given.items()}, environ, environ["HOME"])


def names(agents: list[Agent]) -> list[str]:
    return [agent.name for agent in agents]


async def test_auto_is_recipes_and_the_first_agent_that_is_ready(
    launch: RememberingLaunch, environ: dict[str, str]
) -> None:
    put_on_path(Path(environ["PATH"]), "claude", LOGGED_IN)
    put_on_path(Path(environ["PATH"]), "cursor-agent", "print('Logged in')")
    agents, notes = await choose(["auto"], launch, config(environ), environ)
    assert (names(agents), notes) == (["recipes", "claude"], [])


async def test_auto_passes_over_an_agent_that_is_not_logged_in(
    launch: RememberingLaunch, environ: dict[str, str]
) -> None:
    put_on_path(Path(environ["PATH"]), "claude", LOGGED_OUT)
    put_on_path(Path(environ["PATH"]), "cursor-agent", "print('Logged in')")
    agents, notes = await choose(["auto"], launch, config(environ), environ)
    assert (names(agents), notes) == (["recipes", "cursor"], [])


async def test_auto_without_any_agent_says_so_in_one_line(
    launch: RememberingLaunch, environ: dict[str, str]
) -> None:
    put_on_path(Path(environ["PATH"]), "claude", LOGGED_OUT)
    agents, [note] = await choose(["auto"], launch, config(environ), environ)
    assert names(agents) == ["recipes"]
    assert "recipes alone" in note
    assert "claude: not logged in; log in with `claude auth login`" in note
    assert "\n" not in note


async def test_none_is_nobody(launch: RememberingLaunch, environ: dict[str, str]) -> None:
    assert await choose(["none"], launch, config(environ), environ) == ([], [])


async def test_an_agent_asked_for_by_name_must_be_ready(
    launch: RememberingLaunch, environ: dict[str, str]
) -> None:
    with pytest.raises(UsageError, match="claude is not on PATH"):
        await choose(["claude"], launch, config(environ), environ)
    with pytest.raises(UsageError, match="agent-command"):
        await choose(["command"], launch, config(environ), environ)
    with pytest.raises(UsageError, match="--script"):
        await choose(["scripted"], launch, config(environ), environ)


async def test_secrets_of_the_workspace_are_in_no_question(
    launch: RememberingLaunch, environ: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("SHOP_PASSWORD=correct-horse-battery\n")
    environ["DB_PASSWORD"] = "staple-of-the-env"
    body = f"open({str(tmp_path / 'asked')!r}, 'w').write(sys.stdin.read())"
    put_on_path(Path(environ["PATH"]), "mender", body)
    [agent], _ = await choose(["command"], launch, config(environ, agent_command="mender"), environ)
    leak = ("login failed for correct-horse-battery", "and staple-of-the-env")
    await agent.triage(replace(INCIDENT, evidence=leak), 20)
    asked = (tmp_path / "asked").read_text()
    assert "login failed for" in asked
    assert "correct-horse-battery" not in asked
    assert "staple-of-the-env" not in asked


async def test_several_names_are_asked_in_their_order(
    launch: RememberingLaunch, environ: dict[str, str], tmp_path: Path
) -> None:
    script = tmp_path / "script.json"
    script.write_text("{}")
    put_on_path(Path(environ["PATH"]), "mender", "")
    settings = config(environ, script=str(script), agent_command="mender")
    agents, notes = await choose(["scripted", "command", "recipes"], launch, settings, environ)
    assert (names(agents), notes) == (["scripted", "command", "recipes"], [])
