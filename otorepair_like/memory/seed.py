"""Read ``history.json``, the format of the history before there was a database.

The format was never documented and its success flag was only an exit code, so this reader is lenient and treats no
success as verified.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from otorepair_like.attempt import Attempt, Verdict
from otorepair_like.memory.folder import read_plain_file

_MAX_SIZE: Final = 32 << 20
"""Bytes of the file."""
_TITLE: Final = re.compile(
    r"([A-Za-z_][\w.]{0,200}(?:Error|Exception|Exit|Interrupt|Warning)):?\s*(.*)", re.DOTALL
)


def read_seed(path: Path) -> list[Attempt]:
    """Return the attempts in ``path`` in their order; entries that are not objects are left out.

    Raises:
        OSError: the file cannot be read or is not a regular file.
        ValueError: it is not a list of attempts.
    """
    try:
        data = json.loads(read_plain_file(path, _MAX_SIZE))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if isinstance(data, dict):
        data = data.get("attempts", data.get("history"))
    if not isinstance(data, list):
        raise ValueError("no list of attempts")
    return list(_attempts(data))


def _attempts(entries: list[Any]) -> Iterator[Attempt]:
    for number, entry in enumerate(entries):
        if isinstance(entry, dict):
            yield _attempt(entry, number)


def _attempt(entry: dict[str, Any], number: int) -> Attempt:
    kind, message = _title(_text(entry, "error_type", "type"), _text(entry, "error", "message"))
    line = _number(entry.get("line"))
    return Attempt(
        id=_text(entry, "id")
        or hashlib.sha256(f"{number} {entry}".encode("utf-8", "replace")).hexdigest()[:6],
        time=_time(entry.get("time", entry.get("timestamp"))),
        command=_text(entry, "command"),
        fingerprint="",
        loose_fingerprint="",
        type=kind,
        message=message,
        file=_text(entry, "file"),
        line=int(line) if line >= 1 else None,
        agent=_text(entry, "agent", "backend"),
        model=_text(entry, "model"),
        verdict=Verdict.UNPROVEN if entry.get("success") is True else Verdict.FAILED,
        reason=_text(entry, "summary") or "from history.json",
        diff=_text(entry, "diff", "patch"),
        seconds=0.0,
    )


def _text(entry: dict[str, Any], *names: str) -> str:
    """Return the value of the first of ``names`` that has text, valid as UTF-8."""
    for name in names:
        value = entry.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            return str(value)[: 1 << 20].encode("utf-8", "replace").decode()
    return ""


def _title(kind: str, message: str) -> tuple[str, str]:
    """Return type and message, also if the message is a whole traceback."""
    if not kind and (lines := message.strip().splitlines()):
        match = _TITLE.match(lines[-1])
        if match:
            return match[1], match[2]
    return kind, message


def _number(value: object) -> float:
    try:
        number = float(value) if isinstance(value, str | int | float) else 0.0
    except (ValueError, OverflowError):
        return 0.0
    return number if math.isfinite(number) and abs(number) < 1e15 else 0.0


def _time(value: object) -> float:
    """Return seconds since the epoch, from seconds, milliseconds or an ISO date; 0 if it is none of them."""
    number = _number(value)
    if not number and isinstance(value, str):
        try:
            return datetime.fromisoformat(value).timestamp()
        except (ValueError, OverflowError, OSError):
            return 0.0
    return number / 1000 if number > 1e11 else number
