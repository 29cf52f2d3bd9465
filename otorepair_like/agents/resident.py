"""An agent CLI that stays: asked again and again in one process, which saves it the start and knows what was said.

It is spoken to in JSON lines on its stdin, as Claude Code's ``--input-format stream-json`` takes them.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Final

from otorepair_like.agents.cli_runner import Call, Progress, shown
from otorepair_like.agents.protocol import AgentEvent, Emit, Finished, Launch, Process, Reason, Usage
from otorepair_like.agents.reader import Reader
from otorepair_like.agents.sanitize import harmless
from otorepair_like.errors import AgentError

QUESTIONS: Final = 20
"""How many questions one process answers; then what was said before weighs more than a start."""
_WHOLE: Final = (Reason.OK, Reason.DENIED)
"""Ends after which it can be asked again."""


class Resident:
    """One process of an agent CLI at a time; started when it is needed, and again when it has died."""

    def __init__(self, launch: Launch) -> None:
        import anyio

        self._launch = launch
        self._free = anyio.Lock()
        self._process: Process | None = None
        self._about: tuple[object, ...] = ()
        self._asked = 0
        self._spent = Usage()

    async def ask(self, call: Call, subject: str, reader: Reader, emit: Emit) -> Finished:
        """Ask ``call.prompt`` and return the end of its answer, as :func:`.cli_runner.drive` does.

        Args:
            subject: what it is about; a process knows of one subject only.
        """
        async with self._free:
            about = (call.argv, call.folder, subject)
            fresh = self._process is None or self._about != about or self._asked >= QUESTIONS
            if fresh:
                await self.close()
                self._about = about
            finished = await self._answer(call, reader, emit)
            if finished is None and not fresh:  # it had died in silence since the last answer
                finished = await self._answer(call, reader, emit)
            return shown(finished or reader.ended(-1), call.folder)

    async def close(self) -> None:
        """End the process, if there is one."""
        import anyio

        process, self._process = self._process, None
        if process is not None:
            with anyio.CancelScope(shield=True):
                await process.stop()

    async def _answer(self, call: Call, reader: Reader, emit: Emit) -> Finished | None:
        """The end of the answer; ``None``: the process was dead before it said anything."""
        import anyio

        told = False

        def tell(event: AgentEvent) -> None:
            nonlocal told
            told = True
            emit(event)

        progress = Progress(call, reader, tell, anyio.current_time())
        try:
            with anyio.CancelScope(deadline=progress.deadline) as scope:
                process = self._process or await self._start(call)
                await process.write(_message(call.prompt))
                async for stream, chunk in process.output():
                    progress.hear(stream, chunk, anyio.current_time())
                    scope.deadline = progress.deadline
                    if progress.end is not None:
                        break
                else:
                    status = await process.wait()
                    if told or progress.end:
                        progress.over(status)
        except AgentError as error:
            if error.reason != Reason.CRASHED:
                progress.end = reader.finish(Reason(error.reason), str(error))
        finally:
            if progress.end is None or progress.end.reason not in _WHOLE:
                await self.close()
        if progress.end is None:
            return progress.out_of_time() if scope.cancelled_caught else None
        return self._counted(progress.end)

    async def _start(self, call: Call) -> Process:
        self._asked, self._spent = 0, Usage()
        self._process = await self._launch(call.argv, cwd=call.folder, env=call.env, stdin=None)
        return self._process

    def _counted(self, end: Finished) -> Finished:
        """``end`` with what this answer alone has spent: the process adds up over all of them."""
        self._asked += 1
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
