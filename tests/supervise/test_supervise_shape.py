"""The child's streams have the shape of ours: everything a program can see of them is as without us."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil
import pytest

from tests.support.otorepair import COMMAND
from tests.support.shapes import KINDS, Streams, Window
from tests.support.supervise import until

WRAPPED = [COMMAND, "-q", "--backend", "none", "--probe", "never", "--"]
PYTHON = [sys.executable, "-ISu"]
Open = Callable[[str], Window]

LOOK = """
import json, os, sys, time
def look(fd):
    try:
        os.fstat(fd)
    except OSError:
        return "closed"
    return ["terminal", *os.get_terminal_size(fd)] if os.isatty(fd) else "other"
def same(a, b):
    try:
        return os.path.samestat(os.fstat(a), os.fstat(b)) if 0 not in (a, b) or os.isatty(a) else None
    except OSError:
        return None
seen = {"streams": [look(fd) for fd in (0, 1, 2)], "same": [same(0, 1), same(0, 2), same(1, 2)]}
try:
    tty = os.open("/dev/tty", os.O_RDWR)
    seen["controlling"] = [*os.get_terminal_size(tty), os.tcgetpgrp(tty) == os.getpgrp()]
    os.close(tty)
except OSError as error:
    seen["controlling"] = error.errno
seen["foreground"] = [os.tcgetpgrp(fd) == os.getpgrp() if os.isatty(fd) else None for fd in (0, 1, 2)]
seen["stdin"] = "" if look(0) != "other" else os.read(0, 100).decode()
open(sys.argv[1], "w").write(json.dumps(seen))
for n in range(200):
    for fd in (1, 2):
        if look(fd) != "closed":
            os.write(fd, b"burst %d of %d with some words and a tail\\n" % (n, fd))
