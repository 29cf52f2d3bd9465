"""The files a person may edit below some paths, and which of them hold something else than when last seen."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b

from otorepair_like import gitignore

NEVER = frozenset(
    [
        ".git",
        ".hg",
        ".svn",
        ".jj",
        ".otorepair",
        "__pycache__",
        "node_modules",
        "site-packages",
        ".venv",
        ".tox",
        ".nox",
        ".idea",
        ".cache",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".hypothesis",
    ]
)
"""Folders nobody edits, whatever is in them."""
DEFAULTS = gitignore.parse(
    "*.py[co]\n*.sw[opx]\n*~\n.#*\n*.log\n*.pid\n*.db\n*.db-*\n*.sqlite*\n.DS_Store", ""
)
"""What programs write beside their sources; a ``!`` pattern takes it back."""
LARGE = 8 * 1024 * 1024
"""Bytes above which a file's time stands for its content."""

LINKED = 5000
"""Folders behind links out of the watched ones that are watched at most."""

Identity = tuple[int, int]
"""Device and inode of a folder."""
Rules = tuple[gitignore.IgnoreRule, ...]


class Files:
    """Tracks which watched files have changed.

    Args:
        paths: absolute paths of folders, with all below them, and of files.
        ignore: patterns as in gitignore(5), stronger than those of any ``.gitignore``.
    """

    def __init__(self, paths: Sequence[str], ignore: Sequence[str]) -> None:
        self._paths = [os.path.abspath(path) for path in paths]
        self._extra = gitignore.parse("\n".join(ignore), "")
        self._rules: dict[
            str, tuple[str, Rules]
        ] = {}  # of a folder: what its paths are relative to, and who rules
        self._seen: dict[str, tuple[int, int, bytes]] = {}  # size, time, digest (empty: not read yet)
        self._unread: Iterator[str] = iter(())
        self.left_out: list[str] = []
        """Links to folders that hold too much to be watched."""

    @property
    def folders(self) -> dict[str, Identity]:
        """The folders that hold what is watched; behind a link that leads elsewhere by now is another one."""
        return {path: identity for path in self._rules if (identity := _identity(path))}

    def __len__(self) -> int:
        return len(self._seen)

    def begin(self) -> None:
        """Take everything as seen, for the time being by size and time alone; :meth:`read_some` reads it."""
        self._seen = {path: (*status, b"") for path, status in self.statuses().items() if status}
        self._unread = iter(list(self._seen))

    def read_some(self, seconds: float) -> bool:
        """Read for so long what was only taken as seen; ``False`` when all is read."""
        end = time.monotonic() + seconds
        for path in self._unread:
            known = self._seen.get(path)
            if known and not known[2] and known[:2] == _status(path):
                self._seen[path] = (*known[:2], _digest(path, *known[:2]))
            if time.monotonic() > end:
                return True
        return False

    def scan(self) -> set[str]:
        """Look at the whole tree anew, its folders and ignore rules too; the paths that changed."""
        present = set(self._walk())
        return self.look(present | self._seen.keys() - present)

    def statuses(self) -> dict[str, tuple[int, int] | None]:
        """Size and time of all files, with the folders and ignore rules read anew; takes nothing as seen."""
        return {path: _status(path) for path in self._walk()}

    def look(self, paths: Iterable[str]) -> set[str]:
        """Return those of ``paths`` that have other content than when last seen, or are new or gone."""
        return {path for path in paths if self._changed(path)}

    def concerns(self, path: str) -> bool:
        """Return whether ``path`` is a file to watch."""
        folder, name = os.path.split(path)
        ruled = self._rules.get(folder)
        if ruled is None or self._ignored(folder, name, False, *ruled):
            return False
        return self._is_below(path)

    def _is_below(self, path: str) -> bool:
        return any(path == root or path.startswith(root.rstrip(os.sep) + os.sep) for root in self._paths)

    def _changed(self, path: str) -> bool:
        known, status = self._seen.get(path), _status(path)
        if status is None:
            return self._seen.pop(path, None) is not None
        if known and known[:2] == status:
            return False
        digest = _digest(path, *status)
        self._seen[path] = (*status, digest)
        return known is None or known[2] != digest

    def _walk(self) -> list[str]:
        """All files to watch; notes the folders on the way."""
        found: list[str] = []
        folders: dict[str, tuple[str, Rules]] = {}
        tops = [os.path.realpath(path) for path in self._paths]
        linked = Linked(tops)
        for path in self._paths:
            for link in _links_on_the_way(path):
                folders.setdefault(os.path.dirname(link), (os.path.dirname(link), ()))
                found.append(link)
            if os.path.isdir(path):
                self._walk_folder(path, *_above(path), found, folders, linked)
            else:
                folders.setdefault(os.path.dirname(path), (os.path.dirname(path), ()))
                found.append(path)
        self.left_out = linked.left_out
        self._rules = folders  # at once: another thread may be looking
        return found

    def _walk_folder(
        self,
        folder: str,
        top: str,
        rules: Rules,
        found: list[str],
        folders: dict[str, tuple[str, Rules]],
        linked: Linked,
    ) -> None:
        try:
            entries = list(os.scandir(folder))
        except OSError:  # removed meanwhile, or not to be read
            return
        rules += _read_rules(top, folder)
        folders[folder] = (top, rules)
        for entry in entries:
            is_folder = entry.is_dir(follow_symlinks=False)
            if self._ignored(folder, entry.name, is_folder, top, rules):
                continue
            if not is_folder:
                found.append(entry.path)
            if is_folder or (entry.is_symlink() and linked.follows(entry)):
                self._walk_folder(entry.path, top, rules, found, folders, linked)

    def _ignored(self, folder: str, name: str, is_folder: bool, top: str, rules: Rules) -> bool:
        relative = os.path.relpath(os.path.join(folder, name), top) if folder != top else name
        return name in NEVER or gitignore.ignored(relative, is_folder, (*DEFAULTS, *rules, *self._extra))


