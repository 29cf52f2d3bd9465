"""A module that cannot be found: misspelt, renamed or moved within the project, or not installed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from otorepair_like.recipes.case import Case, Place
from otorepair_like.recipes.project import Project, full_name, is_test
from otorepair_like.recipes.python import renamed_apis, scope
from otorepair_like.recipes.python.bindings import attributes_of, styled
from otorepair_like.recipes.python.source import Edit, Source
from otorepair_like.recipes.recipe import Candidate, Finding, recipe
from otorepair_like.recipes.spelling import nearest


@recipe("import-module", "ModuleNotFoundError", example="from utlis import load -> from utils import load")
def missing_module(case: Case) -> Iterator[Candidate | Finding]:
    """Correct a module's name or location, or name the package to install."""
    found = case.match(r"No module named '([\w.]+)'(?:; '([\w.]+)' is not a package)?")
    if not found:
        return
    wrong = found[1]
    place = next((each for each in case.places if _import_of(each, case.project, wrong)), None)
    right = list(_modules_meant(case, wrong))
    if not right and (moved_to := _by_contents(case, wrong)):
        yield _followed(case, wrong, moved_to)
        return
    if len(right) > 1:
        yield Finding(f"there is no module {wrong}; {' and '.join(right)} may be meant, and both are there")
    elif right and place:
        statement = _import_of(place, case.project, wrong)
        edits = _other_module(place.source, statement, wrong, right[0], case.project) if statement else ()
        why = "the project has it" if right[0] in case.project.modules else "it is installed"
        yield Candidate(f"{wrong} -> {right[0]}", why, 0.9, edits)
    elif right and (literal := _only_literal(case, wrong)):
        source, node = literal
        code = source.code(node)
        edit = source.replace(node, code.replace(wrong, right[0], 1))
        yield Candidate(f"'{wrong}' -> '{right[0]}'", "the project has it", 0.88, (edit,))
    else:
        top = wrong.partition(".")[0]
        if parts := _two_texts(case, wrong):
            yield parts
        elif top in renamed_apis.INSTEAD:
            yield Finding(
                f"{top} is gone from the standard library; in its place: {renamed_apis.INSTEAD[top]}"
            )
        elif top not in case.project.modules:
            package = renamed_apis.PACKAGES.get(top, top)
            yield Finding(
                f"{top} is not installed, and the project has nothing of that name: pip install {package}"
            )
        else:
            yield Finding(f"the project has no module {wrong}, nor one near it")


def _by_contents(case: Case, wrong: str) -> str:
    """Return the module of the project that defines every name imported from the missing one: it was renamed."""
    if wrong.partition(".")[0] in case.witness.installed_modules() | case.witness.standard_modules():
        return ""
    asked: set[str] = set()
    for source, node in _importing(case, wrong):
        if isinstance(node, ast.ImportFrom):
            whole = full_name(source, node, case.project) == wrong
            asked |= {each.name for each in node.names} if whole else set()
        else:
            asked |= attributes_of(source, wrong) if "." not in wrong else set()
    asked -= {wrong.rpartition(".")[2], "*"}
    found = []
    for module, file in case.project.modules.items():
        other = case.project.source(file) if file and not is_test(file) else None
        if asked and other and other.tree and not file.endswith("__init__.py"):
            own = {name for name, kind in scope.bound(other.tree).items() if kind != "import"}
            found += [module] if asked <= own else []
    return found[0] if len(found) == 1 else ""


def _importing(case: Case, wrong: str) -> Iterator[tuple[Source, ast.Import | ast.ImportFrom]]:
    """Yield the import statements of the project that name a module."""
    for file in case.project.mentions(wrong.rpartition(".")[2]):
        source = case.project.source(file)
        for node in source.find(ast.stmt) if source else ():
            if source and isinstance(node, ast.Import | ast.ImportFrom):
                named = {each.name for each in node.names}
                if isinstance(node, ast.ImportFrom):
                    module = full_name(source, node, case.project)
                    named = {module, *(f"{module}.{name}" for name in named)}
                if wrong in named:
                    yield source, node


