"""Change sets: the difference between two trees as read from disk, never as claimed by an agent.

A file's mode carries its type, as in ``lstat`` and as in git: for a symbolic link the "content" is its
target.
"""

from __future__ import annotations

import base64
import difflib
import functools
import io
import itertools
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from otorepair_like.workspace import paths, tree


class ChangeKind(StrEnum):
    """The kind of a file's change."""

    CREATED = "created"
    MODIFIED = "modified"
    DELETED = "deleted"
    MODE = "mode"
    """Only its permissions changed."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """The change of one file.

    Args:
        path: relative to the root of the tree, with ``/``.
        before, after: content; the target of a symbolic link; ``None`` where there is no file.
        mode_before, mode_after: ``st_mode`` with the file's type; ``None`` where there is no file.
        links: how many names the file has on disk afterwards; more than one is a hard link.
    """

    path: str
    before: bytes | None
    after: bytes | None
    mode_before: int | None = None
    mode_after: int | None = None
    links: int = 1

    @property
    def kind(self) -> ChangeKind:
        """Return whether it was created, modified, deleted, or only its mode changed."""
        if self.before is None:
            return ChangeKind.CREATED
        if self.after is None:
            return ChangeKind.DELETED
        return ChangeKind.MODE if self.before == self.after else ChangeKind.MODIFIED

    @property
    def regular(self) -> bool:
        """Return whether it is a plain file before and after, wherever it exists."""
        return all(mode is None or stat.S_ISREG(mode) for mode in (self.mode_before, self.mode_after))

    @property
    def binary(self) -> bool:
        """Return whether a side holds a NUL byte early on (git's rule: in the first 8,000 bytes) or is no UTF-8."""
        return any(side is not None and is_binary(side) for side in (self.before, self.after))

    def inverse(self) -> FileChange:
        """Return the change that undoes this one."""
        return FileChange(self.path, self.after, self.before, self.mode_after, self.mode_before)

    def diff(self, source: str = "") -> Iterator[str]:
        """Yield the lines of a unified diff, each with its line end; ``source``: the path it was moved from."""
        old, new = f"a/{source or self.path}", f"b/{self.path}"
        yield f"diff --git {old} {new}\n"
        if source:
            yield f"rename from {source}\nrename to {self.path}\n"
        if self.mode_before is None or self.mode_after is None:
            word = "new" if self.mode_before is None else "deleted"
            yield f"{word} file mode {_octal(self.mode_after or self.mode_before)}\n"
        elif self.mode_before != self.mode_after:
            yield f"old mode {_octal(self.mode_before)}\nnew mode {_octal(self.mode_after)}\n"
        if self.binary:
            yield f"Binary files {old} and {new} differ\n"
            return
        body = list(self.hunks())
        if body:
            yield "--- " + ("/dev/null" if self.before is None else old) + "\n"
            yield "+++ " + ("/dev/null" if self.after is None else new) + "\n"
        yield from body

    def hunks(self) -> Iterator[str]:
        """Yield the lines of the diff without its headers; none for a binary file."""
        if self.binary:
            return
        lines = difflib.unified_diff(text_lines(self.before), text_lines(self.after))
        for line in itertools.islice(lines, 2, None):
            yield line if line.endswith("\n") else line + "\n\\ No newline at end of file\n"

    def to_json(self) -> dict[str, Any]:
        """Return it as an object for JSON, contents in base64."""
        return {
            "path": self.path,
            "before": _encode(self.before),
            "after": _encode(self.after),
            "mode_before": self.mode_before,
            "mode_after": self.mode_after,
        }


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Changes of files, sorted by path."""

    files: tuple[FileChange, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.files)

    @property
    def paths(self) -> tuple[str, ...]:
        """Return every path that changed."""
        return tuple(change.path for change in self.files)

    def diff(self) -> str:
        """Return a unified diff with ``a/`` and ``b/`` headers, for people."""
        return "".join(line for change, source in self._moved() for line in change.diff(source))

    @property
    def renames(self) -> dict[str, str]:
        """Return the old paths of moved files, by the new path; recognised by their content, as in git."""
        return {change.path: source for change, source in self._moved() if source}

    def _moved(self) -> list[tuple[FileChange, str]]:
        """Return the changes with the old path of each moved file: a removed and a similar new file are one change."""
        gone = {c.path: c for c in self.files if c.after is None and c.regular}
        moved: list[tuple[FileChange, str]] = []
        for change in self.files:
            source = _most_alike(change, gone) if change.before is None and change.regular else None
            if source:
                old = gone.pop(source.path)
                change = replace(change, before=old.before, mode_before=old.mode_before)
            moved.append((change, source.path if source else ""))
        return [
            (c, source)
            for c, source in moved
            if source or c.after is not None or c.path in gone or not c.regular
        ]

    @property
    def added(self) -> int:
        """Return the number of lines added, over all files."""
        return sum(_counted(change)[0] for change, _ in self._moved())

    @property
    def removed(self) -> int:
        """Return the number of lines removed, over all files."""
        return sum(_counted(change)[1] for change, _ in self._moved())

    def inverse(self) -> ChangeSet:
        """Return the change set that undoes this one."""
        return ChangeSet(tuple(change.inverse() for change in self.files))

    def to_json(self) -> list[dict[str, Any]]:
        """Return it as a list for JSON, contents in base64."""
        return [change.to_json() for change in self.files]

    @classmethod
    def from_json(cls, data: list[dict[str, Any]]) -> ChangeSet:
        """Read back what :meth:`to_json` wrote.

        Raises:
            ValueError: a path leads out of the tree or into git's own files: we did not write that.
        """
        for path in (one["path"] for one in data):
            if why := paths.problem(path) or paths.of_git(path):
                raise ValueError(f"{path!r} {why}")
        return cls.of(
            FileChange(
                path=one["path"],
                before=_decode(one["before"]),
                after=_decode(one["after"]),
                mode_before=one["mode_before"],
                mode_after=one["mode_after"],
            )
            for one in data
        )

    @classmethod
    def of(cls, changes: Iterable[FileChange]) -> ChangeSet:
        """Return the change set of ``changes``, sorted by path."""
        return cls(tuple(sorted(changes, key=lambda change: change.path)))


NOTHING: Final = ChangeSet()


def put(changes: ChangeSet, folder: Path) -> None:
    """Write ``changes`` into a copy of ours. Not for the user's files.

    Raises:
        OSError: one of them cannot be written.
    """
    for change in changes.files:
        target = folder / change.path
        tree.remove(str(target))
        if change.after is not None and change.mode_after is not None:
            target.parent.mkdir(parents=True, exist_ok=True)
            tree.place(str(target), change.after, change.mode_after)


@functools.lru_cache(maxsize=32)
def _counted(change: FileChange) -> tuple[int, int]:
    signs = [line[0] for line in change.hunks()]
    return signs.count("+"), signs.count("-")


_ALIKE: Final = 0.5
"""Share of lines that a renamed file has in common with the old one, as git has it."""


def _most_alike(new: FileChange, gone: dict[str, FileChange]) -> FileChange | None:
    """Return the removed file that ``new`` was made from; ``None`` if none is similar."""
    best, share = None, _ALIKE
    for old in gone.values():
        if old.before == new.after:
            return old
        if old.binary or new.binary:
            continue
        had, has = Counter(text_lines(old.before)), Counter(text_lines(new.after))
        alike = 2 * (had & has).total() / max(1, had.total() + has.total())
        if alike > share:
            best, share = old, alike
    return best


def is_binary(content: bytes) -> bool:
    """Return whether ``content`` is not text: a NUL in its first 8,000 bytes, or no UTF-8."""
    if b"\0" in content[:8000]:
        return True
    try:
        content.decode()
    except UnicodeDecodeError:
        return True
    return False


def text_lines(content: bytes | None) -> list[str]:
    r"""Return lines with their ends, split at ``\n`` only."""
    return io.StringIO((content or b"").decode(errors="replace"), newline="\n").readlines()


def _octal(mode: int | None) -> str:
    return f"{mode or 0:06o}"


def _encode(content: bytes | None) -> str | None:
    return None if content is None else base64.b64encode(content).decode()


def _decode(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)
