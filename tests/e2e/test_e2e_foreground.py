"""What is typed at a terminal belongs to everybody in its foreground, as without us."""

from __future__ import annotations

import os
import re
import shlex
import signal
import sys
import termios
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from otorepair_like.supervise.terminal.modes import cooked_of, raw_of
from tests.support.otorepair import COMMAND, NO_SANDBOX, running
from tests.support.shapes import Window
from tests.support.supervise import until

QUIET = [COMMAND, "-q", "--backend", "none", "--"]
Open = Callable[..., Window]


@pytest.fixture
def shell(workspace: Path, home: Path) -> Iterator[Open]:
    opened: list[Window] = []
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"

    def run(script: str, program: str = "/bin/sh", **env: str) -> Window:
        given = {
            **NO_SANDBOX,
            "HOME": str(home),
            "PATH": path,
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            **env,
        }
        opened.append(Window(script, workspace, given, program))
        return opened[-1]

    yield run
    for one in opened:
        one.close()


SLEEP = "echo ready; exec sleep 60"


def both(*words: str) -> list[list[str]]:
    """A command, bare and wrapped."""
    return [[*words], [*QUIET, *words]]


@pytest.mark.parametrize("program", ["/bin/sh", "/bin/bash"])
@pytest.mark.parametrize(
    "script", ["while true; do {}; done", "{}; echo went on", "{} || true; echo went on"]
)
def test_ctrl_c_ends_the_script_around_the_command(script: str, program: str, shell: Open) -> None:
    for command in both("sh", "-c", SLEEP):
        shown = shell(script.format(shlex.join(command)), program)
        shown.wait_for(b"ready")
        shown.type(b"\x03")
        assert shown.end() == -signal.SIGINT
        assert b"went on" not in shown.shown
        assert shown.shown.count(b"ready") == 1


TAKING = """
import time
try:
    print("ready", flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    print("bye")
"""


def test_a_program_that_takes_ctrl_c_does_not_end_the_script_around_it(shell: Open) -> None:
    for command in both(sys.executable, "-Ic", TAKING):
        shown = shell(f"{shlex.join(command)}; echo went on", "/bin/bash")
        shown.wait_for(b"ready")
        shown.type(b"\x03")
        shown.wait_for(b"bye")
        shown.wait_for(b"went on")
        assert shown.end() == 0


@pytest.mark.parametrize(("key", "number"), [(b"\x03", signal.SIGINT), (b"\x1c", signal.SIGQUIT)])
def test_a_parent_and_its_other_children_get_the_signal(key: bytes, number: int, shell: Open) -> None:
    name = signal.Signals(number).name
    note = f"import signal, sys; signal.signal({number}, lambda *_: sys.exit(print('sibling got {name}')));"
    note += "print('armed', flush=True); signal.pause()"
    for command in both("sh", "-c", SLEEP):
        parent = (
            "import subprocess, sys, signal\n"
            f"signal.signal({number}, lambda *_: print('parent got {name}', flush=True))\n"
            f"a = subprocess.Popen([sys.executable, '-Iuc', {note!r}])\n"
            f"b = subprocess.Popen({command!r})\n"
            "a.wait(), print('status', b.wait())\n"
        )
        shown = shell(f"exec {shlex.join([sys.executable, '-Iuc', parent])}")
        shown.wait_for(b"armed")
        until(lambda shown=shown: b"ready" in shown.shown or not shown.wait_for(b"ready"), "ready")  # type: ignore[misc]
        shown.type(key)
        shown.end()
        assert b"parent got" in shown.shown
        assert b"sibling got" in shown.shown
        assert f"status {-number}".encode() in shown.shown


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_whoever_started_us_sees_the_signal_that_ended_the_run(
    number: int, workspace: Path, home: Path
) -> None:
    with running([*QUIET[1:], "sh", "-c", SLEEP], workspace, home) as run:
        run.prints("ready")
        run.interrupt(number)
        run.wait()
        assert run.process.returncode == -number


def raw(shown: Window, before: list[object]) -> bool:
    return termios.tcgetattr(shown.master) == raw_of(before)


