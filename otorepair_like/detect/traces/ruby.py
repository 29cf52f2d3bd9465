"""Ruby: uncaught exceptions, and backtraces that Rails, Sinatra and RSpec print under a head.

MRI prints the failing frame first, message and class in the same line (``error.c``, ``eval_error.c``); causes follow.
"""

from __future__ import annotations

import re
from typing import Final

from otorepair_like.detect.grammar import Block, Grammar, Patterned, Step, place
from otorepair_like.detect.prefix import Line
from otorepair_like.incident import Frame, Incident

_RAISED: Final = re.compile(
    r"(?P<file>[^\s:][^:]*):(?P<line>\d+):in [`'](?P<function>[^']*)': (?P<message>.*?)(?: \((?P<type>[A-Z][\w:]*)\))?$"
)
_BARE: Final = re.compile(
    r"(?P<file>[^\s:]+\.r[bu]):(?P<line>\d+): (?P<message>syntax error.*?(?=$| \()|.*?(?= \())(?: \("
    r"(?P<type>[A-Z][\w:]*)\))?$"
)
_FRAME: Final = re.compile(
    r"\s*(?:\d+: )?(?:from |# )?(?P<file>[^\s:][^:]*\.(?:rb|ru|erb|rake|haml|slim)|[\w./<>-]+):"
    r"(?P<line>\d+):in [`'](?P<function>[^']*)'$"
)
_CONTINUED: Final = re.compile(r"\s*\.\.\. \d+ levels\.\.\.|\s+\^+|\s*$|  \S")
_HEAD: Final = re.compile(
    r"(?P<type>[A-Z][\w:]*) \((?P<inside>.*)\):?$|(?:.* - )?(?P<dashed>[A-Z][\w:]*) - (?P<told>.*)$"
    r"|(?:Failure/Error: .*|(?P<plain>[A-Z][\w:]*(?:Error|Exception|Invalid|NotFound|Missing)): (?P<said>.*))$"
)
_INSPECTED: Final = re.compile(
    r".*#<(?P<type>[A-Z][\w:]*(?:Error|Exception|Invalid|NotFound)): (?P<message>[^>]*)>"
)


class Raised(Grammar):
    """An uncaught exception."""

    marks = (":in ", ")", "syntax error")

    def opens(self, line: Line) -> str | None:
        body = line.body
        return (
            body
            if _RAISED.match(body) or ((body.endswith(")") or "syntax error" in body) and _BARE.match(body))
            else None
        )

    def step(self, block: Block, text: str) -> Step:
        if _RAISED.match(text) or _FRAME.match(text):
            return Step.WHOLE
        return Step.MAYBE if _CONTINUED.match(text) and len(block.held) < 12 else Step.OUT

    def read(self, block: Block) -> list[Incident]:
        raised: list[tuple[str, str, list[Frame]]] = []
        for text in block.lines:
            if found := _RAISED.match(text) or _BARE.match(text):
                frame = place(found["file"], found["line"], found.groupdict().get("function") or "")
                raised.append((found["type"] or "RuntimeError", found["message"], [frame]))
            elif frame_ := _FRAME.match(text):
                raised[-1][2].append(place(frame_["file"], frame_["line"], frame_["function"]))
        kind, message, _ = raised[0]
        frames = [frame for *_, stack in reversed(raised) for frame in reversed(stack)]
        chain = tuple((one[0], one[1]) for one in reversed(raised)) if len(raised) > 1 else ()
        return [
            Incident(
                kind,
                message,
                tuple(frames),
                language="ruby",
                severity="fatal",
                root_type=raised[-1][0],
                root_message=raised[-1][1],
                chain=chain,
            )
        ]


class Logged(Patterned):
    """A backtrace under a head, as frameworks and test runners print it."""

    marks = (":in ",)
    first = more = _FRAME

    def read(self, block: Block) -> list[Incident]:
        above = block.above
        for number in range(len(above) - 1, max(-1, len(above) - 12), -1):
            if found := _HEAD.match(above[number].body.strip()) or _HEAD.match(above[number].said):
                break
        else:
            return []
        if above[number].level in ("warning", "info", "debug"):
            return []
        block.include(above[number:])
        kind = found["type"] or found["dashed"] or found["plain"] or ""
        message = found["inside"] or found["told"] or found["said"] or ""
        if not kind:
            said = [line.body.strip() for line in above[number + 1 :] if line.body.strip()]
            kind, message = "Failure", said[0] if said else above[number].body.strip()
        frames = [
            place(one["file"], one["line"], one["function"]) for one in map(_FRAME.match, block.lines) if one
        ]
        return [Incident(kind, message, tuple(reversed(frames)), language="ruby")]


class Inspected(Patterned):
    """An exception told by ``inspect`` alone, as Puma does."""

    marks = ("#<",)
    first = _INSPECTED
    more = _FRAME

    def read(self, block: Block) -> list[Incident]:
        found = _INSPECTED.match(block.lines[0])
        quiet = block.line.level in ("warning", "info", "debug")
        return [Incident(found["type"], found["message"], language="ruby")] if found and not quiet else []
