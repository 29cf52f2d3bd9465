"""An unbound name: a slip of the keyboard, a forgotten import, a forgotten ``self.``."""

from __future__ import annotations

import ast
import builtins
import itertools
import re
from collections.abc import Iterable, Iterator

from otorepair_like.recipes.case import Case, Place
from otorepair_like.recipes.python import scope
from otorepair_like.recipes.python.bindings import import_statement, imports_that_bind
from otorepair_like.recipes.python.classes import project_members
from otorepair_like.recipes.python.imports import add_import
from otorepair_like.recipes.python.known_names import LITERALS
from otorepair_like.recipes.python.source import Edit, Source
from otorepair_like.recipes.recent_edits import is_introduced
from otorepair_like.recipes.recipe import Candidate, Finding, Risk, recipe
from otorepair_like.recipes.spelling import count_slips, nearest, similar_names


@recipe(
    "name", "NameError", example="resutl -> result · json.dumps(…) -> import json · total() -> self.total()"
)
def unbound_name(case: Case) -> Iterator[Candidate | Finding]:
    """Import a name if something of exactly that name exists; else correct it to the one near name."""
    match = case.match(r"name '(\w+)' is not defined")
    for place in case.places[:1] if match else ():
        nodes = [node for node in place.nodes(ast.Name) if match and node.id == match[1]]
        module = place.source.tree
        if not nodes or (module and nodes[0].id in scope.bound_names(module)):
            return
        if turned := _swap_loops(place, nodes[0]):
            yield turned
            return
        if nodes[0].id == "self":
            yield from _missing_self(place, nodes[0])
            return
        exact = [*_own_member(place, nodes[0])] or [*_imports(case, place, nodes[0])]
        yield from exact or _correct_name(case, place, nodes[0])


def _swap_loops(place: Place, node: ast.Name) -> Candidate | None:
    """Swap two loops of a comprehension: ``[x for x in xs for xs in rows]`` uses ``xs`` before it is bound."""
    source = place.source
    for owner in source.ancestors(node):
        loops = owner.generators if isinstance(owner, scope.COMPREHENSIONS) else []
        for first, second in itertools.pairwise(loops):
            needs = any(inner is node for inner in ast.walk(first.iter))
            if needs and any(getattr(inner, "id", "") == node.id for inner in ast.walk(second.target)):
                begin, end = source.span(first.target)[0], source.span(second.iter)[1]
                first_code, second_code = (
                    f"{source.code(loop.target)} in {source.code(loop.iter)}" for loop in (first, second)
                )
                edit = source.replace_range(begin, end, f"{second_code} for {first_code}")
                is_plain = not (first.ifs or second.ifs or first.is_async or second.is_async)
                return (
                    Candidate(f"for {second_code} first", f"it binds {node.id}", 0.9, (edit,))
                    if is_plain
                    else None
                )
    return None


def _missing_self(place: Place, node: ast.Name) -> Iterator[Candidate | Finding]:
    """Add ``self`` to a method that uses it."""
    function = scope.enclosing_function(place.source, node)
    above = place.source.parents.get(function) if function else None
    if function and isinstance(above, ast.ClassDef) and not function.decorator_list:
        at = place.source.text.find("(", place.source.span(function)[0]) + 1
        edit = place.source.insert(at, "self, " if function.args.args else "self")
        yield Candidate(f"self for {function.name}()", "it uses self and does not take it", 0.93, (edit,))
    else:
        yield Finding(f"self is used outside a method ({place})")


def _own_member(place: Place, node: ast.Name) -> Iterator[Candidate | Finding]:
    """Add ``self.`` to a call such as ``total()`` in a class that has ``total``."""
    owner = scope.enclosing_class(place.source, node)
    function = scope.enclosing_function(place.source, node)
    if owner is None or function is None or not function.args.args:
        return
    first = function.args.args[0].arg
    if first in ("self", "cls") and node.id in project_members(owner):
        edit = place.source.insert(place.source.span(node)[0], f"{first}.")
        yield Candidate(f"{node.id} -> {first}.{node.id}", f"{owner.name} has it", 0.9, (edit,))


def _imports(case: Case, place: Place, node: ast.Name) -> Iterator[Candidate | Finding]:
    """Import exactly this name."""
    source, name = place.source, node.id
    visible = scope.visible_names(source, node)
    specs = imports_that_bind(
        case, source, name, searched=not nearest(name, visible) and not similar_names(name, visible)
    )
    if len(specs) > 1:
        statements = " or ".join(map(import_statement, specs))
        yield Finding(
            f"{name} is not imported in {source.path}, and there is more than one way: {statements}"
        )
    for spec, why in specs.items() if len(specs) == 1 else ():
        if edit := add_import(source, *spec):
            yield Candidate(import_statement(spec), why, 0.93, (edit,))


def _correct_name(case: Case, place: Place, node: ast.Name) -> Iterator[Candidate | Finding]:
    """Correct a name to the one near name that is bound here and fits its use."""
    source = place.source
    if node.id in LITERALS:
        # ``null``, ``true``
        literal = LITERALS[node.id]
        why = "how Python writes it"
        yield Candidate(f"{node.id} -> {literal}", why, 0.9, (source.replace(node, literal),))
        return
    kinds = scope.visible_names(source, node)
    near = _near_names(source, node, kinds)
    if len(near) > 1:
        yield Finding(f"'{node.id}' may be {' or '.join(near)}, which are equally near ({place})")
    elif near and near[0] in kinds and _is_rename(source, node.id, near[0]):
        # ``def totla(): …``, and every use says ``total``
        yield from _definition_slip(source, node, near[0], kinds)
    elif near:
        yield _corrected_uses(case, source, node, near[0], is_builtin=near[0] not in kinds)
    elif is_introduced(case.project, node.id):
        yield Finding(f"'{node.id}' was written since it last ran well, and nothing defines it yet ({place})")
    else:
        yield Finding(f"'{node.id}' is bound nowhere{_resemblance(node.id, kinds)} ({place})")


