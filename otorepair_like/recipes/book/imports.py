"""An import that finds nothing: a misspelt module or name, one that moved, one that is not installed."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from otorepair_like.recipes.case import Case, Place
from otorepair_like.recipes.project import is_test
from otorepair_like.recipes.python import renamed_apis, scope
from otorepair_like.recipes.python.bindings import attributes_of
from otorepair_like.recipes.python.imports import add_import
from otorepair_like.recipes.python.known_names import FRAMEWORKS
from otorepair_like.recipes.python.literals import corrected
from otorepair_like.recipes.python.source import Edit, Source
from otorepair_like.recipes.recipe import Candidate, Finding, Risk, recipe
from otorepair_like.recipes.spelling import nearest, same_kind, words


@recipe("import-name", "ImportError", example="from flask import Flaks -> from flask import Flask")
def missing_name(case: Case) -> Iterator[Candidate | Finding]:
    """Correct a name that a module does not have: moved, defined elsewhere by now, or misspelt."""
    found = case.match(r"cannot import name '(\w+)' from '([\w.]+)'.*")
    loading = case.match(r"cannot import name '(\w+)' from partially initialized module '([\w.]+)'.*")
    if loading and not _holds(case, loading[2], loading[1]):
        found = loading  # nobody's import is too early: the module never had that name
    if not found or not case.place or ("partially initialized" in case.message and found is not loading):
        return
    wrong, module, source = found[1], found[2], case.place.source
    alias = _alias(case.place, wrong)
    if alias is None:
        return
    if (module, wrong) in renamed_apis.NAMES:
        yield from _moved(case, source, alias, module)
        return
    elsewhere = [each for each in case.project.defining(wrong) if each.file != source.path]
    names = module_names(case, module) or set()
    near = nearest(wrong, names) or [name for name in names if name.lower() == wrong.lower()]
    near = near or _renamed_since(case, module, wrong, names) or _module_since(case, module, wrong, names)
    if len(elsewhere) == 1 and module in case.project.modules:
        new = case.project.module_name(elsewhere[0].file)
        edits = _from_elsewhere(source, alias, new, wrong)
        yield Candidate(f"from {new} import {wrong}", f"{elsewhere[0].file} defines it", 0.9, edits)
    elif len(near) > 1:
        yield Finding(f"{module} has no {wrong}; {' and '.join(near)} are equally near ({case.place})")
    elif near:
        edits = _renamed(source, alias, near[0])
        yield Candidate(f"import {near[0]} instead of {wrong}", f"{module} has it", 0.9, edits)
    elif new := _in_same_package(case, module, wrong):
        edits = _from_elsewhere(source, alias, new, wrong)
        yield Candidate(f"from {new} import {wrong}", f"{new} defines it", 0.9, edits)
    else:
        yield Finding(f"{module} has no {wrong}, nor anything near it ({case.place})")


def _holds(case: Case, module: str, name: str) -> bool:
    """Whether the text of a module of the project binds a name."""
    source = case.project.source(case.project.modules.get(module, ""))
    return bool(
        source and source.tree and name in set(scope.bound(source.tree)) - _own_submodule(source, name)
    )


def _own_submodule(source: Source, name: str) -> set[str]:
    """The name itself where a package imports it as a module of its own."""
    asked = [n for n in source.find(ast.ImportFrom) if n.level == 1 and not n.module]
    return {name} if any(each.name == name for node in asked for each in node.names) else set()


def _renamed_since(case: Case, module: str, wrong: str, names: set[str]) -> list[str]:
    """The one definition of a module of the project that shares a word with the missing name and that nobody uses."""
    file = case.project.modules.get(module)
    if not file or len(words(wrong)) < 2:
        return []
    defined = {each.name: each.kind for each in case.project.definitions() if each.file == file}
    return [
        name
        for name in names & defined.keys()
        if same_kind(name, wrong)
        and {word for word in words(name) if len(word) > 3} & set(words(wrong))
        and sum(case.project.mentions(name).values()) == 1
    ]


def _module_since(case: Case, package: str, wrong: str, names: set[str]) -> list[str]:
    """The module of a package that has all that is asked of the missing one: it was renamed."""
    asked: set[str] = set()
    for file in case.project.mentions(wrong):
        source = case.project.source(file)
        asked |= attributes_of(source, wrong) if source and not is_test(file) else set()
    found = []
    for name in names:
        file = case.project.modules.get(f"{package}.{name}", "")
        other = case.project.source(file) if file else None
        if asked and other and other.tree and asked <= set(scope.bound(other.tree)):
            found.append(name)
    return found if len(found) == 1 else []


def _in_same_package(case: Case, module: str, name: str) -> str:
    """The one other module of the same installed package that has the name."""
    top = module.partition(".")[0]
    if top in case.project.modules or top not in case.witness.installed_modules():
        return ""
    known = [each for each in FRAMEWORKS.get(name, ()) if each.partition(".")[0] == top]
    found = known or case.witness.defining([top], name)
    return found[0] if len(found) == 1 and name in (case.witness.members(found[0]) or ()) else ""


def _moved(case: Case, source: Source, alias: ast.alias, module: str) -> Iterator[Candidate | Finding]:
    """A name that lives elsewhere since some release, if that place is installed."""
    new_module, new_name = renamed_apis.NAMES[module, alias.name]
    has = case.witness.members(new_module) if new_module else None
    risk = Risk.HIGH if (module, alias.name) in renamed_apis.DIFFERENT else Risk.LOW
    if not new_module or (has is not None and new_name in has):
        edits = _from_elsewhere(source, alias, new_module, new_name)
        yield Candidate(f"from {new_module} import {new_name}", "it moved there", 0.95, edits, risk)
    else:
        package = renamed_apis.PACKAGES.get(new_module.partition(".")[0], new_module.partition(".")[0])
        yield Finding(
            f"{alias.name} moved from {module} to {new_module}, which is not installed: pip install {package}"
        )


def _alias(place: Place, name: str) -> ast.alias | None:
    """The part of the failing import statement that names it."""
    for statement in place.nodes(ast.stmt):
        if isinstance(statement, ast.Import | ast.ImportFrom):
            return next((each for each in statement.names if each.name == name), None)
    return None


def _renamed(source: Source, alias: ast.alias, right: str) -> tuple[Edit, ...]:
    """The import and, unless an ``as`` hides it, every use of the name in the file."""
    edits = [source.replace(alias, f"{right} as {alias.asname}" if alias.asname else right)]
    if not alias.asname:
        edits += [source.replace(node, right) for node in source.find(ast.Name) if node.id == alias.name]
    return tuple(edits)


def _from_elsewhere(source: Source, alias: ast.alias, module: str, name: str) -> tuple[Edit, ...]:
    """Import one name of a statement from another module, the others as before; called by another name: as before."""
    statement = source.parents[alias]
    kept = alias.asname or (alias.name if name != alias.name else "")
    told = f"{name} as {kept}" if kept and kept != name else name
    line = f"from {module} import {told}" if module else f"import {told}"
    if not isinstance(statement, ast.ImportFrom):
        return ()
    if len(statement.names) == 1:
        return (source.replace(statement, line),)
    edit = add_import(source, module, name, kept)
    others = [source.code(each) for each in statement.names if each is not alias]
    begin, end = source.span(statement.names[0])[0], source.span(statement.names[-1])[1]
    rest = Edit(source.path, begin, end, ", ".join(others))
    if edit is None or begin <= edit.start <= end:
        return ()
    return (rest, edit)


def module_names(case: Case, module: str) -> set[str] | None:
    """What can be imported from a module; the project's own are read, not imported."""
    file = case.project.modules.get(module)
    if file is None:
        found = case.witness.members(module)
        return None if found is None else set(found)
    source = case.project.source(file) if file else None
    below = {name[len(module) + 1 :] for name in case.project.modules if name.startswith(f"{module}.")}
    return below | set(scope.bound(source.tree)) if source and source.tree else below


