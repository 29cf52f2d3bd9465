"""A missing attribute: a slip, a renamed member, or something that a module never had."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from otorepair_like.recipes.case import Case, Place
from otorepair_like.recipes.python import scope
from otorepair_like.recipes.python.classes import find_classes, members_of, project_members
from otorepair_like.recipes.python.imports import add_import
from otorepair_like.recipes.python.renamed_apis import ATTRIBUTES, NAMES
from otorepair_like.recipes.python.source import Edit, Source, rename_attribute
from otorepair_like.recipes.recipe import Candidate, Finding, Risk, recipe
from otorepair_like.recipes.spelling import SHORTEST, completions, distance, nearest, similar_names


@recipe("attribute", "AttributeError", example="request.quary_params -> request.query_params")
def missing_attribute(case: Case) -> Iterator[Candidate | Finding]:
    """Correct a misspelt attribute of an object, a class or a module."""
    of_object = case.match(r"(?:type object )?'([\w.]+)' (?:object )?has no attribute '(\w+)'.*")
    of_module = case.match(r"module '([\w.]+)' has no attribute '(\w+)'.*")
    match = of_object or of_module
    # A ``__getattr__`` written in Python often raises with nothing but the name.
    if bare := case.match(r"\w+"):
        yield from _open_object(case, bare[0])
        return
    if not match or not case.place or match[1] == "NoneType":
        return
    place, owner, wrong = case.place, match[1], match[2]
    uses = [node for node in place.nodes(ast.Attribute) if node.attr == wrong]
    if not uses:
        return
    if (owner.rpartition(".")[2], wrong) in ATTRIBUTES:
        yield _renamed_attribute(
            place, uses, ATTRIBUTES[owner.rpartition(".")[2], wrong], of_module is not None
        )
        return
    if (owner, wrong) in NAMES:
        yield from _attribute_of_other_module(case, place, uses[0], *NAMES[owner, wrong])
        return
    known = _known_members(case, place, owner, wrong, of_module is not None)
    near = _near_members(case, wrong, known)
    if len(near) > 1:
        yield Finding(f"{owner} has no {wrong}; {' and '.join(near)} are equally near ({place})")
    elif not near:
        other = _namesake(case, place, uses, owner, wrong) if of_module else None
        if of_object:
            other = _correct_suggested_definition(case, owner, wrong) or _other_member(
                case, place, uses, owner, wrong, known
            )
        yield other or Finding(f"{owner} has no {wrong}, and {_no_match_reason(wrong, known)} ({place})")
    elif of_object and (slip := _correct_definition(case, owner, wrong, near[0])):
        yield slip
    else:
        yield _correct_uses(case, place, uses, near[0])


def _no_match_reason(wrong: str, known: set[str] | None) -> str:
    """Return the second half of the finding where no member is near."""
    if known is None:
        return "is not known well enough to say what was meant"
    alike = similar_names(wrong, known)
    if len(alike) > 1:
        return f"{' and '.join(alike)} are equally near"
    return f"{alike[0]}, which is near, may mean something else" if alike else "has nothing near it"


def _namesake(
    case: Case, place: Place, uses: list[ast.Attribute], module: str, wrong: str
) -> Candidate | None:
    """Use the class of the same name as its module: ``datetime.now()`` becomes ``datetime.datetime.now()``."""
    name = module.rpartition(".")[2]
    if module in case.project.modules or name not in (case.interpreter.members(module) or ()):
        return None
    if wrong not in (case.interpreter.class_members([module], name) or ()):
        return None
    source = place.source
    same = [
        node
        for node in source.find(ast.Attribute)
        if node.attr == wrong and ast.dump(node.value) == ast.dump(uses[0].value)
    ]
    edits = tuple(source.insert(source.span(node.value)[1], f".{name}") for node in same)
    return Candidate(f".{wrong} -> .{name}.{wrong}", f"the class {name} of that module has it", 0.9, edits)


def _other_member(
    case: Case, place: Place, uses: list[ast.Attribute], owner: str, wrong: str, known: set[str] | None
) -> Candidate | None:
    """Use a member's full name, an attribute that the project sets on such objects, or a ``Path`` for a text."""
    full = completions(wrong, known or ())
    if len(full) == 1:
        return replace(_correct_uses(case, place, uses, full[0]), risk=Risk.MEDIUM, confidence=0.8)
    source, short = place.source, _short_member(case, owner, wrong)
    if short:
        return _correct_uses(case, place, uses, short)
    if len(uses) == 1 and not list(find_classes(case, owner.rpartition(".")[2])):
        bag = (
            _assigned_attributes(case, _last_name(uses[0].value), exact=False) if known is not None else set()
        )
        near = nearest(wrong, bag, styles=False)
        if len(near) == 1:
            return _correct_uses(case, place, uses, near[0])
    paths = [n for n in uses if isinstance(n.value, ast.Name | ast.Attribute)]
    knows_paths = owner == "str" and paths and "Path" in scope.visible_names(source, paths[0])
    if knows_paths and wrong in (case.interpreter.class_members(["pathlib"], "Path") or ()):
        code = source.code(paths[0].value)
        edit = source.replace(paths[0].value, f"Path({code})")
        return Candidate(f"Path({code})", f"a text has no {wrong}, a path has", 0.8, (edit,), Risk.MEDIUM)
    return None


