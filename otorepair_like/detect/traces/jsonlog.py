"""Log lines in JSON with an error level, often with an exception in a field of its own.

The field names are those of pino, bunyan, structlog, python-json-logger, loguru, logback's and logstash's encoders,
zap, zerolog, logrus, Rust's tracing, Serilog (plain and compact), Monolog, Lograge, ECS and OpenTelemetry, in any case.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from otorepair_like.detect.grammar import Block, PatternGrammar
from otorepair_like.detect.log_prefix import LEVELS, LogLine
from otorepair_like.incident import Frame, Incident, make_frame

_LEVEL: Final = ("level_name", "level", "levelname", "severity", "severitytext", "log.level", "lvl", "loglevel", "@l",
                 "status")  # fmt: skip
_TRACE: Final = ("exc_info", "exception", "stack_trace", "stacktrace", "stack", "traceback", "error.stack_trace",
                 "exception.stacktrace", "error.stack", "errorverbose", "trace", "backtrace", "@x")  # fmt: skip
_INSIDE: Final = ("err", "error", "exception", "exc", "record", "attributes", "context", "fields")
_TYPE: Final = ("type", "exc_type", "name", "class", "kind")
_WORDS: Final = ("message", "exc_value", "value", "msg")
_MESSAGE: Final = (
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
_LOGFMT_MESSAGE: Final = re.compile(
    r"(?:^|\s)(?:msg|message|err|error)=(?:\"(?P<quoted>(?:[^\"\\]|\\.)*)\"|(?P<bare>\S+))"
)
_PINO: Final = {10: "debug", 20: "debug", 30: "info", 40: "warning", 50: "error", 60: "fatal"}
_PLACE: Final = re.compile(r"(?P<file>.+):(?P<line>\d{1,9})$")
_LONGEST: Final = 1 << 20
_FRAMES: Final = 100


class JsonLog(PatternGrammar):
    """A record in one line.

    Args:
        inner: reads the failures in a text field of a record.
    """

    marks = ("{", "level=")
    first = _LOGFMT  # or an object: see opens
    more = re.compile(r"(?!)")

    def __init__(self, inner: Callable[[str], list[Incident]]) -> None:
        self._inner = inner

    def opens(self, line: LogLine) -> str | None:
        body = line.body.strip()
        if body.startswith("{") and body.endswith("}") and len(body) < _LONGEST:
            return body
        match = _LOGFMT.search(line.body)
        return line.body if match and LEVELS.get(match["level"].lower()) in ("error", "fatal") else None

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
        record = _lower_keys(record)
        level = _level(record)
        if level not in ("error", "fatal"):
            return []
        return self._from_trace(record, level) or _from_message(record, level)

    def _from_trace(self, record: dict[str, Any], level: str) -> list[Incident]:
        for text in _traces(record):
            if inner := self._inner(text):
                incident = inner[-1]
                if not incident.message and (messages := _from_message(record, level)):
                    incident = replace(incident, message=messages[0].message)
                return [replace(incident, severity=level, handled=True, evidence=tuple(text.splitlines()))]
        return []


def _lower_keys(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record with its keys in lower case."""
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
    return _level(_lower_keys(inside)) if isinstance(inside, dict) else ""


def _traces(record: dict[str, Any], depth: int = 0) -> list[str]:
    """Return every text of a record that may contain a trace, the most likely first."""
    texts = [value for name in _TRACE if isinstance(value := record.get(name), str) and value.strip()]
    if depth < 3:
        for name in _INSIDE:
            if isinstance(inside := record.get(name), dict):
                texts += _traces(_lower_keys(inside), depth + 1)
    texts += [value for name in _MESSAGE if isinstance(value := record.get(name), str) and "\n" in value]
    return texts


def _from_message(record: dict[str, Any], level: str) -> list[Incident]:
    """Return the exception in the fields of a record without a trace, else its message, which is weak evidence."""
    if (exception := _exception_in_fields(record)) and (exception.type or exception.frames):
        return [replace(exception, severity=level)]
    texts = [
        value.strip() for name in _MESSAGE if isinstance(value := record.get(name), str) and value.strip()
    ]
    if not texts and isinstance(inside := record.get("fields"), dict):
        return _from_message(_lower_keys(inside), level)
    message = ": ".join(dict.fromkeys(texts[:2])) or (exception.message if exception else "")
    return [Incident("", message, severity=level, handled=True, certain=False)] if message else []


def _exception_in_fields(record: dict[str, Any], depth: int = 0) -> Incident | None:
    """Return an exception in fields: an object, a list of them (a chain, outermost first), or ``[type, message]``."""
    for name in _INSIDE:
        inside = record.get(name)
        if isinstance(inside, list) and inside and isinstance(inside[0], dict):
            inside = inside[0]
        if isinstance(inside, list) and len(inside) == 2 and all(isinstance(item, str) for item in inside):
            return Incident(inside[0], inside[1], _frames({"frames": record.get("backtrace")}), handled=True)
        if not isinstance(inside, dict):
            continue
        inside = _lower_keys(inside)
        message = next((inside[key] for key in _WORDS if isinstance(inside.get(key), str)), None)
        kind = next((inside[key] for key in _TYPE if isinstance(inside.get(key), str)), "")
        if message is not None and (kind or name not in ("fields", "attributes", "context", "record")):
            return Incident(kind, message, _frames(inside), handled=True)
        if depth < 2 and (nested := _exception_in_fields(inside, depth + 1)):
            return nested
    return None


def _frames(fields: dict[str, Any]) -> tuple[Frame, ...]:
    """Return the frames of an exception in fields, if any: those of structlog, or one ``file:line``."""
    frames = fields.get("frames")
    if isinstance(frames, list):
        places = [
            (item.get("filename"), item.get("lineno"), item.get("name") or "")
            for item in frames[-_FRAMES:]
            if isinstance(item, dict)
        ]
        return tuple(
            make_frame(file, line, str(function))
            for file, line, function in places
            if isinstance(file, str) and isinstance(line, int)
        )
    match = _PLACE.match(file) if isinstance(file := fields.get("file"), str) else None
    return (make_frame(match["file"], match["line"]),) if match else ()


def _logfmt(body: str) -> list[Incident]:
    texts = [match["quoted"] or match["bare"] or "" for match in _LOGFMT_MESSAGE.finditer(body)]
    return [Incident("", ": ".join(texts) or body, handled=True, certain=False)]
