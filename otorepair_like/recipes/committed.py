"""The files of the last commit: what stood there where no healthy run is known."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from otorepair_like.workspace.git import ask_git

_TIME_LIMIT: Final = 1.0
"""Seconds git may take."""
_MAX_FILES: Final = 300
"""Maximum number of files compared with the last commit."""


def committed_files(workspace: Path, folder: Path, files: Iterable[str]) -> dict[str, bytes]:
    """Return the committed content of those files of a folder that differ from it; none without a commit.

    Args:
        workspace: a folder of the git work tree.
        folder: the same tree as it is now, such as the private copy.
        files: relative paths in both.
    """
    names = [name for name in files if "\n" not in name][:_MAX_FILES]
    if not any((above / ".git").exists() for above in (workspace, *workspace.parents)):
        return {}
    contents = dict(_read(workspace, names))
    return {name: raw for name, raw in contents.items() if _differs(folder / name, raw)}


def _read(workspace: Path, names: list[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the files that the last commit has, by one process that neither filters nor fetches."""
    request = "".join(f"HEAD:./{name}\n" for name in names)
    answer = ask_git(workspace, "cat-file", "--batch", stdin=request, within=_TIME_LIMIT)
    rest = os.fsencode(answer or "")
    for name in names:
        head, _, rest = rest.partition(b"\n")
        # ``<object> blob <size>``; a file that is not tracked is ``… missing``
        words = head.split()
        if len(words) == 3 and words[2].isdigit():
            size = int(words[2])
            if words[1] == b"blob":
                yield name, rest[:size]
            rest = rest[size + 1 :]


def _differs(path: Path, raw: bytes) -> bool:
    """Return whether a file exists with another content."""
    try:
        return path.read_bytes() != raw
    except OSError:
        return False
