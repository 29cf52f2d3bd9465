"""Source maps: the place in the source that a place in generated JavaScript stands for.

The format is ECMA-426 (revision 3 of the source map proposal). A map is hostile input like any file of a workspace:
what is read is bounded, nothing is fetched, and a map that cannot be read maps nothing.
"""

from __future__ import annotations

import json
import os
import re
from base64 import b64decode
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

_LARGEST: Final = 4 << 20
"""Bytes of a generated file, and of a map, that are read."""
_LONGEST: Final = 1 << 19
"""Characters of mappings that are decoded: a tenth of a second."""
_URL: Final = re.compile(rb"(?://|/\*)[#@] sourceMappingURL=([^\s*]+)")
_INLINE: Final = re.compile(rb"data:application/json[^,]*?(;base64)?,")
_DIGITS: Final = {
    ord(digit): value
    for value, digit in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
}
_SCHEME: Final = re.compile(r"[a-z][\w+.-]*://")

Place = tuple[str, int]
"""A file and a line, from 1."""
Segments = dict[int, list[tuple[int, int, int]]]
"""Generated line from 0 to its (generated column, number of the source, line in the source), columns ascending."""


def original(file: Path, line: int, column: int | None, inside: Path) -> Place | None:
    """The place in the source; ``None`` where the file has no map that can be read.

    Args:
        file: the generated file.
        line: the line in it, from 1.
        column: the column in it, from 1; ``None`` takes the line's first mapping.
        inside: the directory that the file, its map and the source must lie in.
    """
    try:
        inside = inside.resolve()
        generated = file.resolve()
        if not generated.is_relative_to(inside):
            return None
        sources, segments = _map(generated, generated.stat().st_mtime_ns, inside)
    except (OSError, ValueError, RecursionError):
        return None
    found = _at(segments.get(line - 1, []), column)
    if found is None or found[1] >= len(sources):
        return None
    source = sources[found[1]]
    return (source, found[2] + 1) if source and Path(source).resolve().is_relative_to(inside) else None


def _at(segments: list[tuple[int, int, int]], column: int | None) -> tuple[int, int, int] | None:
    """The last segment that begins at or before the column."""
    before = [one for one in segments if column is None or one[0] <= column - 1]
    if not before:
        return segments[0] if segments else None
    return before[0] if column is None else before[-1]


@lru_cache(maxsize=16)
def _map(generated: Path, _changed: int, inside: Path) -> tuple[list[str], Segments]:
    """The sources and the segments of a file's map."""
    told, base = _told(generated, inside)
    if not isinstance(told, dict) or told.get("version") != 3:
        raise ValueError("no source map")
    names, mappings, root = told.get("sources"), told.get("mappings"), told.get("sourceRoot")
    if not isinstance(names, list) or not isinstance(mappings, str) or len(mappings) > _LONGEST:
        raise ValueError("no source map that is read")
    root = root if isinstance(root, str) else ""
    sources = [_named(base, root, name, inside) if isinstance(name, str) else "" for name in names]
    return sources, _decoded(mappings.encode("ascii"))


def _told(generated: Path, inside: Path) -> tuple[Any, Path]:
    """The map as read, and the directory that its sources are relative to."""
    if generated.stat().st_size > _LARGEST:
        raise ValueError("too large")
    text = generated.read_bytes()
    urls = _URL.findall(text)
    url = urls[-1] if urls else b""
    if found := _INLINE.match(url):
        data = url[found.end() :]
        return json.loads(b64decode(data) if found[1] else unquote(data.decode())), generated.parent
    beside = generated.parent / (
        unquote(url.decode()) if url and b"://" not in url else generated.name + ".map"
    )
    beside = beside.resolve()
    if not beside.is_relative_to(inside) or beside.stat().st_size > _LARGEST:
        raise ValueError("no map that may be read")
    return json.loads(beside.read_bytes()), beside.parent


def _named(base: Path, root: str, name: str, inside: Path) -> str:
    """A source's path; a bundler's own scheme is relative to the project."""
    path = unquote(name)
    if path.startswith("file://"):
        return path.removeprefix("file://")
    if _SCHEME.match(path):
        bare = re.sub(r"^[a-z][\w+.-]*://[^/]*/(?:\([^)]*\)/)?", "", path).partition("?")[0]
        return os.path.normpath(inside / bare) if not bare.startswith("/") else ""
    return os.path.normpath(base / root.removeprefix("file://") / path)


def _decoded(mappings: bytes) -> Segments:
    """The segments of every generated line: base 64 VLQ, each field relative to the one before it."""
    segments: Segments = {}
    source = line = 0
    for number, told in enumerate(mappings.split(b";")):
        column = 0
        found = []
        for segment in told.split(b",") if told else ():
            fields = _fields(segment)
            column += fields[0] if fields else 0
            if len(fields) >= 4:
                source += fields[1]
                line += fields[2]
                if source >= 0 and line >= 0:
                    found.append((column, source, line))
        if found:
            segments[number] = sorted(found)
    return segments


def _fields(segment: bytes) -> list[int]:
    fields: list[int] = []
    value = shift = 0
    for digit in segment[:64]:
        bits = _DIGITS.get(digit, 0)
        value |= (bits & 31) << shift
        if bits & 32:
            shift += 5
        else:
            fields.append(-(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    return fields