def _short_member(case: Case, owner: str, wrong: str) -> str:
    """Return a method of a project class one letter away from a name that is too short for other searches."""
    classes = list(find_classes(case, owner.rpartition(".")[2]))
    if len(classes) != 1 or len(wrong) != SHORTEST - 1:
        return ""
    near = [
        name
        for name in project_members(classes[0][1])
        if len(name) == SHORTEST and distance(wrong, name, 1) == 1
    ]
    return near[0] if len(near) == 1 else ""


def _last_name(node: ast.expr) -> str:
    """Return the name after the last dot; ``""`` if there is none."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _assigned_attributes(case: Case, owner: str, *, exact: bool) -> set[str]:
    """Return the attributes that the project sets on this very expression (``exact``) or on anything of this name."""
    sources = (case.project.source(file) for file in case.project.python_files)
    return {
        node.attr
        for source in sources
        if source
        for node in source.find(ast.Attribute)
        if isinstance(node.ctx, ast.Store)
        and owner
        and owner == (ast.dump(node.value) if exact else _last_name(node.value))
    }


def _known_members(case: Case, place: Place, owner: str, wrong: str, of_module: bool) -> set[str] | None:
    """Return the members that may be meant: those the program reported of the very object, else those in the text."""
    if of_module and case.project.modules.get(owner):
        return _module_members(
            case, owner
        )  # a module that failed half-way does not have all of its names yet
    if (reported := case.facts.members(wrong)) is not None:
        return set(reported)
    return (
        _module_members(case, owner)
        if of_module
        else members_of(case, place.source, owner.rpartition(".")[2])
    )


def _open_object(case: Case, wrong: str) -> Iterator[Candidate | Finding]:
    """Correct an attribute of an open object, such as Flask's ``g``, by what it has or the project sets on it."""
    # The innermost frame may be the object's own ``__getattr__``.
    places = (
        (user_place, [n for n in user_place.nodes(ast.Attribute) if n.attr == wrong])
        for user_place in case.places[:2]
    )
    place, uses = next(((place, uses) for place, uses in places if uses), (None, []))
    if not place or len(uses) != 1:
        return
    known = _assigned_attributes(case, ast.dump(uses[0].value), exact=True) | _class_or_module(
        case, place, uses[0].value
    )
    reported = case.facts.members(wrong)
    if reported is not None:
        known = {name for name in reported if not name.startswith("_")} | (
            known if known & set(reported) else set()
        )
    near = nearest(wrong, known, styles=False) or nearest(wrong, [case.suggestion], styles=False)
    if len(near) == 1:
        edit = rename_attribute(place.source, uses[0], near[0])
        why = "the project sets that one" if reported is None else "the object has that one"
        yield Candidate(f".{wrong} -> .{near[0]}", why, 0.88, (edit,))
    else:
        yield Finding(f"nothing sets {wrong}{'; near: ' + ' and '.join(near) if near else ''} ({place})")


def _class_or_module(case: Case, place: Place, node: ast.expr) -> set[str]:
    """Return the members of a class (an enum raises its own error) or of a module with a ``__getattr__``."""
    name = _last_name(node)
    if case.project.defining(name, "class"):
        return members_of(case, place.source, name) or set()
    if not isinstance(node, ast.Name):
        return set()
    for statement in place.source.find(ast.stmt):
        if isinstance(statement, ast.Import) and any((a.asname or a.name) == name for a in statement.names):
            module = next(a.name for a in statement.names if (a.asname or a.name) == name)
            return _module_members(case, module) or set()
        if isinstance(statement, ast.ImportFrom) and any(
            (a.asname or a.name) == name for a in statement.names
        ):
            return set(case.interpreter.class_members([statement.module or ""], name) or ())
    return set()


