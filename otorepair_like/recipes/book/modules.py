"""A module that cannot be found: misspelt, renamed or moved within the project, or not installed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from otorepair_like.recipes.case import Case, Place
from otorepair_like.recipes.project import Project, full_name, is_test
from otorepair_like.recipes.python import renamed_apis, scope
from otorepair_like.recipes.python.bindings import attributes_read, in_file_style
from otorepair_like.recipes.python.source import Edit, Source
from otorepair_like.recipes.recipe import Candidate, Finding, recipe
from otorepair_like.recipes.spelling import nearest


@recipe("import-module", "ModuleNotFoundError", example="from utlis import load -> from utils import load")
def missing_module(case: Case) -> Iterator[Candidate | Finding]:
    """Correct a module's name or location, or name the package to install."""
    match = case.match(r"No module named '([\w.]+)'(?:; '([\w.]+)' is not a package)?")
    if not match:
        return
    wrong = match[1]
    place = next(
        (user_place for user_place in case.places if _import_of(user_place, case.project, wrong)), None
    )
    right = list(_similar_modules(case, wrong))
    if not right and (moved_to := _renamed_module(case, wrong)):
        yield _rename_imports(case, wrong, moved_to)
        return
    if len(right) > 1:
        yield Finding(f"there is no module {wrong}; {' and '.join(right)} may be meant, and both are there")
    elif right and place:
        statement = _import_of(place, case.project, wrong)
        edits = (
            _import_other_module(place.source, statement, wrong, right[0], case.project) if statement else ()
        )
        why = "the project has it" if right[0] in case.project.modules else "it is installed"
        yield Candidate(f"{wrong} -> {right[0]}", why, 0.9, edits)
    elif right and (literal := _only_literal(case, wrong)):
        source, node = literal
        code = source.code(node)
        edit = source.replace(node, code.replace(wrong, right[0], 1))
        yield Candidate(f"'{wrong}' -> '{right[0]}'", "the project has it", 0.88, (edit,))
    else:
        top = wrong.partition(".")[0]
        if parts := _missing_comma(case, wrong):
            yield parts
        elif top in renamed_apis.SUCCESSORS:
            yield Finding(
                f"{top} is gone from the standard library; in its place: {renamed_apis.SUCCESSORS[top]}"
            )
        elif top not in case.project.modules:
            package = renamed_apis.PACKAGES.get(top, top)
            yield Finding(
                f"{top} is not installed, and the project has nothing of that name: pip install {package}"
            )
        else:
            yield Finding(f"the project has no module {wrong}, nor one near it")


def _renamed_module(case: Case, wrong: str) -> str:
    """Return the module of the project that defines every name imported from the missing one: it was renamed."""
    if wrong.partition(".")[0] in case.interpreter.installed_modules() | case.interpreter.standard_modules():
        return ""
    names: set[str] = set()
    for source, node in _import_statements(case, wrong):
        if isinstance(node, ast.ImportFrom):
            whole = full_name(source, node, case.project) == wrong
            names |= {alias.name for alias in node.names} if whole else set()
        else:
            names |= attributes_read(source, wrong) if "." not in wrong else set()
    names -= {wrong.rpartition(".")[2], "*"}
    modules = []
    for module, file in case.project.modules.items():
        other = case.project.source(file) if file and not is_test(file) else None
        if names and other and other.tree and not file.endswith("__init__.py"):
            defined = {name for name, kind in scope.bound_names(other.tree).items() if kind != "import"}
            modules += [module] if names <= defined else []
    return modules[0] if len(modules) == 1 else ""


def _has_what_is_used(case: Case, wrong: str, library: str) -> bool:
    """Return whether a library has every name that the project takes from a misspelt module, and at least one."""
    used: set[str] = set()
    for source, node in _import_statements(case, wrong):
        if isinstance(node, ast.ImportFrom):
            used |= {alias.name for alias in node.names}
        else:
            local_names = {alias.asname or alias.name for alias in node.names if alias.name == wrong}
            # ``import jsno``, and the file says ``json.dumps`` as ever
            used |= {name for local in {*local_names, library} for name in attributes_read(source, local)}
    members = case.interpreter.members(library)
    return members is None or (bool(used) and used <= members)


def _import_statements(case: Case, wrong: str) -> Iterator[tuple[Source, ast.Import | ast.ImportFrom]]:
    """Yield the import statements of the project that name a module."""
    for file in case.project.mentions(wrong.rpartition(".")[2]):
        source = case.project.source(file)
        for node in source.find(ast.stmt) if source else ():
            if source and isinstance(node, ast.Import | ast.ImportFrom):
                named = {alias.name for alias in node.names}
                if isinstance(node, ast.ImportFrom):
                    module = full_name(source, node, case.project)
                    named = {module, *(f"{module}.{name}" for name in named)}
                if wrong in named:
                    yield source, node


