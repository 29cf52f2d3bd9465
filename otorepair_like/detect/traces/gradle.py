"""Gradle: its message about a failed build. The output of a task, such as compiler errors, comes before it."""

from __future__ import annotations

import re
from typing import Final

from otorepair_like.detect.grammar import Block, PatternGrammar
from otorepair_like.incident import Incident, make_frame

_WHERE: Final = re.compile(r"(?:Build|Settings) file '(?P<file>.+)' line: (?P<line>\d+)$")


class Failure(PatternGrammar):
    """``* What went wrong:`` and the lines below it, the innermost cause last."""

    marks = ("What went wrong:",)
    first = re.compile(r"\* What went wrong:$")
    more = re.compile(r"(?!\* |BUILD FAILED).")

    def read(self, block: Block) -> list[Incident]:
        words = [text.lstrip(" >") for text in block.lines[1:] if text.strip()]
        if not words:
            return []
        place = next(
            (match for match in (_WHERE.match(line.body) for line in block.lines_above[-4:]) if match), None
        )
        frames = (make_frame(place["file"], place["line"]),) if place else ()
        # The message about a failed task usually repeats the output of its tool.
        sure = bool(frames) or not words[0].startswith("Execution failed for task")
        message = words[1] if len(words) > 1 else words[0]
        return [Incident("", message, frames, certain=sure)]
