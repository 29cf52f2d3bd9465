"""Tasks beside the loop: one of each name, whose result is the machine's next input."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

import anyio
from anyio.abc import TaskGroup

from otorepair_like.loop.machine import inputs


class Tasks:
    """Named tasks.

    Args:
        group: where they run.
        ended: told when one has ended, cancelled or not.
    """

    def __init__(self, group: TaskGroup, ended: Callable[[], None]) -> None:
        self._group, self._ended = group, ended
        self._results: dict[str, inputs.Input] = {}
        self._scopes: dict[str, anyio.CancelScope] = {}
        self._running: Counter[str] = Counter()

    def begin(self, name: str, work: Coroutine[Any, Any, inputs.Input | None]) -> None:
        """Run ``work`` as the task ``name``, in place of an earlier one; :meth:`take` returns its result, if any."""
        self.cancel(name)
        self._scopes[name] = anyio.CancelScope()
        self._running[name] += 1
        self._group.start_soon(self._within, name, self._scopes[name], work)

    def running(self, name: str) -> bool:
        """Return whether a task called ``name`` has not ended yet; a cancelled one may still be cleaning up."""
        return self._running[name] > 0

    def take(self) -> inputs.Input | None:
        """Return the oldest result that was not taken yet."""
        return self._results.pop(next(iter(self._results))) if self._results else None

    def cancel(self, name: str) -> None:
        """Stop the task ``name``, if it runs, and drop its result, even if it has just ended."""
        self._results.pop(name, None)
        if name in self._scopes:
            self._scopes.pop(name).cancel()

    async def _within(
        self, name: str, scope: anyio.CancelScope, work: Coroutine[Any, Any, inputs.Input | None]
    ) -> None:
        try:
            with scope:
                step = await work
                if step is not None and not scope.cancel_called:
                    self._results[name] = step
        finally:
            self._running[name] -= 1
            self._ended()