"""


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Open]:
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "in.txt").write_text("first line\nsecond line\n")
    (tmp_path / "w" / "look.py").write_text(LOOK)
    env = {"HOME": str(home), "PATH": os.environ["PATH"], "TERM": "xterm", "LANG": "C.UTF-8", "LESS": ""}
    opened: list[Window] = []

    def open_window(script: str) -> Window:
        opened.append(Window(script, tmp_path / "w", env))
        return opened[-1]

    yield open_window
    for one in opened:
        one.close()


def result(window: Open, folder: Path, streams: Streams, wrapper: Sequence[str]) -> dict[str, object]:
    """What the looking program saw and where its bytes went."""
    for name in ("out.txt", "err.txt", "seen.json"):
        (folder / name).unlink(missing_ok=True)
    shown = window(streams.line([*wrapper, *PYTHON, "look.py", "seen.json"]))
    shown.end()
    files = [
        (folder / name).read_bytes() if (folder / name).exists() else None for name in ("out.txt", "err.txt")
    ]
    return {"seen": json.loads((folder / "seen.json").read_text()), "shown": shown.shown, "files": files}


@pytest.mark.parametrize("stdout", KINDS)
@pytest.mark.parametrize("stdin", KINDS)
def test_a_program_sees_the_same_streams_and_its_bytes_keep_their_order(
    stdin: str, stdout: str, window: Open, tmp_path: Path
) -> None:
    for stderr in (*KINDS, "merged"):
        if stdout == "closed" and stderr == "merged":
            continue  # a shell refuses it
        streams = Streams(stdin, stdout, stderr)
        bare = result(window, tmp_path / "w", streams, [])
        assert result(window, tmp_path / "w", streams, WRAPPED) == bare, streams


GETPASS = "import getpass; print('length', len(getpass.getpass()))"
ASKED = [
    Streams(*kinds)
    for kinds in itertools.product(("terminal", "pipe", "null"), KINDS, ("terminal", "pipe", "null"))
]


@pytest.mark.parametrize("streams", ASKED, ids=lambda one: f"{one.stdin}-{one.stdout}-{one.stderr}")
def test_a_password_is_asked_at_the_terminal_and_never_shown(
    streams: Streams, window: Open, tmp_path: Path
) -> None:
    transcripts = []
    for wrapper in ([], WRAPPED):
        shown = window(streams.line([*wrapper, sys.executable, "-Iu", "-c", GETPASS]))
        shown.wait_for(b"Password: ")
        shown.type(b"hunter2\n")
        shown.end()
        out = tmp_path / "w" / "out.txt"
        transcripts.append((shown.shown, out.read_bytes() if out.exists() else b""))
    assert transcripts[0] == transcripts[1]
    assert b"hunter2" not in transcripts[1][0]


PAGERS = [("less", stderr) for stderr in ("terminal", "file", "null", "pipe")] + [("more", "terminal")]


@pytest.mark.parametrize(("pager", "stderr"), PAGERS)
@pytest.mark.parametrize("stdin", ["terminal", "pipe"])
def test_a_pager_hears_its_keys(stdin: str, pager: str, stderr: str, window: Open, tmp_path: Path) -> None:
    number_lines(tmp_path / "w" / "in.txt")
    argv = [pager] if stdin == "pipe" else [pager, "in.txt"]
    for wrapper in ([], WRAPPED):
        shown = window(Streams(stdin, "terminal", stderr).line([*wrapper, *argv]))
        page_through(shown)


def test_a_pager_behind_us_hears_its_keys(window: Open, tmp_path: Path) -> None:
    number_lines(tmp_path / "w" / "in.txt")
    for wrapper in ([], WRAPPED):
        page_through(window(f"{shlex.join([*wrapper, 'cat', 'in.txt'])} | less; stty -a | grep -o ' echo '"))


def number_lines(file: Path) -> None:
    file.write_text("".join(f"line {n}\n" for n in range(300)))


def page_through(shown: Window) -> None:
    """Look at a second page and leave."""
    shown.wait_for(b"line 20\r\n")
    assert b"line 40\r\n" not in shown.shown
    shown.type(b" ")
    shown.wait_for(b"line 40\r\n")
    shown.type(b"q")
    assert shown.end() == 0


def test_what_is_typed_at_a_program_before_us_is_not_ours(window: Open) -> None:
    code = "import sys; [print('got', line) for line in sys.stdin]"
    for wrapper in ([], WRAPPED):
        shown = window(f"cat | {shlex.join([*wrapper, *PYTHON, '-c', code])}")
        for line in (b"one", b"two", b"three"):
            shown.type(line + b"\n")
            shown.wait_for(b"got " + line)
        shown.type(b"\x04")
        assert shown.end() == 0


@pytest.mark.parametrize("stdout", ["terminal", "pipe", "file"])
@pytest.mark.parametrize("stderr", ["terminal", "file", "merged"])
def test_an_interpreter_is_talked_with(stdout: str, stderr: str, window: Open, tmp_path: Path) -> None:
    if (stdout, stderr) == ("file", "merged"):
        stderr = "null"
    transcripts = []
    for wrapper in ([], WRAPPED):
        line = Streams("terminal", stdout, stderr).line([*wrapper, sys.executable, "-Iqi"])
        shown = window(f"export PYTHON_BASIC_REPL=1 INPUTRC=/dev/null; {line}")
        for command in (
            b"x = 6 * 7",
            b"1/0",
            b"print('x', x, flush=True)",
            b"open('/dev/tty', 'w').write('d' + 'one')",
        ):
            shown.type(command + b"\n")
        shown.wait_for(b"done")
        shown.type(b"exit()\n")
        assert shown.end() == 0
        files = [tmp_path / "w" / name for name in ("out.txt", "err.txt")]
        transcripts.append([file.read_bytes() for file in files if file.exists()])
    assert transcripts[0] == transcripts[1]


@pytest.mark.parametrize("redirected", ["", " | cat", " > out.txt"])
def test_a_shell_has_job_control(redirected: str, window: Open) -> None:
    for wrapper in ([], WRAPPED):
        bash = shlex.join([*wrapper, "bash", "--norc", "--noprofile", "-i"])
        shown = window(f"export PS1='shell> '; {bash}{redirected}")
        shown.wait_for(b"shell> ")
        shown.type(b"sleep 60\n")
        shown.wait_for(b"sleep 60")
        until(lambda shown=shown: foreground(shown) == "sleep", "a sleep in the foreground")  # type: ignore[misc]
        shown.type(b"\x1a")
        until(lambda shown=shown: not foreground(shown), "a stopped sleep")  # type: ignore[misc]
        shown.type(b"fg\n")
        until(lambda shown=shown: foreground(shown) == "sleep", "a sleep in the foreground")  # type: ignore[misc]
        shown.type(b"\x03")
        shown.wait_for(b"shell> ")
        shown.type(b"exit 5\n")
        assert shown.end() == (0 if "|" in redirected else 5)
        assert b"no job control" not in shown.shown


def foreground(shown: Window) -> str:
    """The name of the process in the foreground of the innermost terminal that runs in a window."""
    for process in psutil.Process(shown.pid).children(recursive=True):
        with contextlib.suppress(psutil.Error, OSError):
            if process.name() == "sleep" and process.status() == psutil.STATUS_SLEEPING:
                fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
                if fields[2] == fields[5]:  # its group is the one in the foreground
                    return process.name()
    return ""


CURSES = """
import curses, os
def main(screen):
    screen.addstr(3, 5, f"size {curses.COLS}x{curses.LINES}")
    screen.refresh()
    screen.addstr(4, 5, "key %d" % screen.getch())
    screen.refresh()
    screen.getch()
