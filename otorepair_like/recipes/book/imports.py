"""An import that fails: a misspelt name, one that moved, a circular import."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from otorepair_like.recipes.case import Case, Place
from otorepair_like.recipes.project import is_test
from otorepair_like.recipes.python import renamed_apis, scope
from otorepair_like.recipes.python.bindings import attributes_read
from otorepair_like.recipes.python.functions import Function
from otorepair_like.recipes.python.imports import add_import
from otorepair_like.recipes.python.known_names import FRAMEWORKS
from otorepair_like.recipes.python.literals import correct_quoted
from otorepair_like.recipes.python.source import Edit, Source
from otorepair_like.recipes.recipe import Candidate, Finding, Risk, recipe
from otorepair_like.recipes.spelling import nearest, same_style
from otorepair_like.recipes.words import words


@recipe("import-name", "ImportError", example="from flask import Flaks -> from flask import Flask")
def missing_name(case: Case) -> Iterator[Candidate | Finding]:
    """Correct an imported name that the module lacks: moved, defined elsewhere by now, or misspelt."""
    match = _missing_import(case)
    alias = _alias(case.place, match[1]) if match and case.place else None
    if not match or not case.place or alias is None:
        return
    wrong, module, source = match[1], match[2], case.place.source
    if (module, wrong) in renamed_apis.NAMES:
        yield from _moved_name(case, source, alias, module)
        return
    elsewhere = [definition for definition in case.project.defining(wrong) if definition.file != source.path]
    near = _near_names(case, module, wrong)
    if len(elsewhere) == 1 and module in case.project.modules:
        new = case.project.module_name(elsewhere[0].file)
        edits = _import_from(source, alias, new, wrong)
        yield Candidate(f"from {new} import {wrong}", f"{elsewhere[0].file} defines it", 0.9, edits)
    elif len(near) > 1:
        yield Finding(f"{module} has no {wrong}; {' and '.join(near)} are equally near ({case.place})")
    elif near:
        edits = _rename_everywhere(source, alias, near[0])
        yield Candidate(f"import {near[0]} instead of {wrong}", f"{module} has it", 0.9, edits)
    elif new := _in_same_package(case, module, wrong):
        edits = _import_from(source, alias, new, wrong)
        yield Candidate(f"from {new} import {wrong}", f"{new} defines it", 0.9, edits)
    else:
        yield Finding(f"{module} has no {wrong}, nor anything near it ({case.place})")


def _missing_import(case: Case) -> re.Match[str] | None:
    """Match the message about a name that a module lacks."""
    loading = case.match(r"cannot import name '(\w+)' from partially initialized module '([\w.]+)'.*")
    if loading:
        # A module that has the name, but not yet, is a circular import. This one never had it.
        return None if _module_binds(case, loading[2], loading[1]) else loading
    match = case.match(r"cannot import name '(\w+)' from '([\w.]+)'.*")
    return None if "partially initialized" in case.message else match


def _near_names(case: Case, module: str, wrong: str) -> list[str]:
    """Return the names of a module that the missing one may mean."""
    names = module_names(case, module) or set()
    return (
        nearest(wrong, names)
        # ``from flask import FLASK``
        or [name for name in names if name.lower() == wrong.lower()]
        # ``from shop import load_orders``, where only ``load_all_orders`` is left
        or _renamed_definitions(case, module, wrong, names)
        # ``from shop import helpers; helpers.load()``, where ``shop.tools`` has ``load``
        or _renamed_module(case, module, wrong, names)
    )


def _module_binds(case: Case, module: str, name: str) -> bool:
    """Return whether the text of a module of the project binds a name."""
    source = case.project.source(case.project.modules.get(module, ""))
    return bool(
        source and source.tree and name in set(scope.bound_names(source.tree)) - _own_submodule(source, name)
    )


def _own_submodule(source: Source, name: str) -> set[str]:
    """Return the name itself where a package imports it as a module of its own."""
    relative = [n for n in source.find(ast.ImportFrom) if n.level == 1 and not n.module]
    return {name} if any(alias.name == name for node in relative for alias in node.names) else set()


def _renamed_definitions(case: Case, module: str, wrong: str, names: set[str]) -> list[str]:
    """Return the definitions of a module that share a word with the missing name and that nobody uses."""
    file = case.project.modules.get(module)
    if not file or len(words(wrong)) < 2:
        return []
    defined = {
        definition.name: definition.kind
        for definition in case.project.definitions()
        if definition.file == file
    }
    return [
        name
        for name in names & defined.keys()
        if same_style(name, wrong)
        and {word for word in words(name) if len(word) > 3} & set(words(wrong))
        and sum(case.project.mentions(name).values()) == 1
    ]


def _renamed_module(case: Case, package: str, wrong: str, names: set[str]) -> list[str]:
    """Return the one module of a package that has every attribute read of the missing one: it was renamed."""
    attributes: set[str] = set()
    for file in case.project.mentions(wrong):
        source = case.project.source(file)
        attributes |= attributes_read(source, wrong) if source and not is_test(file) else set()
    modules = []
    for name in names:
        file = case.project.modules.get(f"{package}.{name}", "")
        other = case.project.source(file) if file else None
        if attributes and other and other.tree and attributes <= set(scope.bound_names(other.tree)):
            modules.append(name)
    return modules if len(modules) == 1 else []


def _in_same_package(case: Case, module: str, name: str) -> str:
    """Return the one other module of the same installed package that has the name."""
    top = module.partition(".")[0]
    if top in case.project.modules or top not in case.interpreter.installed_modules():
        return ""
    known = [home for home in FRAMEWORKS.get(name, ()) if home.partition(".")[0] == top]
    modules = known or case.interpreter.defining([top], name)
    return modules[0] if len(modules) == 1 and name in (case.interpreter.members(modules[0]) or ()) else ""


def _moved_name(case: Case, source: Source, alias: ast.alias, module: str) -> Iterator[Candidate | Finding]:
    """Import a name from its module since some release, if that is installed."""
    new_module, new_name = renamed_apis.NAMES[module, alias.name]
    has = case.interpreter.members(new_module) if new_module else None
    risk = Risk.HIGH if (module, alias.name) in renamed_apis.NEEDS_REVIEW else Risk.LOW
    if not new_module or (has is not None and new_name in has):
        edits = _import_from(source, alias, new_module, new_name)
        yield Candidate(f"from {new_module} import {new_name}", "it moved there", 0.95, edits, risk)
    else:
        package = renamed_apis.PACKAGES.get(new_module.partition(".")[0], new_module.partition(".")[0])
        yield Finding(
            f"{alias.name} moved from {module} to {new_module}, which is not installed: pip install {package}"
        )


def _alias(place: Place, name: str) -> ast.alias | None:
    """Return the part of the failing import statement that names it."""
    for statement in place.nodes(ast.stmt):
        if isinstance(statement, ast.Import | ast.ImportFrom):
            return next((alias for alias in statement.names if alias.name == name), None)
    return None


def _rename_everywhere(source: Source, alias: ast.alias, right: str) -> tuple[Edit, ...]:
    """Rename in the import and, unless an ``as`` hides the name, in every use in the file."""
    edits = [source.replace(alias, f"{right} as {alias.asname}" if alias.asname else right)]
    if not alias.asname:
        edits += [source.replace(node, right) for node in source.find(ast.Name) if node.id == alias.name]
    return tuple(edits)


def _import_from(source: Source, alias: ast.alias, module: str, name: str) -> tuple[Edit, ...]:
    """Import one name of a statement from another module, and keep the others and its local name."""
    statement = source.parents[alias]
    local_name = alias.asname or (alias.name if name != alias.name else "")
    imported = f"{name} as {local_name}" if local_name and local_name != name else name
    line = f"from {module} import {imported}" if module else f"import {imported}"
    if not isinstance(statement, ast.ImportFrom):
        return ()
    if len(statement.names) == 1:
        return (source.replace(statement, line),)
    edit = add_import(source, module, name, local_name)
    other_names = [source.code(other) for other in statement.names if other is not alias]
    begin, end = source.span(statement.names[0])[0], source.span(statement.names[-1])[1]
    rest = Edit(source.path, begin, end, ", ".join(other_names))
    if edit is None or begin <= edit.start <= end:
        return ()
    return (rest, edit)


def module_names(case: Case, module: str) -> set[str] | None:
    """Return the names that can be imported from a module; the project's own are read, not imported."""
    file = case.project.modules.get(module)
    if file is None:
        members = case.interpreter.members(module)
        return None if members is None else set(members)
    source = case.project.source(file) if file else None
    below = {name[len(module) + 1 :] for name in case.project.modules if name.startswith(f"{module}.")}
    return below | set(scope.bound_names(source.tree)) if source and source.tree else below


