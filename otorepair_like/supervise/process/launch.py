"""Starts agents as the child is started: a tree with a janitor, of which nothing outlives us."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

import anyio

from otorepair_like.errors import AgentError, CannotRunError
from otorepair_like.supervise.child import Child
from otorepair_like.supervise.mailbox import Mailbox
from otorepair_like.supervise.messages import Exited, Gone, Output, Skipped

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

    from otorepair_like.supervise.process.spawner import Spawner


class Launcher:
    """A ``Launch`` over the spawner."""

    def __init__(self, spawner: Spawner) -> None:
        self._spawner = spawner
        self._running: list[RunningAgent] = []

    async def __call__(
        self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], stdin: bytes | None = b""
    ) -> RunningAgent:
        """Start ``argv`` with ``stdin`` to read; ``None``: with what will be written to it.

        The input lies in a nameless file, so a program that does not read it holds nobody up.

        Raises:
            AgentError: (``not_installed``) the program is not there or cannot be executed.
        """
        mailbox = Mailbox()
        source, sink = os.pipe() if stdin is None else (_nameless_file(stdin), -1)
        child = Child(self._spawner, list(argv), os.path.abspath(cwd), dict(env), mailbox, stdin=source)
        try:
            child.start()
        except CannotRunError as error:
            if sink >= 0:
                os.close(sink)
            raise AgentError(
                "not_installed", error.what, error.why, "install it or choose another backend"
            ) from error
        finally:
            os.close(source)
        running = RunningAgent(child, mailbox, sink)
        self._running = [agent for agent in self._running if not agent.gone] + [running]
        return running

    def kill(self) -> None:
        """Have what still runs end at once, instead of when it likes."""
        for agent in self._running:
            agent.kill()

    async def close(self) -> None:
        """End what still runs."""
        async with anyio.create_task_group() as group:
            for agent in self._running:
                group.start_soon(agent.stop)


class RunningAgent:
    """One started tree: a ``Process``, read by one task at a time.

    Args:
        sink: where its stdin is written to; -1: nowhere.
    """

    def __init__(self, child: Child, mailbox: Mailbox, sink: int = -1) -> None:
        self.pid = child.pid
        self._child, self._sink = child, sink
        self._mailbox = mailbox
        self._output: list[Output] = []
        self._status: int | None = None
        self.gone = False
        """Whether nothing of it is left."""
        self._news = anyio.Event()
        loop = asyncio.get_running_loop()

        def wake(_pressing: bool) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(self._collect)

        mailbox.attach(wake)

    async def write(self, data: bytes) -> None:
        """Write to its stdin.

        Raises:
            AgentError: (``crashed``) it no longer reads its input.
        """
        left = memoryview(data)
        while left:
            try:
                os.set_blocking(self._sink, False)
                left = left[os.write(self._sink, left) :]
            except BlockingIOError:
                await anyio.wait_writable(self._sink)
            except OSError as error:
                raise AgentError("crashed", "it no longer reads its input", str(error.strerror)) from error

    async def output(self) -> AsyncIterator[tuple[str, bytes]]:
        """Chunks as ``("stdout" | "stderr", bytes)`` until the leader is gone and both pipes are drained."""
        while True:
            while self._output:
                chunk = self._output.pop(0)
                yield chunk.stream, chunk.data
            if self._status is not None:
                return
            await self._news.wait()

    async def wait(self) -> int:
        """The leader's exit status; negative: the signal that ended it."""
        while self._status is None:
            await self._news.wait()
        return self._status

    async def stop(self, grace: float = 3.0) -> None:
        """SIGTERM to the group, ``grace`` seconds, then the end of every descendant, also when cancelled."""
        self._child.stop(signal.SIGTERM, grace)
        with anyio.CancelScope(shield=True):
            while not self.gone:
                await self._news.wait()

    def kill(self) -> None:
        """SIGKILL to every descendant; whoever waits for the end learns of it as usual."""
        self._child.kill()

    def _close_sink(self) -> None:
        if self._sink >= 0:
            os.close(self._sink)
            self._sink = -1

    def _collect(self) -> None:
        for message in self._mailbox.drain():
            match message:
                case Output():
                    self._output.append(message)
                case Skipped(stream=stream):  # what stands before the gap and after it is not one line
                    self._output.append(Output(stream, b"\n"))
                case Exited(status=status):
                    self._status = status
                case Gone():
                    self.gone = True
                    self._close_sink()
                case _:
                    pass
        self._news.set()
        self._news = anyio.Event()


def _nameless_file(content: bytes) -> int:
    """A descriptor that reads as ``content``."""
    if not content:
        return os.open(os.devnull, os.O_RDONLY)
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("stdin")
    else:
        import tempfile

        descriptor, name = tempfile.mkstemp()
        os.unlink(name)
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
