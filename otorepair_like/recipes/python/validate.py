"""Whether a proposal can be right, asked without running anything of the user's.

Cheapest question first: does it parse and bind its names, is there what it imports, does it compile for the child's
interpreter, and does a fast checker of the project's own environment find no new undefined name?
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
from otorepair_like.recipes.python.interpreter import Witness
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
"""Programs that read a file on stdin and say in a moment which of its names are undefined."""
_UNDEFINED: Final = re.compile(r"[Uu]ndefined (?:local )?(?:name|variable)|referenced before assignment")


def binds(old: Source | None, new: Source) -> bool:
    """Whether a text parses, and uses no name that nothing binds but those that it used before."""
    if new.tree is None:
        return False
    before = {node.id for node in scope.unbound(old)} if old is not None and old.tree is not None else None
    return before is None or {node.id for node in scope.unbound(new)} <= before


def stands(files: Files, project: Project, witness: Witness) -> bool:
    """Whether all further questions about new contents are answered well; one that cannot be asked counts as such."""
    python = {name: raw for name, raw in files.items() if name.endswith(".py")}
    return (
        all(_resolves(name, project, project.with_files(files), witness) for name in python)
        and witness.compiles(python)
        and not any(_more_undefined(name, raw, project, witness) for name, raw in python.items())
    )


def _resolves(name: str, before: Project, after: Project, witness: Witness) -> bool:
    """Whether what a file newly imports is there."""
    old, new = before.source(name), after.source(name)
    known = set(_imports(old, before)) if old else set()
    return all(
        _is_there(module, member, after, witness)
        for module, member in dict.fromkeys(_imports(new, after) if new else ())
        if (module, member) not in known
    )


def _imports(source: Source, project: Project) -> Iterator[tuple[str, str]]:
    """Module and member of every import; the member is ``""`` for ``import x``. Relative ones are made absolute."""
    for node in source.find(ast.stmt):
        if isinstance(node, ast.Import):
            yield from ((each.name, "") for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = project.module_name(source.path).split(".")
            if source.path.endswith("__init__.py"):
                package.append("")
            above = package[: -node.level] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((module, each.name) for each in node.names)


def _is_there(module: str, member: str, project: Project, witness: Witness) -> bool:
    file = project.modules.get(module)
    if file is None:
        top = module.partition(".")[0]
        if (
            not module
            or top in project.modules
            or top not in witness.standard_modules() | witness.installed_modules()
        ):
            return not module  # ``from . import x`` at the top of the tree: nothing is known of it
        members = witness.members(module) if member else None
        return members is None or member in members or member == "*"
    source = project.source(file) if file else None
    below = f"{module}.{member}" in project.modules
    if not member or below or source is None or source.tree is None:
        return not member or below or bool(file)
    return (
        scope.has_open_scope(source)
        or member in {*scope.bound(source.tree), "*"}
        or "__getattr__" in source.text
    )


def _more_undefined(name: str, raw: bytes, project: Project, witness: Witness) -> bool:
    """Whether the checker finds a name undefined in the new content that was none in the old one."""
    folder = os.path.dirname(witness.python)
    checker = next((each for each in _CHECKERS if os.access(os.path.join(folder, each), os.X_OK)), None)
    old = project.source(name)
    if checker is None or old is None or old.tree is None:
        return False
    command = [os.path.join(folder, checker), *_CHECKERS[checker]]
    before = _undefined(command, old.text.encode(old.encoding), witness.left)
    after = _undefined(command, raw, witness.left)
    return before is not None and after is not None and bool(after - before)


def _undefined(command: list[str], raw: bytes, seconds: float) -> set[str] | None:
    """What the checker says of undefined names, without the places; ``None`` if it cannot be asked."""
    try:
        done = subprocess.run(command, input=raw, capture_output=True, timeout=max(seconds, 0.0), check=False)
    except (OSError, subprocess.SubprocessError):
        return None
    said = (line.partition(" ")[2] for line in done.stdout.decode(errors="replace").splitlines())
    return {text for text in said if _UNDEFINED.search(text)}