curses.wrapper(main)
"""
BAR = """
import sys, time
for n in range(101):
    sys.stderr.write(f"\\r{n:3}% |" + "#" * (n // 10))
    sys.stderr.flush()
sys.stderr.write("\\n")
print("done")
"""


@pytest.mark.parametrize("stderr", ["terminal", "file", "closed"])
def test_a_full_screen_program_shows_the_same_bytes(stderr: str, window: Open, tmp_path: Path) -> None:
    (tmp_path / "w" / "full.py").write_text(CURSES)
    transcripts = []
    for wrapper in ([], WRAPPED):
        shown = window(Streams("terminal", "terminal", stderr).line([*wrapper, *PYTHON[:1], "-I", "full.py"]))
        shown.wait_for(b"size 87x31")
        shown.type(b"k")
        shown.wait_for(b"key 107")
        shown.type(b"q")
        assert shown.end() == 0
        transcripts.append(shown.shown)
    assert transcripts[0] == transcripts[1]


@pytest.mark.parametrize("stdout", KINDS)
@pytest.mark.parametrize("stderr", ["terminal", "pipe", "merged"])
def test_a_progress_bar_shows_the_same_bytes(stdout: str, stderr: str, window: Open, tmp_path: Path) -> None:
    (tmp_path / "w" / "bar.py").write_text(BAR)
    if (stdout, stderr) == ("closed", "merged"):
        stderr = "null"
    transcripts = []
    for wrapper in ([], WRAPPED):
        shown = window(Streams("terminal", stdout, stderr).line([*wrapper, *PYTHON, "bar.py"]))
        assert shown.end() == 0
        files = [tmp_path / "w" / name for name in ("out.txt", "err.txt")]
        transcripts.append([shown.shown, *(file.read_bytes() for file in files if file.exists())])
    assert transcripts[0] == transcripts[1]


def test_a_line_of_the_program_behind_us_begins_at_the_left(window: Open) -> None:
    """``tee`` writes to our terminal too: it must go on to make carriage returns."""
    shown = window(
        f"{shlex.join([*WRAPPED, 'sh', '-c', 'echo one; echo two; sleep 0.2; echo three'])} | tee log.txt"
    )
    shown.end()
    assert shown.shown == b"one\r\ntwo\r\nthree\r\n"
