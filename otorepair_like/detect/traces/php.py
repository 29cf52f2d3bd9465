"""PHP: fatal errors, uncaught exceptions and parse errors (``main/main.c``, ``Zend/zend_exceptions.c``)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from otorepair_like.detect.grammar import Block, PatternGrammar
from otorepair_like.incident import Frame, Incident, make_frame

_KINDS: Final = (
    r"(?:PHP message: )?(?:PHP )?"
    r"(?P<kind>Fatal error|Parse error|Recoverable fatal error|Compile error|Core error): {1,2}"
)
_UNCAUGHT: Final = re.compile(
    _KINDS + r"Uncaught (?P<type>[\w\\]+)(?:: (?P<message>.*?))?(?: in (?P<file>\S.*?):(?P<line>\d+))?$"
)
_ERROR: Final = re.compile(_KINDS + r"(?P<message>.*?) in (?P<file>\S.{0,300}?) on line (?P<line>\d+)$")
_FRAME: Final = re.compile(r"#\d+ (?P<file>[^(:]+)\((?P<line>\d+)\): (?P<function>.*?)(?:\(|$)")
_THROWN: Final = re.compile(r"\s*thrown in (?P<file>.*) on line (?P<line>\d+)$")


_NEXT: Final = re.compile(
    r"(?:Next )?(?P<type>\\?[A-Z][\w\\]*)(?:: (?P<message>.*?))? in (?P<file>/\S.*?|\w:\\.+?):(?P<line>\d+)$"
)


class Printed(PatternGrammar):
    """An exception as printed by its ``__toString``, without ``Fatal error``."""

    marks = (".php:",)
    first = _NEXT
    more = re.compile(r"Stack trace:$|#\d+ |\s*$|Next [\w\\]+: ")

    def read(self, block: Block) -> list[Incident]:
        return (
            _incident(_exceptions(block.lines), block.lines, "error") if "Stack trace:" in block.lines else []
        )


class Collision(PatternGrammar):
    """Laravel's console and test runner: type, message, ``at file:line``, an excerpt."""

    marks = ("  at ",)
    first = re.compile(r"\s{2,}at (?P<file>\S+\.php):(?P<line>\d+)$")
    more = re.compile(r"\s")

    def read(self, block: Block) -> list[Incident]:
        match = self.first.match(block.lines[0])
        text_above = [number for number, line in enumerate(block.lines_above) if line.body.strip()][-2:]
        if match is None or len(text_above) < 2:
            return []
        kind, message = (block.lines_above[number].body.strip() for number in text_above)
        if not re.match(r"[A-Z][\w\\]+$", kind):
            return []
        block.include(block.lines_above[text_above[0] :])
        return [Incident(kind, message, (make_frame(match["file"], match["line"]),), language="php")]


class Fatal(PatternGrammar):
    """A fatal error and its stack."""

    marks = (" error: ",)
    first = re.compile(_KINDS)
    more = re.compile(r"Stack trace:$|\[stacktrace\]$|#\d+ |\s*$|Next [\w\\]+: ")
    last = _THROWN

    def read(self, block: Block) -> list[Incident]:
        match = _UNCAUGHT.match(block.lines[0]) or _ERROR.match(block.lines[0])
        if match is None:
            return [Incident("", block.lines[0], language="php", severity="fatal")]
        parts = match.groupdict()
        first = _PhpException(
            parts.get("type") or parts["kind"], parts["message"] or "", _place(parts, block.lines)
        )
        return _incident([first, *_exceptions(block.lines[1:])], block.lines, "fatal")


@dataclass(frozen=True, slots=True)
class _PhpException:
    type: str
    message: str
    place: list[Frame]


def _exceptions(lines: list[str]) -> list[_PhpException]:
    """Return the exceptions above each stack in the order printed, root cause first."""
    return [
        _PhpException(match["type"], match["message"] or "", _place(match.groupdict(), lines))
        for match in map(_NEXT.match, lines)
        if match
    ]


def _incident(raised: list[_PhpException], lines: list[str], severity: str) -> list[Incident]:
    last, root = raised[-1], raised[0]
    start = max((number for number, text in enumerate(lines) if _NEXT.match(text)), default=0)
    calls = [
        make_frame(item["file"], item["line"], item["function"])
        for item in map(_FRAME.match, lines[start:])
        if item
    ]
    chain = tuple((item.type, item.message) for item in raised) if len(raised) > 1 else ()
    return [
        Incident(
            last.type,
            last.message,
            (*calls[::-1], *last.place),
            language="php",
            severity=severity,
            root_type=root.type,
            root_message=root.message,
            chain=chain,
        )
    ]


def _place(parts: dict[str, str | None], lines: list[str]) -> list[Frame]:
    if parts["file"]:
        return [make_frame(parts["file"], parts["line"])]
    thrown = _THROWN.match(lines[-1])
    return [make_frame(thrown["file"], thrown["line"])] if thrown else []
