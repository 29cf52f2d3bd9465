"""How risky a change set is, measured from the change set itself; what an agent claims can only make it worse."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import Path
from typing import Final

from otorepair_like.repair import parsing
from otorepair_like.repair.changes import ChangeSet
from otorepair_like.repair.finding import Finding


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
class Analysis:
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
"""Which files of the workspace each file imports."""

_LINES: Final = {Complexity.MINIMAL: (1, 6), Complexity.SIMPLE: (2, 30), Complexity.STANDARD: (5, 150)}
"""Most files and lines of each."""

_USERS: Final = {Blast.ISOLATED: 3, Blast.MODERATE: 15}
_RULES: Final = {
    "secret-default": Security.HIGH, "tls": Security.HIGH, "runs-code": Security.HIGH, "runs-program": Security.HIGH,
    "check-removed": Security.HIGH, "network": Security.MEDIUM, "dependency": Security.MEDIUM,
    "secret-optional": Security.MEDIUM,
}  # fmt: skip
_SENSITIVE: Final = re.compile(
    r"(?i)(auth|login|permission|session|crypt|passw|token|payment|security|acl|jwt|oauth)"
)


def measure(changes: ChangeSet, findings: Iterable[Finding], imports: Imports) -> Analysis:
    """What the change set itself shows."""
    files, lines = len(changes.files), changes.added + changes.removed
    fits = (level for level, (most, long) in _LINES.items() if files <= most and lines <= long)
    security = [_RULES.get(finding.rule, Security.NONE) for finding in findings]
    if any(_SENSITIVE.search(path) for path in changes.paths):
        security.append(Security.MEDIUM)
    users = len(_users(set(changes.paths), imports))
    blast = next((level for level, most in _USERS.items() if users <= most), Blast.WIDE)
    return Analysis(next(fits, Complexity.COMPLEX), max(security, default=Security.NONE), blast, files)


def enforced(measured: Analysis, claimed: Analysis | None) -> Analysis:
    """The worse of both, point by point; cause and confidence are the agent's own."""
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
    """Files that import one of ``changed``, directly or through others."""
    reached = set(changed)
    while more := {path for path, used in imports.items() if path not in reached and used & reached}:
        reached |= more
    return reached - changed


def python_imports(root: Path, paths: Iterable[str]) -> dict[str, frozenset[str]]:
    """The import graph of the Python files ``paths`` below ``root``. What cannot be read or parsed imports nothing."""
    modules: dict[str, str] = {}
    python = sorted(path for path in paths if path.endswith(".py"))
    for path in python:
        name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        modules |= {name: path, name.removeprefix("src."): path}
    return {path: frozenset(_used(root, path, modules)) for path in python}


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
