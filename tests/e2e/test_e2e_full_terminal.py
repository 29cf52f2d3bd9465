"""Full-screen programs, pastes, windows that change early, and daemons: as without us, or said."""

from __future__ import annotations

import hashlib
import os
import shlex
import struct
import sys
import termios
from collections.abc import Iterator
from fcntl import ioctl
from pathlib import Path

import psutil
import pytest

from tests.support.otorepair import COMMAND, running
from tests.support.shapes import Window
from tests.support.supervise import until

FULL_SCREEN = """
import os, sys, time
print("before", flush=True)
os.write(1, b"\\x1b[?10" + b"49h\\x1b[2J\\x1b[Hpicture")
try:
    {}["PORT"]
except KeyError:
    import traceback
    text = traceback.format_exc().replace("\\n", "\\r\\n")
    sys.stderr.write(text)
sys.stderr.flush()
while not os.path.exists("leave"):
    time.sleep(0.02)
os.write(1, b"\\x1b[?1049l")
print("after", flush=True)
while not os.path.exists("end"):
    time.sleep(0.02)
"""


@pytest.fixture
def window(workspace: Path, home: Path) -> Iterator[type[Window]]:
    opened: list[Window] = []
    env = {
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "TERM": "xterm-256color",
    }

    def open_window(*argv: str) -> Window:
        opened.append(Window(f"exec {shlex.join(argv)}", workspace, {**env, "LANG": "C.UTF-8"}))
        return opened[-1]

    yield open_window  # type: ignore[misc]
    for one in opened:
        one.close()


def test_nothing_of_ours_is_written_into_a_picture_and_it_comes_after_it(window, workspace: Path) -> None:
    (workspace / "app.py").write_text(FULL_SCREEN)
    shown = window(COMMAND, "--backend", "none", "python app.py")
    shown.wait_for(b"\x1b[?1049h")
    at = len(shown.shown)
    until(lambda: shown.saw(b"KeyError"), "the failure")
    until(lambda: shown.saw(b"KeyError") and b"]2;" in shown.shown, "the title")
    (workspace / "leave").touch()
    shown.wait_for(b"\x1b[?1049l")
    picture = shown.shown[at:].partition(b"\x1b[?1049l")[0]
    shown.wait_for(b"otorepair 0")
    (workspace / "end").touch()
    assert shown.end() == 0
    assert b"otorepair 0" not in picture
    assert b"\xe2\x9c\x97" not in picture


def test_what_was_held_back_is_shown_when_the_program_dies_in_its_picture(window, workspace: Path) -> None:
    (workspace / "app.py").write_text(
        'import os\nos.write(1, b"\\x1b[?1049hpicture")\nwhile not os.path.exists("die"): pass\nos.abort()\n'
    )
    shown = window(COMMAND, "--backend", "none", "python app.py")
    shown.wait_for(b"picture")
    (workspace / "die").touch()
    shown.end()
    assert b"otorepair 0" in shown.shown


PASTED = """
import hashlib, os, time, tty
tty.setraw(0)
print("ready", flush=True)
while not os.path.exists("go"):
    time.sleep(0.01)
data = b""
while len(data) < 300_000:
    data += os.read(0, 65536)
print(hashlib.sha256(data).hexdigest(), flush=True)
"""


def test_a_paste_into_a_busy_program_arrives_whole(window, workspace: Path) -> None:
    pasted = b"".join(b"line %6d of what was pasted\n" % n for n in range(12_000))[:300_000]
    shown = window(COMMAND, "-q", "--backend", "none", "--", sys.executable, "-Ic", PASTED)
    shown.wait_for(b"ready")
    left = memoryview(pasted)
    while left:
        left = left[os.write(shown.master, left[:4000]) :]
    (workspace / "go").touch()
    shown.wait_for(hashlib.sha256(pasted).hexdigest().encode())
    assert shown.end() == 0


def test_ctrl_c_is_heard_behind_a_paste_that_nobody_reads(window) -> None:
    program = "import time; print('ready', flush=True); time.sleep(60)"
    shown = window(COMMAND, "-q", "--backend", "none", "--", sys.executable, "-Ic", program)
    shown.wait_for(b"ready")
    left = memoryview(b"pasted line\n" * 5000)
    while left:
        left = left[os.write(shown.master, left[:4000]) :]
    shown.type(b"\x03\x03\x03")
    assert shown.end() == -2


SIZES = """
import os, time
print("ready", flush=True)
while os.get_terminal_size().columns != 121:
    time.sleep(0.01)
print("size", *os.get_terminal_size())
"""


def test_a_window_that_changes_right_at_the_start_is_told(window) -> None:
    shown = window(COMMAND, "-q", "--backend", "none", "--", sys.executable, "-Ic", SIZES)
    shown.wait_for(b"ready")
    ioctl(shown.master, termios.TIOCSWINSZ, struct.pack("HHHH", 45, 121, 0, 0))
    shown.wait_for(b"size 121 45")
    assert shown.end() == 0


DAEMON = """
import os, sys, time
inner, outer = os.pipe()
if os.fork():
    os.close(outer)
    os.read(inner, 1)
    os._exit(0)
os.setsid()
if os.fork():
    os._exit(0)
null = os.open(os.devnull, os.O_RDWR)
for fd in (0, 1, 2):
    os.dup2(null, fd)
open("pid", "w").write(str(os.getpid()))
os.close(outer)
os.close(inner)
time.sleep(60)
"""


def test_a_daemon_that_a_command_leaves_behind_is_ended_and_named(workspace: Path, home: Path) -> None:
    (workspace / "daemon.py").write_text(DAEMON)
    with running(["--backend", "none", "python daemon.py"], workspace, home) as run:
        assert run.wait() == 0
        pid = (workspace / "pid").read_text()
        assert not psutil.pid_exists(int(pid))
        assert f"ended with the program: python daemon.py (pid {pid}); --keep-daemons" in run.err.text


def test_with_keep_daemons_it_lives_on_and_nothing_is_said(workspace: Path, home: Path) -> None:
    (workspace / "daemon.py").write_text(DAEMON)
    with running(["--backend", "none", "--keep-daemons", "python daemon.py"], workspace, home) as run:
        assert run.wait() == 0
        process = psutil.Process(int((workspace / "pid").read_text()))
        try:
            assert process.is_running()
            assert "ended with" not in run.err.text
        finally:
            process.kill()


def test_with_keep_daemons_what_is_no_daemon_ends_all_the_same(workspace: Path, home: Path) -> None:
    line = "sleep 60 & echo $! > pid; exit 0"
    with running(["--backend", "none", "--keep-daemons", line], workspace, home) as run:
        assert run.wait() == 0
        assert not psutil.pid_exists(int((workspace / "pid").read_text()))
