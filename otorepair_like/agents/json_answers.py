"""Find JSON answers in the text of a model, validate them, and phrase the question that asks for a better one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from otorepair_like.agents import schema
from otorepair_like.agents.sanitize import harmless

FAULTS: Final = 10
"""Faults that are listed when a model is asked again."""
_DEPTH: Final = 3
"""Levels of nesting that are searched for an answer."""


def objects(answer: str, shape: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the objects in ``answer`` with the first key of ``shape``, whether bare, fenced, prefixed or wrapped."""
    key, part = next(iter(shape["properties"].items()))
    candidates = [inner for value in values(answer) for inner in _inside(value, _DEPTH)]
    return [value for value in candidates if not list(schema.errors(value.get(key), part))]


def faults(answer: str, shape: Mapping[str, Any]) -> list[str]:
    """Return each violation of ``shape`` by ``answer``; none if it contains a valid object."""
    candidates = objects(answer, shape) or [value for value in values(answer) if isinstance(value, dict)]
    if not candidates:
        return ["there is no JSON object in it"]
    return min((list(schema.errors(value, shape)) for value in candidates), key=len)


def ask_again(prompt: str, faults: list[str]) -> str:
    """Return ``prompt`` with the faults of its first answer."""
    listing = "\n".join(f"  - {harmless(fault)}" for fault in faults[:FAULTS])
    request = "Answer again: one JSON object and nothing else."
    return f"{prompt}\nYour last answer could not be used:\n{listing}\n{request}\n"


def values(answer: str) -> Iterator[object]:
    """Yield every outermost JSON object or list in ``answer``."""
    decoder, at = json.JSONDecoder(), 0
    while start := re.compile(r"[{\[]").search(answer, at):
        try:
            value, at = decoder.raw_decode(answer, start.start())
        except RecursionError:  # no real answer is nested like that, and each further try would be as slow
            return
        except ValueError:
            at = start.end()
        else:
            yield value


def _inside(value: object, depth: int) -> Iterator[dict[str, Any]]:
    """Yield ``value`` and the objects in other objects, in lists and in texts that are JSON themselves."""
    if isinstance(value, dict):
        yield value
    if depth:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        for part in inner:
            for nested in values(part) if isinstance(part, str) else (part,):
                yield from _inside(nested, depth - 1)
