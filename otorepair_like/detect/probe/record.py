"""Read one record of the probe: a line of JSON from a program that may send anything, so it is read strictly."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final

from otorepair_like.detect.lines import clean
from otorepair_like.incident import FrameFacts, Variable
from otorepair_like.redact import secret_like

HOWS: Final = ("main", "thread", "unraisable", "logged", "printed")
_DEPTH: Final = 16
"""Nested exceptions; the hook sends fewer."""
_MANY: Final = 1000
"""Items in one list."""


class MalformedError(ValueError):
    """A line is not a record."""


@dataclass(frozen=True, slots=True)
class RecordedException:
    """One exception.

    Args:
        type, message: as in a traceback, with all lines of the message.
        frames: all frames, oldest call first.
        own: the user's own frames, which have variables.
        syntax: file, line and source line of a syntax error.
        notes: lines that the program added.
        before: the exception before it in the chain; ``direct``: it is the declared cause.
        leaves: the first exceptions of a group.
        subject, names, keys: see :class:`~otorepair_like.incident.Facts`.
    """

    type: str
    message: str
    frames: tuple[FrameFacts, ...]
    own: tuple[FrameFacts, ...]
    syntax: tuple[str, int, str] | None
    notes: tuple[str, ...]
    before: RecordedException | None
    direct: bool
    leaves: tuple[RecordedException, ...]
    subject: str
    names: tuple[str, ...]
    keys: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class ProbeRecord:
    """One record; the fields are those of :class:`~otorepair_like.incident.Facts`.

    Args:
        tests: whether the process ran tests.
        headers: of the request; secrets, so they never become a part of :class:`~otorepair_like.incident.Facts`.
    """

    how: str
    where: str
    python: str
    version: str
    tests: bool
    request: tuple[str, str] | None
    error: RecordedException
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)


def parse(line: bytes) -> ProbeRecord:
    """Return the record in ``line``.

    Raises:
        MalformedError: it is not a record.
    """
    try:
        fields = _mapping(json.loads(line))
    except (ValueError, RecursionError) as error:
        raise MalformedError(str(error)) from None
    how = _text(fields.get("how"))
    if how not in HOWS:
        raise MalformedError(how)
    request = fields.get("request")
    method, path = _texts(request, 2) if request is not None else ("", "")
    return ProbeRecord(
        how,
        _text(fields.get("where")),
        _text(fields.get("python")),
        _text(fields.get("version")),
        fields.get("tests") is True,
        (method, path) if method else None,
        _exception(fields.get("error"), _DEPTH),
        tuple(
            (name, held) for name, held in (_texts(item, 2) for item in _list(fields.get("headers") or []))
        ),
    )


def _exception(value: Any, depth: int) -> RecordedException:
    fields = _mapping(value)
    if not depth:
        raise MalformedError("too deep")
    frames = [_frame(item) for item in _list(fields.get("frames"))]
    syntax = _list(fields.get("syntax", []))
    if syntax and len(syntax) != 3:
        raise MalformedError("no place")
    before = fields.get("cause") or fields.get("context")
    kind = _text(fields.get("type"))
    if not kind.strip():
        raise MalformedError("no type")
    return RecordedException(
        kind,
        _lines(fields.get("message")),
        tuple(frame for frame, _ in frames),
        tuple(frame for frame, own in frames if own),
        (_text(syntax[0]), _number(syntax[1]) or 1, _text(syntax[2])) if syntax else None,
        tuple(map(_lines, _list(fields.get("notes", [])))),
        _exception(before, depth - 1) if before else None,
        bool(fields.get("cause")),
        tuple(_exception(leaf, depth - 1) for leaf in _list(fields.get("leaves", []))),
        _text(fields.get("subject", "")),
        tuple(map(_text, _list(fields.get("names", [])))),
        tuple((_text(name), tuple(map(_text, _list(keys)))) for name, keys in _pairs(fields.get("keys", []))),
    )


def _frame(value: Any) -> tuple[FrameFacts, bool]:
    """Return a frame, and whether the record has its variables."""
    file, function, line, end_line, column, end_column, variables = _list(value, 7)
    shown = [_texts(item, 3) for item in _list(variables)] if variables is not None else []
    read_variables = tuple(
        Variable(name, kind, "[secret]" if secret_like(name) else shown_as) for name, kind, shown_as in shown
    )
    place = (_number(end_line), _number(column), _number(end_column))
    return FrameFacts(
        _text(file), _number(line) or 1, _text(function), *place, read_variables
    ), variables is not None


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MalformedError("no object")
    return value


def _list(value: Any, size: int | None = None) -> list[Any]:
    if not isinstance(value, list) or len(value) > _MANY or (size is not None and len(value) != size):
        raise MalformedError("no such list")
    return value


def _pairs(value: Any) -> list[list[Any]]:
    return [_list(item, 2) for item in _list(value)]


def _texts(value: Any, size: int) -> tuple[str, ...]:
    return tuple(map(_text, _list(value, size)))


def _text(value: Any) -> str:
    """Return text in one line, as a terminal would show it."""
    return " ".join(_lines(value).splitlines())


def _lines(value: Any) -> str:
    if not isinstance(value, str):
        raise MalformedError("no text")
    return "\n".join(clean(line.encode("utf-8", "replace")) for line in value.splitlines())


def _number(value: Any) -> int | None:
    """Return a line or column number."""
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 31:
        raise MalformedError("no number")
    return value
