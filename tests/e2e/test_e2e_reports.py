"""What people reported about other programs that run a command: here it is as without anything in between.

Each case is a small program of ours for the behaviour of one public report (tracker and number); it is played bare
first, then behind otorepair, and everything is the same: what the terminal shows, what files hold, the exit status.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import struct
import sys
import termios
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fcntl import ioctl
from pathlib import Path

import pytest

from tests.support.otorepair import COMMAND
from tests.support.shapes import Window

PYTHON = f"{shlex.quote(sys.executable)} -ISuc"
WRAPPER = f"{shlex.quote(COMMAND)} -q --backend none -- "
RESIZE = b"(resize)"
Step = tuple[bytes, bytes]
"""What is waited for, and what is typed then."""


@dataclass(frozen=True)
class Report:
    """One report.

    Args:
        number: tracker and number.
        about: what was seen there, in our words.
        line: what a shell runs; ``@`` stands for what wraps the command.
        steps: what is typed when.
        needs: a program without which there is nothing to try.
    """

    number: str
    about: str
    line: str
    steps: tuple[Step, ...] = ()
    needs: str = "sh"


def python(code: str) -> str:
    """Return a command that runs ``code``."""
    return f"@{PYTHON} {shlex.quote(code)}"


def node(code: str) -> str:
    """Return a command that runs ``code`` in Node."""
    return f"@node -e {shlex.quote(code)}"


RAW = (
    "import os, tty, termios; old = termios.tcgetattr(0); tty.setraw(0); print('ready', end='', flush=True);"
)
FULL_SCREEN = """
import os
os.write(1, b"\\x1b[?1049h\\x1b[2J\\x1b[5;5Hhere")
os.read(0, 1)
os.write(1, b"\\x1b[?1049l")
"""
ASK = "const r = require('readline').createInterface({input: process.stdin, output: process.stdout});"

REPORTS = (
    Report(
        "nodemon 1917",
        "a question is answered once and the program ends",
        node(ASK + "r.question('Enter: ', a => { console.log('<' + a + '>'); r.close(); })"),
        ((b"Enter: ", b"abc\n"),),
        "node",
    ),
    Report(
        "nodemon 1064",
        "a typed line is echoed once",
        node(ASK + "r.on('line', l => { console.log('got ' + l); r.close(); }); console.log('ready')"),
        ((b"ready", b"Hello\n"),),
        "node",
    ),
    Report(
        "nodemon 303",
        "arrow keys move the cursor instead of being printed",
        node(ASK + "r.question('> ', a => { console.log('<' + a + '>'); r.close(); })"),
        ((b"> ", b"ac"), (b"c", b"\x1b[Db\n")),
        "node",
    ),
    Report(
        "nodemon 1367",
        "setRawMode is there",
        node("console.log(typeof process.stdin.setRawMode)"),
        (),
        "node",
    ),
    Report(
        "nodemon 2251",
        "stdin and stdout are terminals",
        node("console.log(process.stdin.isTTY, process.stdout.isTTY, process.stderr.isTTY)"),
        (),
        "node",
    ),
    Report("nodemon 284", "stderr is a terminal, so it gets colours", "@sh -c 'test -t 2 && echo colours'"),
    Report(
        "nodemon 1036",
        "single keys and mouse reports reach a full-screen program",
        python(RAW + "print(os.read(0, 20)); termios.tcsetattr(0, 0, old)"),
        ((b"ready", b"\x1b[<0;10;5M"),),
    ),
    Report(
        "nodemon 2050",
        "a program that reads raw input finds a terminal that can be raw",
        python(RAW + "print(os.read(0, 1)); termios.tcsetattr(0, 0, old)"),
        ((b"ready", b"k"),),
    ),
    Report(
        "nodemon 232",
        "one Ctrl-C is one SIGINT",
        python(
            "import signal, time; n = []; signal.signal(2, lambda *_: n.append(1)); print('ready');"
            "exec('while not n: time.sleep(.01)'); time.sleep(.3); print('signals', len(n))"
        ),
        ((b"ready\r\n", b"\x03"),),
    ),
    Report(
        "nodemon 2143",
        "after a program that leaves the terminal raw, it is as that program left it or as it was",
        python(RAW + "termios.tcsetattr(0, 0, old)") + "; stty -a | grep -o ' .icanon\\| icanon'",
    ),
    Report(
        "watchexec 47",
        "a command that makes a terminal of its own is seen",
        "@script -qec 'echo inside' /dev/null",
        (),
        "script",
    ),
    Report(
        "watchexec 872",
        "tcsetattr does not stop the command: it is in the foreground",
        python("import termios; termios.tcsetattr(0, 1, termios.tcgetattr(0)); print('set')"),
    ),
    Report("watchexec 874", "stty sane does not hang", "@sh -c 'stty sane; echo sane'"),
    Report(
        "watchexec 655",
        "backspace deletes a character",
        python("print('<' + input('? ') + '>')"),
        ((b"? ", b"abx\x7fc\n"),),
    ),
    Report(
        "watchexec 743",
        "a program with the whole screen shows it",
        python(FULL_SCREEN),
        ((b"here", b"\n"),),
    ),
    Report(
        "concurrently 470",
        "with set -e nothing is run after a Ctrl-C",
        "set -e; @sh -c 'echo ready; exec sleep 60'; echo still here",
        ((b"ready\r\n", b"\x03"),),
    ),
    Report(
        "concurrently 197",
        "one Ctrl-C ends command and caller, and nothing lingers",
        "@sh -c 'echo ready; exec sleep 60' && echo resolved",
        ((b"ready\r\n", b"\x03"),),
    ),
    Report(
        "concurrently 7",
        "the command has time to end as it likes after a SIGINT",
        python(
            "import time\ntry:\n    print('ready'); time.sleep(60)\n"
            "except KeyboardInterrupt:\n    time.sleep(.3); print('cleaned up')"
        ),
        ((b"ready\r\n", b"\x03"),),
    ),
    Report(
        "compose 97",
        "COLUMNS and LINES follow the window",
        python(
            "import os, signal, time; print('ready');"
            "exec('while os.get_terminal_size().columns != 121: time.sleep(.01)'); print(*os.get_terminal_size())"
        ),
        ((b"ready", RESIZE),),
    ),
    Report(
        "compose-cli 1460",
        "a resize is a SIGWINCH",
        python(
            "import signal, time; n = []; signal.signal(signal.SIGWINCH, lambda *_: n.append(1)); print('ready');"
            "exec('while not n: time.sleep(.01)'); print('told')"
        ),
        ((b"ready", RESIZE),),
    ),
    Report("compose-cli 1605", "stty size is the size of the window", "@stty size"),
    Report("compose 3106", "with a terminal the command still ends", "@sh -c 'echo done' < /dev/null"),
    Report("overmind 29", "the exit status of a command that fails is told", "@false; echo status $?"),
    Report("overmind 169", "a code that a script chose is told", "@sh -c 'exit 3'; echo status $?"),
    Report(
        "overmind 41",
        "a program that asks what to do at a Ctrl-C is asked, and answers",
        python(
            "import signal, sys; signal.signal(2, lambda *_: print('a/c? ', end='')); print('ready');"
            "print('<' + sys.stdin.readline().strip() + '>')"
        ),
        ((b"ready\r\n", b"\x03"), (b"a/c? ", b"c\n")),
    ),
    Report(
        "tmux 280",
        "a bracketed paste comes with its brackets when they were asked for",
        python(RAW + "os.write(1, b'\\x1b[?2004h'); print(os.read(0, 100)); termios.tcsetattr(0, 0, old)"),
        ((b"\x1b[?2004h", b"\x1b[200~#Test\x1b[201~"),),
    ),
    Report(
        "pm2 5343",
        "a password is not shown",
        f"@{shlex.quote(sys.executable)} -Iuc 'import getpass; print(len(getpass.getpass()))'",
        ((b"Password: ", b"hunter2\n"),),
    ),
    Report(
        "uvicorn 1115",
        "a start that fails is no success",
        "@sh -c 'echo startup failed >&2; exit 3'; echo $?",
    ),
)


@pytest.fixture
def play(workspace: Path, home: Path) -> Iterator[Callable[[Report, str], tuple[int, bytes]]]:
    opened: list[Window] = []
    env = {"HOME": str(home), "PATH": os.environ["PATH"], "TERM": "xterm", "LANG": "C.UTF-8"}

    def run(report: Report, wrapper: str) -> tuple[int, bytes]:
        shown = Window(report.line.replace("@", wrapper, 1), workspace, env, "/bin/bash")
        opened.append(shown)
        for awaited, typed in report.steps:
            shown.wait_for(awaited)
            if typed == RESIZE:
                ioctl(shown.master, termios.TIOCSWINSZ, struct.pack("HHHH", 45, 121, 0, 0))
            else:
                shown.type(typed)
        return shown.end(), re.sub(rb'File "<string>"|/tmp/\S+', b"", shown.shown)

    yield run
    for one in opened:
        one.close()


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.number)
def test_it_is_as_without_us(report: Report, play: Callable[[Report, str], tuple[int, bytes]]) -> None:
    if not shutil.which(report.needs):
        pytest.skip(f"no {report.needs} on this machine")
    bare = play(report, "")
    assert play(report, WRAPPER) == bare, report.about
