"""The tree a recipe may read: its files, their definitions, and the files that a traceback's paths mean."""

from __future__ import annotations

import ast
import hashlib
import math
import os
import re
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Final

from otorepair_like.recipes.python.known_names import word_list
from otorepair_like.recipes.python.source import Source

SKIPPED_FOLDERS: Final = frozenset(
    word_list(
        """.git .hg .svn .otorepair .venv venv env .tox .nox node_modules site-packages dist-packages
        __pycache__ build dist .mypy_cache .ruff_cache .pytest_cache .eggs .idea .vscode"""
    )
)
"""Folders without source code of the user."""

MAX_FILES: Final = 5_000
MAX_BYTES: Final = 1_000_000
"""Bytes. A larger file was not written by hand."""

_LIBRARY: Final = re.compile(
    r"/(?:site-packages|dist-packages|node_modules|\.venv|\.tox|\.nox)/|/[Ll]ib/python\d|/Python3?\d+/Lib/"
)
"""Folders of installed libraries on any machine."""

_DEFINITION = re.compile(
    r"^(?:(?:async[ \t]+)?def[ \t]+(?P<def>\w+)|class[ \t]+(?P<class>\w+)"
    r"|(?P<name>[A-Za-z_]\w*)[ \t]*(?::[^=\n]+)?=(?!=))",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Definition:
    """A name defined at the top of a module: ``kind`` is ``def``, ``class`` or ``name``."""

    name: str
    kind: str
    file: str


@dataclass(slots=True)
class Index:
    """A cache of a tree, kept from one incident to the next: only files that changed are read again."""

    sources: dict[str, tuple[tuple[int, int], Source | None]] = field(default_factory=dict)
    definitions: dict[str, tuple[tuple[int, int], list[Definition]]] = field(default_factory=dict)
    digests: dict[str, tuple[tuple[int, int], bytes]] = field(default_factory=dict)


class OutOfTimeError(Exception):
    """The time for reading the tree is over."""


class Project:
    """A source tree, read-only.

    Args:
        root: the tree, such as the private copy.
        workspace: the same tree as the program sees it; its tracebacks name paths there.
        index: a cache that the caller keeps, so that the next incident is faster.
        healthy: the earlier contents of files that changed since the program last ran well.
        deadline: monotonic seconds after which no file is read any more.

    Raises:
        OutOfTimeError: by all methods that read, after the deadline.
    """

    def __init__(
        self,
        root: Path,
        workspace: Path | None = None,
        index: Index | None = None,
        healthy: Mapping[str, bytes] | None = None,
        deadline: float = math.inf,
    ) -> None:
        self.root = root
        self.workspace = workspace or root
        self.index = index or Index()
        self.healthy = healthy or {}
        self.deadline = deadline
        self._overrides: dict[str, Source] = {}

    def with_files(self, files: Mapping[str, bytes]) -> Project:
        """Return the same tree with other contents in some files."""
        other = Project(self.root, self.workspace, self.index, self.healthy, self.deadline)
        other._overrides = self._overrides | {name: Source(name, raw) for name, raw in files.items()}
        return other

    @cached_property
    def files(self) -> list[str]:
        """Return every file that somebody wrote, as sorted relative paths with forward slashes."""
        files: list[str] = []
        for folder, subfolders, names in os.walk(self.root):
            # A folder with ``pyvenv.cfg`` is a virtual environment, whatever its name.
            subfolders[:] = sorted(
                name
                for name in subfolders
                if name not in SKIPPED_FOLDERS
                and not os.path.exists(os.path.join(folder, name, "pyvenv.cfg"))
            )
            relative = os.path.relpath(folder, self.root).replace(os.sep, "/")
            files += [name if relative == "." else f"{relative}/{name}" for name in sorted(names)]
            if len(files) > MAX_FILES:
                break
        return files

    @cached_property
    def python_files(self) -> list[str]:
        """Return the Python files among them."""
        return [file for file in self.files if file.endswith(".py")]

    def read(self, file: str) -> str | None:
        """Return a file's text; ``None`` if it is missing, too large, or not text."""
        self._check_deadline()
        path = self.root / file
        try:
            if path.stat().st_size > MAX_BYTES:
                return None
            return path.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def source(self, file: str) -> Source | None:
        """Return a Python file with its positions; ``None`` if it is missing or cannot be decoded."""
        if file in self._overrides:
            return self._overrides[file]
        self._check_deadline()
        path = self.root / file
        try:
            state = path.stat()
            stamp = (state.st_mtime_ns, state.st_size)
            cached = self.index.sources.get(file)
            if cached is None or cached[0] != stamp:
                cached = (stamp, Source(file, path.read_bytes()) if state.st_size <= MAX_BYTES else None)
                self.index.sources[file] = cached
            return cached[1]
        except (OSError, SyntaxError, UnicodeDecodeError, LookupError):
            return None

    def _check_deadline(self) -> None:
        """Raise :class:`OutOfTimeError` after the deadline."""
        if time.monotonic() > self.deadline:
            raise OutOfTimeError

    @property
    def digest(self) -> bytes:
        """Return a digest of all files, those of the last healthy run included."""
        whole = hashlib.sha256()
        for file in self.files:
            whole.update(file.encode("utf-8", "surrogateescape") + b"\0" + self._file_digest(file))
        for file, raw in sorted(self.healthy.items()):
            whole.update(file.encode("utf-8", "surrogateescape") + b"\0" + hashlib.sha256(raw).digest())
        return whole.digest()

    def _file_digest(self, file: str) -> bytes:
        """Return the digest of one file; ``b""`` if it cannot be read."""
        self._check_deadline()
        path = self.root / file
        try:
            state = path.stat()
            stamp = (state.st_mtime_ns, state.st_size)
            cached = self.index.digests.get(file)
            if cached is None or cached[0] != stamp:
                content = path.read_bytes() if state.st_size <= MAX_BYTES else repr(stamp).encode()
                cached = self.index.digests[file] = (stamp, hashlib.sha256(content).digest())
            return cached[1]
        except OSError:
            return b""

    def healthy_source(self, file: str) -> Source | None:
        """Return a file as it was in the last healthy run; ``None`` if it is unchanged, new, or unknown."""
        try:
            return Source(file, self.healthy[file]) if file in self.healthy else None
        except (SyntaxError, UnicodeDecodeError, LookupError):
            return None

    def locate(self, printed: str) -> str | None:
        """Return the file of this tree that a traceback's path means; ``None`` for a library or an unknown file.

        A path from elsewhere (a CI log, a container) is matched by its longest tail that exists here; if none does, by
        the one file whose path ends with as much of it as any.
        """
        if not printed or printed.startswith("<"):
            return None
        # ``C:\app\main.py`` in the log of another machine
        path = re.sub(r"^[A-Za-z]:(?=/)", "", printed.replace("\\", "/"))
        for base in {
            str(self.root),
            os.path.realpath(self.root),
            str(self.workspace),
            os.path.realpath(self.workspace),
        }:
            if path.startswith(base.rstrip("/") + "/"):
                inside = os.path.normpath(path[len(base.rstrip("/")) + 1 :])
                return inside if self._is_own(inside) else None
        parts = PurePosixPath(path).parts
        if not path.startswith("/"):
            inside = os.path.normpath(path)
            return inside if self._is_own(inside) else None if ".." in parts else self._by_tail(parts)
        # A file that exists outside the tree is another program's, even if its tail is found here too.
        if os.path.exists(path) or _LIBRARY.search(path) or path.startswith(sys.prefix):
            return None
        return self._by_tail(parts[1:])

    def _by_tail(self, parts: tuple[str, ...]) -> str | None:
        """Return the file that shares the longest tail with a path; ``None`` if several do."""
        tails = ["/".join(parts[start:]) for start in range(len(parts))]
        if exact := next((tail for tail in tails if self._is_own(tail)), None):
            return exact
        for tail in tails:
            files = [file for file in self.python_files if file.endswith(f"/{tail}")]
            if files:
                return files[0] if len(files) == 1 else None
        return None

    def _is_own(self, file: str) -> bool:
        """Return whether a relative path names a file of the user's in this tree."""
        parts = PurePosixPath(file).parts
        return not SKIPPED_FOLDERS.intersection(parts) and ".." not in parts and (self.root / file).is_file()

    def definitions(self) -> Iterator[Definition]:
        """Yield names defined at the top of the tree's modules, without tests. Use a pattern, for speed."""
        for file in self.python_files:
            if is_test(file):
                continue
            try:
                state = os.stat(self.root / file)
            except OSError:
                continue
            stamp = (state.st_mtime_ns, state.st_size)
            cached = self.index.definitions.get(file)
            if cached is None or cached[0] != stamp:
                text = self.read(file) or ""
                definitions = [_definition(match, file) for match in _DEFINITION.finditer(text)]
                cached = self.index.definitions[file] = (stamp, definitions)
            yield from cached[1]

    def defining(self, name: str, kinds: str = "def class name") -> list[Definition]:
        """Return the definitions of ``name`` at the top of modules, one for each file."""
        by_file = {
            definition.file: definition
            for definition in self.definitions()
            if definition.name == name and definition.kind in kinds.split()
        }
        return list(by_file.values())

    def mentions(self, word: str) -> dict[str, int]:
        """Count a word in each Python file that contains it, without tests."""
        pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
        counts = {}
        for file in self.python_files:
            text = "" if is_test(file) else self.read(file) or ""
            if word in text and (count := len(pattern.findall(text))):
                counts[file] = count
        return counts

    def module_name(self, file: str) -> str:
        """Return the import name of a file: ``pkg.views`` for ``pkg/views.py``, also below a ``src`` folder."""
        parts = list(PurePosixPath(file).with_suffix("").parts)
        if parts and parts[-1] == "__init__":
            parts.pop()
        if (
            len(parts) > 1
            and parts[0] in ("src", "lib")
            and not (self.root / parts[0] / "__init__.py").exists()
        ):
            parts = parts[1:]
        return ".".join(parts)

    @cached_property
    def modules(self) -> dict[str, str]:
        """Return every module of the tree with its file; the file of a package without ``__init__`` is ``""``."""
        modules: dict[str, str] = {}
        for file in self.python_files:
            name = self.module_name(file)
            if name:
                modules[name] = file
        for name in list(modules):
            for upto in range(1, name.count(".") + 1):
                modules.setdefault(".".join(name.split(".")[:upto]), "")
        return modules


def _definition(match: re.Match[str], file: str) -> Definition:
    kind = match.lastgroup or "name"
    return Definition(match[kind], kind, file)


def is_test(file: str) -> bool:
    """Return whether a file belongs to the tests. Tests define what is right, so no recipe edits them."""
    path = PurePosixPath(file)
    return (
        path.name.startswith("test_")
        or path.name.endswith("_test.py")
        or path.name == "conftest.py"
        or bool({"test", "tests"}.intersection(path.parts[:-1]))
    )


def full_name(source: Source, node: ast.ImportFrom, project: Project) -> str:
    """Return the absolute name of the module that an import statement names."""
    if not node.level:
        return node.module or ""
    parts = project.module_name(source.path).split(".")
    package = parts if source.path.endswith("__init__.py") else parts[:-1]
    base = package[: len(package) - node.level + 1]
    return ".".join([*base, *([node.module] if node.module else [])])
