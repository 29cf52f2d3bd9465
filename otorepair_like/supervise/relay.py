"""One stream of the child on its way to ours: the bytes at once and untouched, then a copy for detection."""

from __future__ import annotations

import errno
import os
import select

from otorepair_like.supervise.messages import Lost, Output, ReaderLeft
from otorepair_like.supervise.process.lowlevel import Bell, allocate_lock, start_new_thread
from otorepair_like.supervise.terminal.shape import UNSEARCHED

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
    """A thread that reads its source to the end, or until the tree that writes to it is gone.

    Args:
        source: the reading end; the relay closes it.
        stream: the name of what it carries.
        screen: where the bytes go first; ``None``: only into the mailbox.
        mailbox: gets the copy, unless nothing of the stream is searched.
        drained: called once, when all the leader wrote is relayed: after :meth:`leader_gone` or at the end.
        changed: called when the settings of the source, a terminal in packet mode (TIOCPKT), were changed.
    """

    def __init__(
        self,
        source: int,
        stream: str,
        screen: Screen | None,
        mailbox: Mailbox,
        drained: Callable[[], None],
        changed: Callable[[], None] | None = None,
    ) -> None:
        self._source, self._stream, self._mailbox = source, stream, mailbox
        self._write = screen.writer(stream) if screen else None
        self._drained: Callable[[], None] | None = drained
        self._changed = changed
        self._lock = allocate_lock()
        self._running = True
        self._bell = Bell()
        self._flag = bytearray(1)
        self._buffer = memoryview(bytearray(CHUNK))
        self._buffers: list[bytearray | memoryview] = (
            [self._flag, self._buffer] if changed else [self._buffer]
        )
        self._copied = bytearray()
        self._passed = 0
        os.set_blocking(source, False)
        start_new_thread(self._run, ())

    def leader_gone(self) -> None:
        """Report when what is in the pipe by now is relayed; whoever else holds the pipe may go on."""
        self._wake()

    def tree_gone(self) -> None:
        """End when what is in the pipe by now has been relayed."""
        self._wake(last=True)

    def abandon(self) -> None:
        """Do not wait for a reader that has stopped reading; the rest is lost."""
        self._report_drained()

    def _wake(self, last: bool = False) -> None:
        with self._lock:
            if self._running:
                self._bell.ring(last)

    def _report_drained(self) -> None:
        with self._lock:
            drained, self._drained = self._drained, None
        if drained:
            drained()

    def _run(self) -> None:
        try:
            self._relay()
        except Exception as error:  # noqa: BLE001 - the boundary of this thread
            self._mailbox.post(Lost(f"the relay of {self._stream}", str(error) or type(error).__name__))
        finally:
            with self._lock:
                self._running = False
            os.close(self._source)
            self._bell.close()
            self._report_drained()

    def _relay(self) -> None:
        poll = select.poll()
        for descriptor in (self._source, self._bell.fd):
            poll.register(descriptor, select.POLLIN)
        owed: int | None = None  # bytes after which the leader's part is done for certain
        last = False
        more = True
        while more:
            waits = owed is None and not self._copied
            ready = {descriptor for descriptor, _event in poll.poll(None if waits else 0)}
            if self._bell.fd in ready:
                last = self._bell.heard() or last
                owed = CAPACITY
            passed = self._passed
            if self._source in ready:
                more = self._pass_on()
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
        self._post_copy()  # read together with the end

    def _pass_on(self) -> bool:
        """Relay what is there, at most :data:`CHUNK` bytes and one read more, and return whether more may come later.

        A terminal gives 4 KiB at a time. They are written at once: who reads them works while we read the next.
        """
        source, buffers, buffer, write = self._source, self._buffers, self._buffer, self._write
        enough = self._passed + CHUNK
        while self._passed < enough:
            try:
                size = os.readv(source, buffers)
            except BlockingIOError:
                return True
            except OSError:  # EIO: nobody has the terminal open any more
                return False
            if self._changed and size:
                size -= 1
                if self._flag[0]:
                    self._changed()
                    continue
            if not size:
                return False
            data = buffer[:size]
            try:
                if write:
                    write(data)
            except OSError as error:
                self._post_copy()
                why = "" if error.errno == errno.EPIPE else str(error.strerror)
                self._mailbox.post(ReaderLeft(self._stream, why))
                return False
            if len(self._copied) + size > CHUNK:
                self._post_copy()
            self._copied += data
            self._passed += size
        return True

    def _post_copy(self) -> None:
        """Tell what was relayed; not with each read, for the next should not wait for it."""
        if self._copied:
            if self._stream != UNSEARCHED:
                self._mailbox.post(Output(self._stream, bytes(self._copied)))
            self._copied.clear()
