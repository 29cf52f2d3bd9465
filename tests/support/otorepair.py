"""Runs the installed command as a person would, and waits for signs of what it does."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from tests.support.supervise import PATIENCE, until

COMMAND = str(Path(sys.executable).with_name("otorepair"))
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


class Stream:
    """Collects what comes out of a pipe."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe, self._data = pipe, bytearray()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        while chunk := os.read(self._pipe.fileno(), 65536):
            self._data += chunk

    @property
    def data(self) -> bytes:
        """All bytes so far."""
        return bytes(self._data)

    @property
    def text(self) -> str:
        """All of it so far, as text."""
        return self.data.decode(errors="replace")


NO_SANDBOX = {"OTOREPAIR_SANDBOX": "never"}
"""For stories about other things: their agents write down what they were asked where a sandbox would not let them."""


class Run:
    """One run of the installed command.

    Args:
        args: what follows ``otorepair``.
        cwd: the workspace.
        home: stands for the user's home, so that nothing of the real one is read.
        program: what to run, if not otorepair itself.
    """

    def __init__(
        self, args: Sequence[str], cwd: Path, home: Path, env: Mapping[str, str] = {}, program: str = COMMAND
    ) -> None:
        clean = {
            k: v
            for k, v in os.environ.items()
            if k == "XDG_STATE_HOME" or (not k.startswith(("OTOREPAIR_", "XDG_")) and k != "PORT")
        }
        path = f"{env.get('EXTRA_PATH', '/')}:{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
        self.process = subprocess.Popen(
            [program, *args],
            cwd=cwd,
            env={**clean, **NO_SANDBOX, "HOME": str(home), "PATH": path, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self.process.stdout
        assert self.process.stderr
        self.out, self.err = Stream(self.process.stdout), Stream(self.process.stderr)

    def wait(self, timeout: float = 40) -> int:
        """The exit code as a shell reports it, when all output is read."""
        code = self.process.wait(timeout)
        for stream in (self.out, self.err):
            stream.thread.join(timeout)
        return code if code >= 0 else 128 - code

    def shows(self, pattern: str, times: int = 1) -> re.Match[str]:
        """Wait until ``pattern`` is on stderr (so often); the last match."""

        def found() -> re.Match[str] | None:
            matches = list(re.finditer(pattern, self.err.text))
            return matches[-1] if len(matches) >= times else None

        try:
            match = until(found, f"{pattern!r} on stderr")
        except AssertionError as error:
            raise AssertionError(f"{error}; stderr was:\n{self.err.text[-4000:]}") from None
        assert match
        return match

    def prints(self, pattern: str, times: int = 1) -> None:
        """Wait until ``pattern`` is on stdout (so often)."""
        until(lambda: len(re.findall(pattern, self.out.text)) >= times, f"{pattern!r} on stdout")

    def events(self, kind: str = "") -> list[dict[str, Any]]:
        """The events of a run with ``--json`` so far."""
        found = []
        for line in self.err.text.splitlines(keepends=True):
            if line.startswith('{"event"') and line.endswith("\n"):
                event = json.loads(line)
                if not kind or event["event"] == kind:
                    found.append(event)
        return found

    def event(self, kind: str, times: int = 1, patience: float = PATIENCE) -> dict[str, Any]:
        """Wait for the event ``kind`` (so often), so many seconds; the last one."""
        seen = lambda: len(self.events(kind)) >= times or self._over(kind, times)  # noqa: E731
        until(seen, f"{times} {kind}", patience=patience)
        return self.events(kind)[times - 1]

    def verdicts(self) -> list[str]:
        """The verdicts of the attempts so far."""
        return [event["attempt"]["verdict"] for event in self.events("AttemptEnded")]

    def interrupt(self, number: int = signal.SIGINT) -> None:
        """Send a signal to otorepair alone."""
        self.process.send_signal(number)

    def _over(self, kind: str, times: int) -> bool:
        if self.process.poll() is None or self.err.thread.is_alive() or len(self.events(kind)) >= times:
            return False
        raise AssertionError(
            f"ended ({self.process.returncode}) without {times} {kind}:\n{self.err.text[-4000:]}"
        )


@contextmanager
def running(
    args: Sequence[str], cwd: Path, home: Path, env: Mapping[str, str] = {}, program: str = COMMAND
) -> Iterator[Run]:
    """A run that is ended when the test is over, whatever happened."""
    run = Run(args, cwd, home, env, program)
    try:
        yield run
    finally:
        if run.process.poll() is None:
            run.interrupt(signal.SIGTERM)
            try:
                run.process.wait(8)
            except subprocess.TimeoutExpired:
                run.process.kill()
        run.wait()
        assert run.process.stdout
        assert run.process.stderr
        run.process.stdout.close()
        run.process.stderr.close()


def users_settings(home: Path, toml: str) -> None:
    """Write the settings of the user, which need nobody's trust."""
    file = home / ".config" / "otorepair" / "config.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(toml)
