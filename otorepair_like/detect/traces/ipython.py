"""Tracebacks of IPython and Jupyter: a rule, type and title, cells and files with an arrow."""

from __future__ import annotations

import re
from typing import Final

from otorepair_like.detect.grammar import Block, PatternGrammar
from otorepair_like.incident import Frame, Incident, make_frame

_TITLE: Final = re.compile(r"(?P<type>[A-Za-z_][\w.]*) +Traceback \(most recent call last\)$")
_PLACE: Final = re.compile(
    r"(?:(?:File |Input )?(?P<file>(?:~?/|\w:\\)?[^\s:]+\.\w+|In ?\[\d+\]|Cell In ?\[\d+\]|<[^>]+>)"
    r"(?::(?P<line>\d+)|, line (?P<cell>\d+)))(?:,? in (?P<function>[^(]+).*|\(.*)?$"
)
_ARROW: Final = re.compile(r"-+> *(?P<line>\d+) ?(?P<source>.*)$")
_RAISED: Final = re.compile(r"(?P<type>[A-Za-z_][\w.]*)(?:: (?P<message>.*))?$")


class IPython(PatternGrammar):
    """One exception or a chain, from its title to the line with type and message."""

    marks = ("(most recent call last)",)
    first = _TITLE
    more = re.compile(
        r"\s|-+> |\s*$|(?:The above|During handling)|-{20,}$|" + _TITLE.pattern + "|" + _PLACE.pattern
    )
    last = re.compile(
        r"[A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt|Warning|Iteration|Group|Fault)(?:: .*)?$"
    )

    def read(self, block: Block) -> list[Incident]:
        title = _TITLE.match(block.lines[0])
        raised = next((match for match in map(_RAISED.match, reversed(block.lines)) if match), None)
        if title is None or raised is None or raised["type"] == "KeyboardInterrupt":
            return []
        message = raised["message"] if raised["type"] == title["type"] else ""
        return [Incident(title["type"], message or "", tuple(_frames(block.lines)), language="python")]


def _frames(lines: list[str]) -> list[Frame]:
    """Return a frame for each place, with the line and the source at its arrow."""
    frames: list[Frame] = []
    for text in lines:
        if match := _PLACE.match(text):
            line = match["line"] or match["cell"]
            frames.append(make_frame(match["file"], line, match["function"] or ""))
        elif (arrow := _ARROW.match(text)) and frames:
            last = frames[-1]
            frames[-1] = make_frame(last.file, arrow["line"], last.function, arrow["source"])
    return frames
