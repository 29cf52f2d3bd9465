"""A plain Launch for tests of the agents: asyncio's subprocesses, psutil for the tree."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from otorepair_like.errors import AgentError


class PlainProcess:
    """One process tree in a session of its own."""

    def __init__(self, process: asyncio.subprocess.Process, stdin: bytes, grace: float) -> None:
        self.pid = process.pid
        self._grace = grace
        self._process = process
        self._chunks: asyncio.Queue[tuple[str, bytes] | None] = asyncio.Queue(64)
        streams = {"stdout": process.stdout, "stderr": process.stderr}
        self._tasks = [asyncio.create_task(self._read(name, stream)) for name, stream in streams.items()]
        self._tasks.append(asyncio.create_task(self._feed(stdin)))

    async def output(self) -> AsyncIterator[tuple[str, bytes]]:
        for _ in range(2):
            while (chunk := await self._chunks.get()) is not None:
                yield chunk

    async def wait(self) -> int:
        return await self._process.wait()

    async def stop(self, grace: float = 3.0) -> None:
        family = _descendants(self.pid)
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGTERM)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), min(grace, self._grace))
        for member in family:
            with suppress(psutil.NoSuchProcess):
                member.kill()
        await self._process.wait()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _read(self, name: str, stream: asyncio.StreamReader | None) -> None:
        assert stream is not None
        while chunk := await stream.read(65536):
            await self._chunks.put((name, chunk))
        await self._chunks.put(None)

    async def _feed(self, data: bytes) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        with suppress(ConnectionError):
            stdin.write(data)
            await stdin.drain()
        stdin.close()


class PlainLaunch:
    """Remembers what it launched, so that a test can ask what is still alive."""

    def __init__(self) -> None:
        self.grace = 3.0
        self.launched: list[PlainProcess] = []
        self.argv: list[tuple[str, ...]] = []
        self.env: list[dict[str, str]] = []

    async def __call__(
        self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], stdin: bytes = b""
    ) -> PlainProcess:
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                *argv, cwd=cwd, env=dict(env), stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
            )
        except OSError as error:
            raise AgentError("not_installed", f"cannot run {argv[0]}", error.strerror or "") from None
        self.launched.append(PlainProcess(process, stdin, self.grace))
        self.argv.append(tuple(argv))
        self.env.append(dict(env))
        return self.launched[-1]


def _descendants(pid: int) -> list[psutil.Process]:
    try:
        leader = psutil.Process(pid)
        return [leader, *leader.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
