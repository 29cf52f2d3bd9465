"""The approval prompt: a person at the terminal decides with one key whether a change may be applied."""

from __future__ import annotations

import os
import shlex
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import anyio
from anyio import to_thread

from otorepair_like import events
from otorepair_like.guard.approval import Answer, Choice, Request
from otorepair_like.repair.recorder import proposed
from otorepair_like.supervise.terminal.foreground import run_in_foreground
from otorepair_like.supervise.terminal.terminal import Terminal

ANSWERS, BEGIN = "yanev", "nev"
"""Keys that answer, and those of them after which every key belongs to the answer."""
ENTER, ESCAPE, ERASE = "\r\n", "\x1b", "\x7f\x08"


class TerminalApprover:
    """Asks at the terminal; pass every key that is typed meanwhile to :meth:`take`.

    Args:
        terminal: while a question is open, all its keys are ours.
        folder: the private copy, in which a change is edited.
        redact: masks secrets in what is shown.
        environ: names editor and pager.
    """

    def __init__(
        self,
        bus: events.Bus,
        terminal: Terminal,
        folder: Path,
        redact: Callable[[str], str],
        environ: Mapping[str, str],
    ) -> None:
        self._bus, self._terminal, self._folder = bus, terminal, folder
        self._redact, self._environ = redact, environ
        self._keys, self._typed = anyio.create_memory_object_stream[str](1000)
        self.open = False
        """True while a question is open."""
        self._absorbing = False
        """True while every key belongs to the answer: a line of text, or keys for the program that was started."""

    def take(self, key: str) -> bool:
        """Take ``key`` if it is (part of) an answer; return whether it is."""
        taken = self.open and (self._absorbing or key in ANSWERS)
        if taken:
            self._absorbing = self._absorbing or key in BEGIN
            self._keys.send_nowait(key)
        return taken

    async def __call__(self, request: Request) -> Answer:
        """Show ``request`` and wait for an answer."""
        self._bus.publish(proposed(request, self._redact, asks=True))
        self.open = self._terminal.direct = True
        try:
            answer = await self._answer(request)
        finally:
            self.open = self._terminal.direct = False
            self._bus.publish(events.Typing(text=""))
        self._bus.publish(
            events.ChangeAnswered(attempt=request.attempt, answer=answer.say, reason=answer.reason)
        )
        return answer

    async def _answer(self, request: Request) -> Answer:
        while True:
            self._absorbing = False
            key = await self._typed.receive()
            self._absorbing = key in BEGIN
            match key:
                case "y":
                    return Answer(Choice.YES)
                case "a":
                    return Answer(Choice.ALWAYS)
                case "n":
                    reason = await self._line("why not? ")
                    if reason is not None:
                        return Answer(Choice.NO, reason)
                case "e":
                    paths = [str(self._folder / path) for path in request.changes.paths]
                    if await self._lend(
                        "VISUAL", "EDITOR", "vi", [path for path in paths if os.path.exists(path)]
                    ):
                        return Answer(Choice.EDITED)
                case "v":
                    await self._view(request)

    async def _line(self, question: str) -> str | None:
        """Return a line that the person types; ``None`` if they press Escape."""
        typed = ""
        while True:
            # Keys are single bytes; what a person types is UTF-8.
            self._bus.publish(events.Typing(text=question + _text(typed) + "_"))
            key = await self._typed.receive()
            if key in ENTER:
                return _text(typed).strip()
            if key == ESCAPE:
                self._bus.publish(events.Typing(text=""))
                return None
            typed = _text(typed)[:-1].encode().decode("latin-1") if key in ERASE else typed + key

    async def _view(self, request: Request) -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".diff", encoding="utf-8", errors="replace") as file:
            file.write(self._redact(request.changes.diff()))
            file.flush()
            await self._lend("PAGER", "PAGER", "less", [file.name])

    async def _lend(self, first: str, second: str, default: str, paths: Sequence[str]) -> bool:
        """Run the user's program for ``paths`` in the terminal; return whether it could be started."""
        program = self._environ.get(first) or self._environ.get(second) or default
        try:
            with self._terminal.lent():
                await to_thread.run_sync(run_in_foreground, [*shlex.split(program), *paths])
        except (OSError, ValueError) as error:
            message = f"cannot run {program}: {getattr(error, 'strerror', None) or error}; set {second}"
            self._bus.publish(events.Notice(text=message))
            return False
        finally:
            while (
                self._typed.statistics().current_buffer_used
            ):  # typed for the program, but before it was there
                self._typed.receive_nowait()
        return True


def _text(typed: str) -> str:
    return typed.encode("latin-1").decode("utf-8", "ignore")
