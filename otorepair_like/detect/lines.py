"""Lines from bytes: cut, cleaned as a terminal would show them, and remembered for a while.

Cutting does not depend on how the bytes were chunked: a chunk may end inside a line, an escape sequence or a
UTF-8 character, because bytes are decoded only when their line is whole.
"""

from __future__ import annotations

import re
from collections import deque
from typing import Final

LINE_LIMIT: Final = 1 << 20
"""Bytes of one line that are analysed; the rest of a longer line is passed over."""

_OVERWRITTEN: Final = 1 << 16
"""An unfinished line longer than this is a progress bar: what it overwrote with ``\\r`` is let go."""

# ECMA-48: control sequences (CSI), operating system commands (OSC), and two-byte escapes.
_ESCAPES: Final = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[()*+][ -~]|[0-Z\\^-~])"
)


def clean(raw: bytes) -> str:
    """One line's bytes as text: escapes gone, what ``\\r`` overwrote gone, broken UTF-8 replaced."""
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
    """Cuts whole lines from chunks of bytes; holds at most :data:`LINE_LIMIT` bytes of an unfinished one."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> bytes:
        """Take a chunk; return the bytes of all lines that are whole now, each with its newline."""
        cut = data.rfind(b"\n") + 1
        if not cut:
            self._keep(data)
            return b""
        whole = bytes(self._rest) + data[:cut] if self._rest else data[:cut]
        self._rest.clear()
        self._keep(data[cut:])
        return whole

    def peek(self) -> bytes:
        """The unfinished line, or ``b""``."""
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
    """The last bytes of a stream, kept raw so that ordinary output costs no decoding.

    Args:
        lines: how many lines must stay reachable.
    """

    def __init__(self, lines: int) -> None:
        self._lines = lines
        self._chunks: deque[tuple[bytes, int]] = deque()
        self._newlines = 0
        self._size = 0

    def add(self, whole: bytes, newlines: int) -> None:
        """Remember whole lines; ``newlines`` is how many there are."""
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
        """The last bytes, at most ``size`` and what their chunks allow."""
        parts: list[bytes] = []
        for chunk, _ in reversed(self._chunks):
            if size <= 0:
                break
            parts.append(chunk[-size:])
            size -= len(chunk)
        return b"".join(reversed(parts))

    def last(self, lines: int, more: bytes = b"") -> tuple[str, ...]:
        """The last lines, cleaned; ``more`` are bytes that came after what was added."""
        parts, found = [more], more.count(b"\n")
        for chunk, count in reversed(self._chunks):
            if found > lines:
                break
            parts.append(chunk)
            found += count
        raw = b"".join(reversed(parts))
        split = (raw[:-1] if raw.endswith(b"\n") else raw).rsplit(b"\n", lines)
        return tuple(clean(line) for line in split[-lines:]) if raw and lines else ()
