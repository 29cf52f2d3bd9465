"""Mask the parts of a text that vary between two occurrences of the same thing. Pure.

Three degrees, from one table of patterns: :func:`mask` for messages (two users, one failure), :func:`mask_volatile` for
output (two runs, one result: its numbers count), :func:`mask_literals` for code and messages (two names, one mistake).
"""

from __future__ import annotations

import re
from typing import Final

_KINDS: Final = {
    "email": r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+",
    "url": r"\b[a-z][a-z0-9+.-]{1,10}://[^\s'\"<>)\]]+",
    "uuid": r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b",
    "date": r"\b\d{4}[-/]\d\d[-/]\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?\b",
    "time": r"\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b",
    "ip": r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b|(?<![\w:])\[?(?:[0-9a-fA-F]{0,4}:){3,7}[0-9a-fA-F]{0,4}\]?(?![\w:])",
    "hex": r"\b0[xX][0-9a-fA-F]+\b",
    "hash": r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}\b",
    "temp": r"(?:/private)?(?:/tmp|/var/tmp|/var/folders)/[^\s'\":,)]+",
    "duration": r"\b\d+(?:\.\d+)?\s?(?:ns|us|µs|ms|s|sec|secs|seconds|min|minutes|h|hours)\b",
    "host": r"\b(?:localhost|(?:[\w-]+\.)+(?:com|org|net|io|dev|local|internal|lan)):\d+\b",
    "number": r"(?<![\w.])[+-]?\d+(?:[.,]\d+)*(?:[eE][+-]?\d+)?%?(?![\w])|(?<=[\w#_-])\d+\b",
}
"""Patterns by kind; where two match at one place the earlier kind wins."""
_VOLATILE_KINDS: Final = {
    kind: _KINDS[kind] for kind in ("uuid", "date", "time", "hex", "hash", "temp", "duration")
} | {
    "clock": r"\b\d\d:\d\d\b",
    "identifier": r"\b[0-9a-f]{12,}\b",
    "process": r"(?i:pid|port)\W{1,3}\d+",
}


def _any_of(kinds: dict[str, str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in kinds.items()))


_MESSAGE: Final = _any_of(_KINDS)
_VOLATILE: Final = _any_of(_VOLATILE_KINDS)
_LITERAL: Final = re.compile(r"'[^']*'|\"[^\"]*\"|\b\d+(?:\.\d+)?\b")
_MESSAGE_LENGTH: Final = 400
"""Characters of a message that are kept."""


def mask(message: str) -> str:
    """Replace addresses, numbers, times and the like by their kind; names in quotes stay.

    >>> mask("user 17 at 0x7f3a timed out after 3.2 s")
    'user <number> at <hex> timed out after <duration>'
    """
    return _squeeze(_MESSAGE.sub(_kind, message[:_MESSAGE_LENGTH]))


def mask_volatile(line: str) -> str:
    """Replace only what differs from run to run: times, addresses, identifiers, durations, temporary files.

    >>> mask_volatile("wrote 17 rows to /tmp/x1/out.csv in 3.2 s")
    'wrote 17 rows to <temp> in <duration>'
    """
    return _VOLATILE.sub(_kind, line)


def mask_literals(text: str) -> str:
    """Replace numbers and whatever is in quotes.

    >>> mask_literals('os.environ.get("PORT", 8000)')
    'os.environ.get(<…>, <…>)'
    """
    return _squeeze(_LITERAL.sub("<…>", text))


def _kind(match: re.Match[str]) -> str:
    return f"<{match.lastgroup}>"


def _squeeze(text: str) -> str:
    return " ".join(text.split())
