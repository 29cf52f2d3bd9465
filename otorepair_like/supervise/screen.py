"""Our two output streams, shared by the child's bytes and our own lines so that neither cuts the other."""

from __future__ import annotations

import os
import select

from otorepair_like.supervise.light import allocate_lock

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from otorepair_like.supervise.pen import Pen

ERASE_LINE = b"\r\x1b[K"
"""Carriage return and EL, ECMA-48 8.3.41."""


class Device:
    """What two descriptors may share: one terminal, one file."""

    __slots__ = ("fresh", "lock", "status")

    def __init__(self) -> None:
        self.lock = allocate_lock()
        self.fresh = True
        """Whether the next byte begins a line."""
        self.status = False
        """Whether the status line is on it."""


class Screen:
    """Where everything visible goes.

    The child's bytes are written at once by the thread that has them. Our own text is written by a thread of its
    own, the pen, for a terminal that was halted must not halt the loop.

    Args:
        out: descriptor of our stdout.
        err: descriptor of our stderr, which takes our own text too.
    """

    def __init__(self, out: int = 1, err: int = 2) -> None:
        self.raw = False
        """Whether the terminal needs a carriage return with each of our newlines."""
        self._err = err
        self._own = Device()
        shared = os.path.samestat(os.fstat(out), os.fstat(err))
        self._devices = {"stdout": (out, self._own if shared else Device()), "stderr": (err, self._own)}
        self._terminal = os.isatty(err)
        self._pen: Pen | None = None

    def relay(self, stream: str, data: bytes | memoryview) -> None:
        """Write the child's ``data`` to our ``stream``, unchanged, waiting for its reader.

        Raises:
            OSError: nobody reads it any more, or the disk is full.
        """
        descriptor, device = self._devices[stream]
        with device.lock:
            if device.status:
                device.status = False
                write_all(self._err, ERASE_LINE)
            write_all(descriptor, data)
            device.fresh = data[-1:] == b"\n"

    def write_own(self, text: str) -> None:
        """Have ``text`` written to stderr, from the beginning of a line. Does not wait for it."""
        self._own_pen().write(text)

    def set_status(self, text: str | None) -> None:
        """Show ``text`` as a passing line, erased before anything else is written; only on a terminal."""
        if self._terminal:
            self._own_pen().set_status(text)

    def close(self, timeout: float = 1.0) -> None:
        """Wait until our own text is written, at most ``timeout`` seconds, and take the status line away."""
        if self._pen:
            self._pen.set_status(None)
            self._pen.close(timeout)

    def _own_pen(self) -> Pen:
        if self._pen is None:
            from otorepair_like.supervise.pen import Pen

            self._pen = Pen(self._show)
        return self._pen

    def _show(self, text: str, status: str | None) -> None:
        device = self._own
        with device.lock:
            before = b""
            if device.status:
                before, device.status = ERASE_LINE, False
            elif text and not device.fresh:
                text = "\n" + text
            if text:
                device.fresh = text.endswith("\n")
            if status and device.fresh:
                device.status = True
                text += status
            if self.raw:
                text = text.replace("\n", "\r\n")
            write_all(self._err, before + text.encode("utf-8", "replace"))


def write_all(descriptor: int, data: bytes | memoryview) -> None:
    """Write all of ``data``, even if another process made the descriptor non-blocking."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(descriptor, view) :]
        except BlockingIOError:
            poll = select.poll()
            poll.register(descriptor, select.POLLOUT)
            poll.poll()
