"""A terminal window with the installed command in it, and what a person sees there."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pexpect
import pyte

from tests.support.otorepair import COMMAND, NO_SANDBOX

Open = Callable[..., pexpect.spawn]
ROWS = 30


def open_window(
    program: str, args: Sequence[str], workspace: Path, home: Path, columns: int, env: Mapping[str, str]
) -> pexpect.spawn:
    """Run ``program``, otorepair by default, in a window of its own."""
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    process = pexpect.spawn(
        program or COMMAND,
        list(args),
        cwd=str(workspace),
        env={
            **NO_SANDBOX,
            "HOME": str(home),
            "PATH": path,
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            **env,
        },
        dimensions=(ROWS, columns),
        timeout=20,
        encoding="utf-8",
    )
    process.delaybeforesend = None
    return process


def ended(process: pexpect.spawn) -> int:
    """The exit code as a shell reports it, when all output is read."""
    process.expect(pexpect.EOF)
    process.wait()
    return int(process.exitstatus if process.exitstatus is not None else 128 + process.signalstatus)


class Glass:
    """What is on the screen of a window: keeps everything written to it and plays it into an emulator.

    To be made right after the window was opened.
    """

    def __init__(self, process: pexpect.spawn, columns: int = 100) -> None:
        self._screen = pyte.Screen(columns, ROWS)
        self._stream = pyte.Stream(self._screen)
        process.logfile_read = self

    def write(self, text: str) -> None:
        self._stream.feed(text)

    def flush(self) -> None:
        pass

    @property
    def text(self) -> str:
        """The lines, without what is empty at the end of each and of all."""
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip() + "\n"
