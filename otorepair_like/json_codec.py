"""Read frozen dataclasses back from JSON, and describe them as JSON Schema, from their type hints alone. Pure.

What may be in such a class: ``str``, ``int``, ``float``, ``bool``, ``None``, enums of strings, tuples, unions of these,
and dataclasses of the same kind. :func:`dataclasses.asdict` is the way there.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")

_SCALARS: Final[Mapping[Any, str]] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    NoneType: "null",
}


class DecodeError(ValueError):
    """A value does not fit its type; the message is one line that names the field."""


def decode(kind: type[T], value: object, place: str = "") -> T:
    """Return ``value``, as parsed from JSON, as an instance of the dataclass ``kind``; unknown fields are ignored.

    Args:
        place: how messages call the value; default: the name of ``kind``.

    Raises:
        DecodeError: a field is missing or has the wrong type.
    """
    decoded: T = _decode_object(kind, value, place or kind.__name__)
    return decoded


def schema(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON Schema of a type, and add those of the dataclasses in it to ``definitions``."""
    if kind in _SCALARS:
        return {"type": _SCALARS[kind]}
    if isinstance(kind, UnionType):
        return {"anyOf": [schema(part, definitions) for part in get_args(kind)]}
    if get_origin(kind) is tuple:
        return _tuple_schema(get_args(kind), definitions)
    if issubclass(kind, Enum):
        return {"enum": [member.value for member in kind]}
    if kind.__name__ not in definitions:
        definitions[kind.__name__] = {}  # already there for a class that contains itself
        definitions[kind.__name__] = object_schema(kind, definitions)
    return {"$ref": f"#/$defs/{kind.__name__}"}


def object_schema(kind: type, definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON Schema of a dataclass; all its fields are required, since all are always written."""
    hints = _hints(kind)
    return {
        "type": "object",
        "description": " ".join((inspect.getdoc(kind) or "").partition("\n\n")[0].replace("``", "`").split()),
        "properties": {field.name: schema(hints[field.name], definitions) for field in fields(kind)},
        "required": [field.name for field in fields(kind)],
    }


def _tuple_schema(parts: tuple[Any, ...], definitions: dict[str, Any]) -> dict[str, Any]:
    if parts[-1] is Ellipsis:
        return {"type": "array", "items": schema(parts[0], definitions)}
    items = [schema(part, definitions) for part in parts]
    return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}


def _decode_object(kind: Any, value: object, place: str) -> Any:
    if not isinstance(value, Mapping):
        raise _mismatch(place, "an object", value)
    hints, arguments = _hints(kind), {}
    for field in fields(kind):
        if field.name in value:
            arguments[field.name] = _decode(hints[field.name], value[field.name], f"{place}.{field.name}")
        elif field.default is MISSING and field.default_factory is MISSING:
            raise DecodeError(f"{place}.{field.name} is missing")
    return kind(**arguments)


def _decode(kind: Any, value: object, place: str) -> Any:
    if isinstance(kind, UnionType):
        return _decode_union(get_args(kind), value, place)
    if get_origin(kind) is tuple:
        return tuple(_decode_items(get_args(kind), value, place))
    if is_dataclass(kind):
        return _decode_object(kind, value, place)
    if kind is float and type(value) in (int, float):
        return _finite(value, place)
    if kind in _SCALARS:
        if type(value) is not kind:  # a bool is no number
            raise _mismatch(place, _article(_SCALARS[kind]), value)
        return value
    allowed = [member.value for member in kind]
    if value not in allowed:
        raise _mismatch(place, f"one of {', '.join(allowed)}", value)
    return kind(value)


def _decode_union(parts: tuple[Any, ...], value: object, place: str) -> Any:
    """Decode as the only part that can hold the value, so that an error tells of the field at fault within it."""
    if value is None and NoneType in parts:
        return None
    others = [part for part in parts if part is not NoneType]
    for part in others[:-1]:
        try:
            return _decode(part, value, place)
        except DecodeError:
            continue
    return _decode(others[-1], value, place)


def _decode_items(parts: tuple[Any, ...], value: object, place: str) -> Iterator[Any]:
    if not isinstance(value, list | tuple):
        raise _mismatch(place, "an array", value)
    if parts[-1] is Ellipsis:
        parts = parts[:1] * len(value)
    if len(parts) != len(value):
        raise DecodeError(f"{place}: expected {len(parts)} items, got {len(value)}")
    for number, (part, item) in enumerate(zip(parts, value, strict=True)):
        yield _decode(part, item, f"{place}[{number}]")


def _finite(value: Any, place: str) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise DecodeError(f"{place}: expected a finite number")
    return number


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _mismatch(place: str, expected: str, value: object) -> DecodeError:
    return DecodeError(f"{place}: expected {expected}, got {_article(_name(value))}")


def _name(value: object) -> str:
    if isinstance(value, Mapping):
        return "object"
    return "array" if isinstance(value, list | tuple) else _SCALARS.get(type(value), type(value).__name__)


def _article(noun: str) -> str:
    if noun == "null":
        return noun
    return f"{'an' if noun[0] in 'aio' else 'a'} {noun}"