@recipe("dotted-path", "ImportError", example='"shop.middleware.Timng" -> "shop.middleware.Timing"')
def dotted_path(case: Case) -> Iterator[Candidate | Finding]:
    """Correct a class or function that a setting names as text."""
    match = case.match(r"Module \"([\w.]+)\" does not define a \"(\w+)\" attribute/class")
    if match:
        names = {f"{match[1]}.{name}" for name in module_names(case, match[1]) or ()}
        yield from correct_quoted(case, f"{match[1]}.{match[2]}", names, "path")


@recipe("relative-import", "ImportError", example="from ..models import User -> from .models import User")
def relative_import(case: Case) -> Iterator[Candidate | Finding]:
    """Shorten a relative import that climbs too far, or make it absolute in a script."""
    beyond = case.match(r"attempted relative import beyond top-level package")
    script = case.match(r"attempted relative import with no known parent package")
    place = case.place
    for node in place.nodes(ast.stmt) if place and (beyond or script) else ():
        if isinstance(node, ast.ImportFrom) and place:
            shorten = _with_fewer_dots if beyond else _without_dots
            if candidate := shorten(case, place.source, node):
                yield candidate
                return
            yield Finding(f"a relative import that leads nowhere; run the file with python -m ({place})")


def _with_fewer_dots(case: Case, source: Source, node: ast.ImportFrom) -> Candidate | None:
    """Remove as few dots as needed to reach a module: ``from ...models import User``."""
    folders = source.path.split("/")[:-1]
    for level in range(node.level - 1, 0, -1):
        parents = folders[: len(folders) - level + 1]
        module = ".".join([*parents, node.module or ""]).strip(".")
        if module in case.project.modules:
            edit = source.replace(
                node, f"from {'.' * level}{node.module or ''} {_imported_names(source, node)}"
            )
            title = f"{level} dot{'s' if level > 1 else ''} less far"
            return Candidate(title, f"{module} is there", 0.88, (edit,))
    return None


