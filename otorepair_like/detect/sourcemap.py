"""Read source maps: find the place in the source for a place in generated JavaScript.

The format is ECMA-426 (revision 3 of the source map proposal). A map is hostile input like any file of a workspace: its
size is limited, nothing is downloaded, and an invalid map maps nothing.
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
"""Characters of mappings that are decoded, which takes a tenth of a second."""
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
"""By generated line (from 0): its segments (generated column, index of the source, source line) in ascending order."""


def original(file: Path, line: int, column: int | None, inside: Path) -> Place | None:
    """Return the place in the source; ``None`` if the file has no valid map.

    Args:
        file: the generated file.
        line: the line in it, from 1.
        column: the column in it, from 1; ``None``: use the first segment of the line.
        inside: the folder that must contain the file, its map and the source.
    """
    try:
        inside = inside.resolve()
        generated = file.resolve()
        if not generated.is_relative_to(inside):
            return None
        sources, segments = _map(generated, generated.stat().st_mtime_ns, inside)
    except (OSError, ValueError, RecursionError):
        return None
    segment = _find_segment(segments.get(line - 1, []), column)
    if segment is None or segment[1] >= len(sources):
        return None
    source = sources[segment[1]]
    return (source, segment[2] + 1) if source and Path(source).resolve().is_relative_to(inside) else None


def _find_segment(segments: list[tuple[int, int, int]], column: int | None) -> tuple[int, int, int] | None:
    """Return the last segment that begins at or before the column."""
    before = [segment for segment in segments if column is None or segment[0] <= column - 1]
    if not before:
        return segments[0] if segments else None
    return before[0] if column is None else before[-1]


@lru_cache(maxsize=16)
def _map(generated: Path, _changed: int, inside: Path) -> tuple[list[str], Segments]:
    """Return the sources and the segments in the map of a file."""
    data, base = _load(generated, inside)
    if not isinstance(data, dict) or data.get("version") != 3:
        raise ValueError("no source map")
    names, mappings, root = data.get("sources"), data.get("mappings"), data.get("sourceRoot")
    if not isinstance(names, list) or not isinstance(mappings, str) or len(mappings) > _LONGEST:
        raise ValueError("no usable source map")
    root = root if isinstance(root, str) else ""
    sources = [_source_path(base, root, name, inside) if isinstance(name, str) else "" for name in names]
    return sources, _decode(mappings.encode("ascii"))


def _load(generated: Path, inside: Path) -> tuple[Any, Path]:
    """Read the map; return it and the folder of its sources."""
    if generated.stat().st_size > _LARGEST:
        raise ValueError("too large")
    text = generated.read_bytes()
    urls = _URL.findall(text)
    url = urls[-1] if urls else b""
    if match := _INLINE.match(url):
        data = url[match.end() :]
        return json.loads(b64decode(data) if match[1] else unquote(data.decode())), generated.parent
    beside = generated.parent / (
        unquote(url.decode()) if url and b"://" not in url else generated.name + ".map"
    )
    beside = beside.resolve()
    if not beside.is_relative_to(inside) or beside.stat().st_size > _LARGEST:
        raise ValueError("no readable map")
    return json.loads(beside.read_bytes()), beside.parent


def _source_path(base: Path, root: str, name: str, inside: Path) -> str:
    """Return the path of a source; the URLs of bundlers are relative to the project."""
    path = unquote(name)
    if path.startswith("file://"):
        return path.removeprefix("file://")
    if _SCHEME.match(path):
        bare = re.sub(r"^[a-z][\w+.-]*://[^/]*/(?:\([^)]*\)/)?", "", path).partition("?")[0]
        return os.path.normpath(inside / bare) if not bare.startswith("/") else ""
    return os.path.normpath(base / root.removeprefix("file://") / path)


def _decode(mappings: bytes) -> Segments:
    """Return the segments of every generated line: base 64 VLQ, each field relative to the one before it."""
    segments: Segments = {}
    source = line = 0
    for number, group in enumerate(mappings.split(b";")):
        column = 0
        line_segments = []
        for segment in group.split(b",") if group else ():
            fields = _fields(segment)
            column += fields[0] if fields else 0
            if len(fields) >= 4:
                source += fields[1]
                line += fields[2]
                if source >= 0 and line >= 0:
                    line_segments.append((column, source, line))
        if line_segments:
            segments[number] = sorted(line_segments)
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
