"""Where a change is, and what sort of file it makes."""

from __future__ import annotations

import json
from collections.abc import Iterator

from otorepair_like.guard.finding import GuardFinding, refused
from otorepair_like.guard.policy import GuardPolicy
from otorepair_like.workspace import paths
from otorepair_like.workspace.change_set import ChangeKind, ChangeSet, FileChange

_WRITABLE = 0o200
_MAX_BYTES = 1_000_000
"""A file that grows beyond this is no repair."""


def size(changes: ChangeSet, policy: GuardPolicy) -> Iterator[GuardFinding]:
    """Too many files or lines."""
    first = changes.paths[0] if changes else ""
    if len(changes.files) > policy.max_files:
        said = f"{len(changes.files)} files changed, at most {policy.max_files} may be"
        yield refused("too-many-files", first, said, setting=f"max-files = {len(changes.files)}")
    lines = changes.added + changes.removed
    if lines > policy.max_lines:
        said = f"{lines} lines changed, at most {policy.max_lines} may be"
        yield refused("too-many-lines", first, said, setting=f"max-lines = {lines}")


def path(change: FileChange, policy: GuardPolicy) -> Iterator[GuardFinding]:
    """Out of the workspace, misleading, blocked, or not among the allowed."""
    if why := paths.problem(change.path):
        yield refused("path", change.path, f"the path {why}", setting="")
    elif paths.matches(change.path, policy.blocked_paths) and not paths.matches(
        change.path, policy.unblocked_paths
    ):
        yield refused(
            "blocked-path",
            change.path,
            "no repair may touch this file",
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
    """Links, devices, permissions, binary and huge files."""
    if not change.regular:
        yield refused("link", change.path, "a symbolic link or no plain file")
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
