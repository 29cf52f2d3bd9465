"""Runs one agent CLI once: feed the prompt, read its events, know when it is over, leave no process behind.

The timers are our own, because no CLI can be relied on to end: one retries a refused key for minutes, another
    never exits after its last event, a third waits for a network for ever. The exit status only explains; it
    never decides.
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
"""Bytes; a longer line is dropped. An event carries whole files, so this is generous."""
MOST_OUTPUT = 64 * 2**20
"""Bytes that are listened to in one run; an agent at work prints some megabytes at most."""
LONGEST_TEXT = 10_000
"""Characters of one text in an event; nobody reads more of it on a screen."""
REFUSED = (401, 403)
RETRIES = 3
"""How often an agent may ask its model again; some go on for many minutes."""

_Event = TypeVar("_Event", bound=AgentEvent)


@dataclass(frozen=True, slots=True)
class Call:
    """One run of an agent CLI.

    Args:
        argv: the command.
        env: its whole environment.
        folder: its working directory.
        prompt: what it reads on stdin.
        timeout: seconds it may take in all, writing the prompt included.
        idle: seconds it may be silent.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str]
    folder: Path
    prompt: str = ""
    timeout: float = math.inf
    idle: float = math.inf


async def drive(launch: Launch, call: Call, reader: Reader, emit: Emit) -> Finished:
    """Run ``call``, hand its events to ``emit`` (all but the end) and return the end.

    Never raises for what the agent does. Cancelling it stops the whole process tree first.
    """
    import anyio

    run = Progress(call, reader, emit, anyio.current_time())
    process = None
    with anyio.CancelScope(deadline=run.deadline) as scope:
        try:
            stdin = harmless(call.prompt).encode()
            process = await launch(call.argv, cwd=call.folder, env=call.env, stdin=stdin)
            async for stream, chunk in process.output():
                run.hear(stream, chunk, anyio.current_time())
                scope.deadline = run.deadline
            run.over(await process.wait())
        except AgentError as error:
            run.end = reader.finish(Reason(error.reason), str(error))
        finally:
            if process is not None:
                with anyio.CancelScope(shield=True):
                    await process.stop()
    return shown(run.end or run.out_of_time(), call.folder)


class Progress:
    """What is known of a run, and how long it may still go on. Pure: time comes in as ``now``, in seconds."""

    def __init__(self, call: Call, reader: Reader, emit: Emit, now: float) -> None:
        self.end: Finished | None = None
        self._call, self._reader, self._emit = call, reader, emit
        self._lines = Lines()
        self._latest = now + call.timeout
        self._heard = now
        self._patience = END_GRACE
        self._bytes = 0

    @property
    def deadline(self) -> float:
        """When to stop waiting for more."""
        if self.end is not None:
            return self._heard + self._patience
        return min(self._latest, self._heard + self._call.idle)

    def hear(self, stream: str, chunk: bytes, now: float) -> None:
        """Something was printed. After the end nothing counts any more."""
        if self.end is not None:
            return
        self._heard = now
        self._bytes += len(chunk)
        for line in self._lines.cut(stream, chunk):
            self._line(stream, line)
        if self.end is None and self._bytes > MOST_OUTPUT:
            said = f"it printed more than {MOST_OUTPUT // 2**20} MB"
            self.end, self._patience = self._reader.finish(Reason.CRASHED, said), 0.0

    def over(self, status: int) -> None:
        """The agent exited."""
        for stream, line in self._lines.rest():
            self._line(stream, line)
        self.end = self.end or self._reader.ended(status)

    def out_of_time(self) -> Finished:
        """The end of an agent that had to be stopped."""
        call = self._call
        silent = self._heard + call.idle < self._latest
        said = f"silent for {call.idle:g} s" if silent else f"not done after {call.timeout:g} s"
        return self._reader.finish(Reason.TIMEOUT, said)

    def _line(self, stream: str, line: str) -> None:
        for event in self._reader.line(stream, line):
            if self.end is not None:
                return
            if isinstance(event, Finished):
                self.end = event
                continue
            self._emit(shown(event, self._call.folder))
            if isinstance(event, Retry) and (event.status in REFUSED or event.attempt >= RETRIES):
                self.end = self._given_up(event)
                self._patience = 0.0

    def _given_up(self, retry: Retry) -> Finished:
        """No retry makes a key good, and after a few a model will not be back soon."""
        if retry.status in REFUSED:
            return self._reader.finish(Reason.AUTH, f"its login was refused (HTTP {retry.status})")
        status = f" (HTTP {retry.status})" if retry.status else ""
        said = f"its model did not answer {retry.attempt} times{status}"
        return self._reader.finish(reason_of_status(retry.status) or Reason.OVERLOADED, said)


class Lines:
    """Cuts chunks into lines, each stream by itself, in bounded memory."""

    def __init__(self, longest: int = LONGEST_LINE) -> None:
        self._longest = longest
        self._open: dict[str, bytearray] = {}
        self._dropping: set[str] = set()

    def cut(self, stream: str, chunk: bytes) -> Iterator[str]:
        """The lines that ``chunk`` completes."""
        line = self._open.setdefault(stream, bytearray())
        *whole, rest = chunk.split(b"\n")
        for part in whole:
            line += part
            if stream not in self._dropping and len(line) <= self._longest:
                yield _decoded(line)
            self._dropping.discard(stream)
            line.clear()
        line += rest
        if len(line) > self._longest:
            self._dropping.add(stream)
            line.clear()

    def rest(self) -> Iterator[tuple[str, str]]:
        """What was printed last, without a newline."""
        for stream, line in self._open.items():
            if line and stream not in self._dropping:
                yield stream, _decoded(line)


def _decoded(line: bytearray) -> str:
    return line.decode(errors="replace").removesuffix("\r")


def shown(event: _Event, folder: Path) -> _Event:
    """``event`` as a person may see it: no control characters, no endless text, paths as in the folder."""
    fields_shown: dict[str, Any] = {}
    for field in fields(event):
        value = getattr(event, field.name)
        if type(value) is str:
            value = printable(value)
            for place in (folder, folder.resolve()):  # a temporary folder may have two names
                value = value.replace(f"{place}/", "")
            fields_shown[field.name] = capped(value, LONGEST_TEXT)
    return replace(event, **fields_shown)
