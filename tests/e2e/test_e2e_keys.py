"""The keys of otorepair, and what Ctrl-C and Ctrl-Z mean, in a real terminal."""

from __future__ import annotations

import re
import time
from pathlib import Path

import psutil
import pytest

from tests.support.supervise import until
from tests.support.window import Glass, Open, ended

CRASHES = "print('start', flush=True)\nif True:\n    raise RuntimeError('mend me')\n"
LIVES = "import time\nprint('start', flush=True)\ntime.sleep(100)\n"
HANDLES = """\
import signal, time
for number in ({signals}):
    signal.signal(number, {handler})
print('ready', flush=True)
while True:
    time.sleep(1)
"""


@pytest.mark.parametrize("prefix", ["", "\x14"], ids=["alone", "prefixed"])
def test_while_otorepair_waits_the_keys_work_with_and_without_the_prefix(
    prefix: str, terminal: Open, workspace: Path
) -> None:
    (workspace / "app.py").write_text(CRASHES)
    screen = terminal("--backend", "recipes", "python app.py")
    screen.expect("waiting for a file change")
    for key, shown in {
        "s": "the program is down · 1 incident, 0 repairs in",
        "l": r"│     raise RuntimeError\('mend me'\)",
        "d": "nothing has been changed yet",
        "u": "this run has no repair to undo",
        "h": "q  end the run",
        "x": "q  end the run",
        "f": "waiting for a file change",
        "p": "repair is paused",
        "r": "start(?s:.)*waiting for a file change",
        "q": "gave up: not repaired: RuntimeError: mend me",
    }.items():
        screen.send(prefix + key)
        screen.expect(shown)
    assert ended(screen) == 4


def test_a_prefix_of_ones_own_and_none(terminal: Open, workspace: Path) -> None:
    (workspace / "app.py").write_text(
        "print('start', flush=True)\nfor _ in range(2): print('got', repr(input()))\n"
    )
    screen = terminal("--backend", "none", "--keys", "ctrl-b", "python app.py")
    screen.expect("ctrl-b h shows the keys")
    screen.send("\x02s")
    screen.expect(r"pid \d+, up \d+ s, 1 process, [\d.]+ s CPU, \d+ MB")
    screen.send("\x14\n")
    screen.expect_exact(r"got '\x14'")
    screen.send("\x02\x02\n")
    screen.expect_exact(r"got '\x02'")
    assert ended(screen) == 0
    screen = terminal("--backend", "none", "--keys", "none", "python app.py")
    screen.expect("ctrl-c stops")
    for _ in range(2):
        screen.send("\x14s\n")
        screen.expect_exact(r"got '\x14s'")
    assert ended(screen) == 0


def test_d_shows_the_change_as_it_is_and_u_takes_it_back(terminal: Open, workspace: Path) -> None:
    before = (
        "import os, time\n\n\ndef main():\n    port = os.environ['PORT']\n    time.sleep(100)\n\n\nmain()\n"
    )
    (workspace / "app.py").write_text(before)
    screen = terminal("--backend", "recipes", "--healthy-after", "0.5", "python app.py")
    screen.expect("verified in")
    screen.send("\x14d")
    screen.expect(r"\dm    port = os.environ.get\(")
    screen.send("\x14u")
    screen.expect("undid")
    assert (workspace / "app.py").read_text() == before
    screen.send("\x14q")
    assert ended(screen) == 0


def test_paused_nothing_is_healed_until_healing_goes_on(terminal: Open, workspace: Path) -> None:
    (workspace / "app.py").write_text("import os\nif input('now? ') != 'go':\n    os.environ['PORT']\n")
    screen = terminal("--backend", "recipes", "python app.py")
    screen.expect("otorepair 0")
    screen.send("\x14p")
    screen.expect("repair is paused")
    screen.sendline("crash")
    screen.expect("no more attempts: repair is paused")
    screen.expect("waiting for a file change")
    assert "get(" not in (workspace / "app.py").read_text()
    screen.send("p")
    screen.expect("repair goes on")
    screen.expect_exact("m    os.environ.get('PORT'")
    screen.expect_exact("now? ")
    screen.sendline("go")
    assert ended(screen) == 0


def test_q_ends_a_healthy_run_with_0_and_twice_does_not_wait(terminal: Open, workspace: Path) -> None:
    (workspace / "app.py").write_text(LIVES)
    screen = terminal("--backend", "recipes", "python app.py")
    screen.expect("otorepair 0")
    screen.send("\x14q")
    assert ended(screen) == 0
    stubborn = HANDLES.format(signals="1, 2, 15", handler="lambda *_: print('no', flush=True)")
    (workspace / "app.py").write_text(stubborn)
    screen = terminal("--backend", "recipes", "--stop-timeout", "60", "python app.py")
    screen.expect("ready")
    screen.expect("otorepair 0")
    begun = time.monotonic()
    screen.send("\x14q")
    screen.expect_exact("no")
    screen.send("\x14q")
    assert ended(screen) == 0
    assert time.monotonic() - begun < 10


