"""An import that finds nothing: a misspelt module or name, one that moved, one that is not installed."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from otorepair_like.agents.recipes import scope
from otorepair_like.agents.recipes.case import Case, Place
from otorepair_like.agents.recipes.near import nearest
from otorepair_like.agents.recipes.recipe import Candidate, Finding, recipe
from otorepair_like.agents.recipes.source import Edit, Source


@recipe("import-name", "ImportError", example="from flask import Flaks -> from flask import Flask")
def missing_name(case: Case) -> Iterator[Candidate | Finding]:
    """Correct a name that a module does not have."""
    found = case.match(r"cannot import name '(\w+)' from '([\w.]+)'.*")
    if not found or not case.place or "partially initialized" in case.message:
        return
    wrong, module = found[1], found[2]
    alias = _alias(case.place, wrong)
    if alias is None:
        return
    known = module_names(case, module)
    near = nearest(wrong, known or ())
    source = case.place.source
    if len(near) > 1:
        yield Finding(f"{module} has no {wrong}; {' and '.join(near)} are equally near ({case.place})")
    elif near:
        yield Candidate(
            f"import {near[0]} instead of {wrong}", f"{module} has it", 0.9, _renamed(source, alias, near[0])
        )
    else:
        yield Finding(f"{module} has no {wrong}, nor anything near it ({case.place})")


def _alias(place: Place, name: str) -> ast.alias | None:
    """The part of the import statement that names it."""
    return next(
        (node for node in place.source.find(ast.alias) if node.name == name and _on_line(place, node)), None
    )


def _on_line(place: Place, node: ast.alias) -> bool:
    statement = place.source.parents.get(node)
    return isinstance(statement, ast.stmt) and statement.lineno <= place.line <= (statement.end_lineno or 0)


def _renamed(source: Source, alias: ast.alias, right: str) -> tuple[Edit, ...]:
    """The import and, unless an ``as`` hides it, every use of the name in the file."""
    edits = [source.replace(alias, f"{right} as {alias.asname}" if alias.asname else right)]
    if not alias.asname:
        uses = (node for node in source.find(ast.Name) if node.id == alias.name)
        edits += [source.replace(node, right) for node in uses]
    return tuple(edits)


def module_names(case: Case, module: str) -> set[str] | None:
    """What can be imported from a module; the project's own are read, not imported."""
    file = case.project.modules.get(module)
    if file is None:
        found = case.witness.members(module)
        return None if found is None else set(found)
    source = case.project.source(file) if file else None
    below = {name[len(module) + 1 :] for name in case.project.modules if name.startswith(f"{module}.")}
    return below | set(scope.bound(source.tree)) if source and source.tree else below