COUNTS = """
import time
for _ in range(2000):
    print("{name} line", flush=True)
    time.sleep(0.05)
"""
TOGETHER = """
import signal, subprocess, sys
signal.signal(signal.SIGINT, lambda *_: None)
for process in [subprocess.Popen(["sh", "-c", "exec " + line]) for line in sys.argv[1:]]:
    process.wait()
"""


def two(shell: Open, program: str) -> Window:
    """Two otorepairs at one terminal, started by one parent, and what ``stty`` tells before and after."""
    lines = [
        shlex.join([*QUIET, sys.executable, "-Iuc", program.format(name=name)]) for name in ("one", "two")
    ]
    parent = shlex.join([sys.executable, "-Ic", TOGETHER, *lines])
    shown = shell(f"stty -a > before.txt; trap : INT; {parent}; stty -a > after.txt")
    until(lambda: shown.saw(b"one line") and shown.saw(b"two line"), "both programs")
    return shown


def test_one_ctrl_c_ends_two_of_us_at_one_terminal(shell: Open, workspace: Path) -> None:
    shown = two(shell, COUNTS)
    shown.type(b"\x03")
    shown.end()
    assert not re.search(rb"[^\r]\n", shown.shown)
    assert (workspace / "after.txt").read_text() == (workspace / "before.txt").read_text()


@pytest.mark.parametrize("killed", [0, 1])
def test_after_a_kill_of_one_of_two_the_other_has_the_terminal_and_leaves_it_as_it_was(
    killed: int, shell: Open, workspace: Path
) -> None:
    shown = two(shell, COUNTS)
    before = cooked_of(termios.tcgetattr(shown.master))
    until(lambda: raw(shown, before), "the raw terminal")
    ours = [p for p in psutil.Process(shown.pid).children(recursive=True) if p.ppid() and is_owner(p)]
    assert len(ours) == 2
    os.kill(ours[killed].pid, signal.SIGKILL)
    until(lambda: not ours[killed].is_running() or ours[killed].status() == psutil.STATUS_ZOMBIE, "its end")
    until(lambda: raw(shown, before), "the raw terminal of the other")
    shown.type(b"\x03")
    shown.end()
    assert (workspace / "after.txt").read_text() == (workspace / "before.txt").read_text()


def is_owner(process: psutil.Process) -> bool:
    """Whether it is an otorepair itself, not its spawner or a janitor, which have sessions of their own."""
    return COMMAND in process.cmdline() and os.getpgid(process.pid) == os.getpgid(process.ppid())


SERVES = """
import signal, sys, time
print("ready", flush=True)
try:
    {broken}
except Exception:
    import traceback
    traceback.print_exc()
time.sleep(60)
"""


SLOW_AGENT = """#!/bin/sh
echo $$ > "$HOME/at-work"
sleep 3
echo '# edited' >> app.py
"""


@pytest.mark.parametrize("reloads", ["", " # --reload"])
def test_one_ctrl_c_while_an_agent_works_ends_child_agent_and_run(
    reloads: str, shell: Open, workspace: Path, home: Path
) -> None:
    (workspace / "app.py").write_text(SERVES.format(broken="{}['PORT']"))
    before = (workspace / "app.py").read_text()
    agent = home / "slow"
    agent.write_text(SLOW_AGENT)
    agent.chmod(0o755)
    command = ["--backend", "command", "--agent-command", str(agent), f"python app.py{reloads}"]
    shown = shell(shlex.join([COMMAND, *command]))
    shown.wait_for(b"KeyError")
    pid = int(
        until(lambda: (home / "at-work").exists() and (home / "at-work").read_text(), "the agent at work")
    )
    shown.type(b"\x03")
    shown.wait_for(b"KeyboardInterrupt")
    assert shown.end() == -signal.SIGINT
    assert not psutil.pid_exists(pid)
    assert (workspace / "app.py").read_text() == before
    assert shown.shown.count(b"ready") == 1


def test_ctrl_c_after_we_have_given_up_ends_the_run(shell: Open, workspace: Path) -> None:
    (workspace / "app.py").write_text(SERVES.format(broken="raise RuntimeError('mend me')"))
    shown = shell(shlex.join([COMMAND, "--backend", "recipes", "python app.py"]))
    shown.wait_for(b"mend me")
    shown.wait_for(b"no more attempts")
    shown.type(b"\x03")
    assert shown.end() == -signal.SIGINT
    assert b"waiting for a file change" not in shown.shown
