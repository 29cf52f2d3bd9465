"""What runs beside the loop: a result counts unless its task was cancelled, however late."""

from __future__ import annotations

import anyio
import pytest

from otorepair_like.loop.machine import inputs
from otorepair_like.loop.tasks import Tasks
from tests.support.loop_story import over

pytestmark = pytest.mark.anyio

OVER = over(applied=True)


class Desk:
    """Tasks, and a way to wait until one has ended."""

    def __init__(self, group: anyio.abc.TaskGroup) -> None:
        self.ended = anyio.Event()
        self.tasks = Tasks(group, lambda: self.ended.set())

    async def over(self) -> None:
        """Return when a task has ended."""
        with anyio.fail_after(10):
            await self.ended.wait()
        self.ended = anyio.Event()


async def attempt() -> inputs.Input:
    await anyio.sleep(0)
    return OVER


async def endless() -> inputs.Input:
    await anyio.sleep_forever()
    return OVER


async def test_a_result_is_taken_once() -> None:
    async with anyio.create_task_group() as group:
        desk = Desk(group)
        desk.tasks.begin("work", attempt())
        assert desk.tasks.take() is None
        await desk.over()
        assert desk.tasks.take() is OVER
        assert desk.tasks.take() is None


async def test_what_has_ended_but_was_not_taken_can_still_be_cancelled() -> None:
    async with anyio.create_task_group() as group:
        desk = Desk(group)
        desk.tasks.begin("work", attempt())
        await desk.over()
        desk.tasks.cancel("work")
        assert desk.tasks.take() is None


async def test_what_takes_the_place_of_another_has_its_result_alone() -> None:
    async with anyio.create_task_group() as group:
        desk = Desk(group)
        desk.tasks.begin("work", attempt())
        await desk.over()
        desk.tasks.begin("work", endless())
        assert desk.tasks.take() is None
        desk.tasks.cancel("work")
        await desk.over()
        assert not desk.tasks.running("work")
        assert desk.tasks.take() is None