def test_a_child_that_ignores_ctrl_c_is_named_and_the_next_one_ends_it(
    terminal: Open, workspace: Path
) -> None:
    (workspace / "app.py").write_text(HANDLES.format(signals="2,", handler="signal.SIG_IGN"))
    screen = terminal("--backend", "recipes", "python app.py")
    screen.expect("otorepair 0")
    screen.sendintr()
    screen.expect("the program ignores Ctrl-C; press Ctrl-C again to stop it")
    screen.sendintr()
    assert ended(screen) == 130


def test_ctrl_c_three_times_at_once_ends_a_child_that_answers_each(terminal: Open, workspace: Path) -> None:
    handler = "lambda *_: print('no', flush=True)"
    (workspace / "app.py").write_text(HANDLES.format(signals="2,", handler=handler))
    screen = terminal("--backend", "recipes", "python app.py")
    screen.expect("otorepair 0")
    screen.sendintr()
    screen.expect_exact("no")
    screen.send("\x03\x03")
    assert ended(screen) == 130
    assert "the next Ctrl-C" not in screen.before


@pytest.mark.parametrize("prompt", ["name? ", "Name (ü): ", "\x1b[32m>>>\x1b[0m "])
def test_our_lines_never_cut_a_prompt(prompt: str, terminal: Open, workspace: Path) -> None:
    (workspace / "app.py").write_text(f"print('hello', input({prompt!r}))\n")
    screen = terminal("--backend", "recipes", "python app.py")
    glass = Glass(screen)
    screen.expect("otorepair 0.*keys\r\n")
    screen.send("Ada")
    screen.expect_exact("Ada")
    screen.send("\x14s")
    screen.expect(r"spent.*\n")
    screen.sendline(" L")
    screen.expect_exact("hello Ada L")
    lines = glass.text.splitlines()
    plain = re.sub(r"\x1b\[\d+m", "", prompt)
    assert [line.split(" ")[0] for line in lines[:2]] == ["otorepair", "otorepair:"]
    assert lines[-2:] == [f"{plain}Ada L", "hello Ada L"]
    assert ended(screen) == 0


def test_the_title_tells_how_the_run_is_doing_and_is_put_back(terminal: Open, workspace: Path) -> None:
    (workspace / "app.py").write_text(LIVES)
    screen = terminal("--backend", "recipes", "python app.py")
    facts = (
        r"pid \d+, up \d+ s, 1 process, [\d.]+ s CPU, \d+ MB · 0 incidents, 0 repairs in 0 attempts · spent: "
    )
    screen.expect(rf"\x1b\[22;2t\x1b\]2;otorepair · {facts}[^\x07\x1b]*\x07")
    screen.send("\x14q")
    screen.expect_exact("\x1b[23;2t")
    assert ended(screen) == 0


def test_ctrl_z_while_otorepair_waits_stops_it_and_fg_goes_on(terminal: Open, workspace: Path) -> None:
    (workspace / "app.py").write_text(CRASHES)
    shell = terminal("--norc", "--noprofile", "-i", program="/bin/bash", TERM="dumb")
    shell.sendline("PS1='shell> '; otorepair --backend recipes 'python app.py'")
    shell.expect("waiting for a file change")
    shell.send("\x1a")
    shell.expect_exact("Stopped")
    shell.expect_exact("shell> ")
    shell.sendline("stty -a")
    shell.expect(" icanon.* echo ")
    shell.expect_exact("shell> ")
    shell.sendline("fg")
    shell.expect_exact("otorepair --backend")
    shell.send("s")
    shell.expect("the program is down")
    shell.send("q")
    shell.expect("gave up")
    shell.expect_exact("shell> ")


def test_c_stops_the_attempt_and_leaves_the_program_and_nothing_of_the_agent(
    terminal: Open, workspace: Path, home: Path
) -> None:
    sign = home / "agent"
    (home / "agent.sh").write_text(f"echo $$ > {sign}.draft; mv {sign}.draft {sign}; exec sleep 600\n")
    handler = "lambda *_: print('still here', flush=True)"
    living = f"import signal, time, traceback\nsignal.signal(signal.SIGINT, {handler})\n"
    failing = "try:\n    {}['price']\nexcept KeyError:\n    traceback.print_exc()\n"
    (workspace / "app.py").write_text(f"{living}{failing}while True:\n    time.sleep(60)\n")
    agent = ["--backend", "command", "--agent-command", f"sh {home}/agent.sh", "--triage", "never"]
    screen = terminal(*agent, "python app.py")
    screen.expect("ctrl-t c stops it")
    pid = int(until(lambda: sign.exists() and sign.read_text(), "the agent at work"))
    screen.send("\x14c")
    screen.expect("you stopped the attempt")
    until(lambda: not psutil.pid_exists(pid), "the end of the agent")
    screen.sendintr()
    screen.expect("still here")
    screen.send("\x14q")
    assert ended(screen) == 0
