"""PHP: fatal errors, uncaught exceptions and parse errors (``main/main.c``, ``Zend/zend_exceptions.c``)."""

from __future__ import annotations

import re
from typing import Final

from otorepair_like.detect.grammar import Block, Patterned, place
from otorepair_like.incident import Frame, Incident

_KINDS: Final = (
    r"(?:PHP )?(?P<kind>Fatal error|Parse error|Recoverable fatal error|Compile error|Core error): {1,2}"
)
_UNCAUGHT: Final = re.compile(
    _KINDS + r"Uncaught (?P<type>[\w\\]+)(?:: (?P<message>.*?))?(?: in (?P<file>\S.*?):(?P<line>\d+))?$"
)
_ERROR: Final = re.compile(_KINDS + r"(?P<message>.*?) in (?P<file>\S.{0,300}?) on line (?P<line>\d+)$")
_FRAME: Final = re.compile(r"#\d+ (?P<file>[^(:]+)\((?P<line>\d+)\): (?P<function>.*?)(?:\(|$)")
_THROWN: Final = re.compile(r"\s*thrown in (?P<file>.*) on line (?P<line>\d+)$")


class Fatal(Patterned):
    """A fatal error and its stack."""

    marks = (" error: ",)
    first = re.compile(_KINDS)
    more = re.compile(r"Stack trace:$|\[stacktrace\]$|#\d+ |\s*$|Next [\w\\]+: ")
    last = _THROWN

    def read(self, block: Block) -> list[Incident]:
        frames = [
            place(one["file"], one["line"], one["function"]) for one in map(_FRAME.match, block.lines) if one
        ][::-1]
        found = _UNCAUGHT.match(block.lines[0]) or _ERROR.match(block.lines[0])
        if found is None:
            return [Incident("", block.lines[0], tuple(frames), language="php", severity="fatal")]
        parts = found.groupdict()
        own = _place(parts, block.lines)
        kind = parts.get("type") or parts["kind"]
        return [Incident(kind, parts["message"] or "", (*frames, *own), language="php", severity="fatal")]


def _place(parts: dict[str, str | None], lines: list[str]) -> list[Frame]:
    if parts["file"]:
        return [place(parts["file"], parts["line"])]
    thrown = _THROWN.match(lines[-1])
    return [place(thrown["file"], thrown["line"])] if thrown else []
