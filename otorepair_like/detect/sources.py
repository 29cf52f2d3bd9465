"""Where a printed place lies in the workspace: through source maps, and by a package's name for the JVM."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

from otorepair_like.detect.ownership import Places
from otorepair_like.incident import Frame

_GENERATED: Final = re.compile(r"\.[cm]?jsx?$")
_MAPPED: Final = frozenset({"node", "javascript", "typescript"})
_MOST: Final = 30
"""Frames of one failure that are looked up."""
# Maven and Gradle, sbt, a plain tree; with one level of modules before them.
_ROOTS: Final = (
    "src/main/java", "src/main/kotlin", "src/main/scala", "src/main/groovy", "src/test/java", "src/test/kotlin",
    "src/test/scala", "src", "",
)  # fmt: skip


class Sources:
    """Finds the files that frames mean.

    Args:
        workspace: the directory the child runs in.
        places: how it names files.
    """

    def __init__(self, workspace: Path, places: Places) -> None:
        self._workspace, self._places = workspace, places

    def resolve(self, frames: tuple[Frame, ...], language: str) -> tuple[Frame, ...]:
        """The frames, each with the file of the workspace that it means, where there is one."""
        if language in _MAPPED:
            find = self._mapped
        elif language in ("java", "kotlin"):
            find = self._named
        else:
            return frames
        first = max(0, len(frames) - _MOST)
        return (*frames[:first], *map(find, frames[first:]))

    def _mapped(self, frame: Frame) -> Frame:
        path = self._places.relative(frame.file)
        if frame.line is None or not _GENERATED.search(path) or "node_modules/" in path or ":" in path:
            return frame
        file = self._workspace / path
        if not _is_file(file):
            return frame
        from otorepair_like.detect.sourcemap import original

        found = original(file, frame.line, frame.column, self._workspace)
        return replace(frame, file=found[0], line=found[1], column=None, own=True) if found else frame

    def _named(self, frame: Frame) -> Frame:
        """A JVM frame tells its package in the function's name, and the file's bare name."""
        package = frame.function.rpartition(".")[0].rpartition(".")[0]
        if not frame.own or "/" in frame.file or not re.fullmatch(r"[\w.]*", package):
            return frame
        for root in self._roots():
            for folder in dict.fromkeys((package.replace(".", "/"), "")):
                file = root / folder / frame.file
                if _is_file(file):
                    return replace(frame, file=str(file.relative_to(self._workspace)))
        return frame

    def _roots(self) -> Iterable[Path]:
        yield from (self._workspace / root for root in _ROOTS)
        for module in sorted(self._workspace.glob("*/src"))[:_MOST]:
            yield from (module.parent / root for root in _ROOTS[:-2])


def _is_file(path: Path) -> bool:
    """A path made of printed words may be anything, also too long to ask for."""
    try:
        return path.is_file()
    except OSError:
        return False
