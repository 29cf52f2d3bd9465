"""The files of a tree at one moment, and their comparison with the tree of now."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from otorepair_like.workspace import tree, visible_files
from otorepair_like.workspace.blobs import Blobs
from otorepair_like.workspace.change_set import ChangeSet, FileChange
from otorepair_like.workspace.tree import Signature


def writable_mode(mode: int) -> int:
    """Return the mode of a file in the copy: ours to write, whatever its original's is."""
    return mode | 0o200 if stat.S_ISREG(mode) else mode


@dataclass(slots=True)
class Original:
    """One file as it was when the copy was brought in step.

    Args:
        source: signature in the workspace; ``None``: too young to be trusted.
        copied: signature in the copy.
        mode: type and permissions, see :func:`tree.plain_mode`.
        digest: of the content, or of a link's target.
    """

    source: Signature | None
    copied: Signature
    mode: int
    digest: str

    def differs(self, path: str, mode: int | None = None) -> bool:
        """Return whether the file at ``path`` differs now, by content and mode (``None``: its own)."""
        st = tree.lstat(path)
        if st is None or tree.plain_mode(st.st_mode) != (self.mode if mode is None else mode):
            return True
        try:
            return tree.digest(path) != self.digest
        except OSError:
            return True


@dataclass(slots=True)
class Manifest:
    """Files of a tree by relative path, as they were at ``moment_ns``; a store of blobs holds their contents."""

    files: dict[str, Original]
    links: dict[str, str]
    """Links that we made in the copy ourselves, with their targets."""
    moment_ns: int = 0

    def untouched(self, root: Path, path: str, st: os.stat_result | None) -> bool:
        """Return whether ``path`` below ``root`` (``lstat``: ``st``) is as we put it there; read it only if needed."""
        original = self.files.get(path)
        if st is None:
            return False
        if original is not None:
            trusted = tree.signature(st) == original.copied and tree.settled(original.copied, self.moment_ns)
            return trusted or not original.differs(f"{root}/{path}", writable_mode(original.mode))
        where = f"{root}/{path}"
        return path in self.links and os.path.islink(where) and os.readlink(where) == self.links[path]


def compare(manifest: Manifest, root: Path, blobs: Blobs, ignore_rules: Path) -> ChangeSet:
    """Return the change set from ``manifest`` to the tree at ``root``, as read from disk.

    Args:
        blobs: where the contents of the manifest lie.
        ignore_rules: the workspace whose rules decide which new files count.

    Raises:
        ApplyError: the store of contents was tampered with.
    """
    known: Mapping[str, Original] = manifest.files
    found, _ = tree.scan(root, visible_files.IGNORED, tree.parents([*known, *manifest.links]))
    paths = {
        path
        for path in (*found, *known, *manifest.links)
        if not manifest.untouched(root, path, found.get(path))
    }
    new = {path for path in paths if path not in known and path not in manifest.links}
    paths -= new - visible_files.drop_ignored(ignore_rules, new)
    return ChangeSet.of(_change(path, known.get(path), root, found.get(path), blobs) for path in paths)


def _mode_after(original: Original | None, st: os.stat_result) -> int:
    """Return the mode a file shall have: its original's, unless somebody changed it in the copy."""
    mode = tree.plain_mode(st.st_mode)
    return original.mode if original and mode == writable_mode(original.mode) else mode


def _change(
    path: str, original: Original | None, root: Path, st: os.stat_result | None, blobs: Blobs
) -> FileChange:
    return FileChange(
        path=path,
        before=blobs.get(original.digest) if original else None,
        after=tree.read(os.path.join(root, path)) if st else None,
        mode_before=original.mode if original else None,
        mode_after=_mode_after(original, st) if st else None,
        links=st.st_nlink if st else 1,
    )
