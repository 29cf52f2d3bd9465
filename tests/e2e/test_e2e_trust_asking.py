"""A person approves at the terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from tests.support.otorepair import COMMAND
from tests.support.window import ended

PROGRAM = 'def greet(name):\n    return "Hello " + nmae\n\n\nprint(greet("you"))\n'
QUESTION = r"apply it\? \(asked for\)"
Open = Callable[..., pexpect.spawn]


@pytest.fixture
def asked(workspace: Path, home: Path) -> Iterator[Open]:
    """Runs a program that fails, with an agent that takes ``new`` for the misspelt name, one text an attempt."""
    opened: list[pexpect.spawn] = []

    def run(*new: str, **env: str) -> pexpect.spawn:
        (workspace / "app.py").write_text(PROGRAM)
        script = home / "script.json"
        edits = [{"edits": [{"path": "app.py", "old": "nmae", "new": text}]} for text in new]
        script.write_text(json.dumps({"repair": edits}))
        process = pexpect.spawn(
            COMMAND,
            ["--backend", "scripted", "--script", str(script), "--approve", "ask", "python app.py"],
            cwd=str(workspace),
            env={
                "HOME": str(home),
                "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
                "TERM": "xterm-256color",
                "LANG": "C.UTF-8",
                **env,
            },
            dimensions=(40, 120),
            timeout=20,
            encoding="utf-8",
        )
        process.delaybeforesend = None
        opened.append(process)
        return process

    yield run
    for process in opened:
        process.close(force=True)


def test_the_question_shows_change_and_risk_and_yes_applies_it(asked: Open, workspace: Path) -> None:
    screen = asked("name")
    screen.expect(r"\+ .*return \"Hello \" \+ name")
    screen.expect("risk: minimal, security none, isolated, 1 file")
    screen.expect(QUESTION)
    screen.expect(r"y yes · n no \(and say why\) · e edit · v view · a always in this run")
    assert "nmae" in (workspace / "app.py").read_text()
    screen.send("y")
    screen.expect("you said yes")
    screen.expect("verified")
    assert ended(screen) == 0
    assert (workspace / "app.py").read_text() == PROGRAM.replace("nmae", "name")


def test_a_no_needs_no_repair_and_its_reason_reaches_the_next_prompt(
    asked: Open, workspace: Path, home: Path
) -> None:
    screen = asked("name.upper()", "name")
    screen.expect(QUESTION)
    screen.send("n")
    screen.expect("why not")
    screen.send("keep the caseé\x7f!\r")
    screen.expect("you said no: keep the case!")
    screen.expect("refused")
    screen.expect(QUESTION)
    (report,) = (workspace / ".otorepair/attempts").glob("*/evidence.json")
    assert json.loads(report.read_text())["body"]["attempt"]["reason"] == "you said no: keep the case!"
    screen.send("y")
    assert ended(screen) == 0
    prompts = [
        json.loads(path.read_text())["body"]["prompt"]
        for path in (workspace / ".otorepair/attempts").glob("*/evidence.json")
    ]
    assert sum("I refused your last change: keep the case!" in prompt for prompt in prompts) == 1
    assert (workspace / "app.py").read_text() == PROGRAM.replace("nmae", "name")


def test_an_edit_is_made_in_the_copy_and_asked_about_again(asked: Open, workspace: Path, home: Path) -> None:
    editor = home / "editor.sh"
    editor.write_text(
        '#!/bin/sh\necho editing\nread line\nsed -i.bak "s/name.upper()/name/" "$1"\n'
        'rm "$1.bak"\necho "edited: $line"\n'
    )
    editor.chmod(0o755)
    screen = asked("name.upper()", EDITOR=str(editor))
    screen.expect(QUESTION)
    screen.send("ey")  # what is typed too early is no answer
    screen.expect("editing")
    screen.send("typed into the editor\r")
    screen.expect("edited: typed into the editor")
    screen.expect("you said edited")
    screen.expect(r"\+ .*return \"Hello \" \+ name\W")
    screen.expect(QUESTION)
    assert (workspace / "app.py").read_text() == PROGRAM
    screen.send("y")
    assert ended(screen) == 0
    assert (workspace / "app.py").read_text() == PROGRAM.replace("nmae", "name")


def test_the_pager_shows_all_and_always_is_not_asked_again(asked: Open, home: Path) -> None:
    pager = home / "pager.sh"
    pager.write_text('#!/bin/sh\necho "pager: $(grep -c ^diff "$1")"\n')
    pager.chmod(0o755)
    screen = asked('nmae + ""', "name", PAGER=str(pager))
    screen.expect(QUESTION)
    screen.send("v")
    screen.expect("pager: 1")
    screen.send("a")
    screen.expect("you said always")
    assert ended(screen) == 0
    assert "apply it?" not in screen.before


def test_a_missing_editor_is_said_and_ctrl_c_ends_the_run_with_nothing_changed(
    asked: Open, workspace: Path
) -> None:
    screen = asked("name", EDITOR="no-such-editor -w")
    screen.expect(QUESTION)
    screen.send("e")
    screen.expect("cannot run no-such-editor -w: No such file or directory; set EDITOR")
    screen.sendintr()
    assert ended(screen) == 130
    assert (workspace / "app.py").read_text() == PROGRAM
