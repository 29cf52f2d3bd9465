"""What runs beside the loop: one task of each name, whose result is the machine's next step."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import anyio
from anyio.abc import TaskGroup

from otorepair_like.loop import steps


class Tasks:
    """Named tasks.

    Args:
        group: where they run.
        post: takes a result.
    """

    def __init__(self, group: TaskGroup, post: Callable[[steps.Input], None]) -> None:
        self._group, self._post = group, post
        self._scopes: dict[str, anyio.CancelScope] = {}

    def begin(self, name: str, work: Coroutine[Any, Any, steps.Input | None]) -> None:
        """Run ``work`` in the place of what is called the same; its result, if any, is posted unless cancelled."""
        self.cancel(name)
        self._scopes[name] = anyio.CancelScope()
        self._group.start_soon(self._within, self._scopes[name], work)

    def cancel(self, name: str) -> None:
        """Stop what is called ``name``, if it runs; nothing comes of it."""
        if name in self._scopes:
            self._scopes.pop(name).cancel()

    async def _within(self, scope: anyio.CancelScope, work: Coroutine[Any, Any, steps.Input | None]) -> None:
        with scope:
            step = await work
            if step is not None and not scope.cancel_called:
                self._post(step)
