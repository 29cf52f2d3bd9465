"""Measures the risk of a change set from the change set itself; a claim of an agent can only make it worse."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import Path
from typing import Final

from otorepair_like.guard import parsing
from otorepair_like.guard.finding import GuardFinding
from otorepair_like.guard.rules import limits
from otorepair_like.workspace.change_set import ChangeSet


class Complexity(IntEnum):
    """By files and lines changed."""

    MINIMAL, SIMPLE, STANDARD, COMPLEX = range(4)


class Security(IntEnum):
    """By what is reached for, and where."""

    NONE, LOW, MEDIUM, HIGH = range(4)


class Blast(IntEnum):
    """By how many modules use what was changed, through others too."""

    ISOLATED, MODERATE, WIDE = range(3)


@dataclass(frozen=True, slots=True)
class RiskAnalysis:
    """One view of a change set.

    Args:
        cause: the root cause in a sentence; ``""`` if nobody says.
        files: how many files change.
        confidence: 0 to 1; ``None``: nobody claims any.
    """

    complexity: Complexity
    security: Security
    blast: Blast
    files: int
    cause: str = ""
    confidence: float | None = None

    def __str__(self) -> str:
        sure = "" if self.confidence is None else f", confidence {self.confidence:.1f}"
        names = (self.complexity.name, f"security {self.security.name}", self.blast.name)
        return ", ".join(names).lower() + f", {self.files} file{'s' * (self.files != 1)}{sure}"


Imports = Mapping[str, frozenset[str]]
"""The files of the workspace that each file imports."""

_LINES: Final = {Complexity.MINIMAL: (1, 6), Complexity.SIMPLE: (2, 30), Complexity.STANDARD: (5, 150)}
"""Most files and lines of each."""

_USERS: Final = {Blast.ISOLATED: 3, Blast.MODERATE: 15}
_RULES: Final = {
    "secret-default": Security.HIGH, "tls": Security.HIGH, "runs-code": Security.HIGH, "runs-program": Security.HIGH,
    "check-removed": Security.HIGH, "network": Security.MEDIUM, "dependency": Security.MEDIUM,
    "secret-optional": Security.MEDIUM,
}  # fmt: skip


def measure(changes: ChangeSet, findings: Iterable[GuardFinding], imports: Imports) -> RiskAnalysis:
    """Return the risk that the change set itself shows."""
    changes = limits.counted(changes)
    files, lines = (
        (1, 2) if limits.one_rename(changes) else (len(changes.files), changes.added + changes.removed)
    )
    fits = (level for level, (most, long) in _LINES.items() if files <= most and lines <= long)
    security = [_RULES.get(finding.rule, Security.NONE) for finding in findings]
    users = len(_users(set(changes.paths), imports))
    blast = next((level for level, most in _USERS.items() if users <= most), Blast.WIDE)
    return RiskAnalysis(next(fits, Complexity.COMPLEX), max(security, default=Security.NONE), blast, files)


def enforced(measured: RiskAnalysis, claimed: RiskAnalysis | None) -> RiskAnalysis:
    """Return the worse of both, point by point; cause and confidence are the agent's own."""
    if claimed is None:
        return measured
    return replace(
        measured,
        complexity=max(measured.complexity, claimed.complexity),
        security=max(measured.security, claimed.security),
        blast=max(measured.blast, claimed.blast),
        cause=claimed.cause,
        confidence=claimed.confidence,
    )


def _users(changed: set[str], imports: Imports) -> set[str]:
    """Return files that import one of ``changed``, directly or through others."""
    reached = set(changed)
    while more := {path for path, used in imports.items() if path not in reached and used & reached}:
        reached |= more
    return reached - changed


def python_imports(root: Path, paths: Iterable[str], towards: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return that part of the import graph of ``paths`` below ``root`` that leads to ``towards``.

    Only files in which the name of a module stands are parsed, module by module outwards, until there are so many that
    the rest does not count. What cannot be read or parsed imports nothing.
    """
    python = sorted(path for path in paths if path.endswith(".py"))
    modules: dict[str, str] = {}
    for path in python:
        name = _module(path)
        modules |= {name: path, name.removeprefix("src."): path}
    graph: dict[str, frozenset[str]] = {}
    frontier = {path for path in towards if path.endswith(".py")}
    reached = set(frontier)
    while frontier and len(graph) <= max(_USERS.values()):
        found = {
            path: frozenset(_used(root, path, modules)) for path in _naming(root, python, reached, frontier)
        }
        frontier = {path for path, used in found.items() if used & frontier}
        graph |= {path: found[path] for path in frontier}
        reached |= frontier
    return graph


def _module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _naming(root: Path, python: Iterable[str], reached: set[str], modules: set[str]) -> Iterator[str]:
    """Yield files not reached yet that name one of ``modules`` or are in its package."""
    names = "|".join({re.escape(_module(path).rpartition(".")[2]) for path in modules})
    stands = re.compile(rf"\b(?:{names})\b".encode())
    packages = tuple(path.removesuffix("__init__.py") for path in modules if path.endswith("/__init__.py"))
    for path in python:
        if path in reached:
            continue
        try:
            with open(root / path, "rb") as file:
                content = file.read()
        except OSError:
            continue
        if stands.search(content) or (packages and path.startswith(packages)):
            yield path


def _used(root: Path, path: str, modules: Mapping[str, str]) -> Iterable[str]:
    try:
        nodes = list(ast.walk(parsing.python((root / path).read_bytes())))
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return
    package = os.path.dirname(path).replace("/", ".").split(".")
    for node in nodes:
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        for name in names:
            if name in modules:
                yield modules[name]