@recipe("dotted-path", "ImportError", example='"shop.middleware.Timng" -> "shop.middleware.Timing"')
def dotted_path(case: Case) -> Iterator[Candidate | Finding]:
    """A class or function that a setting names as text."""
    found = case.match(r"Module \"([\w.]+)\" does not define a \"(\w+)\" attribute/class")
    if found:
        names = {f"{found[1]}.{name}" for name in module_names(case, found[1]) or ()}
        yield from corrected(case, f"{found[1]}.{found[2]}", names, "path")


@recipe("relative-import", "ImportError", example="from ..models import User -> from .models import User")
def relative_import(case: Case) -> Iterator[Candidate | Finding]:
    """A relative import that climbs too far, or in a file that is run as a script."""
    beyond = case.match(r"attempted relative import beyond top-level package")
    script = case.match(r"attempted relative import with no known parent package")
    for node in case.place.nodes(ast.stmt) if case.place and (beyond or script) else ():
        if not isinstance(node, ast.ImportFrom) or not case.place:
            continue
        source = case.place.source
        folder = source.path.rpartition("/")[0]
        names = source.code(node)[source.code(node).index("import") :]
        for level in range(node.level - 1, 0, -1) if beyond else (0,):
            up = folder.split("/")[: len(folder.split("/")) - level + 1] if level else [folder]
            module = ".".join([*(part for part in "/".join(up).split("/") if part), node.module or ""]).strip(
                "."
            )
            if script:
                module = node.module or ""
                there = f"{folder}/{module}".strip("/").replace(".", "/") + ".py"
                if module and there in case.project.files and node.level == 1:
                    edit = source.replace(node, f"from {module} {names}")
                    yield Candidate(
                        f"from {module} …", "the file is run as a script beside it", 0.88, (edit,)
                    )
                    return
            elif module in case.project.modules:
                edit = source.replace(node, f"from {'.' * level}{node.module or ''} {names}")
                yield Candidate(
                    f"{level} dot{'s' if level > 1 else ''} less far", f"{module} is there", 0.88, (edit,)
                )
                return
        yield Finding(f"a relative import that leads nowhere; run the file with python -m ({case.place})")


