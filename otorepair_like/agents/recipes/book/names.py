"""A name that nothing binds: a slip of the keyboard, a forgotten import, a forgotten ``self.``."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator

from otorepair_like.agents.recipes import scope
from otorepair_like.agents.recipes.case import Case, Place
from otorepair_like.agents.recipes.classes import project_members
from otorepair_like.agents.recipes.imports import add_import
from otorepair_like.agents.recipes.near import nearest, slips
from otorepair_like.agents.recipes.project import Definition, is_test
from otorepair_like.agents.recipes.recipe import Candidate, Finding, Risk, recipe
from otorepair_like.agents.recipes.source import Edit, Source
from otorepair_like.agents.recipes.tables import ALIASES, FRAMEWORKS, LITERALS, WELL_KNOWN


@recipe(
    "name", "NameError", example="resutl -> result · json.dumps(…) -> import json · total() -> self.total()"
)
def unbound_name(case: Case) -> Iterator[Candidate | Finding]:
    """Bind or correct a name: by import if something of exactly that name exists, else the one near name."""
    found = case.match(r"name '(\w+)' is not defined")
    for place in case.places[:1] if found else ():
        nodes = [node for node in place.nodes(ast.Name) if found and node.id == found[1]]
        module = place.source.tree
        if not nodes or (module and nodes[0].id in scope.bound(module)):
            return
        if nodes[0].id == "self":
            yield from _missing_self(place, nodes[0])
            return
        exact = [*_own_member(place, nodes[0])] or [*_imports(case, place, nodes[0])]
        yield from exact or _misspelt(case, place, nodes[0])


def _missing_self(place: Place, node: ast.Name) -> Iterator[Candidate | Finding]:
    """``self`` is used in a method that does not take it."""
    function = scope.enclosing_function(place.source, node)
    above = place.source.parents.get(function) if function else None
    if function and isinstance(above, ast.ClassDef) and not function.decorator_list:
        at = place.source.text.find("(", place.source.span(function)[0]) + 1
        edit = place.source.insert(at, "self, " if function.args.args else "self")
        yield Candidate(f"self for {function.name}()", "it uses self and does not take it", 0.93, (edit,))
    else:
        yield Finding(f"self is used outside a method ({place})")


def _own_member(place: Place, node: ast.Name) -> Iterator[Candidate | Finding]:
    """``total()`` in a method of a class that has ``total``: the ``self.`` was forgotten."""
    holder = scope.enclosing_class(place.source, node)
    function = scope.enclosing_function(place.source, node)
    if holder is None or function is None or not function.args.args:
        return
    first = function.args.args[0].arg
    if first in ("self", "cls") and node.id in project_members(holder):
        edit = place.source.insert(place.source.span(node)[0], f"{first}.")
        yield Candidate(f"{node.id} -> {first}.{node.id}", f"{holder.name} has it", 0.9, (edit,))


def _imports(case: Case, place: Place, node: ast.Name) -> Iterator[Candidate | Finding]:
    """Imports that would bind exactly this name, from the surest source that has one."""
    source, name = place.source, node.id
    used = _attributes_of(source, name)
    ways = _sibling_imports(case, source, name)
    if not ways:
        ways = dict.fromkeys(_standard(case, name, used), "the standard library has it")
    if not ways:
        ways = dict.fromkeys(_known_sources(case, [source], name), "the file imports from there already")
    if not ways:
        ways = dict.fromkeys(_modules_named(case, source, name, used), "the project has that module")
    if not ways:
        ways = {
            (case.project.module_name(each.file), name, ""): f"{each.file} defines it"
            for each in _defined(case, name)
        }
    if not ways and name not in scope.BUILTINS and all(each.arg != name for each in source.find(ast.arg)):
        sources = [
            each
            for file in case.project.python_files
            if (each := case.project.source(file)) and not is_test(file)
        ]
        ways = dict.fromkeys(_known_sources(case, sources, name), "the project imports from there already")
    if not ways and name in ALIASES and ALIASES[name].partition(".")[0] in case.witness.installed_modules():
        ways = {(ALIASES[name], "", name): "the usual alias of an installed package"}
    if len(ways) > 1 and all(module and member for module, member, _ in ways):
        modules = sorted((module for module, _, _ in ways), key=len)
        if case.witness.same(modules, name):
            # One thing under several addresses: the module that defines it, or else the shortest.
            ways = {way: why for way, why in ways.items() if way[0] == modules[0]}
    if len(ways) > 1:
        said = " or ".join(_statement(*way) for way in ways)
        yield Finding(f"{name} is not imported in {source.path}, and there is more than one way: {said}")
    for (module, member, alias), why in ways.items() if len(ways) == 1 else ():
        if edit := add_import(source, module, member, alias):
            yield Candidate(_statement(module, member, alias), why, 0.93, (edit,))


def _statement(module: str, member: str, alias: str) -> str:
    told = f" as {alias}" if alias else ""
    return f"from {module} import {member}{told}" if member else f"import {module}{told}"


def _attributes_of(source: Source, name: str) -> set[str]:
    """What is asked of a name in a file: ``{"dumps"}`` for ``json.dumps(…)``."""
    return {
        node.attr
        for node in source.find(ast.Attribute)
        if isinstance(node.value, ast.Name) and node.value.id == name
    }


def _sibling_imports(case: Case, source: Source, name: str) -> dict[tuple[str, str, str], str]:
    """How the other files of the project import this name."""
    ways: Counter[tuple[str, str, str]] = Counter()
    for file in case.project.mentions(name):
        sibling = case.project.source(file)
        if sibling is None or file == source.path or is_test(file):
            continue
        for node in sibling.find(ast.stmt):
            ways.update(
                way for way in _ways(case, sibling, node, source) if (way[2] or way[1] or way[0]) == name
            )
    return {way: f"as {count} other file{'s do' if count > 1 else ' does'}" for way, count in ways.items()}


def _ways(case: Case, sibling: Source, node: ast.stmt, source: Source) -> Iterator[tuple[str, str, str]]:
    """The (module, member, alias) of an import statement, relative ones made good for another file."""
    if isinstance(node, ast.Import):
        yield from ((each.name, "", each.asname or "") for each in node.names)
    elif isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        if node.level and sibling.path.rpartition("/")[0] != source.path.rpartition("/")[0]:
            package = case.project.module_name(sibling.path).split(".")[: -node.level]
            module = ".".join([*package, *([node.module] if node.module else [])])
        if module and case.project.modules.get(module) != source.path:
            yield from ((module, each.name, each.asname or "") for each in node.names)


def _known_sources(case: Case, sources: list[Source], name: str) -> Iterator[tuple[str, str, str]]:
    """Libraries these files import names from that have this one too."""
    nodes = (node for source in sources for node in source.find(ast.stmt))
    modules = (n.module for n in nodes if isinstance(n, ast.ImportFrom) and not n.level and n.module)
    for module in dict.fromkeys(modules):
        own = module.partition(".")[0] in case.project.modules
        if not own and name in (case.witness.members(module) or ()):
            yield module, name, ""


def _modules_named(case: Case, source: Source, name: str, used: set[str]) -> Iterator[tuple[str, str, str]]:
    """Modules of the project of this name that define what is asked of them."""
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


def _standard(case: Case, name: str, used: set[str]) -> Iterator[tuple[str, str, str]]:
    """A standard module of this name that has what is asked of it, or a well-known name of one."""
    if name in case.witness.standard_modules() and not name.startswith("_") and used:
        members = case.witness.members(name)
        if members and used <= members:
            yield name, "", ""
            return
        # ``datetime.now()``: the class of the same name is meant.
        of_class = case.witness.class_members([name], name)
        if members and name in members and of_class and used <= of_class:
            yield name, name, ""
    elif name in WELL_KNOWN:
        yield WELL_KNOWN[name], name, ""
    elif name in FRAMEWORKS:
        tops = {module.partition(".")[0] for module in case.all_imported_modules()}
        # ``FastAPI`` is no word of anybody's own; ``path`` may be.
        tops |= case.witness.installed_modules() if name[0].isupper() or "_" in name else set()
        if FRAMEWORKS[name].partition(".")[0] in tops:
            yield FRAMEWORKS[name], name, ""


def _defined(case: Case, name: str) -> Iterator[Definition]:
    """Where the project defines this name, entry points left out: importing those runs them."""
    for each in case.project.defining(name):
        text = case.project.read(each.file) or ""
        if case.place and each.file != case.place.source.path and "__main__" not in text:
            yield each


def _misspelt(case: Case, place: Place, node: ast.Name) -> Iterator[Candidate | Finding]:
    """The one near name that is bound here and fits the way it is used."""
    source = place.source
    if node.id in LITERALS:
        literal = LITERALS[node.id]
        why = "how Python writes it"
        yield Candidate(f"{node.id} -> {literal}", why, 0.9, (source.replace(node, literal),))
        return
    seen = scope.visible(source, node)
    fitting = {name for name, kind in seen.items() if _fits(source, node, kind)} | (
        scope.MODULE_NAMES if node.id.startswith("__") else set()
    )
    near = nearest(node.id, fitting | _builtins_meant(source, node))
    if len(near) > 1:
        yield Finding(f"'{node.id}' may be {' or '.join(near)}, which are equally near ({place})")
    elif near and near[0] in seen and _is_rename(source, node.id, near[0]):
        yield from _definition_slip(source, node, near[0], seen)
    elif near:
        edits = tuple(source.replace(each, near[0]) for each in _same_name(source, node))
        where = "a builtin" if near[0] not in seen else "the only near name in sight"
        if case.suggestion == near[0]:
            where += ", and Python's own suggestion"
        sure = (slips(node.id, near[0]) or 3) < 3 and not _is_plural(node.id, near[0])
        yield Candidate(f"{node.id} -> {near[0]}", where, 0.9, edits, Risk.LOW if sure else Risk.MEDIUM)
    else:
        yield Finding(f"'{node.id}' is bound nowhere, and no name in sight is near it ({place})")


def _builtins_meant(source: Source, node: ast.Name) -> set[str]:
    """Builtins are many and short: only long ones that are called, exceptions, and types in annotations count."""
    noted = _is_annotation(source, node)
    is_class = node.id[0].isupper()
    if not (noted or is_class or _is_called(source, node)):
        return set()
    long_enough = {name for name in scope.BUILTINS if len(name) > (3 if noted else 4)}
    # ``reverse`` is a word of its own, no slip of ``reversed``.
    return {name for name in long_enough if name[0].isupper() == is_class and not name.startswith(node.id)}


def _is_annotation(source: Source, node: ast.Name) -> bool:
    """Whether a name is part of an annotation, or decorates."""
    below: ast.AST = node
    for above in source.around(node):
        if isinstance(above, ast.arg | ast.AnnAssign):
            return above.annotation is below
        if isinstance(above, ast.FunctionDef | ast.AsyncFunctionDef):
            return above.returns is below or below in above.decorator_list
        below = above
    return False


def _is_plural(left: str, right: str) -> bool:
    return left + "s" == right or right + "s" == left


def _same_name(source: Source, node: ast.Name) -> list[ast.Name]:
    """All uses of the same unbound name in the same function: the same slip, or half a rename."""
    home = scope.enclosing_function(source, node)
    uses = [each for each in scope.unbound(source) if each.id == node.id]
    return [each for each in uses if scope.enclosing_function(source, each) is home] or [node]


def _is_rename(source: Source, wrong: str, right: str) -> bool:
    """Whether the definition is what was misspelt: it is used nowhere, the unbound name more than once."""
    uses = Counter(node.id for node in source.find(ast.Name) if isinstance(node.ctx, ast.Load))
    return uses[right] == 0 and uses[wrong] > 1


def _definition_slip(
    source: Source, node: ast.Name, right: str, seen: dict[str, str]
) -> Iterator[Candidate | Finding]:
    """Correct the one place that binds the near name to what all uses say."""
    wrong = node.id
    pattern = re.compile(rf"(?<!\w){right}(?!\w)")
    places = list(pattern.finditer(source.text))
    if len(places) == 1 and seen[right] in ("name", "parameter", "def"):
        edit = Edit(source.path, places[0].start(), places[0].end(), wrong)
        risk = Risk.MEDIUM if seen[right] != "name" else Risk.LOW
        yield Candidate(f"{right} -> {wrong} where it is defined", "every use says so", 0.85, (edit,), risk)
    else:
        yield Finding(
            f"'{wrong}' is used more than once and '{right}' never: which of them was meant is not told"
        )


def _is_called(source: Source, node: ast.Name) -> bool:
    above = source.parents.get(node)
    return isinstance(above, ast.Call) and above.func is node


def _fits(source: Source, node: ast.Name, kind: str) -> bool:
    """Whether something of a kind may stand where ``node`` stands: no function is added to a number."""
    above = source.parents.get(node)
    if kind != "def" or above is None or _is_called(source, node):
        return True
    return isinstance(
        above,
        ast.Call | ast.keyword | ast.Dict | ast.List | ast.Tuple | ast.FunctionDef | ast.Assign | ast.Return,
    )