def _renamed_attribute(
    place: Place, uses: list[ast.Attribute], new: str, of_module: bool
) -> Candidate | Finding:
    """Replace an attribute that a release removed."""
    source, wrong = place.source, uses[0].attr
    if not new:
        return Finding(
            f"{source.code(uses[0])} is gone since a release, and has no plain successor ({place})"
        )
    if not of_module:
        edits = tuple(rename_attribute(source, node, new) for node in uses)
    else:
        same = [
            n
            for n in source.find(ast.Attribute)
            if n.attr == wrong and source.code(n) == source.code(uses[0])
        ]
        edits = tuple(source.replace(n, new.format(module=source.code(n.value))) for n in same)
    return Candidate(f"{source.code(uses[0])} -> {new.format(module='…')}", "it was renamed", 0.93, edits)


def _attribute_of_other_module(
    case: Case, place: Place, use: ast.Attribute, module: str, name: str
) -> Iterator[Candidate]:
    """Use the module that has the attribute now: ``collections.Mapping`` becomes ``collections.abc.Mapping``."""
    source = place.source
    import_it = add_import(source, module)
    same = [n for n in source.find(ast.Attribute) if source.code(n) == source.code(use)]
    if import_it and isinstance(use.value, ast.Name) and name in (case.interpreter.members(module) or ()):
        edits = (import_it, *(source.replace(n, f"{module}.{name}") for n in same))
        yield Candidate(f"{source.code(use)} -> {module}.{name}", "it moved there", 0.93, edits)


def _near_members(case: Case, wrong: str, known: set[str] | None) -> list[str]:
    """Return the near members, or CPython's suggestion if that is near: it may be far off."""
    public = {name for name in known or () if not name.startswith("_") or wrong.startswith("_")}
    near = nearest(wrong, public, styles=False)
    return near or nearest(wrong, [case.suggestion], styles=False)


def _module_members(case: Case, name: str) -> set[str] | None:
    """Return the members of a module; read the project's own from the tree."""
    file = case.project.modules.get(name)
    if file is None:
        members = case.interpreter.members(name)
        return None if members is None else set(members)
    source = case.project.source(file) if file else None
    below = {other[len(name) + 1 :] for other in case.project.modules if other.startswith(f"{name}.")}
    return below | set(scope.bound_names(source.tree)) if source and source.tree else below or None


def _correct_uses(case: Case, place: Place, uses: list[ast.Attribute], right: str) -> Candidate:
    """Correct the uses of an attribute."""
    wrong = uses[0].attr
    source = place.source
    same = _same_object(source, uses[0]) if len(uses) == 1 else uses
    edits = tuple(rename_attribute(source, node, right) for node in same)
    why = "Python's own suggestion" if case.suggestion == right else "the only near member"
    return Candidate(f".{wrong} -> .{right}", why, 0.9, edits)


def _same_object(source: Source, use: ast.Attribute) -> list[ast.Attribute]:
    """Return all uses of the same wrong attribute on the same expression in the same function."""
    home, owner = scope.enclosing_function(source, use), ast.dump(use.value)
    return [
        node
        for node in source.find(ast.Attribute)
        if node.attr == use.attr
        and scope.enclosing_function(source, node) is home
        and ast.dump(node.value) == owner
    ]


def _correct_suggested_definition(case: Case, owner: str, wrong: str) -> Candidate | None:
    """Rename CPython's suggestion where it is defined, if only its definition has that name."""
    return _correct_definition(case, owner, wrong, case.suggestion) if case.suggestion else None


def _correct_definition(case: Case, owner: str, wrong: str, right: str) -> Candidate | None:
    """Rename a misspelt member where it is defined, if its name stands nowhere else and the other one often."""
    classes = list(find_classes(case, owner))
    if len(classes) != 1 or right not in project_members(classes[0][1]):
        return None
    source, node = classes[0]
    if sum(case.project.mentions(right).values()) != 1 or sum(case.project.mentions(wrong).values()) < 2:
        return None
    at = source.text.find(right, source.span(node)[0])
    if at < 0:
        return None
    edit = Edit(source.path, at, at + len(right), wrong)
    return Candidate(f"{right} -> {wrong} in {owner}", "every use says so", 0.85, (edit,), Risk.MEDIUM)
