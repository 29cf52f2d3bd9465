"""An import that finds nothing: a misspelt module or name, one that moved, one that is not installed."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from otorepair_like.agents.recipes import moved, scope
from otorepair_like.agents.recipes.case import Case, Place
from otorepair_like.agents.recipes.imports import add_import
from otorepair_like.agents.recipes.near import nearest
from otorepair_like.agents.recipes.project import Project
from otorepair_like.agents.recipes.recipe import Candidate, Finding, Risk, recipe
from otorepair_like.agents.recipes.source import Edit, Source


@recipe("import-name", "ImportError", example="from flask import Flaks -> from flask import Flask")
def missing_name(case: Case) -> Iterator[Candidate | Finding]:
    """Correct a name that a module does not have: moved, defined elsewhere by now, or misspelt."""
    found = case.match(r"cannot import name '(\w+)' from '([\w.]+)'.*")
    if not found or not case.place or "partially initialized" in case.message:
        return
    wrong, module, source = found[1], found[2], case.place.source
    alias = _alias(case.place, wrong)
    if alias is None:
        return
    if (module, wrong) in moved.NAMES:
        yield from _moved(case, source, alias, module)
        return
    elsewhere = [each for each in case.project.defining(wrong) if each.file != source.path]
    near = nearest(wrong, module_names(case, module) or ())
    if len(elsewhere) == 1 and module in case.project.modules:
        new = case.project.module_name(elsewhere[0].file)
        edits = _from_elsewhere(source, alias, new, wrong)
        yield Candidate(f"from {new} import {wrong}", f"{elsewhere[0].file} defines it", 0.9, edits)
    elif len(near) > 1:
        yield Finding(f"{module} has no {wrong}; {' and '.join(near)} are equally near ({case.place})")
    elif near:
        edits = _renamed(source, alias, near[0])
        yield Candidate(f"import {near[0]} instead of {wrong}", f"{module} has it", 0.9, edits)
    else:
        yield Finding(f"{module} has no {wrong}, nor anything near it ({case.place})")


def _moved(case: Case, source: Source, alias: ast.alias, module: str) -> Iterator[Candidate | Finding]:
    """A name that lives elsewhere since some release, if that place is installed."""
    new_module, new_name = moved.NAMES[module, alias.name]
    has = case.witness.members(new_module) if new_module else None
    risk = Risk.HIGH if (module, alias.name) in moved.DIFFERENT else Risk.LOW
    if not new_module or (has is not None and new_name in has):
        edits = _from_elsewhere(source, alias, new_module, new_name)
        yield Candidate(f"from {new_module} import {new_name}", "it moved there", 0.95, edits, risk)
    else:
        package = moved.PACKAGES.get(new_module.partition(".")[0], new_module.partition(".")[0])
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


@recipe("import-module", "ModuleNotFoundError", example="from utlis import load -> from utils import load")
def missing_module(case: Case) -> Iterator[Candidate | Finding]:
    """Correct a module's name or where it lies; name the package to install otherwise."""
    found = case.match(r"No module named '([\w.]+)'(?:; '([\w.]+)' is not a package)?")
    if not found:
        return
    wrong = found[1]
    place = next((each for each in case.places if _import_of(each, case.project, wrong)), None)
    right = list(_modules_meant(case, wrong))
    if len(right) > 1:
        yield Finding(f"there is no module {wrong}; {' and '.join(right)} may be meant, and both are there")
    elif right and place:
        statement = _import_of(place, case.project, wrong)
        edits = _other_module(place.source, statement, wrong, right[0], case.project) if statement else ()
        why = "the project has it" if right[0] in case.project.modules else "it is installed"
        yield Candidate(f"{wrong} -> {right[0]}", why, 0.9, edits)
    elif right and (literal := _only_literal(case.project, wrong)):
        source, node = literal
        code = source.code(node)
        edit = source.replace(node, code.replace(wrong, right[0], 1))
        yield Candidate(f"'{wrong}' -> '{right[0]}'", "the project has it", 0.88, (edit,))
    else:
        top = wrong.partition(".")[0]
        if top in moved.INSTEAD:
            yield Finding(f"{top} is gone from the standard library; in its place: {moved.INSTEAD[top]}")
        elif top not in case.project.modules:
            package = moved.PACKAGES.get(top, top)
            yield Finding(
                f"{top} is not installed, and the project has nothing of that name: pip install {package}"
            )
        else:
            yield Finding(f"the project has no module {wrong}, nor one near it")


