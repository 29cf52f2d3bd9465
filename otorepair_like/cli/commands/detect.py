"""``otorepair detect``: shows the failures in recorded output. Useful alone, and the way to report a miss."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from otorepair_like.errors import UsageError

if TYPE_CHECKING:
    from otorepair_like.detect import Detector
    from otorepair_like.incident import Incident

_CHUNK = 1 << 20
"""Bytes."""


def detect(file: str, stream: str, as_json: bool) -> int:
    """Print the failures in a file, oldest first, as a table or as one JSON object per line. Return the exit code.

    Args:
        file: the file's path, ``-`` for standard input.
        stream: ``stderr`` or ``stdout``, where the output was printed.
        as_json: print JSON.

    Raises:
        UsageError: the file cannot be read.
    """
    from otorepair_like.detect.detector import Detector
    from otorepair_like.detect.replay import SETTLE, replay

    detector = Detector(Path.cwd(), streams=(stream,), settle=SETTLE)
    incidents = replay(detector, _read(file), stream)
    incidents.sort(key=lambda seen: (seen.incident.first_line, seen.incident.last_line))
    rows = [_row(seen.incident, detector, seen.decided_after) for seen in incidents]
    out = sys.stdout
    for row in rows:
        out.write(json.dumps(row, ensure_ascii=False) + "\n" if as_json else _line(row))
    return 0


def _read(file: str) -> Iterator[bytes]:
    """Yield the file's bytes in chunks: a log may be larger than memory."""
    try:
        with contextlib.nullcontext(sys.stdin.buffer) if file == "-" else Path(file).open("rb") as source:
            while chunk := source.read(_CHUNK):
                yield chunk
    except OSError as error:
        raise UsageError(
            f"cannot read {file}", error.strerror or str(error), "name a file, or - for stdin"
        ) from None


def _row(incident: Incident, detector: Detector, decided_after: float) -> dict[str, Any]:
    frame = incident.own_frame
    return {
        "type": incident.type,
        "message": incident.message,
        "root_type": incident.root_type,
        "root_message": incident.root_message,
        "file": frame.file if frame else "",
        "line": frame.line if frame else None,
        "function": frame.function if frame else "",
        "language": incident.language,
        "severity": incident.severity,
        "handled": incident.handled,
        "environment": incident.environment,
        "fingerprint": incident.fingerprint,
        "loose_fingerprint": incident.loose_fingerprint,
        "count": max(incident.count, detector.seen(incident.fingerprint)),
        "first_line": incident.first_line,
        "last_line": incident.last_line,
        "decided_after_ms": round(decided_after * 1000, 1),
    }


def _line(row: dict[str, Any]) -> str:
    lines = f"{row['first_line']}-{row['last_line']}"
    place = f"{row['file']}:{row['line']}" if row["line"] else row["file"] or "-"
    title = " ".join(": ".join(part for part in (row["type"], row["message"]) if part).split())
    times = f" ×{row['count']}" if row["count"] > 1 else ""
    marks = " ".join(mark for mark in (row["environment"], "handled" if row["handled"] else "") if mark)
    return (
        f"{lines:>11}  {row['fingerprint']}  {place}  {title[:160]}{times}{'  ' + marks if marks else ''}\n"
    )
