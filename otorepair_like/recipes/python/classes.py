"""The members of a class: read from the project's text; the interpreter knows the rest."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from otorepair_like.recipes.case import Case
from otorepair_like.recipes.python.source import Source


def project_members(owner: ast.ClassDef) -> set[str]:
    """Return methods, class attributes and ``self`` attributes that a class itself defines."""
    names: set[str] = set()
    for node in owner.body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Assign(targets=targets):
                names.update(
                    part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)
                )
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
    for inner in ast.walk(owner):
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


def all_members(case: Case, source: Source, owner: ast.ClassDef, depth: int = 5) -> set[str] | None:
    """Return the members of a class and its bases; ``None`` when a base cannot be read."""
    names = project_members(owner)
    for base in owner.bases:
        name = base.attr if isinstance(base, ast.Attribute) else base.id if isinstance(base, ast.Name) else ""
        if not name or not depth:
            return None
        definition = next(find_classes(case, name), None)
        if definition is not None and definition[1] is not owner:
            inherited = all_members(case, *definition, depth=depth - 1)
        else:
            members = case.interpreter.class_members(case.imported_modules(source), name)
            inherited = None if members is None else set(members)
        if inherited is None:
            return None
        names |= inherited
        if name == "Model":
            names |= {"objects", "pk", "id", *_related_names(case, owner.name)}
    return names


def _related_names(case: Case, model: str) -> Iterator[str]:
    """Yield the names under which other Django models are reached from this one."""
    for file in case.project.mentions("related_name"):
        source = case.project.source(file)
        for call in source.find(ast.Call) if source else ():
            if call.args and ast.unparse(call.args[0]).strip("'\"").rpartition(".")[2] == model:
                names = (keyword.value for keyword in call.keywords if keyword.arg == "related_name")
                yield from (str(value.value) for value in names if isinstance(value, ast.Constant))


def members_of(case: Case, source: Source, name: str) -> set[str] | None:
    """Return the members of a class by the name in a message; ``None`` if the class is unknown."""
    classes = list(find_classes(case, name))
    if len(classes) == 1:
        return all_members(case, *classes[0])
    if classes:
        return None
    members = case.interpreter.class_members(["builtins", *case.imported_modules(source)], name)
    members = members or case.interpreter.class_members(case.all_imported_modules(), name)
    return None if members is None else set(members)
