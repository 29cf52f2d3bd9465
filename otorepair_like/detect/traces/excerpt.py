"""Tools that print an excerpt of the source: Sass, Terraform, SWC, Biome, Parcel, color-eyre.

They all print a line with the place, which opens the block; the message is above or below it.
"""

from __future__ import annotations

import re
from typing import Final

from otorepair_like.detect.grammar import Block, PatternGrammar
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


class Excerpt(PatternGrammar):
    """A place, with a message above or below it."""

    marks = ("root stylesheet", " on ", "-[", "─[", ":")
    more = re.compile(r"\s|Error: |[│|╷╵╰─`>]|\d+ [|│]|\s*$")

    def opens(self, line: LogLine) -> str | None:
        body = line.body
        if not body or line.level in ("warning", "info", "debug"):
            return None
        return body if any(shape.match(body) for shape in _PLACES) else None

    def read(self, block: Block) -> list[Incident]:
        parts = next(
            candidate for candidate in (shape.match(block.lines[0]) for shape in _PLACES) if candidate
        ).groupdict()
        frame = make_frame(parts["file"], parts["line"]) if "file" in parts else _place_below(block.lines)
        above = block.lines_above[-_FAR:]
        match = next((candidate for candidate in map(_WORDS.match, block.lines[1:]) if candidate), None)
        for number in range(len(above) - 1, -1, -1) if "under" not in parts else ():
            if match is not None:
                break
            match = _WORDS.match(above[number].content)
            if match is not None:
                block.include(above[number:])
        if match is None or frame is None:
            return []
        return [Incident(parts.get("type") or "", match["message"].rstrip(), (frame,))]


def _place_below(lines: list[str]) -> Frame | None:
    match = next((candidate for candidate in map(_AT.match, lines[1:3]) if candidate), None)
    return make_frame(match["file"], match["line"]) if match else None
