"""The files of a workspace, and those of them that an agent may see.

git decides where there is a repository (``git ls-files``, read-only); else ``.gitignore`` files and the
names below.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from otorepair_like import gitignore
from otorepair_like.workspace import tree
from otorepair_like.workspace.git import ask_git

IGNORED: Final = frozenset(
    {
        ".git", ".hg", ".svn", ".otorepair", "node_modules", ".venv", "venv", "__pycache__", ".mypy_cache",
        ".ruff_cache", ".pytest_cache", ".hypothesis", ".tox", ".nox", ".cache", ".DS_Store",
    }
)  # fmt: skip
"""Folders (and one file) that are never part of a workspace unless git tracks what is in them."""

LINKED: Final = ("node_modules", ".venv", "venv")
"""Installed dependencies: too large to copy, needed to run the program; linked into the copy."""

_OURS = re.compile(r"(^|/)\.(git|otorepair)(/|$)")


Files = dict[str, os.stat_result]


def files(root: Path) -> Files:
    """Return every file of the workspace at ``root``, links included: ``lstat`` by relative path with ``/``."""
    found = _from_git(str(root))
    if not found:  # no repository, or a folder that its repository ignores as a whole
        found = dict(_walk(root, "", ()))
    return {
        path: st
        for path, st in found.items()
        if (".git" not in path and ".otorepair" not in path) or not _OURS.search(path)
    }


def drop_ignored(root: Path, paths: Iterable[str]) -> set[str]:
    """Return ``paths`` (none of them listed in ``root`` so far) without those that the workspace's rules ignore."""
    kept = set(paths)
    if not kept:
        return kept
    answer = ask_git(root, "check-ignore", "-z", "--stdin", stdin="\0".join(kept))
    if answer is not None and ask_git(root, "check-ignore", "-q", ".") is None:
        return kept - set(answer.split("\0"))
    return {path for path in kept if not _ignored_by_files(root, path)}


def _from_git(root: str) -> Files:
    answer = ask_git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    found: Files = {}
    for path in (answer or "").split("\0"):
        name = path.rstrip("/")
        st = tree.lstat(f"{root}/{name}") if name else None
        if st is None:
            continue
        if stat.S_ISDIR(st.st_mode):  # a submodule, or a repository in the repository
            found |= {f"{name}/{below}": inner for below, inner in _from_git(f"{root}/{name}").items()}
        else:
            found[name] = st
    return found


def _walk(
    root: Path, folder: str, rules: tuple[gitignore.IgnoreRule, ...]
) -> Iterator[tuple[str, os.stat_result]]:
    rules += _rules(root, folder)
    try:
        entries = sorted(os.scandir(root / folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        path = f"{folder}/{entry.name}" if folder else entry.name
        is_folder = entry.is_dir(follow_symlinks=False)
        if entry.name in IGNORED or gitignore.ignored(path, is_folder, rules):
            continue
        if is_folder:
            yield from _walk(root, path, rules)
        elif entry.is_file(follow_symlinks=False) or entry.is_symlink():
            yield path, entry.stat(follow_symlinks=False)


def _rules(root: Path, folder: str) -> tuple[gitignore.IgnoreRule, ...]:
    try:
        text = (root / folder / ".gitignore").read_text(errors="replace")
    except OSError:
        return ()
    return gitignore.parse(text, folder)


def _ignored_by_files(root: Path, path: str) -> bool:
    rules: tuple[gitignore.IgnoreRule, ...] = _rules(root, "")
    parts = path.split("/")
    for depth in range(1, len(parts) + 1):
        here = "/".join(parts[:depth])
        is_folder = depth < len(parts)
        if parts[depth - 1] in IGNORED or gitignore.ignored(here, is_folder, rules):
            return True
        if is_folder:
            rules += _rules(root, here)
    return False
