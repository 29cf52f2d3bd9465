"""Ctrl-C while an agent works: it is ended with all it has started, and a second one does not wait for it."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import pexpect
import psutil
import pytest

from otorepair_like.loop.machine.interrupts import SAME_KEYSTROKE
from tests.support.agents_fakes import put_on_path
from tests.support.otorepair import COMMAND, running
from tests.support.supervise import until
from tests.support.window import ended

STUBBORN = """
import signal, subprocess
signal.signal(signal.SIGTERM, signal.SIG_IGN)
shell = subprocess.Popen(["/bin/sleep", "600"], start_new_session=True)
open({sign!r}, "w").write(f"{{os.getpid()}} {{shell.pid}}")
time.sleep(600)
"""


@pytest.fixture
def sign(workspace: Path, home: Path) -> Path:
    """Where an agent that ignores SIGTERM, with a command of its own, tells their process ids when it is at work."""
    (workspace / "app.py").write_text("raise RuntimeError('mend me')\n")
    put_on_path(home / "bin", "stubborn", STUBBORN.format(sign=str(home / "sign")))
    return home / "sign"


def at_work(sign: Path) -> list[int]:
    return until(
        lambda: sign.exists() and [int(pid) for pid in sign.read_text().split()], "the agent at work"
    )


def options(home: Path) -> list[str]:
    return ["--backend", "command", "--agent-command", str(home / "bin" / "stubborn"), "python app.py"]


def test_one_signal_lets_the_agent_have_its_time_and_leaves_nothing(
    workspace: Path, home: Path, sign: Path
) -> None:
    with running(options(home), workspace, home) as run:
        agents, began = at_work(sign), time.monotonic()
        run.interrupt()
        assert run.wait() == 130
        assert time.monotonic() - began > 2.5
    assert not any(map(psutil.pid_exists, agents))


def test_a_second_signal_ends_it_at_once(workspace: Path, home: Path, sign: Path) -> None:
    with running(["-v", *options(home)], workspace, home) as run:
        agents = at_work(sign)
        run.interrupt()
        run.shows("interrupted")
        time.sleep(2 * SAME_KEYSTROKE)
        began = time.monotonic()
        run.interrupt(signal.SIGTERM)
        assert run.wait() == 130
        assert time.monotonic() - began < 2
    assert not any(map(psutil.pid_exists, agents))


def test_at_a_terminal_two_ctrl_c_end_it_at_once(workspace: Path, home: Path, sign: Path) -> None:
    env = {
        "OTOREPAIR_SANDBOX": "never",
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "TERM": "xterm",
    }
    screen = pexpect.spawn(
        COMMAND, ["-v", *options(home)], cwd=str(workspace), env=env, timeout=20, encoding="utf-8"
    )
    try:
        agents = at_work(sign)
        screen.sendintr()
        screen.expect("interrupted")
        time.sleep(2 * SAME_KEYSTROKE)
        began = time.monotonic()
        screen.sendintr()
        assert ended(screen) == 130
        assert time.monotonic() - began < 2
        assert not any(map(psutil.pid_exists, agents))
    finally:
        screen.close(force=True)
