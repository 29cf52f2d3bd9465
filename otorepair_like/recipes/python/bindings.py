"""The imports that bind a missing name, from the most reliable source that knows one."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from otorepair_like.recipes.case import Case
from otorepair_like.recipes.project import Project, is_test
from otorepair_like.recipes.python import scope
from otorepair_like.recipes.python.known_names import (
    ALIASES,
    EVERYDAY_WORDS,
    FRAMEWORKS,
    LIBRARY_WORDS,
    WELL_KNOWN,
    word_list,
)
from otorepair_like.recipes.python.source import Source
from otorepair_like.recipes.recent_edits import is_introduced
from otorepair_like.recipes.words import words

ImportSpec = tuple[str, str, str]
"""Module, member and alias of an import; without a member the module itself is imported."""

ImportSpecs = dict[ImportSpec, str]
"""Imports that bind a name, each with the reason for it."""


def import_statement(spec: ImportSpec) -> str:
    """Return the import statement as text."""
    module, member, alias = spec
    as_alias = f" as {alias}" if alias else ""
    return f"from {module} import {member}{as_alias}" if member else f"import {module}{as_alias}"


def imports_that_bind(case: Case, source: Source, name: str, *, searched: bool) -> ImportSpecs:
    """Return all imports of the most reliable kind; more than one is a question.

    Args:
        searched: whether to search libraries for a definition too; not if the name may misspell another one.
    """
    for specs in _by_reliability(case, source, name, searched):
        if merged := _merge_same_object(case, source, specs, name):
            return merged
    return {}


def _by_reliability(case: Case, source: Source, name: str, searched: bool) -> Iterator[ImportSpecs]:
    """Yield the imports of a name from each kind of source; the next kind is searched only if this one has none."""
    attributes = attributes_read(source, name)
    may_search = _could_be_imported(source, name)
    yield _sibling_imports(case, source, name)
    yield dict.fromkeys(_standard_library(case, source, name, attributes), "the standard library has it")
    from_file = _imported_libraries(case, [source], name)
    yield dict.fromkeys(_as_used(case, source, from_file), "the file imports from there already")
    yield dict.fromkeys(_modules_named(case, source, name, attributes), "the project has that module")
    yield dict(_project_definitions(case, source, name))
    from_framework = _framework(case, source, name)
    yield dict.fromkeys(_as_used(case, source, from_framework), "what every project calls so")
    if may_search:
        libraries = _imported_libraries(case, _project_sources(case), name)
        yield dict.fromkeys(_as_used(case, source, libraries), "the project imports from there")
    yield dict.fromkeys(_alias(case, name, attributes), "the usual alias")
    package = _installed_package(case, name, attributes)
    yield dict.fromkeys(package, "an installed package has what is asked of it")
    if searched and may_search:
        definitions = _as_used(case, source, _library_definitions(case, name))
        yield dict.fromkeys(definitions, "the one definition of that name")


def _as_used(case: Case, source: Source, specs: Iterable[ImportSpec]) -> Iterator[ImportSpec]:
    """Yield the imports that a file means by a name.

    A name in small letters that the latest edit introduced is most likely a function that is not written yet, whatever
    library has one of that name, unless nobody would choose the name himself or the calls fit the library's function.
    """
    for spec in specs:
        module, name, _ = spec
        may_be_own = name.islower() and not _is_library_name(name) and is_introduced(case.project, name)
        if not may_be_own or ("_" in name and _calls_fit(case, source, module, name)):
            yield spec


def _is_library_name(name: str) -> bool:
    """Return whether nobody would give this name to a function of his own."""
    return name in LIBRARY_WORDS or (name in FRAMEWORKS and name not in EVERYDAY_WORDS)


def _calls_fit(case: Case, source: Source, module: str, name: str) -> bool:
    """Return whether the calls in a file are evidence of a library's function: they give what its signature asks."""
    calls = [n for n in source.find(ast.Call) if isinstance(n.func, ast.Name) and n.func.id == name]
    parameters = (case.interpreter.parameters([module], name) if calls else None) or []
    keywords = {keyword.arg for call in calls for keyword in call.keywords if keyword.arg}
    # A signature of many optional parameters fits everything: all of them are given, or one by its name.
    given = bool(keywords) or any(len(call.args) == len(parameters) > 1 for call in calls)
    return keywords <= set(parameters) and given


def attributes_read(source: Source, name: str) -> set[str]:
    """Return the attributes that a file reads of a name: ``{"dumps"}`` for ``json.dumps(…)``."""
    return {
        node.attr
        for node in source.find(ast.Attribute)
        if isinstance(node.value, ast.Name) and node.value.id == name
    }


def _could_be_imported(source: Source, name: str) -> bool:
    """Return whether a name is neither a builtin nor a parameter somewhere in the file."""
    return name not in scope.BUILTINS and all(argument.arg != name for argument in source.find(ast.arg))


