"""The agent that CONTRIBUTING shows is one."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from otorepair_like.agents.protocol import Denied, Finished, Launch, Reason, Text, Tool, Usage
from otorepair_like.supervise.process.launch import Launcher
from otorepair_like.supervise.process.spawner import Spawner
from tests.support.agents_fakes import ANSWER, INCIDENT, OPINION, Heard, put_on_path, task

pytestmark = pytest.mark.anyio
PAGE = Path(__file__).resolve().parents[2] / "CONTRIBUTING.md"
SHOWN = re.search(
    r"^```python\n(.*?)^```$",
    PAGE.read_text("utf-8").partition("## Adding an agent")[2],
    re.MULTILINE | re.DOTALL,
)
MENDER = """
import json
def say(**event): print(json.dumps(event), flush=True)
asked = sys.stdin.read()
say(type="hologram")
if "--read-only" in sys.argv:
    say(type="said", text={answer!r})
elif os.environ["MENDER_KEY"] == "good":
    say(type="refused", path="/etc/passwd")
    open("app.py", "w").write("mended")
    say(type="edit", path=os.getcwd() + "/app.py")
    say(type="said", text="Mended.")
say(type="end", read=10, written=5, error="" if os.environ["MENDER_KEY"] == "good" else "401 no such key")
"""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def mender(launch: Launch, tmp_path: Path, key: str) -> Any:
    assert SHOWN
    module: dict[str, Any] = {}
    exec(SHOWN[1], module)
    put_on_path(tmp_path / "bin", "mender", MENDER.format(answer=json.dumps(ANSWER)))
    environ = {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path), **({"MENDER_KEY": key} if key else {})}
    return module["Mender"](launch, environ=environ)


async def test_it_is_installed_asked_and_heard_like_ours(tmp_path: Path) -> None:
    spawner = Spawner.fork()
    launch, heard = Launcher(spawner), Heard()
    try:
        assert await mender(launch, tmp_path, "").problem() == "mender: not logged in; set MENDER_KEY"
        agent = mender(launch, tmp_path, "good")
        assert await agent.problem() is None
        assert await agent.repair(task(tmp_path), heard) == Finished(Reason.OK, "Mended.", "", Usage(10, 5))
        assert heard == [Denied("Edit", "/etc/passwd"), Tool("Edit", "app.py"), heard[2], Text("Mended.")]
        assert await agent.triage(INCIDENT, 20) == OPINION
        refused = await mender(launch, tmp_path, "bad").repair(task(tmp_path), heard)
        assert (refused.reason, refused.text) == (Reason.AUTH, "401 no such key; set MENDER_KEY")
    finally:
        await launch.close()
        spawner.close()


def test_the_table_of_rooms_has_the_layers_of_the_contract() -> None:
    project = tomllib.loads((PAGE.parent / "pyproject.toml").read_text("utf-8"))
    (contract,) = project["tool"]["importlinter"]["contracts"]
    layers = [set(layer.split(" | ")) for layer in contract["layers"] if layer != "__main__"]
    section = PAGE.read_text("utf-8").partition("## The rooms\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]+) \|", section, re.MULTILINE)
    assert [set(re.findall(r"`(\w+)`", row)) for row in rows] == layers
