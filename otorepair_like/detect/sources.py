"""Find the file in the workspace for a printed place: by source maps, and by the package name for the JVM."""

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
"""Frames of one failure that are resolved."""
# Maven and Gradle, sbt, a plain tree; also within each module.
_ROOTS: Final = (
    "src/main/java", "src/main/kotlin", "src/main/scala", "src/main/groovy", "src/test/java", "src/test/kotlin",
    "src/test/scala", "src", "",
)  # fmt: skip


class Sources:
    """Resolves frames to files of the workspace.

    Args:
        workspace: the working directory of the program.
        places: converts printed paths.
    """

    def __init__(self, workspace: Path, places: Places) -> None:
        self._workspace, self._places = workspace, places

    def resolve(self, frames: tuple[Frame, ...], language: str) -> tuple[Frame, ...]:
        """Return the frames, each with its file in the workspace if it can be found."""
        if language in _MAPPED:
            find = self._by_source_map
        elif language in ("java", "kotlin"):
            find = self._by_package
        else:
            return frames
        first = max(0, len(frames) - _MOST)
        return (*frames[:first], *map(find, frames[first:]))

    def _by_source_map(self, frame: Frame) -> Frame:
        path = self._places.relative(frame.file)
        if frame.line is None or not _GENERATED.search(path) or "node_modules/" in path or ":" in path:
            return frame
        file = self._workspace / path
        if not _is_file(file):
            return frame
        from otorepair_like.detect.sourcemap import original

        place = original(file, frame.line, frame.column, self._workspace)
        return replace(frame, file=place[0], line=place[1], column=None, own=True) if place else frame

    def _by_package(self, frame: Frame) -> Frame:
        """Return a JVM frame with its path: the package is in the name of the function, the file has no folder."""
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
    """Return whether a path is a file; a path from printed text may be anything, even too long."""
    try:
        return path.is_file()
    except OSError:
        return False