def _rename_imports(case: Case, wrong: str, right: str) -> Candidate | Finding:
    """Rename a module in all its imports."""
    edits: list[Edit] = []
    for source, node in _import_statements(case, wrong):
        last = right.rpartition(".")[2]
        if isinstance(node, ast.ImportFrom) and full_name(source, node, case.project) != wrong:
            alias = next(imported for imported in node.names if imported.name == wrong.rpartition(".")[2])
            if right.rpartition(".")[0] != wrong.rpartition(".")[0]:
                return Finding(f"the project has no module {wrong}; {right} defines what is asked of it")
            local_name = alias.asname or alias.name
            edits.append(source.replace(alias, f"{last} as {local_name}"))
        elif isinstance(node, ast.ImportFrom):
            names = source.code(node)[source.code(node).index("import") :]
            module = in_file_style(case.project, source, right) if node.level else right
            edits.append(source.replace(node, f"from {module} {names}"))
        else:
            edits += _import_other_module(source, node, wrong, right, case.project)
    return Candidate(f"{wrong} -> {right}", "it defines all that is imported from there", 0.88, tuple(edits))


def _missing_comma(case: Case, wrong: str) -> Candidate | None:
    """Add the comma between two module names in a list: without it they are one text."""
    for file in case.project.python_files:
        source = case.project.source(file)
        for node in source.find(ast.Constant) if source else ():
            if not source or node.value != wrong:
                continue
            texts = list(re.finditer(r"(['\"])([\w.]+)\1", source.code(node)))
            if len(texts) == 2 and all(text[2] in case.project.modules for text in texts):
                edit = source.insert(source.span(node)[0] + texts[0].end(), ",")
                return Candidate("missing ','", "both texts name modules of the project", 0.93, (edit,))
    return None


def _import_of(place: Place, project: Project, module: str) -> ast.Import | ast.ImportFrom | None:
    """Return the import statement on a frame's line that imports a module."""
    for node in place.nodes(ast.stmt):
        if isinstance(node, ast.Import) and any(_is_below(module, alias.name) for alias in node.names):
            return node
        if isinstance(node, ast.ImportFrom) and _is_below(module, full_name(place.source, node, project)):
            return node
    return None


def _is_below(module: str, name: str) -> bool:
    """Return whether a module is the named one or below it."""
    return name == module or name.startswith(f"{module}.")


def _similar_modules(case: Case, wrong: str) -> Iterator[str]:
    """Yield the modules that may be meant: renamed, in another case, misspelt, or moved within the project."""
    if wrong in renamed_apis.MODULES:
        yield renamed_apis.MODULES[wrong]
        return
    parent, _, last = wrong.rpartition(".")
    own = case.project.modules
    siblings = {name for name in own if name.rpartition(".")[0] == parent}
    if not parent:
        siblings |= case.interpreter.standard_modules() | case.interpreter.installed_modules()
    elif parent not in own:
        siblings |= {f"{parent}.{name}" for name in case.interpreter.members(parent) or ()}
    names = {name.rpartition(".")[2] for name in siblings if not name.rpartition(".")[2].startswith("_")} - {
        last
    }
    # ``import Utils`` before ``import utlis`` before a module that moved to another package
    near = [name for name in names if name.lower() == last.lower()] or nearest(last, names, styles=False)
    if len(near) == 1 and not parent and near[0] not in own and not _has_what_is_used(case, wrong, near[0]):
        near = []
    elsewhere = [
        name for name, file in own.items() if file and name.rpartition(".")[2] == last and name != wrong
    ]
    if near:
        yield from (f"{parent}.{name}" if parent else name for name in near)
    else:
        yield from elsewhere


def _import_other_module(
    source: Source, statement: ast.Import | ast.ImportFrom, wrong: str, right: str, project: Project
) -> tuple[Edit, ...]:
    """Write another module into an import; keep the module's local name usable."""
    start, end = source.span(statement)
    code = source.text[start:end]
    if isinstance(statement, ast.ImportFrom):
        names = code[code.index("import") :]
        # ``from utlis import load``, ``from .utlis import load``
        new_module = full_name(source, statement, project).replace(wrong, right, 1)
        if statement.level and right in project.modules:
            return (source.replace(statement, f"from {in_file_style(project, source, new_module)} {names}"),)
        return (source.replace(statement, f"from {new_module} {names}"),)
    alias = next(imported for imported in statement.names if _is_below(wrong, imported.name))
    name = alias.name.replace(wrong, right, 1)
    # ``import utlis as u``
    if alias.asname:
        return (source.replace(alias, f"{name} as {alias.asname}"),)
    uses = [node for node in source.find(ast.Name) if node.id == wrong]
    parent, _, last = right.rpartition(".")
    # ``import utils`` for ``shop.utils``: the uses of ``utils`` stay valid
    if last == wrong and len(statement.names) == 1:
        return (source.replace(statement, f"from {parent} import {last}"),)
    # ``import shop.utlis``, or a module imported for its effect
    if "." in wrong or not uses:
        return (source.replace(alias, name),)
    return (source.replace(alias, name), *(source.replace(node, name) for node in uses))


def _only_literal(case: Case, module: str) -> tuple[Source, ast.Constant] | None:
    """Return the one string that names a module, in the traceback's lines or else in the project."""
    in_traceback = [(place.source, node) for place in case.places for node in place.nodes(ast.Constant)]
    files = case.project.mentions(module.rpartition(".")[2])
    sources = [source for file in files if (source := case.project.source(file))]
    in_project = [(source, node) for source in sources for node in source.find(ast.Constant)]
    for places in (in_traceback, in_project):
        literals = [
            (source, node)
            for source, node in places
            if isinstance(node.value, str) and _is_below(module, node.value)
        ]
        if len(literals) == 1:
            return literals[0]
    return None
