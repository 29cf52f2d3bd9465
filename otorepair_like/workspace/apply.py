"""Putting a change set into the workspace, wholly or not at all, and taking it back."""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from otorepair_like.errors import ApplyError
from otorepair_like.workspace import journal as journals
from otorepair_like.workspace import tree
from otorepair_like.workspace.change_set import NOTHING, ChangeSet, FileChange
from otorepair_like.workspace.merge import ConflictError, merge
from otorepair_like.workspace.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Applied:
    """A change set that is in the workspace.

    Args:
        changes: as really applied, after merging: from what stood there to what stands there now.
        folders: folders made for it, outermost first.
    """

    changes: ChangeSet
    workspace: Path
    journal: Path
    folders: tuple[str, ...] = ()

    def changed_since(self) -> tuple[str, ...]:
        """Return the paths of files that are not as the change left them."""
        return tuple(
            change.path
            for change in self.changes.files
            if change.regular and _content(self.workspace / change.path) != change.after
        )

    def take_back(self) -> tuple[str, ...]:
        """Restore what stood there, byte for byte; what the user edited meanwhile stays.

        Returns:
            Paths left alone, because the user has since changed the same lines; empty if all is as it was.

        Raises:
            ApplyError: a file could not be written; nothing was taken back.
        """
        with writing(self.journal):
            inverse, left = rebase(self.changes.inverse(), self.workspace)
            Transaction(inverse, self.workspace, self.journal, back=True, obsolete=self.folders).run()
        return left


def apply(changes: ChangeSet, workspace: Path, journal: Path) -> Applied:
    """Put ``changes`` into the workspace, merged with what the user changed since.

    Args:
        journal: file that exists while writing, in a folder of ours on the workspace's disk.

    Raises:
        ApplyError: a file was changed at the same place, or cannot be written; the tree is as before.
    """
    workspace = Path(os.path.realpath(workspace))
    with writing(journal):
        rebased, conflicts = rebase(changes, workspace)
        if conflicts:
            why = f"{', '.join(conflicts)} changed at the same place meanwhile"
            raise ApplyError("refused", why, "nothing was changed")
        transaction = Transaction(rebased, workspace, journal, back=False)
        transaction.run()
    return Applied(rebased, workspace, journal, transaction.made)


def make_folders(folders: tuple[str, ...], workspace: Path, journal: Path) -> Applied:
    """Make folders in the workspace, outermost first, as a change that can be undone.

    Raises:
        ApplyError: they cannot be made; none was.
    """
    workspace = Path(os.path.realpath(workspace))
    with writing(journal):
        transaction = Transaction(NOTHING, workspace, journal, back=False, folders=folders)
        transaction.run()
    return Applied(NOTHING, workspace, journal, transaction.made)


def recover(workspace: Path, journal: Path) -> str | None:
    """End what a killed otorepair left half done; returns one line about it, ``None`` if there was nothing.

    A half-applied repair is taken back, since nothing proved it; a half-done taking back is finished. What
    another, living otorepair is writing right now is left to it.

    Raises:
        ApplyError: the journal cannot be read, or a file cannot be written.
    """
    workspace = Path(os.path.realpath(workspace))
    if not os.path.lexists(journal):
        return None
    with journals.locked(journal) as free:
        if not free:
            return None
        try:
            entry = journals.read(journal)
        except journals.UnsealedError:
            aside = journals.set_aside(journal)
            return f"{journal} was not written by your otorepair for this workspace: set aside as {aside}"
        except OSError as error:
            remedy = "compare the files it names with your own, then remove it"
            raise ApplyError(f"cannot read the journal {journal}", str(error), remedy) from error
        if entry is None:
            return None
        saved = _remove_scratch(entry, journal)
        rest, left = rebase(entry.changes if entry.back else entry.changes.inverse(), workspace)
        Transaction(rest, workspace, journal, back=True, obsolete=entry.folders).run()
    said = f"undid a half-applied repair of {', '.join(entry.changes.paths or entry.folders)}"
    said += f"; left alone, since changed: {', '.join(left)}" if left else ""
    return said + (f"; what you saved meanwhile is in {', '.join(saved)}" if saved else "")


def _remove_scratch(entry: journals.Entry, journal: Path) -> list[str]:
    """Remove what was being written; keep, under the names returned, what somebody saved at that very moment."""
    contents = {
        content
        for change in entry.changes.files
        for content in (change.before, change.after)
        if content is not None
    }
    saved = []
    for number, scratch in enumerate(entry.scratch):
        content = tree.read(scratch) if os.path.isfile(scratch) else b""
        if not any(known.startswith(content) for known in contents):  # a beginning is what we were writing
            saved.append(f"{journal}.saved-{int(time.time())}-{number}")
            os.rename(scratch, saved[-1])
        tree.remove(scratch)
    return saved


def rebase(changes: ChangeSet, workspace: Path) -> tuple[ChangeSet, tuple[str, ...]]:
    """Return ``changes`` merged with the present workspace, and the paths that conflict.

    Changes that are in the workspace already are left out.
    """
    rebased, conflicts = [], []
    for change in changes.files:
        now, mode = _current(workspace, change.path)
        try:
            after, mode_after = _merged(change, now, mode)
        except ConflictError:
            conflicts.append(change.path)
            continue
        if (after, mode_after) != (now, mode):
            moved = replace(change, before=now, after=after, mode_before=mode, mode_after=mode_after)
            rebased.append(moved)
    return ChangeSet.of(rebased), tuple(conflicts)


def _merged(change: FileChange, now: bytes | None, mode: int | None) -> tuple[bytes | None, int | None]:
    after = merge(change.before, now, change.after)
    if after is None:
        return None, None
    if mode is None or change.mode_before == mode:
        return after, change.mode_after
    if stat.S_IFMT(mode) != stat.S_IFMT(change.mode_after or mode):
        raise ConflictError
    return after, mode


def _current(workspace: Path, path: str) -> tuple[bytes | None, int | None]:
    """Return the content at ``path``, and its plain mode."""
    where = os.path.join(workspace, path)
    if any(os.path.islink(workspace / folder) for folder in tree.parents([path])):
        raise ApplyError("refused", f"{path} lies behind a link", "nothing was changed")
    st = tree.lstat(where)
    if st is None:
        return None, None
    if not (stat.S_ISREG(st.st_mode) or stat.S_ISLNK(st.st_mode)):
        raise ApplyError("refused", f"{path} is not a regular file", "nothing was changed")
    try:
        return tree.read(where), tree.plain_mode(st.st_mode)
    except OSError as error:
        raise ApplyError("refused", f"cannot read {path}: {error.strerror}", "nothing was changed") from error


@contextlib.contextmanager
def writing(journal: Path) -> Iterator[None]:
    """Be the only one that writes to the workspace.

    Raises:
        ApplyError: another otorepair is writing, or a killed one left work behind.
    """
    with journals.locked(journal) as free:
        if not free:
            raise ApplyError(
                "refused", "another otorepair is writing to this workspace", "nothing was changed"
            )
        if os.path.lexists(journal):
            raise ApplyError("refused", f"{journal} records a half-done repair", "start otorepair again")
        yield


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
