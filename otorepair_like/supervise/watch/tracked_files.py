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

Rules = tuple[gitignore.IgnoreRule, ...]


class Files:
    """What is watched.

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

    @property
    def folders(self) -> list[str]:
        """The folders that hold what is watched."""
        return list(self._rules)

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
        """Which of ``paths`` have another content than when last seen, or are new or gone."""
        return {path for path in paths if self._changed(path)}

    def concerns(self, path: str) -> bool:
        """Whether ``path`` is a file to watch."""
        folder, name = os.path.split(path)
        ruled = self._rules.get(folder)
        if ruled is None or self._ignored(folder, name, False, *ruled):
            return False
        return any(path == root or path.startswith(root + os.sep) for root in self._paths)

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
        for path in self._paths:
            if os.path.isdir(path):
                self._walk_folder(path, *_above(path), found, folders)
            else:
                folders.setdefault(os.path.dirname(path), (os.path.dirname(path), ()))
                found.append(path)
        self._rules = folders  # at once: another thread may be looking
        return found

    def _walk_folder(
        self, folder: str, top: str, rules: Rules, found: list[str], folders: dict[str, tuple[str, Rules]]
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
            if is_folder:
                self._walk_folder(entry.path, top, rules, found, folders)
            else:
                found.append(entry.path)

    def _ignored(self, folder: str, name: str, is_folder: bool, top: str, rules: Rules) -> bool:
        relative = os.path.relpath(os.path.join(folder, name), top) if folder != top else name
        return name in NEVER or gitignore.ignored(relative, is_folder, (*DEFAULTS, *rules, *self._extra))


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
    """Size and time of a regular file."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return (status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None


def _digest(path: str, size: int, changed: int) -> bytes:
    if size > LARGE:
        return str(changed).encode()
    try:
        with open(path, "rb") as file:
            return blake2b(file.read(), digest_size=16).digest()
    except OSError:
        return b"unreadable"
