"""The imports that bind a missing name, from the most reliable source that knows one."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from otorepair_like.recipes.case import Case
from otorepair_like.recipes.project import Project, is_test
from otorepair_like.recipes.python import scope
from otorepair_like.recipes.python.known_names import ALIASES, FRAMEWORKS, WELL_KNOWN, listed
from otorepair_like.recipes.python.source import Source

Way = tuple[str, str, str]
"""Module, member and alias of an import; without a member the module itself is imported."""

Ways = dict[Way, str]
"""Imports that bind a name, each with the reason for it."""


def statement(way: Way) -> str:
    """Return the import statement as text."""
    module, member, alias = way
    told = f" as {alias}" if alias else ""
    return f"from {module} import {member}{told}" if member else f"import {module}{told}"


def ways_to_bind(case: Case, source: Source, name: str, *, searched: bool) -> Ways:
    """Return all imports of the most reliable kind; more than one is a question.

    Args:
        searched: whether to search libraries for a definition too; not if the name may misspell another one.
    """
    used = attributes_of(source, name)
    kinds: tuple[Callable[[], Ways], ...] = (
        lambda: _sibling_imports(case, source, name),
        lambda: dict.fromkeys(_standard(case, source, name, used), "the standard library has it"),
        lambda: dict.fromkeys(_known_sources(case, [source], name), "the file imports from there already"),
        lambda: dict.fromkeys(_modules_named(case, source, name, used), "the project has that module"),
        lambda: dict(_defined(case, source, name)),
        lambda: dict.fromkeys(_framework(case, source, name), "what every project calls so"),
        lambda: (
            dict.fromkeys(_known_sources(case, _sources(case), name), "the project imports from there")
            if _could_be_imported(source, name)
            else {}
        ),
        lambda: dict.fromkeys(_alias(case, name, used), "the usual alias"),
        lambda: dict.fromkeys(_installed(case, name, used), "an installed package has what is asked of it"),
        lambda: (
            dict.fromkeys(_searched(case, name), "the one definition of that name")
            if searched and _could_be_imported(source, name)
            else {}
        ),
    )
    for kind in kinds:
        ways = _one_thing(case, source, kind(), name)
        if ways:
            return ways
    return {}


def attributes_of(source: Source, name: str) -> set[str]:
    """Return the attributes that a file reads of a name: ``{"dumps"}`` for ``json.dumps(…)``."""
    return {
        node.attr
        for node in source.find(ast.Attribute)
        if isinstance(node.value, ast.Name) and node.value.id == name
    }


def _could_be_imported(source: Source, name: str) -> bool:
    """Return whether a name is neither a builtin nor a parameter somewhere in the file."""
    return name not in scope.BUILTINS and all(each.arg != name for each in source.find(ast.arg))


def _sources(case: Case) -> list[Source]:
    """Return the Python files of the project without its tests."""
    found = (case.project.source(file) for file in case.project.python_files if not is_test(file))
    return [each for each in found if each]


def _one_thing(case: Case, source: Source, ways: Ways, name: str) -> Ways:
    """Reduce imports of one and the same object to the form that suits this file."""
    if len(ways) < 2 or not all(module and member for module, member, _ in ways):
        return ways
    own = {way: _absolute(case, source, way[0]) for way in ways}
    targets = {(_definer(case, module, name), way[1:]) for way, module in own.items()}
    if len(targets) == 1 and all(module in case.project.modules for module in own.values()):
        return {max(ways, key=lambda way: _fits(case, source, way)): next(iter(ways.values()))}
    modules = sorted((module for module, _, _ in ways), key=len)
    if case.witness.same(modules, name):
        # The same object under several names: the shortest is mostly the documented one.
        return {way: why for way, why in ways.items() if way[0] == modules[0]}
    return ways


def _fits(case: Case, source: Source, way: Way) -> tuple[bool, bool, int]:
    """Rank an import from the project: not from a package that is loading, in the file's own style, the shorter
    first.
    """
    module = _absolute(case, source, way[0])
    around = case.project.module_name(source.path)
    styles = Counter(node.level > 0 for node in source.find(ast.ImportFrom) if _is_own(case, node))
    relative = styles[True] > styles[False]
    return not around.startswith(f"{module}."), way[0].startswith(".") == relative, -len(way[0])


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


def _definer(case: Case, module: str, name: str) -> str:
    """Return the module of the project that defines a name which another module re-exports."""
    for _ in range(5):
        file = case.project.modules.get(module)
        other = case.project.source(file) if file else None
        found = (node for node in other.find(ast.ImportFrom) if other) if other else iter(())
        passed = next((n for n in found if any((each.asname or each.name) == name for each in n.names)), None)
        if other is None or passed is None:
            break
        module = _absolute(case, other, "." * passed.level + (passed.module or ""))
    return module


def _sibling_imports(case: Case, source: Source, name: str) -> Ways:
    """Return the imports by which other files of the project bind this name."""
    ways: Counter[Way] = Counter()
    for file in case.project.mentions(name):
        sibling = case.project.source(file)
        if sibling is None or file == source.path or is_test(file):
            continue
        for node in sibling.find(ast.stmt):
            ways.update(
                way for way in _ways(case, sibling, node, source) if (way[2] or way[1] or way[0]) == name
            )
    return {way: f"as {count} other file{'s do' if count > 1 else ' does'}" for way, count in ways.items()}


def _ways(case: Case, sibling: Source, node: ast.stmt, source: Source) -> Iterator[Way]:
    """Yield the imports of a statement; make relative ones valid in another file."""
    if isinstance(node, ast.Import):
        yield from ((each.name, "", each.asname or "") for each in node.names)
    elif isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        if node.level and sibling.path.rpartition("/")[0] != source.path.rpartition("/")[0]:
            module = styled(case.project, source, _absolute(case, sibling, module))
        if module and case.project.modules.get(_absolute(case, source, module)) != source.path:
            yield from ((module, each.name, each.asname or "") for each in node.names)


def styled(project: Project, source: Source, module: str) -> str:
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


def _known_sources(case: Case, sources: list[Source], name: str) -> Iterator[Way]:
    """Yield imports from libraries that these files already import from and that have the name."""
    nodes = (node for source in sources for node in source.find(ast.stmt))
    modules = (n.module for n in nodes if isinstance(n, ast.ImportFrom) and not n.level and n.module)
    others = [each for each in dict.fromkeys(modules) if each.partition(".")[0] not in case.project.modules]
    for module in case.witness.having(others, name) if others else ():
        yield module, name, ""


def _modules_named(case: Case, source: Source, name: str, used: set[str]) -> Iterator[Way]:
    """Yield modules of the project with this name that define every attribute read of it."""
    for module, file in case.project.modules.items():
        other = case.project.source(file) if file and file != source.path else None
        if (
            module.rpartition(".")[2] == name
            and other
            and other.tree
            and used
            and used <= set(scope.bound(other.tree))
        ):
            parent = module.rpartition(".")[0]
            yield (parent, name, "") if parent else (name, "", "")


def _standard(case: Case, source: Source, name: str, used: set[str]) -> Iterator[Way]:
    """Yield a standard module of this name that has the attributes read of it, or the home of a well-known name."""
    if name in case.witness.standard_modules() and not name.startswith("_") and used:
        members = case.witness.members(name)
        if members and used <= members:
            yield name, "", ""
            return
        # ``datetime.now()`` needs the class of the same name: the module has no ``now``.
        of_class = case.witness.class_members([name], name)
        if members and name in members and of_class and used <= of_class:
            yield name, name, ""
    elif name in WELL_KNOWN and not _meant_otherwise(case, source, name):
        yield WELL_KNOWN[name], name, ""


def _meant_otherwise(case: Case, source: Source, name: str) -> bool:
    """Return whether a framework imported by the file has the well-known name too, such as ``Path`` of FastAPI."""
    tops = {module.partition(".")[0] for module in case.imported_modules(source)}
    return name != "Path" and any(module.partition(".")[0] in tops for module in FRAMEWORKS.get(name, ()))


def _framework(case: Case, source: Source, name: str) -> Iterator[Way]:
    """Yield imports of a name with one meaning in a framework; prefer the file's own framework."""
    if name not in FRAMEWORKS:
        return
    here = {module.partition(".")[0] for module in case.imported_modules(source)}
    everywhere = {module.partition(".")[0] for module in case.all_imported_modules()}
    # ``FastAPI`` is hardly a name of the user's own, but ``path`` may be.
    installed = case.witness.installed_modules() if name[0].isupper() or "_" in name else frozenset()
    for tops in (here, everywhere, installed):
        modules = [module for module in FRAMEWORKS[name] if module.partition(".")[0] in tops]
        modules = case.witness.having(modules, name) if modules else []
        if modules:
            yield from ((module, name, "") for module in modules)
            return