def _near_names(source: Source, node: ast.Name, kinds: dict[str, str]) -> list[str]:
    """Return the near names that fit the use; of several, the one that nothing reads yet."""
    fitting = {name for name, kind in kinds.items() if _fits(source, node, kind)}
    fitting |= scope.MODULE_NAMES if node.id.startswith("__") else set()
    near = nearest(node.id, fitting | _fitting_builtins(source, node))
    unread = [name for name in near if name in kinds and _count_reads(source, name) == 0]
    return unread if len(near) > 1 and len(unread) == 1 else near


def _corrected_uses(case: Case, source: Source, node: ast.Name, right: str, *, is_builtin: bool) -> Candidate:
    """Correct every use of the same misspelt name in the same function."""
    edits = tuple(source.replace(use, right) for use in _same_slips(source, node))
    why = "a builtin" if is_builtin else "the only near name in sight"
    if case.suggestion == right:
        why += ", and Python's own suggestion"
    # ``prices`` for ``price`` may be a name that was never written, not a slip.
    sure = (count_slips(node.id, right) or 3) < 3 and not _is_plural(node.id, right)
    return Candidate(f"{node.id} -> {right}", why, 0.9, edits, Risk.LOW if sure else Risk.MEDIUM)


def _resemblance(name: str, known: Iterable[str]) -> str:
    """Return the end of the finding about a name that nothing binds and that has no near name."""
    similar = similar_names(name, known)
    if len(similar) == 1:
        return f"; it resembles {similar[0]}, which may mean something else"
    return f"; {' and '.join(similar)} are equally near" if similar else ", and no name in sight is near it"


def _fitting_builtins(source: Source, node: ast.Name) -> set[str]:
    """Return the builtins that may be meant: long ones that are called, exceptions, and types in annotations."""
    is_annotation = _is_annotation(source, node)
    is_class = node.id[0].isupper()
    if not (is_annotation or is_class or _is_called(source, node)):
        return set()
    types = {name for name in scope.BUILTINS if isinstance(getattr(builtins, name), type)}
    long_enough = types if is_annotation else {name for name in scope.BUILTINS if len(name) > 4}
    # ``reverse`` is a word of its own, not a slip of ``reversed``.
    return {name for name in long_enough if name[0].isupper() == is_class and not name.startswith(node.id)}


def _is_annotation(source: Source, node: ast.Name) -> bool:
    """Return whether a name is part of an annotation or a decorator."""
    below: ast.AST = node
    for above in source.ancestors(node):
        if isinstance(above, ast.arg | ast.AnnAssign):
            return above.annotation is below
        if isinstance(above, ast.FunctionDef | ast.AsyncFunctionDef):
            return above.returns is below or below in above.decorator_list
        below = above
    return False


def _is_plural(left: str, right: str) -> bool:
    """Return whether two names differ by a final "s"."""
    return left + "s" == right or right + "s" == left


def _same_slips(source: Source, node: ast.Name) -> list[ast.Name]:
    """Return all uses of the same unbound name in the same function: the same slip, or half a rename."""
    home = scope.enclosing_function(source, node)
    uses = [use for use in scope.unbound_names(source) if use.id == node.id]
    return [use for use in uses if scope.enclosing_function(source, use) is home] or [node]


def _is_rename(source: Source, wrong: str, right: str) -> bool:
    """Return whether the definition was misspelt: nothing uses it, and the unbound name stands more than once."""
    return _count_reads(source, right) == 0 and _count_reads(source, wrong) > 1


def _count_reads(source: Source, name: str) -> int:
    """Count the reads of a name."""
    return sum(node.id == name for node in source.find(ast.Name) if isinstance(node.ctx, ast.Load))


def _definition_slip(
    source: Source, node: ast.Name, right: str, kinds: dict[str, str]
) -> Iterator[Candidate | Finding]:
    """Correct the one place that binds the near name to the spelling of all uses."""
    wrong = node.id
    pattern = re.compile(rf"(?<!\w){right}(?!\w)")
    places = list(pattern.finditer(source.text))
    if len(places) == 1 and kinds[right] in ("name", "parameter", "def"):
        edit = Edit(source.path, places[0].start(), places[0].end(), wrong)
        risk = Risk.MEDIUM if kinds[right] != "name" else Risk.LOW
        yield Candidate(f"{right} -> {wrong} where it is defined", "every use says so", 0.85, (edit,), risk)
    else:
        yield Finding(
            f"'{wrong}' is used more than once and '{right}' never: which of them was meant is not told"
        )


def _is_called(source: Source, node: ast.Name) -> bool:
    """Return whether a name is called."""
    above = source.parents.get(node)
    return isinstance(above, ast.Call) and above.func is node


def _fits(source: Source, node: ast.Name, kind: str) -> bool:
    """Return whether a name of this kind may stand where ``node`` stands: no function is added to a number."""
    above = source.parents.get(node)
    if kind != "def" or above is None or _is_called(source, node):
        return True
    return isinstance(
        above,
        ast.Call | ast.keyword | ast.Dict | ast.List | ast.Tuple | ast.FunctionDef | ast.Assign | ast.Return,
    )