def _project_sources(case: Case) -> list[Source]:
    """Return the Python files of the project without its tests."""
    sources = (case.project.source(file) for file in case.project.python_files if not is_test(file))
    return [source for source in sources if source]


def _merge_same_object(case: Case, source: Source, specs: ImportSpecs, name: str) -> ImportSpecs:
    """Reduce imports of one and the same object to the form that suits this file."""
    if len(specs) < 2 or not all(module and member for module, member, _ in specs):
        return specs
    absolute_modules = {spec: _absolute(case, source, spec[0]) for spec in specs}
    targets = {(_defining_module(case, module, name), spec[1:]) for spec, module in absolute_modules.items()}
    if len(targets) == 1 and all(module in case.project.modules for module in absolute_modules.values()):
        return {max(specs, key=lambda spec: _suitability(case, source, spec)): next(iter(specs.values()))}
    modules = sorted((module for module, _, _ in specs), key=len)
    if case.interpreter.is_same(modules, name):
        # The same object under several names: the shortest is mostly the documented one.
        return {spec: why for spec, why in specs.items() if spec[0] == modules[0]}
    return specs


def _suitability(case: Case, source: Source, spec: ImportSpec) -> tuple[bool, bool, int]:
    """Rank imports from the project: no package that is loading, the file's own style, then the shorter."""
    module = _absolute(case, source, spec[0])
    around = case.project.module_name(source.path)
    styles = Counter(node.level > 0 for node in source.find(ast.ImportFrom) if _is_own(case, node))
    relative = styles[True] > styles[False]
    return not around.startswith(f"{module}."), spec[0].startswith(".") == relative, -len(spec[0])


def _is_own(case: Case, node: ast.ImportFrom) -> bool:
    """Return whether an import statement names a module of the project."""
    return node.level > 0 or (node.module or "").partition(".")[0] in case.project.modules


def _absolute(case: Case, source: Source, module: str) -> str:
    """Return the absolute name of a module that a file names."""
    level = len(module) - len(module.lstrip("."))
    if not level:
        return module
    parts = case.project.module_name(source.path).split(".")
    package = parts if source.path.endswith("__init__.py") else parts[:-1]
    base = package[: len(package) - level + 1]
    return ".".join([*base, *filter(None, [module.lstrip(".")])])


def _defining_module(case: Case, module: str, name: str) -> str:
    """Return the module of the project that defines a name which another module re-exports."""
    for _ in range(5):
        file = case.project.modules.get(module)
        other = case.project.source(file) if file else None
        statements = (node for node in other.find(ast.ImportFrom) if other) if other else iter(())
        reexport = next(
            (n for n in statements if any((alias.asname or alias.name) == name for alias in n.names)), None
        )
        if other is None or reexport is None:
            break
        module = _absolute(case, other, "." * reexport.level + (reexport.module or ""))
    return module


def _sibling_imports(case: Case, source: Source, name: str) -> ImportSpecs:
    """Return the imports by which other files of the project bind this name."""
    specs: Counter[ImportSpec] = Counter()
    for file in case.project.mentions(name):
        sibling = case.project.source(file)
        if sibling is None or file == source.path or is_test(file):
            continue
        for node in sibling.find(ast.stmt):
            specs.update(
                spec
                for spec in _import_specs(case, sibling, node, source)
                if (spec[2] or spec[1] or spec[0]) == name
            )
    return {spec: f"as {count} other file{'s do' if count > 1 else ' does'}" for spec, count in specs.items()}


