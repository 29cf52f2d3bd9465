"""Run one agent CLI once: feed it the prompt, read its events, notice its end, leave no process behind.

The timeouts are ours, because no CLI ends reliably: one retries a refused key for minutes, another never exits after
its last event, a third waits forever for a network. The exit status only explains an end; it never decides one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from otorepair_like.agents.protocol import AgentEvent, Emit, Finished, Launch, Reason, Retry
from otorepair_like.agents.reader import Reader, reason_of_status
from otorepair_like.agents.sanitize import capped, harmless, printable
from otorepair_like.errors import AgentError

END_GRACE = 3.0
"""Seconds an agent may take to exit after its last event."""
LONGEST_LINE = 16 * 2**20
"""Bytes; a longer line is dropped. An event may contain whole files, so this is generous."""
MOST_OUTPUT = 64 * 2**20
"""Bytes that are read in one run; an agent normally prints a few megabytes at most."""
LONGEST_TEXT = 10_000
"""Characters of one text in an event; more would not be read on a screen."""
REFUSED = (401, 403)
RETRIES = 3
"""Retries of its model request that an agent may make; some retry for many minutes."""

_Event = TypeVar("_Event", bound=AgentEvent)


@dataclass(frozen=True, slots=True)
class Call:
    """One run of an agent CLI.

    Args:
        argv: the command.
        env: its whole environment.
        folder: its working directory.
        prompt: its stdin.
        timeout: seconds it may take in total, writing the prompt included.
        idle: seconds it may be silent.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str]
    folder: Path
    prompt: str = ""
    timeout: float = math.inf
    idle: float = math.inf


async def run_agent(launch: Launch, call: Call, reader: Reader, emit: Emit) -> Finished:
    """Run ``call``, pass its events except the last to ``emit``, and return the last.

    Nothing that the agent does raises an exception. Cancelling stops the whole process tree first.
    """
    import anyio

    run = Progress(call, reader, emit, anyio.current_time())
    process = None
    with anyio.CancelScope(deadline=run.deadline) as scope:
        try:
            stdin = harmless(call.prompt).encode()
            process = await launch(call.argv, cwd=call.folder, env=call.env, stdin=stdin)
            async for stream, chunk in process.output():
                run.feed(stream, chunk, anyio.current_time())
                scope.deadline = run.deadline
            run.exited(await process.wait())
        except AgentError as error:
            run.end = reader.finish(Reason(error.reason), str(error))
        finally:
            if process is not None:
                with anyio.CancelScope(shield=True):
                    await process.stop()
    return sanitize(run.end or run.timed_out(), call.folder)


class Progress:
    """The state of a run and its deadline. Pure: the time is an argument ``now``, in seconds."""

    def __init__(self, call: Call, reader: Reader, emit: Emit, now: float) -> None:
        self.end: Finished | None = None
        self._call, self._reader, self._emit = call, reader, emit
        self._lines = Lines()
        self._latest = now + call.timeout
        self._last_output = now
        self._grace = END_GRACE
        self._bytes = 0

    @property
    def deadline(self) -> float:
        """Return the time at which to stop waiting for output."""
        if self.end is not None:
            return self._last_output + self._grace
        return min(self._latest, self._last_output + self._call.idle)

    def feed(self, stream: str, chunk: bytes, now: float) -> None:
        """Read a chunk of output; after the end output is ignored."""
        if self.end is not None:
            return
        self._last_output = now
        self._bytes += len(chunk)
        for line in self._lines.cut(stream, chunk):
            self._line(stream, line)
        if self.end is None and self._bytes > MOST_OUTPUT:
            message = f"it printed more than {MOST_OUTPUT // 2**20} MB"
            self.end, self._grace = self._reader.finish(Reason.CRASHED, message), 0.0

    def exited(self, status: int) -> None:
        """Note that the agent exited."""
        for stream, line in self._lines.flush():
            self._line(stream, line)
        self.end = self.end or self._reader.ended(status)

    def timed_out(self) -> Finished:
        """Return the end of an agent that has to be stopped."""
        call = self._call
        silent = self._last_output + call.idle < self._latest
        message = f"silent for {call.idle:g} s" if silent else f"not done after {call.timeout:g} s"
        return self._reader.finish(Reason.TIMEOUT, message)

    def _line(self, stream: str, line: str) -> None:
        for event in self._reader.line(stream, line):
            if self.end is not None:
                return
            if isinstance(event, Finished):
                self.end = event
                continue
            self._emit(sanitize(event, self._call.folder))
            if isinstance(event, Retry) and (event.status in REFUSED or event.attempt >= RETRIES):
                self.end = self._stop_retrying(event)
                self._grace = 0.0

    def _stop_retrying(self, retry: Retry) -> Finished:
        """Return the end: no retry makes a refused key valid, and after a few a model will not be back soon."""
        if retry.status in REFUSED:
            return self._reader.finish(Reason.AUTH, f"its login was refused (HTTP {retry.status})")
        status = f" (HTTP {retry.status})" if retry.status else ""
        message = f"its model did not answer {retry.attempt} times{status}"
        return self._reader.finish(reason_of_status(retry.status) or Reason.OVERLOADED, message)


class Lines:
    """Splits the chunks of each stream into lines, in bounded memory."""

    def __init__(self, longest: int = LONGEST_LINE) -> None:
        self._longest = longest
        self._open: dict[str, bytearray] = {}
        self._dropping: set[str] = set()

    def cut(self, stream: str, chunk: bytes) -> Iterator[str]:
        """Yield the lines that ``chunk`` completes."""
        line = self._open.setdefault(stream, bytearray())
        *whole, rest = chunk.split(b"\n")
        for part in whole:
            line += part
            if stream not in self._dropping and len(line) <= self._longest:
                yield _decode(line)
            self._dropping.discard(stream)
            line.clear()
        line += rest
        if len(line) > self._longest:
            self._dropping.add(stream)
            line.clear()

    def flush(self) -> Iterator[tuple[str, str]]:
        """Yield stream and text of the last lines, which have no newline."""
        for stream, line in self._open.items():
            if line and stream not in self._dropping:
                yield stream, _decode(line)


def _decode(line: bytearray) -> str:
    return line.decode(errors="replace").removesuffix("\r")


def sanitize(event: _Event, folder: Path) -> _Event:
    """Return ``event`` as it may be shown: no control characters, no endless text, paths relative to ``folder``."""
    texts: dict[str, Any] = {}
    for field in fields(event):
        value = getattr(event, field.name)
        if type(value) is str:
            value = printable(value)
            for path in (folder, folder.resolve()):  # a temporary folder may have two names
                value = value.replace(f"{path}/", "")
            texts[field.name] = capped(value, LONGEST_TEXT)
    return replace(event, **texts)
