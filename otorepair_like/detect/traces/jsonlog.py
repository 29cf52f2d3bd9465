"""Log lines in JSON: a level that says error, an exception in a field of its own.

Field names are those of pino, bunyan, structlog, python-json-logger, loguru, logback's and logstash's encoders, zap,
zerolog, logrus, ECS and OpenTelemetry.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from otorepair_like.detect.grammar import Block, Patterned
from otorepair_like.detect.prefix import LEVELS, Line
from otorepair_like.incident import Incident

_LEVEL: Final = ("level", "levelname", "severity", "severityText", "log.level", "lvl", "loglevel", "status")
_TRACE: Final = ("exc_info", "exception", "stack_trace", "stacktrace", "stack", "traceback", "error.stack_trace",
                 "exception.stacktrace", "error.stack", "errorVerbose", "trace", "backtrace")  # fmt: skip
_INSIDE: Final = ("err", "error", "exception", "record", "attributes", "exc")
_SAID: Final = (
    "message",
    "msg",
    "event",
    "text",
    "body",
    "error",
    "err",
    "error.message",
    "exception.message",
)
_LOGFMT: Final = re.compile(r"(?:^|\s)level=\"?(?P<level>\w+)\"?(?=\s|$)")
_LOGFMT_SAID: Final = re.compile(
    r"(?:^|\s)(?:msg|message|err|error)=(?:\"(?P<quoted>(?:[^\"\\]|\\.)*)\"|(?P<bare>\S+))"
)
_PINO: Final = {10: "debug", 20: "debug", 30: "info", 40: "warning", 50: "error", 60: "fatal"}
_LONGEST: Final = 1 << 20


class JsonLog(Patterned):
    """One line, one record.

    Args:
        inner: reads the failures in a text that a record carries.
    """

    marks = ("{", "level=")
    first = _LOGFMT  # or an object, see opens
    more = re.compile(r"(?!)")

    def __init__(self, inner: Callable[[str], list[Incident]]) -> None:
        self._inner = inner

    def opens(self, line: Line) -> str | None:
        body = line.body.strip()
        if body.startswith("{") and body.endswith("}") and len(body) < _LONGEST:
            return body
        found = _LOGFMT.search(line.body)
        return line.body if found and LEVELS.get(found["level"].lower()) in ("error", "fatal") else None

    def read(self, block: Block) -> list[Incident]:
        body = block.lines[0]
        if not body.startswith("{"):
            return _logfmt(body)
        try:
            record = json.loads(body)
        except (ValueError, RecursionError):
            return []
        if not isinstance(record, dict):
            return []
        level = _level(record)
        if level not in ("error", "fatal"):
            return []
        return self._from_trace(record, level) or _from_words(record, level)

    def _from_trace(self, record: dict[str, Any], level: str) -> list[Incident]:
        for text in _traces(record):
            if inner := self._inner(text):
                return [replace(inner[-1], severity=level, handled=True, evidence=tuple(text.splitlines()))]
        return []


def _level(record: dict[str, Any]) -> str:
    for name in _LEVEL:
        value = record.get(name)
        if isinstance(value, dict):
            value = value.get("name")
        if isinstance(value, bool):
            continue
        if isinstance(value, int):
            return _PINO.get(value // 10 * 10, "")
        if isinstance(value, str) and value.lower() in LEVELS:
            return LEVELS[value.lower()]
    inside = record.get("record") or record.get("log")
    return _level(inside) if isinstance(inside, dict) else ""


def _traces(record: dict[str, Any], depth: int = 0) -> list[str]:
    """Every text of a record that may hold a trace, the likeliest first."""
    found = [value for name in _TRACE if isinstance(value := record.get(name), str) and value.strip()]
    if depth < 3:
        for name in _INSIDE:
            if isinstance(inside := record.get(name), dict):
                found += _traces(inside, depth + 1)
    found += [value for name in _SAID if isinstance(value := record.get(name), str) and "\n" in value]
    return found


def _from_words(record: dict[str, Any], level: str) -> list[Incident]:
    """A record without a trace: type and message of its error, else its message; weak evidence like any line."""
    for name in _INSIDE:
        inside = record.get(name)
        if isinstance(inside, dict) and isinstance(inside.get("message"), str):
            kind = inside.get("type") or inside.get("name") or inside.get("class") or ""
            return [Incident(str(kind), inside["message"], severity=level, handled=True)]
    told = [value.strip() for name in _SAID if isinstance(value := record.get(name), str) and value.strip()]
    said = ": ".join(dict.fromkeys(told[:2]))
    return [Incident("", said, severity=level, handled=True, certain=False)] if said else []


def _logfmt(body: str) -> list[Incident]:
    told = [found["quoted"] or found["bare"] or "" for found in _LOGFMT_SAID.finditer(body)]
    return [Incident("", ": ".join(told) or body, handled=True, certain=False)]
