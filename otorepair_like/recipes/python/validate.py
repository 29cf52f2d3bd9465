"""Check a proposal without running user code.

The cheapest checks come first: does it parse and bind its names, does it find its imports, does it compile for the
program's interpreter, and does a fast checker of the project's environment find no new undefined name?
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
from collections.abc import Iterator
from typing import Final

from otorepair_like.recipes.project import Project
from otorepair_like.recipes.python import scope
from otorepair_like.recipes.python.interpreter import Interpreter
from otorepair_like.recipes.python.source import Source

Files = dict[str, bytes]
"""New contents by relative path."""

_CHECKERS: Final = {
    "ruff": (
        "check",
        "--isolated",
        "--no-cache",
        "--select",
        "F821,F822,F823",
        "--output-format",
        "concise",
        "-",
    ),
    "pyflakes": (),
}
"""Programs that read a file on stdin and quickly report undefined names."""
_UNDEFINED: Final = re.compile(r"[Uu]ndefined (?:local )?(?:name|variable)|referenced before assignment")


def binds_names(old: Source | None, new: Source) -> bool:
    """Return whether a text parses and has no unbound names but those it had before."""
    if new.tree is None:
        return False
    before = (
        {node.id for node in scope.unbound_names(old)} if old is not None and old.tree is not None else None
    )
    return before is None or {node.id for node in scope.unbound_names(new)} <= before


def is_valid(files: Files, project: Project, interpreter: Interpreter) -> bool:
    """Return whether new contents pass all further checks; a check that cannot run counts as passed."""
    python = {name: raw for name, raw in files.items() if name.endswith(".py")}
    return (
        all(_imports_resolve(name, project, project.with_files(files), interpreter) for name in python)
        and interpreter.compiles(python)
        and not any(_adds_undefined_names(name, raw, project, interpreter) for name, raw in python.items())
    )


def _imports_resolve(name: str, before: Project, after: Project, interpreter: Interpreter) -> bool:
    """Return whether everything that a file newly imports exists."""
    old, new = before.source(name), after.source(name)
    known = set(_imports(old, before)) if old else set()
    return all(
        _exists(module, member, after, interpreter)
        for module, member in dict.fromkeys(_imports(new, after) if new else ())
        if (module, member) not in known
    )


def _imports(source: Source, project: Project) -> Iterator[tuple[str, str]]:
    """Yield module and member of every import, relative ones made absolute; the member is ``""`` for ``import x``."""
    for node in source.find(ast.stmt):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = project.module_name(source.path).split(".")
            if source.path.endswith("__init__.py"):
                package.append("")
            above = package[: -node.level] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((module, alias.name) for alias in node.names)


def _exists(module: str, member: str, project: Project, interpreter: Interpreter) -> bool:
    """Return whether an imported module, or a member of it, exists, as far as it is known."""
    file = project.modules.get(module)
    if file is None:
        top = module.partition(".")[0]
        if (
            not module
            or top in project.modules
            or top not in interpreter.standard_modules() | interpreter.installed_modules()
        ):
            return not module  # ``from . import x`` at the top of the tree cannot be checked
        members = interpreter.members(module) if member else None
        return members is None or member in members or member == "*"
    source = project.source(file) if file else None
    below = f"{module}.{member}" in project.modules
    if not member or below or source is None or source.tree is None:
        return not member or below or bool(file)
    return (
        scope.has_open_scope(source)
        or member in {*scope.bound_names(source.tree), "*"}
        or "__getattr__" in source.text
    )


def _adds_undefined_names(name: str, raw: bytes, project: Project, interpreter: Interpreter) -> bool:
    """Return whether the checker finds a name undefined in the new content that was not undefined in the old one."""
    folder = os.path.dirname(interpreter.python)
    checker = next(
        (program for program in _CHECKERS if os.access(os.path.join(folder, program), os.X_OK)), None
    )
    old = project.source(name)
    if checker is None or old is None or old.tree is None:
        return False
    command = [os.path.join(folder, checker), *_CHECKERS[checker]]
    before = _undefined_names(command, old.text.encode(old.encoding), interpreter.left)
    after = _undefined_names(command, raw, interpreter.left)
    return before is not None and after is not None and bool(after - before)


def _undefined_names(command: list[str], raw: bytes, seconds: float) -> set[str] | None:
    """Return the checker's messages about undefined names, without positions; ``None`` if it cannot run."""
    try:
        result = subprocess.run(
            command, input=raw, capture_output=True, timeout=max(seconds, 0.0), check=False
        )
    except (OSError, subprocess.SubprocessError):
        return None
    messages = (line.partition(" ")[2] for line in result.stdout.decode(errors="replace").splitlines())
    return {text for text in messages if _UNDEFINED.search(text)}
