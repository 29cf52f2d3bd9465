"""Writing a change set that fits the workspace exactly: all of it, or nothing.

Journal first; then every new content into a temporary file, on disk; then nothing but renames, so that a
reloader sees one burst. Each file is reached through a handle of its folder that was opened without
following links, and compared with what it should hold just before it is replaced: a link swapped in between
check and apply is an error, not a way out. What a rename replaces keeps a second name until the end, so
that going back needs no space on the disk.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from otorepair_like.errors import ApplyError
from otorepair_like.workspace import journal as journals
from otorepair_like.workspace import tree
from otorepair_like.workspace.change_set import ChangeSet, FileChange
from otorepair_like.workspace.exchange import exchange
from otorepair_like.workspace.journal import Entry

_START_AGAIN = "start otorepair again to undo it"


class Transaction:
    """One write to the workspace, under the journal's lock.

    Args:
        changes: from exactly what stands in the workspace to what shall stand there.
        back: whether a repair is taken back, see :class:`Entry`.
        obsolete: folders to remove at the end where they are empty.
        folders: folders to make, outermost first, besides those that ``changes`` need.
    """

    def __init__(
        self,
        changes: ChangeSet,
        workspace: Path,
        journal: Path,
        *,
        back: bool,
        obsolete: tuple[str, ...] = (),
        folders: tuple[str, ...] = (),
    ) -> None:
        self._changes = changes.files
        self._workspace = workspace
        self._journal = journal
        self._back = back
        self._obsolete = obsolete
        self._desk = f"{journal}.scratch"
        self._folders = tuple(folder for folder in folders if not os.path.lexists(workspace / folder))
        self.made = () if back else tuple(sorted({*self._folders, *_missing_folders(changes, workspace)}))
        self._new = {change.path: self._scratch(change.path) for change in changes.files}
        self._old = {change.path: self._scratch(change.path) for change in changes.files}

    def run(self) -> None:
        """Do it.

        Raises:
            ApplyError: a file is not what it should be, or cannot be written; the tree is as before.
        """
        done: list[FileChange] = []
        try:
            self._begin()
            for change in self._changes:
                with _named(change):
                    self._stage(change)
            for folder in self._folders:
                with self._folder(f"{folder}/", make=True):
                    pass
            for change in self._changes:
                with _named(change):
                    self._commit(change, done)
            self._end()
        except (OSError, ApplyError) as error:
            if not self._unwind(done):
                raise ApplyError("the workspace is half written", str(error), _START_AGAIN) from error
            if isinstance(error, ApplyError):
                raise
            raise _explained(error, self._workspace) from error

    def _begin(self) -> None:
        scratch = (*self._new.values(), *self._old.values())
        entry = Entry(ChangeSet(self._changes), self._back, self._obsolete or self.made, scratch)
        journals.write(self._journal, entry)
        tree.remove(self._desk)
        os.mkdir(self._desk, 0o700)

    def _stage(self, change: FileChange) -> None:
        if change.after is None:
            return
        new, mode = self._new[change.path], change.mode_after or stat.S_IFREG | 0o644
        tree.place(new, change.after, mode)
        st = tree.lstat(self._path(change))
        if st is not None and stat.S_ISREG(mode):
            if (st.st_uid, st.st_gid) != (os.geteuid(), os.getegid()):
                with contextlib.suppress(PermissionError):
                    os.chown(new, st.st_uid, st.st_gid)
            os.chmod(new, mode & 0o777 | st.st_mode & 0o7000)
            _date_after(new, st)
        if stat.S_ISREG(mode):
            journals.flush(new)

    def _commit(self, change: FileChange, done: list[FileChange]) -> None:
        """Put one change in its place; from the moment on in which it is there it is in ``done``."""
        name, new, old = os.path.basename(change.path), self._new[change.path], self._old[change.path]
        with self._folder(change.path, make=change.after is not None) as folder:
            _expect(change, name, folder)
            if change.after is None:
                os.rename(name, old, src_dir_fd=folder)
            elif change.before is None:
                _put_where_nothing_is(new, name, folder)
            elif exchange(new, name, folder):
                self._new[change.path], self._old[change.path] = old, new
            else:
                try:
                    os.link(name, old, src_dir_fd=folder, follow_symlinks=False)
                except OSError:  # a file system without hard links
                    tree.place(old, change.before, change.mode_before or stat.S_IFREG | 0o600)
                os.rename(new, name, dst_dir_fd=folder)
            done.append(change)
            if not self._displaced_as_expected(change):  # saved between our look and the rename
                raise _changed(change)

    def _displaced_as_expected(self, change: FileChange) -> bool:
        """Return whether what a change displaced is what it started from."""
        if change.before is None:
            return True
        old = self._old[change.path]
        st = tree.lstat(old)
        return (
            st is not None
            and tree.plain_mode(st.st_mode) == change.mode_before
            and tree.read(old) == change.before
        )

    def _end(self) -> None:
        for change in self._changes:
            if not self._displaced_as_expected(change):
                raise _changed(change)  # by somebody who had it open
        for folder in reversed(self._obsolete):
            path = os.path.join(self._workspace, folder)
            with contextlib.suppress(OSError):  # holds something else by now, or is gone
                if os.listdir(path) == ["__pycache__"]:  # of the code that was just taken back
                    shutil.rmtree(os.path.join(path, "__pycache__"))
                os.rmdir(path)
        for folder in {os.path.dirname(self._path(change)) for change in self._changes}:
            if os.path.isdir(folder):
                journals.flush(folder)
        journals.remove(self._journal)
        self._sweep()

    def _unwind(self, done: list[FileChange]) -> bool:
        """Go back with renames alone. If even that fails the journal stays, for the next start."""
        try:
            for change in reversed(done):
                with self._folder(change.path) as folder:
                    name = os.path.basename(change.path)
                    if change.before is None:
                        os.unlink(name, dir_fd=folder)
                    else:
                        os.rename(self._old[change.path], name, dst_dir_fd=folder)
            for made in reversed(self.made):
                with contextlib.suppress(OSError):
                    os.rmdir(os.path.join(self._workspace, made))
            journals.remove(self._journal)
        except OSError:
            return False
        self._sweep()
        return True

    def _sweep(self) -> None:
        for path in (journals.draft_of(self._journal), self._desk, *self._new.values(), *self._old.values()):
            with contextlib.suppress(OSError):
                tree.remove(path)

    def _path(self, change: FileChange) -> str:
        return os.path.join(self._workspace, change.path)

    def _scratch(self, path: str) -> str:
        """Return a name for a temporary file on the disk of ``path``: beside the journal, else beside the file."""
        folder = os.path.dirname(os.path.join(self._workspace, path))
        while not os.path.isdir(folder):
            folder = os.path.dirname(folder)
        if os.stat(folder).st_dev == os.stat(self._journal.parent).st_dev:
            folder = self._desk
        return os.path.join(folder, f".otorepair-{secrets.token_hex(6)}")

    @contextlib.contextmanager
    def _folder(self, path: str, *, make: bool = False) -> Iterator[int]:
        """Open the folder of ``path``, made if wanted, and follow no link on the way."""
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(self._workspace, flags)
        try:
            for part in path.split("/")[:-1]:
                if make:
                    with contextlib.suppress(FileExistsError):
                        os.mkdir(part, dir_fd=handle)
                inner = os.open(part, flags, dir_fd=handle)
                os.close(handle)
                handle = inner
            yield handle
        finally:
            os.close(handle)


def _date_after(new: str, st: os.stat_result) -> None:
    """Give ``new`` a later second than the file it replaces.

    Python takes bytecode for that of a source by its size and the whole seconds of its time (PEP 552's default), so
    a repair that leaves the size as it is, within a second of the last edit, would not be seen to be there.
    """
    second = int(st.st_mtime) + 1
    if os.stat(new).st_mtime < second:
        os.utime(new, (second, second))


def _expect(change: FileChange, name: str, folder: int) -> None:
    """Make sure that the file is still what the change starts from."""
    try:
        st = os.lstat(name, dir_fd=folder)
    except FileNotFoundError:
        st = None
    if st is None or change.before is None:
        same = st is None and change.before is None
    elif tree.plain_mode(st.st_mode) != change.mode_before:
        same = False
    elif stat.S_ISLNK(st.st_mode):
        same = os.fsencode(os.readlink(name, dir_fd=folder)) == change.before
    else:
        handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
        with open(handle, "rb") as file:
            same = file.read() == change.before
    if not same:
        raise _changed(change)


def _changed(change: FileChange) -> ApplyError:
    return ApplyError("refused", f"{change.path} was being changed at the same moment", "nothing was changed")


def _put_where_nothing_is(new: str, name: str, folder: int) -> None:
    """Move a new file to its place; if a file has just appeared there it stays.

    Raises:
        FileExistsError: one has.
    """
    try:
        os.link(new, name, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        os.rename(new, name, dst_dir_fd=folder)


@contextlib.contextmanager
def _named(change: FileChange) -> Iterator[None]:
    """Have errors of the disk name the user's file, not our temporary one."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, change.path) from error


def _missing_folders(changes: ChangeSet, workspace: Path) -> tuple[str, ...]:
    wanted = tree.parents(change.path for change in changes.files if change.after is not None)
    return tuple(sorted(folder for folder in wanted if not os.path.lexists(workspace / folder)))


def _explained(error: OSError, workspace: Path) -> ApplyError:
    name = os.fsdecode(error.filename or "")
    inside = os.path.relpath(name, workspace) if os.path.isabs(name) else name
    why = ": ".join(part for part in (inside, error.strerror or str(error)) if part)
    return ApplyError("could not write to the workspace", why, "nothing was changed")
