"""Native programs: sanitizers, Valgrind, failed assertions, aborts and signals, Fortran's runtime."""

from __future__ import annotations

import re
from typing import Final

from otorepair_like.detect.grammar import Block, Grammar, PatternGrammar, Step
from otorepair_like.detect.log_prefix import LogLine
from otorepair_like.incident import Frame, Incident, make_frame

_SANITIZER: Final = re.compile(
    r"(?:==\d+==)?(?:ERROR|WARNING|FATAL): (?P<tool>\w+Sanitizer): (?P<type>detected memory leaks|[\w-]+(?: race)?)"
    r"(?P<message>.*)$"
)
_NUMBERED: Final = re.compile(
    r"\s*#\d+ +(?:0x[0-9a-f]+ +in +)?(?P<function>.+?) (?P<file>[^\s:()]+)(?::(?P<line>\d+))?(?::\d+)?(?: \([^()]*\))?$"
)
_FORTRAN_AT: Final = re.compile(r"\s+at (?P<file>\S+):(?P<line>\d+)$")
_UNDEFINED: Final = re.compile(r"(?P<file>[^\s:]+):(?P<line>\d+):\d+: runtime error: (?P<message>.*)$")
_VALGRIND: Final = re.compile(
    r"==(?P<pid>\d+)== (?P<message>(?:Invalid (?:read|write|free)|Use of uninitialised"
    r"|Conditional jump|Process terminating|Mismatched free"
    r"|Source and destination overlap|Jump to the invalid|[\d,]+ bytes in [\d,]+ blocks are definitely lost).*)$"
)
_VALGRIND_FRAME: Final = re.compile(
    r"==\d+==\s+(?:at|by) 0x[0-9A-F]+: (?P<function>.+?) \((?P<file>[^():]+):(?P<line>\d+)\)$"
)
_ASSERT: Final = re.compile(
    r"(?:[^\s:]+: )?(?P<file>[^\s:]+):(?P<line>\d+): (?P<function>.+?): (?P<message>Assertion [`'].* failed\.)$"
    r"|Assertion failed: (?P<assertion>.*), (?:function (?P<where>\S+), )?file (?P<path>.+?), line (?P<number>\d+)\.?$"
)
_ABORTED: Final = re.compile(
    r"(?:terminate called (?:after throwing an instance of '(?P<type>[^']+)'|.*)|libc\+\+abi: (?P<abi>.*)"
    r"|\*\*\* (?P<smashed>.*) \*\*\*:? ?.*|(?:free|malloc|realloc|munmap_chunk|double free)\w*\(\): .*"
    r"|double free or corruption.*"
    r"|thread '[^']*'(?: \(\d+\))? has overflowed its stack|fatal runtime error: .*)$"
)
_SIGNAL: Final = re.compile(
    r"(?:[^:]{1,200}: line \d{1,9}: +|\[\d{1,9}\] *)?(?:\d{1,9} )?(?P<message>(?:Segmentation fault"
    r"|Bus error|Illegal instruction|Floating point exception|Aborted|Killed)"
    r"(?: *\(core dumped\))?)(?: .*)?$"
)
_FORTRAN: Final = re.compile(r"At line (?P<line>\d+) of file (?P<file>.+)$")


class Sanitizer(PatternGrammar):
    """AddressSanitizer and related tools: a report up to ``ABORTING`` or ``SUMMARY``."""

    marks = ("Sanitizer: ",)
    first = _SANITIZER
    more = re.compile(r"(?!==\d+==ERROR)")
    last = re.compile(r"==\d+==ABORTING|SUMMARY: (?:Thread|Leak|Memory)Sanitizer")

    def opens(self, line: LogLine) -> str | None:
        return next((text for text in (line.body, line.content) if self.first.match(text)), None)

    def read(self, block: Block) -> list[Incident]:
        match = _SANITIZER.match(block.lines[0])
        if match is None:
            return []
        frames = _until_gap(block.lines)
        message = (match["type"] + match["message"]).strip()
        return [Incident(match["type"], message, frames, language="c", severity="fatal")]


def _until_gap(lines: list[str]) -> tuple[Frame, ...]:
    """Return the frames of the first stack; further stacks in a report show the origin of the memory."""
    frames: list[Frame] = []
    for text in lines[1:]:
        if match := _NUMBERED.match(text):
            frames.append(make_frame(match["file"], match["line"], match["function"]))
        elif frames:
            break
    return tuple(reversed(frames))


class Valgrind(PatternGrammar):
    """One error of Memcheck."""

    marks = ("== ",)
    first = _VALGRIND
    more = re.compile(r"==\d+== {2,}\S")

    def read(self, block: Block) -> list[Incident]:
        match = _VALGRIND.match(block.lines[0])
        frames = []
        for text in block.lines[1:]:
            call = _VALGRIND_FRAME.match(text)
            if call:
                frames.append(make_frame(call["file"], call["line"], call["function"]))
            elif "Address 0x" in text:
                break
        return [Incident("", match["message"], tuple(reversed(frames)), language="c")] if match else []


class Fault(Grammar):
    """One line about the failure of a native program: an assertion, an abort, a signal, undefined behaviour."""

    marks = (
        "rror",
        "ssertion",
        "terminate",
        "libc++",
        "***",
        "():",
        "double free",
        "overflow",
        "fault",
        "Illegal",
        "exception",
        "Aborted",
        "Killed",
        "At line ",
    )

    def opens(self, line: LogLine) -> str | None:
        body = line.body
        shapes = (_UNDEFINED, _ASSERT, _ABORTED, _SIGNAL, _FORTRAN)
        return body if body and body[0] not in " \t" and any(shape.match(body) for shape in shapes) else None

    def step(self, block: Block, text: str) -> Step:
        first = block.lines[0]
        if _FORTRAN.match(first):
            return Step.COMPLETE if text[:1] in "#\t " or "rror" in text or not text.strip() else Step.OUT
        if text.lstrip().startswith("what(): ") or _ABORTED.match(text) or _SIGNAL.match(text):
            return Step.COMPLETE
        return Step.MAYBE if not text.strip() and not block.held else Step.OUT

    def read(self, block: Block) -> list[Incident]:
        first = block.lines[0]
        frames: tuple[Frame, ...] = ()
        kind, message = "", first
        if match := _UNDEFINED.match(first):
            kind, message, frames = (
                "runtime error",
                match["message"],
                (make_frame(match["file"], match["line"]),),
            )
        elif match := _ASSERT.match(first):
            message = match["message"] or f"Assertion failed: {match['assertion']}"
            frames = (
                make_frame(
                    match["file"] or match["path"],
                    match["line"] or match["number"],
                    match["function"] or match["where"] or "",
                ),
            )
        elif match := _ABORTED.match(first):
            kind = match["type"] or ""
            reason = next(
                (text.split("what():", 1)[1].strip() for text in block.lines if "what():" in text), ""
            )
            over = block.line_above
            stack = over is not None and first.startswith("fatal runtime error") and "overflowed" in over.body
            message = over.body if over is not None and stack else reason or first
        elif match := _FORTRAN.match(first):
            frames = (make_frame(match["file"], match["line"]),)
            text = next((text for text in block.lines[1:] if "rror: " in text), first)
            kind, _, message = text.rpartition("rror: ")
            kind = f"{kind}rror" if kind else ""
        elif match := _SIGNAL.match(first):
            message = match["message"]
        language = "fortran" if _FORTRAN.match(first) else "c"
        return [Incident(kind, message, frames, language=language, severity="fatal")]