def _import_specs(case: Case, sibling: Source, node: ast.stmt, source: Source) -> Iterator[ImportSpec]:
    """Yield the imports of a statement; make relative ones valid in another file."""
    if isinstance(node, ast.Import):
        yield from ((alias.name, "", alias.asname or "") for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        if node.level and sibling.path.rpartition("/")[0] != source.path.rpartition("/")[0]:
            module = in_file_style(case.project, source, _absolute(case, sibling, module))
        if module and case.project.modules.get(_absolute(case, source, module)) != source.path:
            yield from ((module, alias.name, alias.asname or "") for alias in node.names)


def in_file_style(project: Project, source: Source, module: str) -> str:
    """Return a module's name in the style of this file: relative if the file uses relative imports."""
    if not any(node.level for node in source.find(ast.ImportFrom)):
        return module
    package = project.module_name(source.path).split(".")
    package = package if source.path.endswith("__init__.py") else package[:-1]
    parts = module.split(".")
    same = 0
    while same < min(len(package), len(parts)) and package[same] == parts[same]:
        same += 1
    return "." * (len(package) - same + 1) + ".".join(parts[same:]) if same else module


def _imported_libraries(case: Case, sources: list[Source], name: str) -> Iterator[ImportSpec]:
    """Yield imports from libraries that these files already import from and that have the name."""
    nodes = (node for source in sources for node in source.find(ast.stmt))
    modules = (n.module for n in nodes if isinstance(n, ast.ImportFrom) and not n.level and n.module)
    libraries = [
        library for library in dict.fromkeys(modules) if library.partition(".")[0] not in case.project.modules
    ]
    for module in case.interpreter.modules_with(libraries, name) if libraries else ():
        yield module, name, ""


def _modules_named(case: Case, source: Source, name: str, attributes: set[str]) -> Iterator[ImportSpec]:
    """Yield modules of the project with this name that define every attribute read of it."""
    for module, file in case.project.modules.items():
        other = case.project.source(file) if file and file != source.path else None
        if (
            module.rpartition(".")[2] == name
            and other
            and other.tree
            and attributes
            and attributes <= set(scope.bound_names(other.tree))
        ):
            parent = module.rpartition(".")[0]
            yield (parent, name, "") if parent else (name, "", "")


def _standard_library(case: Case, source: Source, name: str, attributes: set[str]) -> Iterator[ImportSpec]:
    """Yield a standard module of this name that has the attributes read of it, or the home of a well-known name."""
    if name in case.interpreter.standard_modules() and not name.startswith("_") and attributes:
        members = case.interpreter.members(name)
        if members and attributes <= members:
            yield name, "", ""
            return
        # ``datetime.now()`` needs the class of the same name: the module has no ``now``.
        of_class = case.interpreter.class_members([name], name)
        if members and name in members and of_class and attributes <= of_class:
            yield name, name, ""
    elif name in WELL_KNOWN and not _framework_has(case, source, name):
        yield WELL_KNOWN[name], name, ""


def _framework_has(case: Case, source: Source, name: str) -> bool:
    """Return whether a framework imported by the file has the well-known name too, such as ``Path`` of FastAPI."""
    tops = {module.partition(".")[0] for module in case.imported_modules(source)}
    return name != "Path" and any(module.partition(".")[0] in tops for module in FRAMEWORKS.get(name, ()))


def _framework(case: Case, source: Source, name: str) -> Iterator[ImportSpec]:
    """Yield imports of a name with one meaning in a framework; prefer the file's own framework."""
    if name not in FRAMEWORKS:
        return
    in_file = {module.partition(".")[0] for module in case.imported_modules(source)}
    in_project = {module.partition(".")[0] for module in case.all_imported_modules()}
    # ``FastAPI`` is hardly a name of the user's own, but ``path`` may be.
    installed = case.interpreter.installed_modules() if name[0].isupper() or "_" in name else frozenset()
    for tops in (in_file, in_project, installed):
        modules = [module for module in FRAMEWORKS[name] if module.partition(".")[0] in tops]
        modules = case.interpreter.modules_with(modules, name) if modules else []
        if modules:
            yield from ((module, name, "") for module in modules)
            return


def _project_definitions(case: Case, source: Source, name: str) -> Iterator[tuple[ImportSpec, str]]:
    """Yield modules of the project that define this name. Skip entry points: importing those runs them."""
    for definition in case.project.defining(name):
        text = case.project.read(definition.file) or ""
        if definition.file != source.path and "__main__" not in text:
            module = in_file_style(case.project, source, case.project.module_name(definition.file))
            yield (module, name, ""), f"{definition.file} defines it"


def _alias(case: Case, name: str, attributes: set[str]) -> Iterator[ImportSpec]:
    """Yield the package with this usual alias, such as ``np``."""
    module = ALIASES.get(name, "")
    top = module.partition(".")[0]
    if top in case.interpreter.standard_modules():
        if attributes and attributes <= (case.interpreter.members(module) or set()):
            yield module, "", name
    elif top in case.interpreter.installed_modules():
        yield module, "", name


def _installed_package(case: Case, name: str, attributes: set[str]) -> Iterator[ImportSpec]:
    """Yield an installed package with exactly this name that has every attribute read of it."""
    if attributes and name in case.interpreter.installed_modules() and name not in case.project.modules:
        members = case.interpreter.members(name)
        if members and attributes <= members:
            yield name, "", ""


def _library_definitions(case: Case, name: str) -> Iterator[ImportSpec]:
    """Search the libraries that the project imports, then the standard library, for a definition.

    A plain word may be the name of a function that the user has not written yet: no library is searched for it.
    """
    if name not in LIBRARY_WORDS and len(words(name)) < 2 and not (name[0].isupper() and len(name) > 8):
        return
    tops = {module.partition(".")[0] for module in case.all_imported_modules()}
    libraries = sorted(tops & case.interpreter.installed_modules())
    modules = case.interpreter.defining(libraries, name) if libraries else []
    if not modules:
        modules = [
            home
            for home in case.interpreter.defining(["*"], name)
            if "." not in home or home in _NESTED_MODULES
        ]
    yield from ((module, name, "") for module in modules)


_NESTED_MODULES: Final = frozenset(
    word_list(
        "collections.abc concurrent.futures urllib.parse urllib.request http.client http.server os.path xml.dom"
    )
)
"""Nested modules of the standard library that are as common as top-level ones."""
