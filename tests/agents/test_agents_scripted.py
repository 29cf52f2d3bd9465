"""The scripted agent plays a file of edits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from otorepair_like.agents.protocol import (
    AgentStarted,
    Denied,
    Finished,
    Opinion,
    Reason,
    Text,
    Tool,
    ToolResult,
)
from otorepair_like.agents.scripted import Scripted
from otorepair_like.errors import UsageError
from tests.support.agents_fakes import INCIDENT, Heard, task

pytestmark = pytest.mark.anyio


def script(tmp_path: Path, text: str, name: str = "script.toml") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


STEPS = """
[triage]
error = false
summary = "only noise"
confidence = 0.7

[[repair]]
say = "Guarding the division"
text = "Done."
edits = [
    { path = "app.py", old = "a / b", new = "a / b if b else 0" },
    { path = "new/notes.txt", write = "hello\\n" },
]

[[repair]]
edits = [{ path = "new/notes.txt", delete = true }]

[[repair]]
finish = "nothing"
"""


async def test_every_repair_plays_the_next_step_and_the_last_one_again(tmp_path: Path, folder: Path) -> None:
    agent = Scripted(script(tmp_path, STEPS))
    heard = Heard()
    assert await agent.problem() is None
    assert await agent.repair(task(folder), heard) == Finished(Reason.OK, "Done.", "scripted")
    assert heard == [
        AgentStarted("scripted"),
        Text("Guarding the division"),
        Tool("Edit", "app.py"),
        ToolResult(ok=True),
        Tool("Write", "new/notes.txt"),
        ToolResult(ok=True),
    ]
    assert (folder / "app.py").read_text() == "def ratio(a, b):\n    return a / b if b else 0\n"
    assert (folder / "new" / "notes.txt").read_text() == "hello\n"
    assert (await agent.repair(task(folder), Heard())).reason is Reason.OK
    assert not (folder / "new" / "notes.txt").exists()
    assert (await agent.repair(task(folder), Heard())).reason is Reason.NOTHING
    assert (await agent.repair(task(folder), Heard())).reason is Reason.NOTHING


async def test_it_answers_triage(tmp_path: Path) -> None:
    assert await Scripted(script(tmp_path, STEPS)).triage(INCIDENT, 1) == Opinion(False, "only noise", 0.7)
    silent = Scripted(script(tmp_path, "{}", "script.json"))
    assert await silent.triage(INCIDENT, 1) == Opinion(True, "", 1.0)
    assert (await silent.repair(task(tmp_path), Heard())).reason is Reason.NOTHING


async def test_an_edit_that_does_not_fit_is_told_and_the_rest_goes_on(tmp_path: Path, folder: Path) -> None:
    edits = [{"path": "app.py", "old": "c / d", "new": ""}, {"path": "b.py", "write": "b"}]
    agent = Scripted(script(tmp_path, json.dumps({"repair": [{"edits": edits}]}), "script.json"))
    heard = Heard()
    await agent.repair(task(folder), heard)
    assert ToolResult(ok=False, detail="app.py does not contain 'c / d'") in heard
    assert (folder / "b.py").read_text() == "b"


async def test_it_cannot_leave_its_folder(tmp_path: Path, folder: Path) -> None:
    (folder / "out").symlink_to(tmp_path)
    edits = [{"path": "../outside.py", "write": "x"}, {"path": "out/outside.py", "write": "x"}]
    agent = Scripted(script(tmp_path, json.dumps({"repair": [{"edits": edits}]}), "script.json"))
    heard = Heard()
    await agent.repair(task(folder), heard)
    assert len(heard.of(Denied)) == 2
    assert not (tmp_path / "outside.py").exists()


async def test_a_slow_step_runs_into_the_time_limit(tmp_path: Path, folder: Path) -> None:
    agent = Scripted(script(tmp_path, "[[repair]]\nsleep = 60\nedits = [{ path = 'b.py', write = 'b' }]"))
    finished = await agent.repair(task(folder, timeout=0.1), Heard())
    assert finished.reason is Reason.TIMEOUT
    assert not (folder / "b.py").exists()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[repair", "cannot read the script"),
        ("[[repair]]\nfinish = 'great'", "finish = 'great'"),
        ("[[repair]]\nedits = [{ path = 'a' }]", "give path and write"),
        ("[[repair]]\nedits = [{ path = 'a', write = 'x', mode = 7 }]", "unknown key 'mode'"),
        ("[[repair]]\nsays = 'hello'", "unknown key 'says'"),
        ("[[repairs]]", "unknown key 'repairs'"),
    ],
)
def test_a_wrong_script_is_refused_at_once(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(UsageError, match="script") as refused:
        Scripted(script(tmp_path, text))
    assert complaint in str(refused.value)


def test_a_missing_script_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nowhere"):
        Scripted(tmp_path / "nowhere.toml")
