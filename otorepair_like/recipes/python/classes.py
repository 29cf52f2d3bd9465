"""The members of a class: read from the project's text; the interpreter knows the rest."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from otorepair_like.recipes.case import Case
from otorepair_like.recipes.python.source import Source


def project_members(holder: ast.ClassDef) -> set[str]:
    """Return methods, class attributes and ``self`` attributes that a class itself defines."""
    names: set[str] = set()
    for node in holder.body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Assign(targets=targets):
                names.update(
                    each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)
                )
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
    for inner in ast.walk(holder):
        match inner:
            case ast.Attribute(attr=name, value=ast.Name(id="self"), ctx=ast.Store()):
                names.add(name)
    return names


def find_classes(case: Case, name: str) -> Iterator[tuple[Source, ast.ClassDef]]:
    """Yield the classes of that name in the project."""
    for definition in case.project.defining(name, "class"):
        source = case.project.source(definition.file)
        for node in source.find(ast.ClassDef) if source else ():
            if source and node.name == name:
                yield source, node


def all_members(case: Case, source: Source, holder: ast.ClassDef, depth: int = 5) -> set[str] | None:
    """Return the members of a class and its bases; ``None`` when a base cannot be read."""
    names = project_members(holder)
    for base in holder.bases:
        name = base.attr if isinstance(base, ast.Attribute) else base.id if isinstance(base, ast.Name) else ""
        if not name or not depth:
            return None
        own = next(find_classes(case, name), None)
        if own is not None and own[1] is not holder:
            inherited = all_members(case, *own, depth=depth - 1)
        else:
            found = case.witness.class_members(case.imported_modules(source), name)
            inherited = None if found is None else set(found)
        if inherited is None:
            return None
        names |= inherited
        if name == "Model":
            names |= {"objects", "pk", "id", *_related_names(case, holder.name)}
    return names


def _related_names(case: Case, model: str) -> Iterator[str]:
    """Yield the names under which other Django models are reached from this one."""
    for file in case.project.mentions("related_name"):
        source = case.project.source(file)
        for call in source.find(ast.Call) if source else ():
            if call.args and ast.unparse(call.args[0]).strip("'\"").rpartition(".")[2] == model:
                names = (each.value for each in call.keywords if each.arg == "related_name")
                yield from (str(each.value) for each in names if isinstance(each, ast.Constant))


def members_of(case: Case, source: Source, name: str) -> set[str] | None:
    """Return the members of a class by the name in a message; ``None`` if the class is unknown."""
    own = list(find_classes(case, name))
    if len(own) == 1:
        return all_members(case, *own[0])
    if own:
        return None
    found = case.witness.class_members(["builtins", *case.imported_modules(source)], name)
    found = found or case.witness.class_members(case.all_imported_modules(), name)
    return None if found is None else set(found)
