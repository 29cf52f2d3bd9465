"""What does not cure is counted, taken back, and given up on in time."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.otorepair import running
from tests.support.repair_trees import tree_hash
from tests.support.supervise import until

LIVING = """\
import time, traceback
while True:
    try:
        1 / 0
    except Exception:
        traceback.print_exc()
    time.sleep(0.2)
"""
KINDS = ("KeyError", "IndexError", "ValueError", "TypeError", "OSError", "EOFError", "NameError")
CRASH = "raise RuntimeError('out of luck')\n"


def script(home: Path, *repairs: dict[str, object]) -> list[str]:
    """Options for a scripted agent that plays ``repairs``; what they are is not what is tested here."""
    file = home / "script.json"
    file.write_text(json.dumps({"repair": list(repairs)}))
    return ["--backend", "scripted", "--script", str(file), "--healthy-after", "0.5", "--yes", "--json"]


def write(path: str, text: str) -> dict[str, object]:
    return {"edits": [{"path": path, "write": text}]}


def test_an_agent_that_exits_0_and_changes_nothing_trips_the_breaker_after_three_attempts(
    workspace: Path, home: Path
) -> None:
    (workspace / "app.py").write_text(CRASH)
    before = tree_hash(workspace)
    with running([*script(home, {"text": "All fixed!"}), "python app.py"], workspace, home) as run:
        assert run.wait() == 4
        assert run.verdicts() == ["no_change"] * 3
        assert len(run.events("BreakerTripped")) == 1
        assert run.events("RunEnded")[0]["reason"].startswith("not repaired: RuntimeError: out of luck")
    assert tree_hash(workspace) == before


def test_a_command_that_exits_0_for_ever_is_no_cure_either(workspace: Path, home: Path) -> None:
    (workspace / "app.py").write_text(CRASH)
    agent = ["--backend", "command", "--agent-command", "true", "--json"]
    with running([*agent, "python app.py"], workspace, home) as run:
        assert run.wait() == 4
        assert run.verdicts() == ["no_change"] * 3


def test_an_agent_that_breaks_the_program_further_is_rolled_back(workspace: Path, home: Path) -> None:
    (workspace / "app.py").write_text("import helper\n" + CRASH)
    (workspace / "helper.py").write_text("x = 1\n")
    (workspace / "helper.py").chmod(0o755)
    before = tree_hash(workspace)
    worse = {
        "edits": [
            {
                "path": "app.py",
                "old": "import helper\n",
                "new": "import helper\nimport extra.more\nhelper.gone()\n",
            },
            {"path": "extra/more.py", "write": "y = 2\n"},
            {"path": "helper.py", "write": "z = 3\n"},
        ]
    }
    with running([*script(home, worse), "--attempts", "2", "--yes", "python app.py"], workspace, home) as run:
        assert run.wait() == 4
        assert run.verdicts()
        assert set(run.verdicts()) == {"failed"}
    assert tree_hash(workspace) == before


def test_a_second_slip_behind_the_first_is_progress_and_both_are_kept(workspace: Path, home: Path) -> None:
    (workspace / "app.py").write_text("nmae = 'x'\nprint(name)\nvalue = {'a': 1}\nprint(value['b'])\n")
    steps = [
        {"edits": [{"path": "app.py", "old": "nmae =", "new": "name ="}]},
        {"edits": [{"path": "app.py", "old": "['b']", "new": "['a']"}]},
    ]
    with running([*script(home, *steps), "python app.py"], workspace, home) as run:
        assert run.wait() == 0
        assert run.verdicts() == ["verified", "verified"]
        assert run.out.text.endswith("x\n1\n")


def test_errors_that_keep_changing_use_up_the_budget_of_the_run(workspace: Path, home: Path) -> None:
    (workspace / "name").write_text("0")
    failures = [f"if name == '{number}':\n    raise {kind}\n" for number, kind in enumerate(KINDS)]
    (workspace / "app.py").write_text("name = open('name').read()\n" + "".join(failures))
    changing = [write("name", str(number)) for number in range(1, len(KINDS))]
    with running(
        [*script(home, *changing), "--max-attempts-total", "5", "python app.py"], workspace, home
    ) as run:
        assert run.wait() == 4
        assert run.verdicts() == ["failed"] * 5
        assert "budget" in run.events("BreakerTripped")[-1]["reason"]


def test_a_living_child_goes_on_when_healing_pauses_and_a_file_change_ends_the_pause(
    workspace: Path, home: Path
) -> None:
    app = workspace / "app.py"
    app.write_text(LIVING)
    with running([*script(home, {}), "python app.py"], workspace, home) as run:
        run.event("BreakerTripped")
        assert run.verdicts() == ["no_change"] * 3
        assert run.process.poll() is None

        def tried_again() -> bool:
            app.write_text(app.read_text() + "# looked at by a person\n")
            return len(run.verdicts()) > 3

        until(tried_again, "attempt after a change", every=0.5)
        run.interrupt()
        assert run.wait() == 130
