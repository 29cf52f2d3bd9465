"""PHP: fatal errors, uncaught exceptions and parse errors (``main/main.c``, ``Zend/zend_exceptions.c``)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from otorepair_like.detect.grammar import Block, Patterned
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


class Printed(Patterned):
    """An exception as its own ``__toString`` prints it, without ``Fatal error``."""

    marks = (".php:",)
    first = _NEXT
    more = re.compile(r"Stack trace:$|#\d+ |\s*$|Next [\w\\]+: ")

    def read(self, block: Block) -> list[Incident]:
        return _incident(_raised(block.lines), block.lines, "error") if "Stack trace:" in block.lines else []


class Collision(Patterned):
    """What Laravel's console and its test runner draw: the type, the message, ``at file:line``, an excerpt."""

    marks = ("  at ",)
    first = re.compile(r"\s{2,}at (?P<file>\S+\.php):(?P<line>\d+)$")
    more = re.compile(r"\s")

    def read(self, block: Block) -> list[Incident]:
        found = self.first.match(block.lines[0])
        said = [number for number, line in enumerate(block.above) if line.body.strip()][-2:]
        if found is None or len(said) < 2:
            return []
        kind, message = (block.above[number].body.strip() for number in said)
        if not re.match(r"[A-Z][\w\\]+$", kind):
            return []
        block.include(block.above[said[0] :])
        return [Incident(kind, message, (make_frame(found["file"], found["line"]),), language="php")]


class Fatal(Patterned):
    """A fatal error and its stack."""

    marks = (" error: ",)
    first = re.compile(_KINDS)
    more = re.compile(r"Stack trace:$|\[stacktrace\]$|#\d+ |\s*$|Next [\w\\]+: ")
    last = _THROWN

    def read(self, block: Block) -> list[Incident]:
        found = _UNCAUGHT.match(block.lines[0]) or _ERROR.match(block.lines[0])
        if found is None:
            return [Incident("", block.lines[0], language="php", severity="fatal")]
        parts = found.groupdict()
        first = _PhpRaised(
            parts.get("type") or parts["kind"], parts["message"] or "", _place(parts, block.lines)
        )
        return _incident([first, *_raised(block.lines[1:])], block.lines, "fatal")


@dataclass(frozen=True, slots=True)
class _PhpRaised:
    type: str
    message: str
    place: list[Frame]


def _raised(lines: list[str]) -> list[_PhpRaised]:
    """The exceptions that head a stack each, in the order printed: the first cause first."""
    return [
        _PhpRaised(found["type"], found["message"] or "", _place(found.groupdict(), lines))
        for found in map(_NEXT.match, lines)
        if found
    ]


def _incident(raised: list[_PhpRaised], lines: list[str], severity: str) -> list[Incident]:
    last, root = raised[-1], raised[0]
    start = max((number for number, text in enumerate(lines) if _NEXT.match(text)), default=0)
    calls = [
        make_frame(one["file"], one["line"], one["function"])
        for one in map(_FRAME.match, lines[start:])
        if one
    ]
    chain = tuple((one.type, one.message) for one in raised) if len(raised) > 1 else ()
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