def _without_dots(case: Case, source: Source, node: ast.ImportFrom) -> Candidate | None:
    """Import a module beside a script by its plain name: ``from .tools import load``."""
    folder, module = source.path.rpartition("/")[0], node.module or ""
    file = f"{folder}/{module}".strip("/").replace(".", "/") + ".py"
    if not module or node.level != 1 or file not in case.project.files:
        return None
    edit = source.replace(node, f"from {module} {_imported_names(source, node)}")
    return Candidate(f"from {module} …", "the file is run as a script beside it", 0.88, (edit,))


def _imported_names(source: Source, node: ast.ImportFrom) -> str:
    """Return a ``from`` statement's text from ``import`` on, with its brackets and line breaks."""
    code = source.code(node)
    return code[code.index("import") :]


@recipe(
    "circular-import",
    "ImportError",
    "AttributeError",
    example="an import of two modules of each other moves into the function that needs it",
)
def circular_import(case: Case) -> Iterator[Candidate | Finding]:
    """Move one of two mutual imports into the functions that use it."""
    if shadow := _shadowing_file(case):
        yield shadow
        return
    match = case.match(r"cannot import name '(\w+)' from partially initialized module '([\w.]+)'.*")
    place = case.place
    if not match or not place:
        return
    source = place.source
    reason = f"{source.path} and {match[2]} import each other"
    statement = next((node for node in place.nodes(ast.stmt) if isinstance(node, ast.ImportFrom)), None)
    if statement is None or len(statement.names) != 1 or source.parents.get(statement) is not source.tree:
        # ``from shop import a, b`` would have to be split
        yield Finding(f"{reason} ({place})")
    elif functions := _users(source, statement.names[0].asname or match[1]):
        edits = _move_into(source, statement, functions)
        yield Candidate(f"import {match[1]} where it is used", reason, 0.85, edits, Risk.MEDIUM)
    else:
        yield Finding(f"{reason}, and both need it at once ({place})")


def _shadowing_file(case: Case) -> Finding | None:
    """Report a file of the project that hides a module of the standard library: ``random.py``."""
    match = case.match(r"(?:partially initialized )?module '(\w+)' has no attribute '\w+'.*") or case.match(
        r"cannot import name '\w+' from (?:partially initialized module )?'(\w+)'.*"
    )
    if (
        not match
        or match[1] not in case.interpreter.standard_modules()
        or match[1] not in case.project.modules
    ):
        return None
    return Finding(
        f"{case.project.modules[match[1]]} hides the standard library's {match[1]}: rename the file"
    )


def _users(source: Source, name: str) -> list[Function]:
    """Return the functions that use a name, three at most; none, if a use outside them needs it on import."""
    uses = [node for node in source.find(ast.Name) if node.id == name]
    functions = {id(home): home for node in uses if (home := scope.enclosing_function(source, node))}
    on_import = any(not scope.enclosing_function(source, node) or _in_head(source, node) for node in uses)
    return [] if on_import or len(functions) > _MAX_FUNCTIONS else list(functions.values())


_MAX_FUNCTIONS = 3
"""Functions that may get an import of their own."""


def _move_into(source: Source, statement: ast.ImportFrom, functions: list[Function]) -> tuple[Edit, ...]:
    """Move an import to the top of functions, below their docstrings."""
    begin = source.line_start(statement.lineno)
    end = source.line_start((statement.end_lineno or statement.lineno) + 1)
    edits = [Edit(source.path, begin, end, "")]
    for function in functions:
        has_docstring = len(function.body) > 1 and ast.get_docstring(function)
        first = function.body[1 if has_docstring else 0]
        at = source.line_start(first.lineno)
        blanks = source.line(first.lineno)[: source.span(first)[0] - at]
        edits.append(source.insert(at, f"{blanks}{source.code(statement)}{source.newline}"))
    return tuple(edits)


def _in_head(source: Source, node: ast.AST) -> bool:
    """Return whether a name stands in a function's decorators, defaults or annotations: import needs it."""
    home = scope.enclosing_function(source, node)
    inside = {id(inner) for statement in home.body for inner in ast.walk(statement)} if home else set()
    return id(node) not in inside
