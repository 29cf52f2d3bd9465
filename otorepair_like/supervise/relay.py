"""One stream of the child on its way to ours: the bytes at once and untouched, then a copy for detection."""

from __future__ import annotations

import os
import select

from otorepair_like.supervise.light import allocate_lock, start_new_thread
from otorepair_like.supervise.messages import Output, ReaderLeft

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from collections.abc import Callable

    from otorepair_like.supervise.mailbox import Mailbox
    from otorepair_like.supervise.screen import Screen

CHUNK = 64 * 1024
"""Bytes written at once."""
CAPACITY = 1024 * 1024
"""More than a pipe or a terminal holds: what comes after it was written after the leader ended."""


class Relay:
    """A thread that reads its sources to their end, or until the tree that writes to them is gone.

    Streams that go to one terminal share a relay, or what was written first might be shown last.

    Args:
        sources: the reading ends, and the stream of each; the relay closes them.
        screen: where the bytes go first; ``None``: only into the mailbox.
        mailbox: gets the copy.
        drained: called once, when all the leader wrote is relayed: after :meth:`leader_gone` or at the end.
    """

    def __init__(
        self,
        sources: dict[int, str],
        screen: Screen | None,
        mailbox: Mailbox,
        drained: Callable[[], None],
    ) -> None:
        self._sources = sources
        self._screen = screen
        self._mailbox = mailbox
        self._drained: Callable[[], None] | None = drained
        self._lock = allocate_lock()
        self._running = True
        self._woken, self._waker = os.pipe()
        self._buffer = memoryview(bytearray(CHUNK))
        for source in sources:
            os.set_blocking(source, False)
        start_new_thread(self._run, ())

    def leader_gone(self) -> None:
        """Report when what is in the pipe by now is relayed; whoever else holds the pipe may go on."""
        self._wake(b"l")

    def tree_gone(self) -> None:
        """End when what is in the pipe by now has been relayed."""
        self._wake(b"t")

    def abandon(self) -> None:
        """Do not wait for a reader that has stopped reading; the rest is lost."""
        self._report_drained()

    def _wake(self, sign: bytes) -> None:
        with self._lock:
            if self._running:
                os.write(self._waker, sign)

    def _report_drained(self) -> None:
        with self._lock:
            drained, self._drained = self._drained, None
        if drained:
            drained()

    def _run(self) -> None:
        try:
            self._relay()
        finally:
            with self._lock:
                self._running = False
            for descriptor in (*self._sources, self._woken, self._waker):
                os.close(descriptor)
            self._report_drained()

    def _relay(self) -> None:
        poll = select.poll()
        for descriptor in (*self._sources, self._woken):
            poll.register(descriptor, select.POLLIN)
        owed: int | None = None  # bytes after which the leader's part is done for certain
        last = False
        while self._sources:
            ready = {descriptor for descriptor, _event in poll.poll(None if owed is None else 0)}
            if self._woken in ready:
                last = last or b"t" in os.read(self._woken, 16)
                owed = CAPACITY
            passed = 0
            for source in [source for source in self._sources if source in ready]:
                size = self._read(source)
                if size == 0 or (size and not self._deliver(self._sources[source], self._buffer[:size])):
                    poll.unregister(source)
                    del self._sources[source]
                    os.close(source)
                passed += size or 0
            if owed is not None:
                owed -= passed
                if not passed or owed <= 0:
                    self._report_drained()
                    owed = None
                    if last:
                        return

    def _read(self, source: int) -> int | None:
        """Fill the buffer with what is there; its size, 0 at the end; ``None`` if there is nothing yet after all.

        A terminal gives 4 KiB at a time, and forgets what it holds at Ctrl-C.
        """
        size = 0
        while size < CHUNK:
            try:
                part = os.readv(source, [self._buffer[size:]])
            except BlockingIOError:
                return size or None
            except OSError:  # EIO: nobody has the terminal open any more
                break
            if not part:
                break
            size += part
        return size

    def _deliver(self, stream: str, data: memoryview) -> bool:
        try:
            if self._screen:
                self._screen.relay(stream, data)
        except OSError:
            self._mailbox.post(ReaderLeft(stream))
            return False
        self._mailbox.post(Output(stream, bytes(data)))
        return True
