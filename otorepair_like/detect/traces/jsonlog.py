"""Log lines in JSON: a level that says error, an exception in a field of its own.

Field names are those of pino, bunyan, structlog, python-json-logger, loguru, logback's and logstash's encoders, zap,
zerolog, logrus, Rust's tracing, Serilog (plain and compact), Monolog, Lograge, ECS and OpenTelemetry, in any
case.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from otorepair_like.detect.grammar import Block, Patterned
from otorepair_like.detect.log_prefix import LEVELS, LogLine
from otorepair_like.incident import Frame, Incident, make_frame

_LEVEL: Final = ("level_name", "level", "levelname", "severity", "severitytext", "log.level", "lvl", "loglevel", "@l",
                 "status")  # fmt: skip
_TRACE: Final = ("exc_info", "exception", "stack_trace", "stacktrace", "stack", "traceback", "error.stack_trace",
                 "exception.stacktrace", "error.stack", "errorverbose", "trace", "backtrace", "@x")  # fmt: skip
_INSIDE: Final = ("err", "error", "exception", "exc", "record", "attributes", "context", "fields")
_TYPE: Final = ("type", "exc_type", "name", "class", "kind")
_WORDS: Final = ("message", "exc_value", "value", "msg")
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
    "@m",
    "@mt",
    "messagetemplate",
)
_LOGFMT: Final = re.compile(r"(?:^|\s)level=\"?(?P<level>\w+)\"?(?=\s|$)")
_LOGFMT_SAID: Final = re.compile(
    r"(?:^|\s)(?:msg|message|err|error)=(?:\"(?P<quoted>(?:[^\"\\]|\\.)*)\"|(?P<bare>\S+))"
)
_PINO: Final = {10: "debug", 20: "debug", 30: "info", 40: "warning", 50: "error", 60: "fatal"}
_PLACE: Final = re.compile(r"(?P<file>.+):(?P<line>\d{1,9})$")
_LONGEST: Final = 1 << 20
_FRAMES: Final = 100


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

    def opens(self, line: LogLine) -> str | None:
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
        record = _folded(record)
        level = _level(record)
        if level not in ("error", "fatal"):
            return []
        return self._from_trace(record, level) or _from_words(record, level)

    def _from_trace(self, record: dict[str, Any], level: str) -> list[Incident]:
        for text in _traces(record):
            if inner := self._inner(text):
                told = inner[-1]
                if not told.message and (words := _from_words(record, level)):
                    told = replace(told, message=words[0].message)
                return [replace(told, severity=level, handled=True, evidence=tuple(text.splitlines()))]
        return []


def _folded(record: dict[str, Any]) -> dict[str, Any]:
    """The record with its keys in lower case."""
    return {key.lower(): value for key, value in record.items()}


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
    return _level(_folded(inside)) if isinstance(inside, dict) else ""


def _traces(record: dict[str, Any], depth: int = 0) -> list[str]:
    """Every text of a record that may hold a trace, the likeliest first."""
    found = [value for name in _TRACE if isinstance(value := record.get(name), str) and value.strip()]
    if depth < 3:
        for name in _INSIDE:
            if isinstance(inside := record.get(name), dict):
                found += _traces(_folded(inside), depth + 1)
    found += [value for name in _SAID if isinstance(value := record.get(name), str) and "\n" in value]
    return found


def _from_words(record: dict[str, Any], level: str) -> list[Incident]:
    """A record without a trace: its exception as an object, else its message; weak evidence like any line."""
    if (found := _object(record)) and (found.type or found.frames):
        return [replace(found, severity=level)]
    told = [value.strip() for name in _SAID if isinstance(value := record.get(name), str) and value.strip()]
    if not told and isinstance(inside := record.get("fields"), dict):
        return _from_words(_folded(inside), level)
    said = ": ".join(dict.fromkeys(told[:2])) or (found.message if found else "")
    return [Incident("", said, severity=level, handled=True, certain=False)] if said else []


def _object(record: dict[str, Any], depth: int = 0) -> Incident | None:
    """An exception told in fields: an object, a list of them (a chain, outermost first), or ``[type, message]``."""
    for name in _INSIDE:
        inside = record.get(name)
        if isinstance(inside, list) and inside and isinstance(inside[0], dict):
            inside = inside[0]
        if isinstance(inside, list) and len(inside) == 2 and all(isinstance(one, str) for one in inside):
            return Incident(inside[0], inside[1], _frames({"frames": record.get("backtrace")}), handled=True)
        if not isinstance(inside, dict):
            continue
        inside = _folded(inside)
        message = next((inside[key] for key in _WORDS if isinstance(inside.get(key), str)), None)
        kind = next((inside[key] for key in _TYPE if isinstance(inside.get(key), str)), "")
        if message is not None and (kind or name not in ("fields", "attributes", "context", "record")):
            return Incident(kind, message, _frames(inside), handled=True)
        if depth < 2 and (found := _object(inside, depth + 1)):
            return found
    return None


def _frames(told: dict[str, Any]) -> tuple[Frame, ...]:
    """The frames of an exception told in fields, where it has some: structlog's, or one ``file:line``."""
    frames = told.get("frames")
    if isinstance(frames, list):
        places = [
            (one.get("filename"), one.get("lineno"), one.get("name") or "")
            for one in frames[-_FRAMES:]
            if isinstance(one, dict)
        ]
        return tuple(
            make_frame(file, line, str(function))
            for file, line, function in places
            if isinstance(file, str) and isinstance(line, int)
        )
    found = _PLACE.match(file) if isinstance(file := told.get("file"), str) else None
    return (make_frame(found["file"], found["line"]),) if found else ()


def _logfmt(body: str) -> list[Incident]:
    told = [found["quoted"] or found["bare"] or "" for found in _LOGFMT_SAID.finditer(body)]
    return [Incident("", ": ".join(told) or body, handled=True, certain=False)]