def _import_of(place: Place, project: Project, module: str) -> ast.Import | ast.ImportFrom | None:
    """The import statement on a frame's line that asked for a module."""
    for node in place.nodes(ast.stmt):
        if isinstance(node, ast.Import) and any(_within(module, each.name) for each in node.names):
            return node
        if isinstance(node, ast.ImportFrom) and _within(module, full_name(place.source, node, project)):
            return node
    return None


def _within(module: str, name: str) -> bool:
    return name == module or name.startswith(f"{module}.")


def full_name(source: Source, node: ast.ImportFrom, project: Project) -> str:
    """The module an import names, a relative one from the project's top."""
    if not node.level:
        return node.module or ""
    parts = project.module_name(source.path).split(".")
    package = parts if source.path.endswith("__init__.py") else parts[:-1]
    base = package[: len(package) - node.level + 1]
    return ".".join([*base, *([node.module] if node.module else [])])


def _modules_meant(case: Case, wrong: str) -> Iterator[str]:
    """The module that was meant: renamed since, of other case, misspelt, or moved within the project."""
    if wrong in moved.MODULES:
        yield moved.MODULES[wrong]
        return
    parent, _, last = wrong.rpartition(".")
    own = case.project.modules
    siblings = {name for name in own if name.rpartition(".")[0] == parent}
    if not parent:
        siblings |= case.witness.standard_modules() | case.witness.installed_modules()
    elif parent not in own:
        siblings |= {f"{parent}.{name}" for name in case.witness.members(parent) or ()}
    names = {name.rpartition(".")[2] for name in siblings if not name.rpartition(".")[2].startswith("_")} - {
        last
    }
    near = [name for name in names if name.lower() == last.lower()] or nearest(last, names, styles=False)
    elsewhere = [
        name for name, file in own.items() if file and name.rpartition(".")[2] == last and name != wrong
    ]
    if near:
        yield from (f"{parent}.{name}" if parent else name for name in near)
    else:
        yield from elsewhere


def _other_module(
    source: Source, statement: ast.Import | ast.ImportFrom, wrong: str, right: str, project: Project
) -> tuple[Edit, ...]:
    """Write another module into an import; where the module's own name is used, it stays usable."""
    start, end = source.span(statement)
    code = source.text[start:end]
    if isinstance(statement, ast.ImportFrom):
        names = code[code.index("import") :]
        if statement.level and right in project.modules:
            package = project.module_name(source.path).rpartition(".")[0]
            inside = right[len(package) + 1 :] if package and right.startswith(f"{package}.") else ""
            return (source.replace(statement, f"from {'.' + inside if inside else right} {names}"),)
        told = full_name(source, statement, project).replace(wrong, right, 1)
        return (source.replace(statement, f"from {told} {names}"),)
    alias = next(each for each in statement.names if _within(wrong, each.name))
    name = alias.name.replace(wrong, right, 1)
    if alias.asname:
        return (source.replace(alias, f"{name} as {alias.asname}"),)
    uses = [node for node in source.find(ast.Name) if node.id == wrong]
    parent, _, last = right.rpartition(".")
    if last == wrong and len(statement.names) == 1:
        return (source.replace(statement, f"from {parent} import {last}"),)
    if "." in wrong or not uses:
        return (source.replace(alias, name),)
    return (source.replace(alias, name), *(source.replace(node, name) for node in uses))


def _only_literal(project: Project, module: str) -> tuple[Source, ast.Constant] | None:
    """The one string of the project that names a module, such as an entry of INSTALLED_APPS."""
    sources = (project.source(file) for file in project.mentions(module.rpartition(".")[2]))
    found = [
        (source, node)
        for source in sources
        if source
        for node in source.find(ast.Constant)
        if isinstance(node.value, str) and _within(module, node.value)
    ]
    return found[0] if len(found) == 1 else None


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
