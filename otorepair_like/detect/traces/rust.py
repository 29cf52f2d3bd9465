"""Rust: panics, in the old and new format of the standard library (``std/src/panicking.rs``)."""

from __future__ import annotations

import re
from typing import Final

from otorepair_like.detect.grammar import Block, Grammar, Step
from otorepair_like.detect.log_prefix import LogLine
from otorepair_like.incident import Frame, Incident, make_frame

_NEW: Final = re.compile(
    r"thread '[^']*'(?: \(\d+\))? panicked at (?P<file>[^']\S*?):(?P<line>\d+)(?::\d+)?:$"
)
_OLD: Final = re.compile(
    r"thread '[^']*' panicked at '(?P<message>.*)', (?P<file>\S+?):(?P<line>\d+)(?::\d+)?$"
)
_FUNCTION: Final = re.compile(r"\s*\d+: (?:\s*0x[0-9a-f]+ - )?(?P<function>.*)$")
_AT: Final = re.compile(r"\s+at (?P<file>\S+?):(?P<line>\d+)(?::\d+)?$")
_STACK: Final = re.compile(r"\s*\d+: |\s+at |stack backtrace:$")


class RustPanic(Grammar):
    """``thread 'main' panicked at …``."""

    marks = (" panicked at ",)

    def opens(self, line: LogLine) -> str | None:
        body = line.body
        return body if body.startswith("thread '") and (_NEW.match(body) or _OLD.match(body)) else None

    def step(self, block: Block, text: str) -> Step:
        if text.startswith("note: ") or text == "stack backtrace:":
            block.state = "stack"
            return Step.COMPLETE
        if block.state == "stack":
            return (
                Step.COMPLETE if _STACK.match(text) else Step.SKIP if text.startswith("test ") else Step.OUT
            )
        if _OLD.match(block.lines[0]):
            return Step.OUT
        if len(block.lines) == 1:
            return Step.IN
        return Step.MAYBE if text.strip() and len(block.held) < 10 else Step.OUT

    def read(self, block: Block) -> list[Incident]:
        first = block.lines[0]
        if old := _OLD.match(first):
            match, message = old, old["message"]
        elif new := _NEW.match(first):
            match, message = new, block.lines[1] if len(block.lines) > 1 else "panicked"
        else:
            return []
        frames = _backtrace(block.lines)
        own = make_frame(match["file"], match["line"])
        if not any(frame.file.endswith(own.file) and frame.line == own.line for frame in frames):
            frames.append(own)
        return [Incident("panic", message, tuple(frames), language="rust", severity="fatal")]


def _backtrace(lines: list[str]) -> list[Frame]:
    frames: list[Frame] = []
    function = ""
    for text in lines:
        if match := _AT.match(text):
            frames.append(make_frame(match["file"], match["line"], re.sub(r"\[[0-9a-f]{8,}\]", "", function)))
        elif function_match := _FUNCTION.match(text):
            function = function_match["function"]
    return frames[::-1]
