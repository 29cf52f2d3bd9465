"""One stream of the child on its way to ours: the bytes at once and untouched, then a copy for detection."""

from __future__ import annotations

import os
import select

from otorepair_like.supervise.messages import Output, ReaderLeft
from otorepair_like.supervise.process.lowlevel import allocate_lock, start_new_thread

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from collections.abc import Callable

    from otorepair_like.supervise.mailbox import Mailbox
    from otorepair_like.supervise.terminal.output import Screen

CHUNK = 64 * 1024
"""Bytes written at once, and copied at once where more is ready."""
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
        self._copied, self._copied_from = bytearray(), ""
        self._passed = 0
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
            waits = owed is None and not self._copied
            ready = {descriptor for descriptor, _event in poll.poll(None if waits else 0)}
            if self._woken in ready:
                last = last or b"t" in os.read(self._woken, 16)
                owed = CAPACITY
            passed = self._passed
            for source in [source for source in self._sources if source in ready]:
                if not self._pass_on(source):
                    poll.unregister(source)
                    del self._sources[source]
                    os.close(source)
            passed = self._passed - passed
            if not passed:
                self._post_copy()
            if owed is not None:
                owed -= passed
                if not passed or owed <= 0:
                    self._post_copy()
                    self._report_drained()
                    owed = None
                    if last:
                        return
        self._post_copy()  # read together with the end of the last source

    def _pass_on(self, source: int) -> bool:
        """Relay what is there, at most :data:`CHUNK` bytes and one read more; whether more may come later.

        A terminal gives 4 KiB at a time. They are written at once: who reads them works while we read the next.
        """
        stream, buffer = self._sources[source], self._buffer
        relay = self._screen.relay if self._screen else None
        enough = self._passed + CHUNK
        while self._passed < enough:
            try:
                size = os.readv(source, [buffer])
            except BlockingIOError:
                return True
            except OSError:  # EIO: nobody has the terminal open any more
                return False
            if not size:
                return False
            data = buffer[:size]
            try:
                if relay:
                    relay(stream, data)
            except OSError:
                self._post_copy()
                self._mailbox.post(ReaderLeft(stream))
                return False
            if self._copied_from != stream or len(self._copied) + size > CHUNK:
                self._post_copy()
                self._copied_from = stream
            self._copied += data
            self._passed += size
        return True

    def _post_copy(self) -> None:
        """Tell what was relayed; not with each read, for the next should not wait for it."""
        if self._copied:
            self._mailbox.post(Output(self._copied_from, bytes(self._copied)))
            self._copied.clear()
