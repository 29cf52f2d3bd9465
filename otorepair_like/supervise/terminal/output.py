"""Our two output streams, shared by the child's bytes and our own lines so that neither cuts the other."""

from __future__ import annotations

import os
import select

from otorepair_like.supervise.process.lowlevel import allocate_lock
from otorepair_like.supervise.terminal.shape import BOTH

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from collections.abc import Callable

    from otorepair_like.supervise.terminal.writer import Writer

ERASE_LINE = b"\r\x1b[K"
"""Carriage return and EL, ECMA-48 8.3.41."""
SAVE_TITLE, RESTORE_TITLE, TITLE = b"\x1b[22;2t", b"\x1b[23;2t", "\x1b]2;{}\x07"
"""XTWINOPS 22, 23 and OSC 2 of xterm's control sequences; terminals that do not know them ignore them."""
ESCAPE, MODE = b"\x1b", b"\x1b[?"
ALTERNATE = rb"\x1b\[\?(?:1049|1047|47)(?:;\d+)*([hl])"
"""What switches to the alternate screen and back (DECSET and DECRST of xterm)."""
LONGEST = 256
"""Bytes of an unfinished line of the child's that are remembered."""
PLAIN = rb"(?:[^\x00-\x1f\x7f]|\x1b\[[\d;]*m|\x1b\[\?\d+[hl])*"
"""A line that can be written again as it was: text, its colours (SGR), and modes that are set."""


class Device:
    """The identity of an open file, which two descriptors may share: one terminal, one file."""

    __slots__ = ("full_screen", "lock", "recent", "status")

    def __init__(self) -> None:
        self.lock = allocate_lock()
        self.recent = b""
        """The end of what the child wrote."""
        self.status = False
        """Whether the status line is on it."""
        self.full_screen = False
        """Whether the child has the alternate screen: what is written now would stand in its picture."""

    @property
    def line(self) -> bytes:
        """The end of what the child wrote since its last line end: a prompt, say."""
        return self.recent.rpartition(b"\n")[2]

    def took(self, data: bytes) -> bool:
        """Remember what the child wrote, and return whether it has just left the alternate screen."""
        begun = self.recent[-8:] if ESCAPE in self.recent[-8:] else b""
        self.recent = data[-LONGEST:] if len(data) >= LONGEST else (self.recent + data)[-LONGEST:]
        if not self.full_screen and MODE not in data and not begun:
            return False
        import re  # only where there are sequences

        switches = re.findall(ALTERNATE, begun + data)
        if not switches:
            return False
        left = self.full_screen and switches[-1] == b"l"
        self.full_screen = switches[-1] == b"h"
        return left


class Screen:
    """Writes everything visible.

    The program's bytes are written at once by the thread that has them. Our own text is written by its own
    thread, the pen, because a terminal that was halted must not halt the loop.

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
        first = self._own if shared else Device()
        self._devices = {"stdout": (out, first), BOTH: (out, first), "stderr": (err, self._own)}
        self._terminal = os.isatty(err)
        self._erases = self._terminal and os.environ.get("TERM", "dumb") != "dumb"
        self._held = ""
        """Our text that waits until the child gives back the alternate screen."""
        self._title: str | None = None
        self._titled = False
        self._pen: Writer | None = None

    def add(self, stream: str, descriptor: int) -> None:
        """Have what comes from ``stream`` written to ``descriptor``."""
        own = os.path.samestat(os.fstat(descriptor), os.fstat(self._err))
        self._devices[stream] = (descriptor, self._own if own else Device())

    def writer(self, stream: str) -> Callable[[bytes | memoryview], None]:
        """Return what relays the child's ``stream``, as :meth:`relay` does."""

        def write(data: bytes | memoryview) -> None:
            self.relay(stream, data)

        return write

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
            if device.took(bytes(data)):
                self._own_pen().write("")  # and what was held back

    def end_of_program(self) -> None:
        """Take the alternate screen of a child that has ended, however it left it, for what is ours to write on."""
        if self._own.full_screen:
            self._own.full_screen = False
            self._own_pen().write("")

    def write_own(self, text: str) -> None:
        """Have ``text`` written to stderr, from the beginning of a line. Does not wait for it."""
        self._own_pen().write(text)

    def set_status(self, text: str | None) -> None:
        """Show ``text`` as a passing line, erased before anything else is written; only on a terminal."""
        if self._terminal:
            self._own_pen().set_status(text)

    def set_title(self, text: str) -> None:
        """Have ``text``, printable, in the title of the terminal's window until the end; only on a terminal."""
        if self._terminal:
            self._title = text
            self._own_pen().write("")

    def close(self, timeout: float = 1.0) -> None:
        """Wait until our own text is written, at most ``timeout`` seconds, and take the status line away."""
        self.end_of_program()
        if self._pen:
            self._pen.set_status(None)
            self._pen.close(timeout)
            if self._titled:
                self._titled = False
                write_all(self._err, RESTORE_TITLE)

    def _own_pen(self) -> Writer:
        if self._pen is None:
            from otorepair_like.supervise.terminal.writer import Writer

            self._pen = Writer(self._show)
        return self._pen

    def _show(self, text: str, status: str | None) -> None:
        device = self._own
        with device.lock:
            if device.full_screen:
                self._held += text
                if ESCAPE not in device.recent[-16:]:
                    write_all(self._err, self._new_title(True))
                return
            text, self._held = self._held + text, ""
            before, after = b"", b""
            if device.status:
                before, device.status = ERASE_LINE, False
            elif text and device.line:
                before, after = self._around(device.line)
            fresh = not device.line
            if status and fresh:
                device.status = True
                text += status
            if self.raw and self._terminal:
                text = text.replace("\n", "\r\n")
            write_all(self._err, before + text.encode("utf-8", "replace") + after + self._new_title(fresh))

    def _around(self, line: bytes) -> tuple[bytes, bytes]:
        """Return the text before and after our lines that puts the program's unfinished ``line`` below them again.

        A shell that reports a job at its prompt does the same. A line that cannot be written again stays above, and
        so does the echo of a Ctrl-C.
        """
        import re  # not before there is something to say

        text = line.rpartition(b"\r")[2]
        short = len(text) < min(self._columns(), LONGEST) and not text.endswith(b"^C")
        if self._erases and short and re.fullmatch(PLAIN, text):
            return ERASE_LINE, text
        self._own.recent = b""
        return b"\r\n" if self.raw and self._terminal else b"\n", b""

    def _columns(self) -> int:
        try:
            return os.get_terminal_size(self._err).columns
        except OSError:
            return 0

    def _new_title(self, fresh: bool) -> bytes:
        """The title, if there is a new one and the child is not in the middle of a line, or of a sequence."""
        if self._title is None or not fresh:
            return b""
        title, self._title = TITLE.format(self._title).encode("utf-8", "replace"), None
        first, self._titled = not self._titled, True
        return SAVE_TITLE + title if first else title


def write_all(descriptor: int, data: bytes | memoryview) -> None:
    """Write all of ``data``, even if another process made the descriptor non-blocking."""
    left = data
    while left:
        try:
            written = os.write(descriptor, left)
            if written == len(left):
                return
            left = left[written:]
        except BlockingIOError:
            poll = select.poll()
            poll.register(descriptor, select.POLLOUT)
            poll.poll()
