"""Add an import in its usual place by splicing; the rest of the file stays untouched.

A concrete-syntax library would keep the formatting too, at 100 ms to load and more to parse; the places of
``ast`` are enough for one line.
"""

from __future__ import annotations

import ast
import sys
from typing import Final

from otorepair_like.recipes.python.source import Edit, Source

_STANDARD: Final = sys.stdlib_module_names


def add_import(source: Source, module: str, name: str = "", alias: str = "") -> Edit | None:
    """Return the edit that imports a module, or a name from it, into ``source``.

    Args:
        module: ``json``, ``pkg.models`` or, relative, ``.models``.
        name: what to import from it; ``""``: the module itself.
        alias: the name to give it; ``""``: its own.

    Returns:
        ``None`` if the file does not compile.
    """
    if source.tree is None:
        return None
    imported = f"{name or module} as {alias}" if alias else name or module
    top = [node for node in source.tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    if name:
        for node in top:
            if isinstance(node, ast.ImportFrom) and _module(node) == module and node.names[0].name != "*":
                return _extend(source, node, imported)
    statement = f"from {module} import {imported}" if name else f"import {imported}"
    return _new_line(source, top, module, bool(name), statement)


def _module(node: ast.Import | ast.ImportFrom) -> str:
    """Return the module that an import statement names."""
    return "." * node.level + (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name


def _extend(source: Source, node: ast.ImportFrom, imported: str) -> Edit:
    """Add a name to an import statement, on a new line where its names have their own lines."""
    last = node.names[-1]
    _, end = source.span(last)
    separator = ", "
    if last.lineno != (node.names[-2] if len(node.names) > 1 else node).lineno:
        indent = source.line(last.lineno)[: -len(source.line(last.lineno).lstrip()) or None]
        separator = f",{source.newline}{indent}"
    return source.insert(end, separator + imported)


def _group(module: str) -> int:
    """Return the group of an import: 0 ``__future__``, 1 standard library, 2 others, 3 relative."""
    first = module.partition(".")[0]
    return 0 if first == "__future__" else 3 if not first else 1 if first in _STANDARD else 2


def _new_line(
    source: Source, top: list[ast.Import | ast.ImportFrom], module: str, is_from: bool, text: str
) -> Edit:
    """Insert the statement in alphabetical order into its group, or make the group."""
    group = [node for node in top if _group(_module(node)) == _group(module)]
    newline = source.newline
    if group:
        key = (is_from, module.lower())
        behind = [n for n in group if (isinstance(n, ast.ImportFrom), _module(n).lower()) < key]
        if behind:
            return source.insert(_line_behind(source, behind[-1]), text + newline)
        return source.insert(source.line_start(group[0].lineno), text + newline)
    before = [node for node in top if _group(_module(node)) < _group(module)]
    if before:
        return source.insert(_line_behind(source, before[-1]), newline + text + newline)
    if top:
        return source.insert(source.line_start(top[0].lineno), text + newline + newline)
    return _first_import(source, text)


def _first_import(source: Source, text: str) -> Edit:
    """Insert the first import of a file below its docstring, or below its opening comments."""
    newline = source.newline
    body = source.tree.body if source.tree else []
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        return source.insert(_line_behind(source, body[0]), newline + text + newline)
    number = 1
    while source.line(number).startswith("#"):
        number += 1
    gap = "" if not source.line(number).strip() else newline
    return source.insert(source.line_start(number), text + newline + gap)


def _line_behind(source: Source, node: ast.stmt) -> int:
    """Return the offset of the line after a statement."""
    return source.line_start((node.end_lineno or node.lineno) + 1)
