"""The installed command in a real terminal, by what is on the screen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.otorepair import COMMAND
from tests.support.window import Open, ended


def test_a_repair_looks_as_the_readme_says(terminal: Open, workspace: Path) -> None:
    (workspace / "app.py").write_text("import os, time\nport = os.environ['PORT']\ntime.sleep(1.5)\n")
    screen = terminal("--backend", "recipes", "--healthy-after", "1", "python app.py")
    screen.expect("KeyError: 'PORT'")
    screen.expect(r"✗.*KeyError: 'PORT'.*app.py:2.*#[0-9a-f]{4}")
    screen.expect(r"app.py.*\+1")
    screen.expect(r"✓.* #[0-9a-f]{4} verified in [\d.]+ s: app.py:\d+ ran again, ran well for 1 s")
    assert ended(screen) == 0


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_without_colour_meaning_stays(env: dict[str, str], terminal: Open, workspace: Path) -> None:
    (workspace / "app.py").write_text("import os\nport = os.environ['PORT']\n")
    screen = terminal("--backend", "recipes", "python app.py", **env)
    assert ended(screen) == 0
    assert "\x1b" not in screen.before
    assert re.search("error: KeyError: 'PORT'", screen.before)
    assert "verified" in screen.before


def test_after_giving_up_a_file_change_starts_the_child_again(terminal: Open, workspace: Path) -> None:
    app = workspace / "app.py"
    app.write_text("raise RuntimeError('mend me')\n")
    screen = terminal("--backend", "recipes", "-vv", "python app.py")
    screen.expect("are watched")
    screen.expect("waiting for a file change")
    app.write_text("print('mended')\n")
    screen.expect("mended")
    assert ended(screen) == 0


def test_after_giving_up_r_restarts_and_q_ends(terminal: Open, workspace: Path) -> None:
    (workspace / "app.py").write_text("print('start')\nraise RuntimeError('mend me')\n")
    screen = terminal("--backend", "recipes", "python app.py")
    screen.expect("waiting for a file change")
    screen.send("r")
    screen.expect("start")
    screen.expect("waiting for a file change")
    screen.send("q")
    assert ended(screen) == 4


def test_a_debugger_is_used_as_without_us_and_ctrl_c_at_its_prompt_is_no_end(
    terminal: Open, workspace: Path
) -> None:
    (workspace / "app.py").write_text("x = 21\nbreakpoint()\nprint('twice is', x * 2)\n")
    screen = terminal("--backend", "recipes", "python app.py")
    screen.expect_exact("(Pdb) ")
    screen.sendline("p x")
    screen.expect_exact("21")
    screen.sendintr()
    screen.expect_exact("KeyboardInterrupt")
    screen.expect_exact("(Pdb) ")
    screen.sendline("x = 4")
    screen.sendline("c")
    screen.expect_exact("twice is 8")
    assert ended(screen) == 0


def test_ctrl_c_reaches_the_child_once_and_its_end_is_no_crash(terminal: Open, workspace: Path) -> None:
    (workspace / "app.py").write_text(
        "import time\ntry:\n    print('ready', flush=True)\n    time.sleep(100)\n"
        "except KeyboardInterrupt:\n    print('cleaned up')\n    raise\n"
    )
    screen = terminal("--backend", "recipes", "python app.py")
    screen.expect_exact("ready")
    screen.sendintr()
    screen.expect_exact("cleaned up")
    assert ended(screen) == 130
    assert "attempt" not in screen.before


def test_the_keys_behind_the_prefix(terminal: Open, workspace: Path) -> None:
    (workspace / "app.py").write_text("print('start', flush=True)\nprint('got', input())\n")
    screen = terminal("--backend", "recipes", "python app.py")
    screen.expect_exact("start")
    screen.expect("otorepair 0")
    screen.send("\x14s")
    screen.expect(r"pid \d+, up \d+ s, \d+ process")
    screen.send("\x14r")
    screen.expect_exact("start")
    screen.send("\x14h")
    screen.expect("q  end the run")
    screen.sendline("typed")
    screen.expect_exact("got typed")
    assert ended(screen) == 0


def test_the_terminal_is_left_as_it_was(terminal: Open, workspace: Path) -> None:
    shell = f"stty -g > before; '{COMMAND}' -q --backend none 'kill -9 $$'; stty -g > after; exit 7"
    (workspace / "run.sh").write_text(shell)
    screen = terminal("-q", "--backend", "none", "--", "sh", "run.sh")
    assert ended(screen) == 7
    assert (workspace / "before").read_text() == (workspace / "after").read_text()
