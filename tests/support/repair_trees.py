"""Trees on disk as values, for comparing before with after."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

Tree = dict[str, tuple[int, bytes | str]]


def tree_of(root: Path) -> Tree:
    """Every file, link and folder below ``root`` with mode and content, except our ``.otorepair`` and bytecode."""
    found: Tree = {}
    for at, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in (".otorepair", "__pycache__")]
        for name in [*folders, *files]:
            path = Path(at) / name
            mode = path.lstat().st_mode
            content: bytes | str = ""
            if stat.S_ISLNK(mode):
                content = str(path.readlink())
            elif stat.S_ISREG(mode):
                content = path.read_bytes()
            found[path.relative_to(root).as_posix()] = (mode, content)
    return found


def tree_hash(root: Path) -> str:
    """One digest for all of :func:`tree_of`."""
    return hashlib.sha256(repr(sorted(tree_of(root).items())).encode()).hexdigest()


def write(root: Path, files: dict[str, bytes]) -> None:
    """Write ``files`` below ``root``, making folders."""
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
