"""What a kill leaves unproven is undone by the next start, newest first, folders too."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.test_e2e_trust import edit, scripted
from tests.support.otorepair import running

CHAINED = """\
import time

print(frist)
print("one", flush=True)
print(secnod)
time.sleep(60)
"""


def test_a_folder_that_was_made_goes_with_a_kill(workspace: Path, home: Path) -> None:
    (workspace / "app.py").write_text(
        "import os, time\nprint('there are', os.listdir('data/uploads'), flush=True)\ntime.sleep(60)\n"
    )
    options = ["--backend", "recipes", "--fix-environment", "folders", "--healthy-after", "30", "--json"]
    with running([*options, "python app.py"], workspace, home) as run:
        run.prints("there are")
        run.event("ChangeApplied")
        assert (workspace / "data/uploads").is_dir()
        run.process.kill()
        run.process.wait()
    with running(["--backend", "none", "--json", "python -c 1"], workspace, home) as run:
        assert run.wait() == 0
        told = [event["text"] for event in run.events("Notice") if event["text"].startswith("undid")]
    assert len(told) == 1
    assert "data" in told[0]
    assert not (workspace / "data").exists()


def test_changes_that_build_upon_each_other_are_undone_newest_first(workspace: Path, home: Path) -> None:
    (workspace / "app.py").write_text(CHAINED)
    steps = [
        [edit("print(frist)", "print('first')")],
        [edit("print('first')", "print('1st')"), edit("print(secnod)", "print('2nd')")],
    ]
    options = [*scripted(home, *steps)[:-1], "30", "--yes", "--json"]
    for _ in range(4):  # the names of attempts are random, and so was the order once
        with running([*options, "python app.py"], workspace, home) as run:
            run.event("ChangeApplied", 2)
            run.process.kill()
            run.process.wait()
        assert "1st" in (workspace / "app.py").read_text()
        with running(["--backend", "none", "--json", "python -c 1"], workspace, home) as run:
            assert run.wait() == 0
        assert (workspace / "app.py").read_text() == CHAINED


def test_a_mark_that_came_with_a_repository_undoes_nothing(workspace: Path, home: Path) -> None:
    (workspace / "app.py").write_text("print(frist)\n")
    with running(
        [*scripted(home, [edit("print(frist)", "print('first')")]), "--yes", "--json", "python app.py"],
        workspace,
        home,
    ) as run:
        assert run.wait() == 0
        attempt = run.event("AttemptEnded")["attempt"]["id"]
    (workspace / ".otorepair/unproven").mkdir(exist_ok=True)
    (workspace / ".otorepair/unproven" / attempt).write_text(f"{attempt} 00000000000000000001 {'0' * 64}\n")
    with running(["--backend", "none", "python -c 1"], workspace, home) as run:
        assert run.wait() == 0
    assert "'first'" in (workspace / "app.py").read_text()
