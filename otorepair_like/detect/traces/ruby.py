"""Ruby: uncaught exceptions, and backtraces that Rails, Sinatra and RSpec print below a head.

MRI prints the failing frame first, with message and class in the same line (``error.c``, ``eval_error.c``); causes
follow.
"""

from __future__ import annotations

import re
from typing import Final

from otorepair_like.detect.grammar import Block, Grammar, PatternGrammar, Step
from otorepair_like.detect.log_prefix import LogLine
from otorepair_like.incident import Frame, Incident, make_frame

_RAISED: Final = re.compile(
    r"(?P<file><internal:[^>]*>|[^\s:][^:]*):(?P<line>\d+):in [`'](?P<function>[^']*)': (?P<message>.*?)"
    r"(?: \((?P<type>[A-Z][\w:]*)\))?$"
)
_BARE: Final = re.compile(
    r"(?P<file>[^\s:]+\.r[bu]):(?P<line>\d+): (?P<message>syntax error.*?(?=$| \()|.*?(?= \())(?: \("
    r"(?P<type>[A-Z][\w:]*)\))?$"
)
_FRAME: Final = re.compile(
    r"\s*(?:\d+: )?(?:from |# )?(?P<file><internal:[^>]*>|[^\s:][^:]*\.(?:rb|ru|erb|rake|haml|slim)|[\w./<>-]+):"
    r"(?P<line>\d+):in [`'](?P<function>[^']*)'$"
)
_TEMPLATE: Final = re.compile(r"(?P<template>[\w./-]+\.(?:erb|haml|slim)):(?P<number>\d+)$")
_TAIL: Final = re.compile(r".* \((?P<type>[A-Z]\w*(?:::\w+)*)\)$")
_CONTINUED: Final = re.compile(r"\s*\.\.\. \d+ levels\.\.\.|\s+\^+|\s*$|  \S")
_HEAD: Final = re.compile(
    r"(?P<type>[A-Z]\w*(?:::\w+)*):? \((?P<inside>.*)\):?$|(?:.* - )?(?P<dashed>[A-Z][\w:]*) - (?P<detail>.*)$"
    r"|(?:Failure/Error: .*|(?:Failure|Error): [\w:]+\([\w:]+\)"
    r"|(?P<plain>[A-Z][\w:]*(?:Error|Exception|Invalid|NotFound|Missing)): (?P<text>.*))$"
)
_INSPECTED: Final = re.compile(
    r".*#<(?P<type>[A-Z][\w:]*(?:Error|Exception|Invalid|NotFound)): (?P<message>[^>]*)>"
)


class RubyRaised(Grammar):
    """An uncaught exception."""

    marks = (":in ", ")", "syntax error")

    def opens(self, line: LogLine) -> str | None:
        body = line.body
        return (
            body
            if _RAISED.match(body) or ((body.endswith(")") or "syntax error" in body) and _BARE.match(body))
            else None
        )

    def step(self, block: Block, text: str) -> Step:
        if _RAISED.match(text) or _FRAME.match(text):
            return Step.COMPLETE
        return Step.MAYBE if _CONTINUED.match(text) and len(block.held) < 12 else Step.OUT

    def read(self, block: Block) -> list[Incident]:
        raised: list[tuple[str, str, list[Frame]]] = []
        for text in block.lines:
            if match := _RAISED.match(text) or _BARE.match(text):
                frame = make_frame(match["file"], match["line"], match.groupdict().get("function") or "")
                raised.append((match["type"] or "RuntimeError", match["message"], [frame]))
            elif frame_ := _FRAME.match(text):
                raised[-1][2].append(make_frame(frame_["file"], frame_["line"], frame_["function"]))
        kind, message, _ = raised[0]
        frames = [frame for *_, stack in reversed(raised) for frame in reversed(stack)]
        chain = tuple((error[0], error[1]) for error in reversed(raised)) if len(raised) > 1 else ()
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


class Rails(PatternGrammar):
    """Rails about a failed request: ``Type (message):``, an excerpt, the calls of the application."""

    marks = ("):",)
    first = re.compile(
        r"\s*(?P<type>(?=[\w:]*(?:Error|Exception|NotFound|Invalid|Missing))[A-Z]\w*(?:::\w+)*) \((?P<message>.*)\):$"
    )
    more = re.compile(rf"\s*$|\s*\d+: |{_FRAME.pattern}|{_TEMPLATE.pattern}|Causes:")

    def read(self, block: Block) -> list[Incident]:
        match = self.first.match(block.lines[0])
        frames = [frame for frame in map(_frame, block.lines) if frame]
        if match is None or not frames:
            return []
        return [Incident(match["type"], match["message"], tuple(reversed(frames)), language="ruby")]


class RubyLogged(PatternGrammar):
    """A backtrace below a head, as printed by frameworks and test runners."""

    marks = (":in ",)
    first = more = _FRAME

    def read(self, block: Block) -> list[Incident]:
        above = block.lines_above
        for number in range(len(above) - 1, max(-1, len(above) - 12), -1):
            head = above[number]
            if match := _HEAD.match(head.body.strip()) or _HEAD.match(head.content) or _logged(head):
                break
        else:
            return []
        if above[number].level in ("warning", "info", "debug"):
            return []
        block.include(above[number:])
        parts = match.groupdict()
        kind = parts.get("type") or parts.get("dashed") or parts.get("plain") or ""
        message = parts.get("inside") or parts.get("detail") or parts.get("text") or ""
        if not kind and (tail := _TAIL.match(above[-1].body)):
            kind, message = tail["type"], parts.get("text") or above[number].body
        if not kind:
            words = [line.body.strip() for line in above[number + 1 :] if line.body.strip()]
            kind, message = "Failure", words[0] if words else above[number].body.strip()
        frames = [frame for frame in map(_frame, block.lines) if frame]
        return [Incident(kind, message, tuple(reversed(frames)), language="ruby")]


def _logged(line: LogLine) -> re.Match[str] | None:
    """Match the line of a logger with an exception; its type is at the end of the message."""
    return re.match(".", line.body) if line.level in ("error", "fatal") else None


def _frame(text: str) -> Frame | None:
    if match := _FRAME.match(text):
        return make_frame(match["file"], match["line"], match["function"])
    template = _TEMPLATE.match(text)
    return make_frame(template["template"], template["number"]) if template else None


class Inspected(PatternGrammar):
    """An exception printed by ``inspect`` only, as by Puma."""

    marks = ("#<",)
    first = _INSPECTED
    more = _FRAME

    def read(self, block: Block) -> list[Incident]:
        match = _INSPECTED.match(block.lines[0])
        quiet = block.line.level in ("warning", "info", "debug")
        return [Incident(match["type"], match["message"], language="ruby")] if match and not quiet else []
