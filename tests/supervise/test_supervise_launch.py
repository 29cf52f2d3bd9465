"""Agents run in trees like the child's."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from otorepair_like.agents.protocol import Launch
from otorepair_like.errors import AgentError
from otorepair_like.supervise.process.launch import Launcher
from otorepair_like.supervise.process.spawner import Spawner
from tests.support.supervise import marked, python, until


@pytest.fixture
def launch(spawner: Spawner) -> Launch:
    return Launcher(spawner)


@pytest.fixture
def marker() -> Iterator[str]:
    marker = uuid.uuid4().hex
    yield marker
    assert marked(marker) == []


def test_an_agent_reads_its_prompt_and_answers_on_both_streams(launch: Launch, tmp_path: Path) -> None:
    code = "import sys; p = sys.stdin.read(); print(len(p)); print('done', file=sys.stderr); sys.exit(3)"

    async def main() -> None:
        process = await launch(python(code), cwd=tmp_path, env={}, stdin=b"x" * 1_000_000)
        said = {"stdout": b"", "stderr": b""}
        async for stream, data in process.output():
            said[stream] += data
        assert said == {"stdout": b"1000000\n", "stderr": b"done\n"}
        assert await process.wait() == 3
        await process.stop()

    anyio.run(main)


def test_an_agent_that_never_reads_its_prompt_holds_nobody_up(launch: Launch, tmp_path: Path) -> None:
    async def main() -> None:
        process = await launch(["true"], cwd=tmp_path, env=dict(os.environ), stdin=b"x" * 10_000_000)
        assert await process.wait() == 0
        await process.stop()

    anyio.run(main)


def test_a_hung_agent_is_stopped_with_its_commands(launch: Launch, tmp_path: Path, marker: str) -> None:
    hung = "trap '' TERM; setsid sleep 60 & echo ready; while :; do sleep 1; done"

    async def main() -> None:
        process = await launch(["sh", "-c", hung], cwd=tmp_path, env={**os.environ, "MARKER": marker})
        async for _stream, data in process.output():
            if b"ready" in data:
                break
        await process.stop(grace=0.1)
        assert await process.wait() == -9

    anyio.run(main)


def test_stopping_is_finished_although_it_is_cancelled(launch: Launch, tmp_path: Path, marker: str) -> None:
    async def main() -> None:
        process = await launch(["sleep", "60"], cwd=tmp_path, env={**os.environ, "MARKER": marker})
        with anyio.move_on_after(0):
            await process.stop()
        assert await process.wait() == -15

    anyio.run(main)


def test_a_missing_program_is_an_agent_that_is_not_installed(launch: Launch, tmp_path: Path) -> None:
    async def main() -> None:
        with pytest.raises(AgentError, match="cannot run no-such-agent: command not found") as raised:
            await launch(["no-such-agent"], cwd=tmp_path, env=dict(os.environ))
        assert raised.value.reason == "not_installed"

    anyio.run(main)


def test_an_agent_dies_with_the_event_loop_that_forgot_it(
    spawner: Spawner, tmp_path: Path, marker: str
) -> None:
    async def main() -> None:
        process = await Launcher(spawner)(["sleep", "60"], cwd=tmp_path, env={**os.environ, "MARKER": marker})
        await process.stop(0)

    anyio.run(main)
    until(lambda: not marked(marker), "the end of the agent")
