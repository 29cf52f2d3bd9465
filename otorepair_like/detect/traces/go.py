"""Go: panics, fatal errors of the runtime, panics that net/http caught, and data races.

The format is that of the runtime (``runtime/panic.go``, ``runtime/traceback.go``).
"""

from __future__ import annotations

import re
from typing import Final

from otorepair_like.detect.grammar import Block, Grammar, PatternGrammar, Step
from otorepair_like.detect.log_prefix import LogLine
from otorepair_like.incident import Frame, Incident, make_frame

_FIRST: Final = re.compile(
    r"(?:panic|fatal error): (?P<message>.*)|(?:http: )?panic serving \S+: (?P<served>.*)|unexpected fault address"
)
_TYPED: Final = re.compile(
    r"(?:panic: |(?:http: )?panic serving \S+: )?(?P<type>fatal error|runtime error): (?P<message>.*)$"
)
_PLACE: Final = re.compile(r"\t(?P<file>\S.*?\.(?:go|s|c|h|cgo\d\.go)):(?P<line>\d+)(?: \+0x[0-9a-f]+)?")
_LEVEL_PANIC: Final = re.compile(r"goroutine \d+")
_INSIDE: Final = re.compile(
    r"\t|\s*$|\[signal |goroutine \d+ \[|created by |\.\.\.|runtime stack:|[\w./*(){}%~\[\]-]+[.(]"
    r"|exit status |panic: |-- |r\w+ +0x|FAIL\t"
)
_SWITCH: Final = re.compile(r"(?:true|false|null|none|\d+)$", re.IGNORECASE)
_LOGGED_AT: Final = re.compile(r"^[\w./-]+\.go:\d+\s+")


class GoPanic(Grammar):
    """A panic and its goroutines."""

    marks = ("panic", "fatal error:", "fault address")

    def opens(self, line: LogLine) -> str | None:
        content = line.content if line.level else line.body
        match = _FIRST.match(content) or _FIRST.match(line.body)
        return match.string if match else None

    def step(self, block: Block, text: str) -> Step:
        if text.startswith("exit status "):
            return Step.LAST
        if text.startswith(("goroutine ", "[signal ", "\tpanic: ", "panic: ", "runtime stack:")):
            block.state = "stack"
            return Step.IN
        if not block.state:
            return Step.IN if not text.strip() else Step.MAYBE if len(block.held) < 8 else Step.OUT
        if _PLACE.match(text):
            return Step.COMPLETE
        return Step.IN if _INSIDE.match(text) else Step.OUT

    def read(self, block: Block) -> list[Incident]:
        frames = _first_goroutine(block.lines)
        first = _FIRST.match(block.lines[0])
        message = (first["message"] or first["served"] or "") if first else block.lines[0]
        if not frames and not block.state:
            if _SWITCH.match(message):
                return []
            return [Incident("", block.lines[0], certain=False)]
        typed = _TYPED.match(block.lines[0])
        kind, message = (typed["type"], typed["message"]) if typed else ("panic", message)
        message = re.sub(r" \[recovered.*", "", message)
        served = "panic serving" in block.lines[0]
        return [
            Incident(kind, message, tuple(frames), language="go", severity="error" if served else "fatal")
        ]


def _first_goroutine(lines: list[str]) -> list[Frame]:
    """Return the frames of the goroutine that panicked, without the panic call of the runtime."""
    frames: list[Frame] = []
    function = ""
    for text in lines:
        if text.startswith("goroutine ") and frames:
            break
        if match := _PLACE.match(text):
            if function.startswith("panic(") or "runtime.gopanic" in function:
                frames.clear()
            elif not function.startswith("created by "):
                frames.append(make_frame(match["file"], match["line"], re.sub(r"\(.*", "", function)))
        else:
            function = text
    return frames[::-1]


class GoLogged(PatternGrammar):
    """A stack below a line of a logger, as zap prints it; in a JSON record it stands alone."""

    marks = (".go:",)
    first = _PLACE
    more = re.compile(r"\t|[\w./*()\[\]{}-]+$")

    def opens(self, line: LogLine) -> str | None:
        return line.body if self.first.match(line.body) else None

    def read(self, block: Block) -> list[Incident]:
        above = block.lines_above
        head = above[-2] if len(above) > 1 else None
        if not above or (head is not None and head.level not in ("error", "fatal")):
            return []
        block.include(above[-2:])
        message = "" if head is None else _LOGGED_AT.sub("", head.body)
        frames = _first_goroutine(block.lines)
        return [Incident("", message, tuple(frames), language="go", handled=True)]


class Race(PatternGrammar):
    """A report of the race detector (``-race``)."""

    marks = ("DATA RACE",)
    first = re.compile(r"WARNING: DATA RACE$")
    more = re.compile(r"\s|(?:Read|Write|Previous \w+|Goroutine \d+|.* by (?:main )?goroutine)|\s*$")
    last = re.compile(r"=+$")

    def opens(self, line: LogLine) -> str | None:
        return line.content if self.first.match(line.content) else None

    def read(self, block: Block) -> list[Incident]:
        access: list[str] = []
        for text in block.lines[2:]:
            if not text.strip():
                break
            access.append(text.removeprefix("    "))
        frames = _first_goroutine([re.sub(r"^ +(?=/)", "\t", text).removeprefix("  ") for text in access])
        return [Incident("DATA RACE", "".join(block.lines[1:2]), tuple(frames), language="go")]