def _followed(case: Case, wrong: str, right: str) -> Candidate | Finding:
    """Rename a module in all its imports."""
    edits: list[Edit] = []
    for source, node in _importing(case, wrong):
        last = right.rpartition(".")[2]
        if isinstance(node, ast.ImportFrom) and full_name(source, node, case.project) != wrong:
            alias = next(each for each in node.names if each.name == wrong.rpartition(".")[2])
            if right.rpartition(".")[0] != wrong.rpartition(".")[0]:
                return Finding(f"the project has no module {wrong}; {right} defines what is asked of it")
            kept = alias.asname or alias.name
            edits.append(source.replace(alias, f"{last} as {kept}"))
        elif isinstance(node, ast.ImportFrom):
            names = source.code(node)[source.code(node).index("import") :]
            module = styled(case.project, source, right) if node.level else right
            edits.append(source.replace(node, f"from {module} {names}"))
        else:
            edits += _other_module(source, node, wrong, right, case.project)
    return Candidate(f"{wrong} -> {right}", "it defines all that is imported from there", 0.88, tuple(edits))


def _two_texts(case: Case, wrong: str) -> Candidate | None:
    """Add the comma between two module names in a list: without it they are one text."""
    for file in case.project.python_files:
        source = case.project.source(file)
        for node in source.find(ast.Constant) if source else ():
            if not source or node.value != wrong:
                continue
            pieces = list(re.finditer(r"(['\"])([\w.]+)\1", source.code(node)))
            if len(pieces) == 2 and all(piece[2] in case.project.modules for piece in pieces):
                edit = source.insert(source.span(node)[0] + pieces[0].end(), ",")
                return Candidate("missing ','", "both texts name modules of the project", 0.93, (edit,))
    return None


def _import_of(place: Place, project: Project, module: str) -> ast.Import | ast.ImportFrom | None:
    """Return the import statement on a frame's line that imports a module."""
    for node in place.nodes(ast.stmt):
        if isinstance(node, ast.Import) and any(_within(module, each.name) for each in node.names):
            return node
        if isinstance(node, ast.ImportFrom) and _within(module, full_name(place.source, node, project)):
            return node
    return None


def _within(module: str, name: str) -> bool:
    """Return whether a module is the named one or below it."""
    return name == module or name.startswith(f"{module}.")


def _modules_meant(case: Case, wrong: str) -> Iterator[str]:
    """Yield the modules that may be meant: renamed, in another case, misspelt, or moved within the project."""
    if wrong in renamed_apis.MODULES:
        yield renamed_apis.MODULES[wrong]
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
    """Write another module into an import; keep the module's local name usable."""
    start, end = source.span(statement)
    code = source.text[start:end]
    if isinstance(statement, ast.ImportFrom):
        names = code[code.index("import") :]
        told = full_name(source, statement, project).replace(wrong, right, 1)
        if statement.level and right in project.modules:
            return (source.replace(statement, f"from {styled(project, source, told)} {names}"),)
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


def _only_literal(case: Case, module: str) -> tuple[Source, ast.Constant] | None:
    """Return the one string that names a module, such as an entry of INSTALLED_APPS: on a traceback line, or
    anywhere.
    """
    here = [(place.source, node) for place in case.places for node in place.nodes(ast.Constant)]
    files = case.project.mentions(module.rpartition(".")[2])
    sources = [source for file in files if (source := case.project.source(file))]
    everywhere = [(source, node) for source in sources for node in source.find(ast.Constant)]
    for places in (here, everywhere):
        found = [
            (source, node)
            for source, node in places
            if isinstance(node.value, str) and _within(module, node.value)
        ]
        if len(found) == 1:
            return found[0]
    return None
