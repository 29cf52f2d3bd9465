"""Cut bytes into lines, clean them as a terminal would show them, and remember the last ones.

The result does not depend on the chunks: a chunk may end inside a line, an escape sequence or a UTF-8 character,
because bytes are decoded only when their line is complete.
"""

from __future__ import annotations

import re
from collections import deque
from typing import Final

LINE_LIMIT: Final = 1 << 20
"""Bytes of one line that are analysed; the rest of a longer line is ignored."""

_OVERWRITTEN: Final = 1 << 16
"""Bytes of an unfinished line above which text that was overwritten with ``\\r`` is dropped, as in a progress bar."""

# ECMA-48: control sequences (CSI), operating system commands (OSC), and two-byte escapes.
_ESCAPES: Final = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[()*+][ -~]|[0-Z\\^-~])"
)


def clean(raw: bytes) -> str:
    """Return a line as text, without escapes and text overwritten with ``\\r``, and with broken UTF-8 replaced."""
    if len(raw) > _OVERWRITTEN:
        raw = _last_overwrite(raw)[:LINE_LIMIT]
    text = raw.decode("utf-8", "replace")
    if "\x1b" in text:
        text = _ESCAPES.sub("", text)
    if "\r" in text:
        written = [part for part in text.split("\r") if part.strip()]
        text = written[-1] if written else ""
    return text


def _last_overwrite(raw: bytes) -> bytes:
    end = len(raw)
    while (start := raw.rfind(b"\r", 0, end)) >= 0:
        if _ESCAPES.sub("", raw[start + 1 : end].decode("utf-8", "replace")).strip():
            return raw[start:]
        end = start
    return raw


class LineCutter:
    """Cuts complete lines from chunks of bytes; keeps at most :data:`LINE_LIMIT` bytes of an unfinished one."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> bytes:
        """Take a chunk; return the bytes of all lines that are now complete, with their newlines."""
        cut = data.rfind(b"\n") + 1
        if not cut:
            self._keep(data)
            return b""
        whole = bytes(self._rest) + data[:cut] if self._rest else data[:cut]
        self._rest.clear()
        self._keep(data[cut:])
        return whole

    def peek(self) -> bytes:
        """Return the unfinished line, or ``b""``."""
        return bytes(self._rest)

    def flush(self) -> bytes:
        """Return the unfinished line, or ``b""``, and forget it."""
        rest = bytes(self._rest)
        self._rest.clear()
        return rest

    def _keep(self, data: bytes) -> None:
        if len(self._rest) < LINE_LIMIT:
            self._rest += data
        if len(self._rest) > _OVERWRITTEN and b"\r" in data:
            self._rest = bytearray(_last_overwrite(bytes(self._rest)))
        del self._rest[LINE_LIMIT:]


class Recent:
    """The last bytes of a stream, kept raw so that ordinary output need not be decoded.

    Args:
        lines: number of lines to remember.
    """

    def __init__(self, lines: int) -> None:
        self._lines = lines
        self._chunks: deque[tuple[bytes, int]] = deque()
        self._newlines = 0
        self._size = 0

    def add(self, whole: bytes, newlines: int) -> None:
        """Remember complete lines; ``newlines`` is their number."""
        self._chunks.append((whole[-LINE_LIMIT:], newlines))
        self._newlines += newlines
        self._size += len(whole)
        while len(self._chunks) > 1:
            oldest, count = self._chunks[0]
            if self._newlines - count < self._lines and self._size <= 4 * LINE_LIMIT:
                break
            self._chunks.popleft()
            self._newlines -= count
            self._size -= len(oldest)

    def end(self, size: int) -> bytes:
        """Return the last bytes, at most ``size``; fewer if fewer are remembered."""
        parts: list[bytes] = []
        for chunk, _ in reversed(self._chunks):
            if size <= 0:
                break
            parts.append(chunk[-size:])
            size -= len(chunk)
        return b"".join(reversed(parts))

    def last(self, lines: int, more: bytes = b"") -> tuple[str, ...]:
        """Return the last lines, cleaned; ``more`` are bytes after those that were added."""
        parts, newlines = [more], more.count(b"\n")
        for chunk, count in reversed(self._chunks):
            if newlines > lines:
                break
            parts.append(chunk)
            newlines += count
        raw = b"".join(reversed(parts))
        split = (raw[:-1] if raw.endswith(b"\n") else raw).rsplit(b"\n", lines)
        return tuple(clean(line) for line in split[-lines:]) if raw and lines else ()