@recipe(
    "circular-import",
    "ImportError",
    "AttributeError",
    example="an import of two modules of each other moves into the function that needs it",
)
def circular_import(case: Case) -> Iterator[Candidate | Finding]:
    """Two modules import each other: one of the imports moves into the functions that use it."""
    found = case.match(r"cannot import name '(\w+)' from partially initialized module '([\w.]+)'.*")
    hidden = case.match(r"(?:partially initialized )?module '(\w+)' has no attribute '\w+'.*") or case.match(
        r"cannot import name '\w+' from (?:partially initialized module )?'(\w+)'.*"
    )
    if hidden and (name := hidden[1]) in case.witness.standard_modules() and name in case.project.modules:
        file = case.project.modules[name]
        yield Finding(f"{file} hides the standard library's {name}: rename the file")
        return
    if not found or not case.place:
        return
    source = case.place.source
    statement = next((s for s in case.place.nodes(ast.stmt) if isinstance(s, ast.ImportFrom)), None)
    if statement is None or len(statement.names) != 1 or source.parents.get(statement) is not source.tree:
        yield Finding(f"{source.path} and {found[2]} import each other ({case.place})")
        return
    uses = [node for node in source.find(ast.Name) if node.id == (statement.names[0].asname or found[1])]
    homes = {id(home): home for node in uses if (home := scope.enclosing_function(source, node))}
    outside = [
        node for node in uses if scope.enclosing_function(source, node) is None or _in_head(source, node)
    ]
    if outside or not 1 <= len(homes) <= 3:
        yield Finding(
            f"{source.path} and {found[2]} import each other, and both need it at once ({case.place})"
        )
        return
    begin = source.line_start(statement.lineno)
    end = source.line_start((statement.end_lineno or statement.lineno) + 1)
    edits = [Edit(source.path, begin, end, "")]
    for home in homes.values():
        first = (
            home.body[1]
            if isinstance(home.body[0], ast.Expr) and len(home.body) > 1 and ast.get_docstring(home)
            else home.body[0]
        )
        at = source.line_start(first.lineno)
        blanks = source.line(first.lineno)[: source.span(first)[0] - at]
        edits.append(source.insert(at, f"{blanks}{source.code(statement)}{source.newline}"))
    title = f"import {found[1]} where it is used"
    yield Candidate(title, f"{source.path} and {found[2]} import each other", 0.85, tuple(edits), Risk.MEDIUM)


def _in_head(source: Source, node: ast.AST) -> bool:
    """Whether a name stands in a function's decorators, defaults or annotations: needed on import."""
    home = scope.enclosing_function(source, node)
    inside = {id(each) for statement in home.body for each in ast.walk(statement)} if home else set()
    return id(node) not in inside