class Linked:
    """Decides which links to folders are followed: each folder once, none that is watched anyway or holds us.

    Args:
        tops: real paths of what is watched.
    """

    def __init__(self, tops: Sequence[str]) -> None:
        self.left_out: list[str] = []
        self._tops = [top.rstrip(os.sep) + os.sep for top in tops]
        self._seen: set[Identity] = set()

    def follows(self, entry: os.DirEntry[str]) -> bool:
        """Return whether to look into the folder that ``entry`` leads to, if it is one."""
        identity = _identity(entry.path)
        if identity is None or identity in self._seen:
            return False
        real = os.path.realpath(entry.path) + os.sep
        if any(real.startswith(top) or top.startswith(real) for top in self._tops):
            return False
        if len(self._seen) >= LINKED or _holds_more(real, LINKED - len(self._seen)):
            self.left_out.append(entry.path)
            return False
        self._seen.add(identity)
        return True


def _holds_more(folder: str, most: int) -> bool:
    """Return whether ``folder`` has more than so many folders below it that are not ignored anyway."""
    count = 0
    for _place, inner, _files in os.walk(folder):
        inner[:] = [name for name in inner if name not in NEVER]
        count += len(inner)
        if count > most:
            return True
    return False


def _identity(folder: str) -> Identity | None:
    try:
        status = os.stat(folder)
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if stat.S_ISDIR(status.st_mode) else None


def _links_on_the_way(path: str) -> list[str]:
    """Return ``path`` and the folders above it that are links: where one leads elsewhere, everything is another."""
    links = []
    while path != os.path.dirname(path):
        if os.path.islink(path):
            links.append(path)
        path = os.path.dirname(path)
    return links


def _above(folder: str) -> tuple[str, Rules]:
    """The top of the repository ``folder`` is in (or itself), and the rules from there down to it."""
    top = folder
    while not os.path.exists(os.path.join(top, ".git")):
        parent = os.path.dirname(top)
        if parent == top:
            return folder, ()
        top = parent
    rules: Rules = _read_rules(top, top, os.path.join(".git", "info", "exclude"))
    between = os.path.relpath(folder, top).split(os.sep) if folder != top else []
    for depth in range(len(between)):
        rules += _read_rules(top, os.path.join(top, *between[:depth]))
    return top, rules


def _read_rules(top: str, folder: str, name: str = ".gitignore") -> Rules:
    try:
        with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
            return gitignore.parse(file.read(), "" if folder == top else os.path.relpath(folder, top))
    except OSError:
        return ()


def _status(path: str) -> tuple[int, int] | None:
    """Return size and time of a regular file, or of a link to a folder."""
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            status = os.lstat(path)
    except OSError:
        return None
    known = stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode)
    return (status.st_size, status.st_mtime_ns) if known else None


def _digest(path: str, size: int, changed: int) -> bytes:
    if size > LARGE:
        return str(changed).encode()
    try:
        if os.path.isdir(path):
            return os.fsencode(os.readlink(path))
        with open(path, "rb") as file:
            return blake2b(file.read(), digest_size=16).digest()
    except OSError:
        return b"unreadable"
