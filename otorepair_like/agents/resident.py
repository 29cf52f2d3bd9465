"""Keep an agent CLI running for several questions: this saves start-ups, and it remembers the conversation.

Questions are JSON lines on its stdin, in the format of Claude Code's ``--input-format stream-json``.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Final

from otorepair_like.agents.cli_runner import Call, Progress, sanitize
from otorepair_like.agents.protocol import AgentEvent, Emit, Finished, Launch, Process, Reason, Usage
from otorepair_like.agents.reader import Reader
from otorepair_like.agents.sanitize import harmless
from otorepair_like.errors import AgentError

QUESTIONS: Final = 20
"""Questions that one process answers; after that the long conversation costs more than a start."""
_REUSABLE: Final = (Reason.OK, Reason.DENIED)
"""Ends after which the process can answer another question."""


class Resident:
    """At most one process of an agent CLI, started when it is needed and when it has died."""

    def __init__(self, launch: Launch) -> None:
        import anyio

        self._launch = launch
        self._lock = anyio.Lock()
        self._process: Process | None = None
        self._context: tuple[object, ...] = ()
        self._questions = 0
        self._spent = Usage()

    async def ask(self, call: Call, subject: str, reader: Reader, emit: Emit) -> Finished:
        """Ask ``call.prompt`` and return the end of the answer, as :func:`.cli_runner.run_agent` does.

        Args:
            subject: the subject of the question; a process is asked about one subject only.
        """
        async with self._lock:
            context = (call.argv, call.folder, subject)
            fresh = self._process is None or self._context != context or self._questions >= QUESTIONS
            if fresh:
                await self.close()
                self._context = context
            finished = await self._answer(call, reader, emit)
            if finished is None and not fresh:  # it died silently after the last answer
                finished = await self._answer(call, reader, emit)
            return sanitize(finished or reader.ended(-1), call.folder)

    async def close(self) -> None:
        """End the process, if there is one."""
        import anyio

        process, self._process = self._process, None
        if process is not None:
            with anyio.CancelScope(shield=True):
                await process.stop()

    async def _answer(self, call: Call, reader: Reader, emit: Emit) -> Finished | None:
        """Return the end of the answer; ``None`` if the process was dead before it answered anything."""
        import anyio

        answered = False

        def forward(event: AgentEvent) -> None:
            nonlocal answered
            answered = True
            emit(event)

        progress = Progress(call, reader, forward, anyio.current_time())
        try:
            with anyio.CancelScope(deadline=progress.deadline) as scope:
                process = self._process or await self._start(call)
                await process.write(_message(call.prompt))
                async for stream, chunk in process.output():
                    progress.feed(stream, chunk, anyio.current_time())
                    scope.deadline = progress.deadline
                    if progress.end is not None:
                        break
                else:
                    status = await process.wait()
                    if answered or progress.end:
                        progress.exited(status)
        except AgentError as error:
            if error.reason != Reason.CRASHED:
                progress.end = reader.finish(Reason(error.reason), str(error))
        finally:
            if progress.end is None or progress.end.reason not in _REUSABLE:
                await self.close()
        if progress.end is None:
            return progress.timed_out() if scope.cancelled_caught else None
        return self._with_own_usage(progress.end)

    async def _start(self, call: Call) -> Process:
        self._questions, self._spent = 0, Usage()
        self._process = await self._launch(call.argv, cwd=call.folder, env=call.env, stdin=None)
        return self._process

    def _with_own_usage(self, end: Finished) -> Finished:
        """Return ``end`` with the usage of this answer alone: the process reports the sum of all answers."""
        self._questions += 1
        before, now = self._spent, end.usage
        if now == Usage():
            return end
        self._spent = now
        cost = None if now.cost_usd is None else max(0.0, now.cost_usd - (before.cost_usd or 0.0))
        read, written = now.tokens_in - before.tokens_in, now.tokens_out - before.tokens_out
        return replace(end, usage=Usage(max(0, read), max(0, written), cost))


def _message(prompt: str) -> bytes:
    text = [{"type": "text", "text": harmless(prompt)}]
    return json.dumps({"type": "user", "message": {"role": "user", "content": text}}).encode() + b"\n"
