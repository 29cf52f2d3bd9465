"""The mailbox: messages of the program's threads to the loop, in order, even before the loop runs.

The two messages that it counts are here; the others are not imported before the child runs.
"""

from __future__ import annotations

from otorepair_like.supervise.process.lowlevel import Latch, allocate_lock
from otorepair_like.supervise.terminal.shape import BOTH, NAMES

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from collections.abc import Callable

    from otorepair_like.supervise.messages import Message

LIMIT = 4 * 1024 * 1024
"""Bytes of one stream that may wait for the loop. Beyond it the oldest are skipped, never by the relay."""

FLOOD = 128 * 1024
"""Bytes that wait although the loop has just looked: more comes than it can look at."""


class Output:
    """Bytes the child wrote to ``stream`` (``stdout`` or ``stderr``), already relayed."""

    __slots__ = ("data", "stream")

    def __init__(self, stream: str, data: bytes) -> None:
        self.stream = stream
        self.data = data


class Skipped:
    """So many ``bytes`` were relayed at this place but are not here, because the loop was too far behind."""

    __slots__ = ("bytes", "stream")

    def __init__(self, stream: str, bytes: int) -> None:  # noqa: A002 - the field's name
        self.stream = stream
        self.bytes = bytes


class Mailbox:
    """A queue from any thread to one reader, who attaches when there is a loop to wake."""

    __slots__ = ("_lock", "_messages", "_spoken", "_waiting", "_wake")

    def __init__(self) -> None:
        self._lock, self._spoken = allocate_lock(), Latch()
        self._messages: list[Message] = []
        self._waiting = dict.fromkeys((*NAMES.values(), BOTH), 0)
        self._wake: Callable[[bool], object] | None = None

    def post(self, message: Message) -> None:
        """Add ``message``. When too much output waits, the older half becomes one :class:`Skipped`."""
        with self._lock:
            first = not self._messages
            self._messages.append(message)
            if isinstance(message, Output):
                self._spoken.release()
                self._waiting[message.stream] += len(message.data)
                if self._waiting[message.stream] > LIMIT:
                    self._skip(message.stream)
            pressing = not isinstance(message, Output)
            wake = self._wake if first or pressing else None
        if wake:
            wake(pressing)

    def await_output(self, timeout: float) -> None:
        """Return when there has been output, or after ``timeout`` seconds."""
        self._spoken.wait(timeout)

    def take(self) -> Message | None:
        """Return the oldest message, or ``None``."""
        with self._lock:
            if not self._messages:
                return None
            message = self._messages.pop(0)
            if isinstance(message, Output):
                self._waiting[message.stream] -= len(message.data)
            return message

    @property
    def flooded(self) -> bool:
        """Return whether much output waits, and nothing else: then the relay should not share the interpreter."""
        with self._lock:
            return sum(self._waiting.values()) > FLOOD and all(
                isinstance(message, Output | Skipped) for message in self._messages
            )

    def drain(self) -> list[Message]:
        """All that waits, oldest first."""
        with self._lock:
            messages, self._messages = self._messages, []
            self._waiting = dict.fromkeys(self._waiting, 0)
        return messages

    def waiting(self) -> list[Message]:
        """Return what waits, oldest first, and leave it there."""
        with self._lock:
            return list(self._messages)

    def attach(self, wake: Callable[[bool], object]) -> None:
        """Have ``wake`` called, from any thread, when there is something to :meth:`drain`; now if there is already.

        It is told whether that is pressing. Mere output is not: looked at seldom, it is looked at faster, and the
        relay need not share the interpreter so often.
        """
        with self._lock:
            self._wake = wake
            waiting = bool(self._messages)
        if waiting:
            wake(True)

    def detach(self) -> None:
        """Nobody listens any more; messages accumulate again."""
        with self._lock:
            self._wake = None

    def _skip(self, stream: str) -> None:
        """Forget the older half of what ``stream`` has here: the end of a flood is what tells of a crash."""
        skipped = Skipped(stream, 0)
        kept: list[Message] = [skipped]
        for message in self._messages:
            if isinstance(message, Skipped) and message.stream == stream:
                skipped.bytes += message.bytes
            elif (
                isinstance(message, Output)
                and message.stream == stream
                and self._waiting[stream] > LIMIT // 2
            ):
                skipped.bytes += len(message.data)
                self._waiting[stream] -= len(message.data)
            else:
                kept.append(message)
        self._messages = kept
