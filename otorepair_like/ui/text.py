"""Text from elsewhere made safe to print, and numbers as people read them."""

from __future__ import annotations

import unicodedata

from otorepair_like.plain_text import spelt_out


def safe(text: str) -> str:
    """Return ``text`` with every character that could drive a terminal or hide text spelt out, such as ``\\x1b``."""
    return spelt_out(text.replace("\t", "    ")).replace("\n", "\\x0a")


def one_line(text: str) -> str:
    """Return ``text`` on one line, safe to print."""
    return safe(" ".join(text.split()))


def width(text: str) -> int:
    """Return the columns ``text`` takes on a terminal (UAX #11: wide characters two, combining ones none)."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def cut(text: str, columns: int, more: str) -> str:
    """Return ``text`` in at most ``columns`` columns, ending with ``more`` if it was shortened."""
    if width(text) <= columns:
        return text
    room, kept = columns - width(more), 0
    for position, character in enumerate(text):
        kept += _columns(character)
        if kept > room:
            return text[:position] + more
    return more


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def duration(seconds: float) -> str:
    """Return seconds in words: ``0.4 s``, ``21 s``, ``2 min 5 s``, ``1 h 3 min``."""
    seconds = max(0.0, seconds)
    if seconds < 9.95:
        return f"{seconds:.1f} s".replace(".0 s", " s")
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def money(usd: float) -> str:
    """Return dollars as ``$0.03``, and ``<$0.01`` if that would round to nothing."""
    return "<$0.01" if 0 < usd < 0.005 else f"${usd:.2f}"
