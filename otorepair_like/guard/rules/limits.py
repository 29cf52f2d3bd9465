"""The size of a change, its paths, and the sorts of files it makes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from otorepair_like.guard.changed_lines import is_document
from otorepair_like.guard.finding import GuardFinding, refused
from otorepair_like.guard.policy import TESTS, GuardPolicy
from otorepair_like.workspace import paths
from otorepair_like.workspace.change_set import ChangeKind, ChangeSet, FileChange

_WRITABLE = 0o200
_MAX_BYTES: Final = 1_000_000
"""A file that grows beyond this is no repair."""
_MAX_BESIDE: Final = 100_000
"""A new test or document beyond this counts as any other file."""
_MOST_FILES: Final = 60
"""So many files are read closely at all."""


def counted(changes: ChangeSet) -> ChangeSet:
    """Return the changes that count against the limits: new tests and documents beside a repair do not."""
    return ChangeSet(tuple(change for change in changes.files if not _beside(change)))


def size(changes: ChangeSet, policy: GuardPolicy) -> Iterator[GuardFinding]:
    """Yield too many files or lines."""
    first = changes.paths[0] if changes else ""
    files, lines = _sizes(changes)
    if files > policy.max_files:
        said = f"{files} files changed, at most {policy.max_files} may be"
        yield refused("too-many-files", first, said, setting=f"max-files = {files}")
    if lines > policy.max_lines:
        said = f"{lines} lines changed, at most {policy.max_lines} may be"
        yield refused("too-many-lines", first, said, setting=f"max-lines = {lines}")


def fits(changes: ChangeSet, policy: GuardPolicy) -> bool:
    """Return whether a change set is small enough to be read closely, whatever counts against the limits."""
    large = any(
        len(side or b"") > _MAX_BYTES for change in changes.files for side in (change.before, change.after)
    )
    return len(changes.files) <= max(_MOST_FILES, policy.max_files) and not large


def _sizes(changes: ChangeSet) -> tuple[int, int]:
    """Return how many files and lines count; a name that is another one everywhere counts as one change."""
    some = counted(changes)
    if one_rename(some):
        return 1, 2
    return len(some.files), some.added + some.removed


def _beside(change: FileChange) -> bool:
    new_test = change.before is None and paths.matches(change.path, TESTS)
    return (new_test or is_document(change.path)) and len(change.after or b"") <= _MAX_BESIDE


_TOKEN: Final = re.compile(r"\w+|[^\w\s]")


def one_rename(changes: ChangeSet) -> bool:
    """Return whether all that changes in several files is one name, which is another one everywhere."""
    swaps: set[tuple[str, str]] = set()
    for change in changes.files:
        if change.before is None or change.after is None or change.binary or not change.regular:
            return False
        old, new = (_TOKEN.findall(side.decode()) for side in (change.before, change.after))
        if len(old) != len(new):
            return False
        swaps |= {(was, now) for was, now in zip(old, new, strict=True) if was != now}
        if len(swaps) != 1 or not all(word.isidentifier() for word in min(swaps)):
            return False
    return len(changes.files) > 1


def path(change: FileChange, policy: GuardPolicy) -> Iterator[GuardFinding]:
    """Yield paths that lead out of the workspace, mislead, are blocked, or are not among the allowed."""
    if why := paths.problem(change.path):
        yield refused("path", change.path, f"the path {why}", setting="")
    elif paths.matches(change.path, policy.blocked_paths) and not paths.matches(
        change.path, policy.unblocked_paths
    ):
        yield refused(
            "blocked-path",
            change.path,
            "no repair may change this file",
            setting=f"blocked-paths = {json.dumps(['!' + change.path])}",
        )
    elif policy.allowed_paths and not paths.matches(change.path, policy.allowed_paths):
        yield refused(
            "blocked-path",
            change.path,
            "outside the allowed paths",
            setting=f"allowed-paths = {json.dumps([*policy.allowed_paths, change.path])}",
        )
    elif paths.matches(change.path, policy.scope.blocked_paths) or (
        policy.scope.allowed_paths and not paths.matches(change.path, policy.scope.allowed_paths)
    ):
        yield refused("blocked-path", change.path, "outside the scope of the ticket", setting="")


def sort(change: FileChange) -> Iterator[GuardFinding]:
    """Yield links, devices, changed permissions, binary and huge files."""
    if not change.regular:
        yield refused("link", change.path, "not a regular file, or a symbolic link")
    elif change.links > 1 and change.after is not None:
        yield refused("link", change.path, "a hard link to another file")
    elif change.mode_before and not change.mode_before & _WRITABLE:
        yield refused("read-only", change.path, "the file is read-only")
    elif change.kind is ChangeKind.MODE:
        yield refused("mode", change.path, "only its permissions changed")
    elif change.mode_before and change.mode_after and change.mode_before != change.mode_after:
        yield refused("mode", change.path, "its permissions changed")
    elif change.before is None and (change.mode_after or 0) & 0o111:
        yield refused("mode", change.path, "a new file that can be executed")
    elif change.binary:
        yield refused("binary", change.path, "not a text file")
    elif len(change.after or b"") > max(_MAX_BYTES, len(change.before or b"")):
        yield refused("too-large", change.path, f"larger than {_MAX_BYTES:,} bytes")
