"""One record of the probe: a line of JSON from a process that may say anything, read strictly."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from otorepair_like.detect.lines import clean
from otorepair_like.incident import Scope, Variable
from otorepair_like.redact import secret_like

HOWS: Final = ("main", "thread", "unraisable", "logged", "printed")
_DEPTH: Final = 16
"""Exceptions within each other; the hook tells fewer."""
_MANY: Final = 1000
"""Items of one list."""


class MalformedError(ValueError):
    """A line is no record."""


@dataclass(frozen=True, slots=True)
class RaisedException:
    """One exception.

    Args:
        type, message: as tracebacks print them; of a message all lines.
        frames: all, oldest call first; those with variables are the user's own as far as the process knew.
        own: those of ``frames``.
        syntax: file, line and source line of a syntax error.
        notes: lines the program added.
        before: the exception it came of; ``direct``: as its declared cause.
        leaves: of a group, the first few.
        subject, names, keys: see :class:`~otorepair_like.incident.Facts`.
    """

    type: str
    message: str
    frames: tuple[Scope, ...]
    own: tuple[Scope, ...]
    syntax: tuple[str, int, str] | None
    notes: tuple[str, ...]
    before: RaisedException | None
    direct: bool
    leaves: tuple[RaisedException, ...]
    subject: str
    names: tuple[str, ...]
    keys: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class ProbeRecord:
    """What a process told; the fields are those of :class:`~otorepair_like.incident.Facts`.

    Args:
        tests: whether it ran tests.
    """

    how: str
    where: str
    python: str
    version: str
    tests: bool
    request: tuple[str, str] | None
    error: RaisedException


def parse(line: bytes) -> ProbeRecord:
    """The record in ``line``.

    Raises:
        MalformedError: there is none.
    """
    try:
        told = _mapping(json.loads(line))
    except (ValueError, RecursionError) as error:
        raise MalformedError(str(error)) from None
    how = _text(told.get("how"))
    if how not in HOWS:
        raise MalformedError(how)
    request = told.get("request")
    method, path = _texts(request, 2) if request is not None else ("", "")
    return ProbeRecord(
        how,
        _text(told.get("where")),
        _text(told.get("python")),
        _text(told.get("version")),
        told.get("tests") is True,
        (method, path) if method else None,
        _raised(told.get("error"), _DEPTH),
    )


def _raised(value: Any, depth: int) -> RaisedException:
    told = _mapping(value)
    if not depth:
        raise MalformedError("too deep")
    frames = [_frame(item) for item in _list(told.get("frames"))]
    syntax = _list(told.get("syntax", []))
    if syntax and len(syntax) != 3:
        raise MalformedError("no place")
    before = told.get("cause") or told.get("context")
    kind = _text(told.get("type"))
    if not kind.strip():
        raise MalformedError("no type")
    return RaisedException(
        kind,
        _lines(told.get("message")),
        tuple(frame for frame, _ in frames),
        tuple(frame for frame, own in frames if own),
        (_text(syntax[0]), _number(syntax[1]) or 1, _text(syntax[2])) if syntax else None,
        tuple(map(_lines, _list(told.get("notes", [])))),
        _raised(before, depth - 1) if before else None,
        bool(told.get("cause")),
        tuple(_raised(leaf, depth - 1) for leaf in _list(told.get("leaves", []))),
        _text(told.get("subject", "")),
        tuple(map(_text, _list(told.get("names", [])))),
        tuple((_text(name), tuple(map(_text, _list(keys)))) for name, keys in _pairs(told.get("keys", []))),
    )


def _frame(value: Any) -> tuple[Scope, bool]:
    """A frame, and whether its variables were told."""
    file, function, line, end_line, column, end_column, variables = _list(value, 7)
    shown = [_texts(item, 3) for item in _list(variables)] if variables is not None else []
    held = tuple(
        Variable(name, kind, "[secret]" if secret_like(name) else shown_as) for name, kind, shown_as in shown
    )
    place = (_number(end_line), _number(column), _number(end_column))
    return Scope(_text(file), _number(line) or 1, _text(function), *place, held), variables is not None


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
    """One line, as a terminal would show it."""
    return " ".join(_lines(value).splitlines())


def _lines(value: Any) -> str:
    if not isinstance(value, str):
        raise MalformedError("no text")
    return "\n".join(clean(line.encode("utf-8", "replace")) for line in value.splitlines())


def _number(value: Any) -> int | None:
    """A place in a file."""
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 31:
        raise MalformedError("no number")
    return value
