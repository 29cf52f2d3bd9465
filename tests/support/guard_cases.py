"""Programs of the web with repairs of them, read from ``tests/data/guard``; see the README there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from otorepair_like.workspace.change_set import ChangeSet, FileChange

FOLDER = Path(__file__).parents[1] / "data/guard"
FILE = 0o100644


@dataclass(frozen=True)
class Case:
    """One repair. ``kind``: ``hides`` a failure, or ``mends`` its cause."""

    kind: str
    name: str
    changes: ChangeSet


def cases(kind: str) -> Iterator[Case]:
    """All cases of a kind, in the order of files and lines."""
    for path in sorted(FOLDER.glob("*.txt")):
        for case in _read(path):
            if case.kind == kind:
                yield case


def _read(path: Path) -> Iterator[Case]:
    files: dict[str, str] = {}
    for part in ("\n" + path.read_text()).split("\n= ")[1:]:
        head, _, body = part.partition("\n")
        body = body.removesuffix("\n") + "\n"
        word, _, name = head.partition(" ")
        if word == "file":
            files[name] = body
        else:
            yield Case(word.removesuffix(":"), f"{path.stem}: {name}", _changes(files, body, name))


def _changes(files: dict[str, str], hunks: str, name: str) -> ChangeSet:
    after = dict(files)
    for hunk in hunks.split("\n@\n"):
        lines = hunk.strip("\n").split("\n")
        old = "".join(line[1:] + "\n" for line in lines if line[:1] != "+")
        new = "".join(line[1:] + "\n" for line in lines if line[:1] != "-")
        (found,) = [path for path, text in after.items() if ("\n" + text).count("\n" + old) == 1] or [None]
        assert found is not None, f"{name}: not exactly once in the files:\n{old}"
        after[found] = ("\n" + after[found]).replace("\n" + old, "\n" + new)[1:]
    changed = (path for path in files if files[path] != after[path])
    return ChangeSet.of(
        FileChange(path, files[path].encode(), after[path].encode(), FILE, FILE) for path in changed
    )