def _defined(case: Case, source: Source, name: str) -> Iterator[tuple[Way, str]]:
    """Yield modules of the project that define this name. Skip entry points: importing those runs them."""
    for each in case.project.defining(name):
        text = case.project.read(each.file) or ""
        if each.file != source.path and "__main__" not in text:
            module = styled(case.project, source, case.project.module_name(each.file))
            yield (module, name, ""), f"{each.file} defines it"


def _alias(case: Case, name: str, used: set[str]) -> Iterator[Way]:
    """Yield the package with this usual alias, such as ``np``."""
    module = ALIASES.get(name, "")
    top = module.partition(".")[0]
    if top in case.witness.standard_modules():
        if used and used <= (case.witness.members(module) or set()):
            yield module, "", name
    elif top in case.witness.installed_modules():
        yield module, "", name


def _installed(case: Case, name: str, used: set[str]) -> Iterator[Way]:
    """Yield an installed package with exactly this name that has every attribute read of it."""
    if used and name in case.witness.installed_modules() and name not in case.project.modules:
        members = case.witness.members(name)
        if members and used <= members:
            yield name, "", ""


def _searched(case: Case, name: str) -> Iterator[Way]:
    """Search the libraries that the project imports, then the standard library, for a definition.

    A short word of small letters may be anybody's: no library is searched for it.
    """
    if len(name) < _TELLING and name.islower():
        return
    tops = {module.partition(".")[0] for module in case.all_imported_modules()}
    libraries = sorted(tops & case.witness.installed_modules())
    modules = case.witness.defining(libraries, name) if libraries else []
    if not modules:
        modules = [each for each in case.witness.defining(["*"], name) if "." not in each or each in _INNER]
    yield from ((module, name, "") for module in modules)


_TELLING: Final = 6
"""From this length a lower-case word is specific enough to be searched for."""
_INNER: Final = frozenset(
    listed(
        "collections.abc concurrent.futures urllib.parse urllib.request http.client http.server os.path xml.dom"
    )
)
"""Nested modules of the standard library that are as common as top-level ones."""
