"""Answers in JSON: found in what a model said, checked, and asked for once more if they are not what was wanted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from otorepair_like.agents import schema
from otorepair_like.agents.sanitize import harmless

FAULTS: Final = 10
"""So many of them are told to a model that is asked again."""
_DEPTH: Final = 3
"""Wrappings of an answer that are looked into."""


def objects(answer: str, shape: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The objects in ``answer`` that have the first key of ``shape``, bare, fenced, prefixed or wrapped."""
    key, part = next(iter(shape["properties"].items()))
    found = [inner for value in values(answer) for inner in _inside(value, _DEPTH)]
    return [value for value in found if not list(schema.errors(value.get(key), part))]


def faults(answer: str, shape: Mapping[str, Any]) -> list[str]:
    """What is wrong with ``answer``, exactly; nothing if it holds what ``shape`` asks for."""
    found = objects(answer, shape) or [value for value in values(answer) if isinstance(value, dict)]
    if not found:
        return ["there is no JSON object in it"]
    return min((list(schema.errors(value, shape)) for value in found), key=len)


def again(asked: str, wrong: list[str]) -> str:
    """The question ``asked``, with what was wrong with its answer."""
    listed = "\n".join(f"  - {harmless(fault)}" for fault in wrong[:FAULTS])
    wanted = "Answer again: one JSON object and nothing else."
    return f"{asked}\nYour last answer could not be used:\n{listed}\n{wanted}\n"


def values(answer: str) -> Iterator[object]:
    """Every JSON object or list in ``answer``, outermost only."""
    decoder, at = json.JSONDecoder(), 0
    while start := re.compile(r"[{\[]").search(answer, at):
        try:
            value, at = decoder.raw_decode(answer, start.start())
        except RecursionError:  # no answer is nested like that, and each further try would be as slow
            return
        except ValueError:
            at = start.end()
        else:
            yield value


def _inside(value: object, depth: int) -> Iterator[dict[str, Any]]:
    """Objects: ``value``, and those in other objects, in lists and in texts that are JSON themselves."""
    if isinstance(value, dict):
        yield value
    if depth:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        for part in inner:
            for found in values(part) if isinstance(part, str) else (part,):
                yield from _inside(found, depth - 1)
