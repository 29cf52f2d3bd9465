"""Validate a value against a JSON schema: the part of JSON Schema that our own questions use.

The messages are exact, since a model gets them when it is asked again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "number": (int, float),
}


def errors(value: object, schema: Mapping[str, Any], place: str = "answer") -> Iterator[str]:
    """Yield one line for each violation of ``schema`` by ``value``."""
    kind = schema["type"]
    if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
        yield f"{place}: expected {_article(kind)}, got {_show(value)}"
    elif "enum" in schema and value not in schema["enum"]:
        yield f"{place}: expected one of {', '.join(schema['enum'])}, got {_show(value)}"
    elif isinstance(value, int | float) and not schema.get("minimum", value) <= value <= schema.get(
        "maximum", value
    ):
        yield f"{place}: expected {schema['minimum']} to {schema['maximum']}, got {_show(value)}"
    elif isinstance(value, dict):
        yield from _object(value, schema, place)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from errors(item, schema["items"], f"{place}[{number}]")


def _object(value: Mapping[str, object], schema: Mapping[str, Any], place: str) -> Iterator[str]:
    for name in schema["required"]:
        if name not in value:
            yield f"{place}: {name} is missing"
    for name, part in value.items():
        if name in schema["properties"]:
            yield from errors(
                part, schema["properties"][name], name if place == "answer" else f"{place}.{name}"
            )
        else:
            yield f"{place}: {name[:40]!r} is not one of the keys"


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "ao" else f"a {kind}"


def _show(value: object) -> str:
    return json.dumps(value)[:60]
