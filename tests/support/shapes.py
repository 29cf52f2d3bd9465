"""Runs a command in a terminal of its own with its streams redirected in every way a shell can, and keeps the bytes.

What the shell's line does is done by a real ``sh``, so pipelines and process groups are those of a user.
"""

from __future__ import annotations

import os
import pty
import select
import shlex
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fcntl import ioctl
from pathlib import Path

from tests.support.supervise import PATIENCE

KINDS = ("terminal", "pipe", "file", "null", "closed")
ROWS, COLUMNS = 31, 87
STDIN = {"terminal": "", "pipe": "", "file": "< in.txt", "null": "< /dev/null", "closed": "<&-"}
STDOUT = {"terminal": "", "pipe": "", "file": "> out.txt", "null": "> /dev/null", "closed": ">&-"}
STDERR = {
    "terminal": "",
    "pipe": "2> err.fifo",
    "file": "2> err.txt",
    "null": "2> /dev/null",
    "closed": "2>&-",
    "merged": "2>&1",
}


@dataclass(frozen=True)
class Streams:
    """Where the three streams of a command lead."""

    stdin: str
    stdout: str
    stderr: str

    def line(self, argv: Sequence[str]) -> str:
        """Return what a user types to run ``argv`` so."""
        before = "cat in.txt | " if self.stdin == "pipe" else ""
        after = " | cat > out.txt" if self.stdout == "pipe" else ""
        command = f"{shlex.join(argv)} {STDIN[self.stdin]} {STDOUT[self.stdout]} {STDERR[self.stderr]}"
        line = f"{before}{command}{after}"
        return (
            f"rm -f err.fifo; mkfifo err.fifo; cat err.fifo > err.txt & {line}; wait" if self.piped else line
        )

    @property
    def piped(self) -> bool:
        """Whether stderr is a pipe of its own."""
        return self.stderr == "pipe"


class Window:
    """A terminal with ``script`` in it, run by sh."""

    def __init__(self, script: str, cwd: Path, env: Mapping[str, str], shell: str = "/bin/sh") -> None:
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
            os.chdir(cwd)
            os.execve(shell, [shell, "-c", script], dict(env))
        self.shown = b""
        self._seen = 0
        self.status: int | None = None

    def wait_for(self, text: bytes) -> None:
        """Wait until ``text`` is shown after what was waited for before."""
        deadline = time.monotonic() + PATIENCE
        while (at := self.shown.find(text, self._seen)) < 0:
            assert self._read(deadline), f"no {text!r} in {self.shown!r}"
        self._seen = at + len(text)

    def saw(self, text: bytes) -> bool:
        """Take what there is to read, and return whether ``text`` was ever shown."""
        while select.select([self.master], [], [], 0)[0] and self._read(time.monotonic() + 1):
            pass
        return text in self.shown

    def type(self, text: bytes) -> None:
        """Type ``text``."""
        os.write(self.master, text)

    def end(self) -> int:
        """Wait for the end and return the status as ``os.waitstatus_to_exitcode`` tells it."""
        deadline = time.monotonic() + PATIENCE
        while self._read(deadline):
            pass
        while self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
            assert time.monotonic() < deadline, f"it does not end: {self.shown!r}"
            time.sleep(0.002)
        return self.status

    def close(self) -> None:
        """End what still runs there."""
        if self.status is None:
            os.killpg(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.master)

    def _read(self, deadline: float) -> bool:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([self.master], [], [], left)[0]:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:  # nobody has it open any more
            return False
        self.shown += data
        return bool(data)
