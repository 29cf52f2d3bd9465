"""Gradle: what it says of a failed build. What a task printed itself, such as a compiler's errors, comes before."""

from __future__ import annotations

import re
from typing import Final

from otorepair_like.detect.grammar import Block, Patterned
from otorepair_like.incident import Incident, make_frame

_WHERE: Final = re.compile(r"(?:Build|Settings) file '(?P<file>.+)' line: (?P<line>\d+)$")


class Failure(Patterned):
    """``* What went wrong:`` and the lines under it, the innermost cause last."""

    marks = ("What went wrong:",)
    first = re.compile(r"\* What went wrong:$")
    more = re.compile(r"(?!\* |BUILD FAILED).")

    def read(self, block: Block) -> list[Incident]:
        said = [text.lstrip(" >") for text in block.lines[1:] if text.strip()]
        if not said:
            return []
        where = next((hit for hit in (_WHERE.match(line.body) for line in block.above[-4:]) if hit), None)
        frames = (make_frame(where["file"], where["line"]),) if where else ()
        # A task that failed is mostly the echo of what its tool said.
        sure = bool(frames) or not said[0].startswith("Execution failed for task")
        message = said[1] if len(said) > 1 else said[0]
        return [Incident("", message, frames, certain=sure)]
