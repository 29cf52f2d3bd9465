"""What the child's threads tell the loop, in order, from before the loop runs."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

from otorepair_like.supervise.messages import Message, Output, Skipped

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT = 8 * 1024 * 1024
"""Bytes of output that may wait for the loop; more is skipped by detection, never by the relay."""


class Mailbox:
    """A queue from any thread to one reader, who attaches when there is a loop to wake."""

    __slots__ = ("_lock", "_messages", "_waiting", "_wake")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._messages: deque[Message] = deque()
        self._waiting = 0
        self._wake: Callable[[], object] | None = None

    def post(self, message: Message) -> None:
        """Add ``message``; output beyond :data:`LIMIT` becomes :class:`Skipped`."""
        with self._lock:
            first = not self._messages
            if isinstance(message, Output):
                self._add_output(message)
            else:
                self._messages.append(message)
            wake = self._wake if first else None
        if wake:
            wake()

    def drain(self) -> list[Message]:
        """All that waits, oldest first."""
        with self._lock:
            messages = list(self._messages)
            self._messages.clear()
            self._waiting = 0
        return messages

    def attach(self, wake: Callable[[], object]) -> None:
        """Have ``wake`` called, from any thread, when the empty box gets a message; now if it has some."""
        with self._lock:
            self._wake = wake
            waiting = bool(self._messages)
        if waiting:
            wake()

    def _add_output(self, output: Output) -> None:
        size = len(output.data)
        if self._waiting + size <= LIMIT:
            self._waiting += size
            self._messages.append(output)
            return
        last = self._messages[-1] if self._messages else None
        if isinstance(last, Skipped) and last.stream == output.stream:
            last.bytes += size
        else:
            self._messages.append(Skipped(output.stream, size))
