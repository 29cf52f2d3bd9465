"""Tools that draw an excerpt of the source beside their words: Sass, Terraform, SWC, Biome, Parcel, color-eyre.

What these have in common is a line with the place, so that opens the block; the words stand above it, or under it.
"""

from __future__ import annotations

import re
from typing import Final

from otorepair_like.detect.grammar import Block, Patterned
from otorepair_like.detect.log_prefix import LogLine
from otorepair_like.incident import Frame, Incident, make_frame

_PLACES: Final = tuple(
    re.compile(shape)
    for shape in (
        r"\s+(?P<file>[^\s:]+\.\w+) (?P<line>\d+):\d+  root stylesheet$",
        r"│\s+on (?P<file>\S+\.tf) line (?P<line>\d+)",
        r"\s*(?:,-\[|╭─\[) ?(?P<file>[^\s:]+\.\w+):(?P<line>\d+):\d+ ?\]$",
        r"\s{2,}(?P<file>/[^\s:]+\.\w+):(?P<line>\d+):\d+$",
        r"(?P<file>[^\s:]+\.\w+):(?P<line>\d+):\d+ (?P<type>(?:lint|assist|parse)\S*) .*━+$",
        r"(?P<file>/[^\s:]+\.\w+):(?P<line>\d+):\d+(?P<under>)$",
        r"(?P<title>Location:)$",
    )
)
_AT: Final = re.compile(r"\s+(?P<file>[\w./-]+\.\w+):(?P<line>\d+)$")
_WORDS: Final = re.compile(
    r"[\s│|]*(?:[Ee]rror:|ERROR:|×|x|✖|✘|0:|@[\w/-]+:(?= Failed))\s+(?P<message>\S.*)$"
)
_FAR: Final = 12


class Excerpt(Patterned):
    """A place, words above or under it."""

    marks = ("root stylesheet", " on ", "-[", "─[", ":")
    more = re.compile(r"\s|Error: |[│|╷╵╰─`>]|\d+ [|│]|\s*$")

    def opens(self, line: LogLine) -> str | None:
        body = line.body
        if not body or line.level in ("warning", "info", "debug"):
            return None
        return body if any(shape.match(body) for shape in _PLACES) else None

    def read(self, block: Block) -> list[Incident]:
        parts = next(hit for hit in (shape.match(block.lines[0]) for shape in _PLACES) if hit).groupdict()
        frame = make_frame(parts["file"], parts["line"]) if "file" in parts else _under(block.lines)
        above = block.above[-_FAR:]
        found = next((hit for hit in map(_WORDS.match, block.lines[1:]) if hit), None)
        for number in range(len(above) - 1, -1, -1) if "under" not in parts else ():
            if found is not None:
                break
            found = _WORDS.match(above[number].said)
            if found is not None:
                block.include(above[number:])
        if found is None or frame is None:
            return []
        return [Incident(parts.get("type") or "", found["message"].rstrip(), (frame,))]


def _under(lines: list[str]) -> Frame | None:
    found = next((hit for hit in map(_AT.match, lines[1:3]) if hit), None)
    return make_frame(found["file"], found["line"]) if found else None
