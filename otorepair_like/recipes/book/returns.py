"""``None`` in place of a value: a function that computes its result and does not return it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from otorepair_like.recipes.case import Case, Place
from otorepair_like.recipes.project import is_test
from otorepair_like.recipes.python import scope
from otorepair_like.recipes.python.functions import (
    FunctionMatch,
    called_name,
    find_functions,
    only_function,
    own_nodes,
)
from otorepair_like.recipes.python.known_names import word_list
from otorepair_like.recipes.python.source import Edit, Source
from otorepair_like.recipes.recipe import Candidate, Finding, Risk, recipe

_VIEW: Final = re.compile(
    r"The view ([\w.]+) didn't return an HttpResponse object\. It returned None instead.*"
    r"|The view function for '([\w.]+)' did not return a valid response\..*(?:returned None|ended without a return).*",
    re.DOTALL,
)
_IN_PLACE: Final = ("sort", "reverse", "append", "extend", "update", "add", "insert")
_EFFECTS: Final = frozenset(
    word_list(
        """print setattr delattr exec write writelines flush close commit rollback save delete remove discard clear put
        info debug warning error exception log critical sleep start stop set exit kill send sendall mkdir makedirs"""
    )
)
"""Functions that are called for their effect, not for their result."""


@recipe(
    "forgotten-return",
    "TypeError",
    "AttributeError",
    "ValueError",
    "ResponseValidationError",
    example="def total(): a + b -> def total(): return a + b",
)
def forgotten_return(case: Case) -> Iterator[Candidate | Finding]:
    """Return the value that a function computes and drops; replace the result of ``list.sort()``."""
    if view := _VIEW.fullmatch(case.message):
        module, _, name = (view[1] or view[2]).rpartition(".")
        functions = find_functions(case, name)
        in_module = [method for method in functions if case.project.module_name(method.source.path) == module]
        functions = in_module or functions
        if len(functions) == 1 and not functions[0].returns:
            yield from _add_return(functions[0], any_call=True)
        return
    if not _is_about_none(case):
        return
    findings: list[Finding] = []
    for call in _suspects(case):
        name = called_name(call[1].func)
        if name in _IN_PLACE and not find_functions(case, name):
            yield from _replace_in_place_result(*call, name)
            return
        function = only_function(case, call[1].func)
        if function and not function.returns:
            for answer in _add_return(function, any_call=True):
                if isinstance(answer, Candidate):
                    yield answer
                    return
                findings.append(answer)
            break
    dropped = list(_functions_dropping_result(case))
    if len(dropped) == 1:
        yield from _add_return(dropped[0], any_call=False)
    else:
        yield from findings


def _is_about_none(case: Case) -> bool:
    """Return whether the failure is about ``None``."""
    if case.type == "ResponseValidationError":
        return any(re.search(r"\bNone\b", line) for line in case.incident.evidence)
    return bool(re.search(r"\bNoneType\b", case.message))


def _suspects(case: Case) -> Iterator[tuple[Place, ast.Call]]:
    """Yield the calls that may have returned ``None``, with their place."""
    place = case.place
    if place:
        yield from ((place, call) for call in [*_calls_behind(place), *_calls_of_caller(case)])


def _functions_dropping_result(case: Case) -> Iterator[FunctionMatch]:
    """Yield functions of the project that end in an unused value: such a line has no other purpose."""
    for file in case.project.python_files:
        source = case.project.source(file) if not is_test(file) else None
        for node in source.find(ast.stmt) if source else ():
            if source and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                above = source.parents.get(node)
                function = FunctionMatch(source, node, above if isinstance(above, ast.ClassDef) else None)
                yields = any(isinstance(n, ast.Yield | ast.YieldFrom) for n in own_nodes(node))
                if not yields and not function.returns and _drops_value(_last(node.body)):
                    yield function


def _last(body: list[ast.stmt]) -> ast.stmt:
    """Return the last statement; of a ``with`` that ends the body, the last one inside."""
    last = body[-1]
    return _last(last.body) if isinstance(last, ast.With | ast.AsyncWith) else last


def _drops_value(last: ast.stmt) -> bool:
    """Return whether a statement computes a value, has no effect, and leaves the value unused."""
    if not isinstance(last, ast.Expr):
        return False
    if isinstance(last.value, ast.Call):
        name = called_name(last.value.func)
        return name[:1].isupper() and not name.isupper() and not name.endswith(("Error", "Exception"))
    return not isinstance(last.value, ast.Await | ast.Constant | ast.Yield | ast.YieldFrom | ast.NamedExpr)


def _calls_behind(place: Place) -> Iterator[ast.Call]:
    """Yield the calls whose results the failing line uses: on it, or bound to a name it uses."""
    for node in place.nodes(ast.AST):
        value = getattr(node, "value", None) or getattr(node, "iter", None)
        if isinstance(value, ast.Await):
            value = value.value
        if isinstance(value, ast.Call):
            yield value
    names = {node.id for node in place.nodes(ast.Name)}
    for assignment in place.source.find(ast.Assign):
        value = assignment.value.value if isinstance(assignment.value, ast.Await) else assignment.value
        if (
            isinstance(value, ast.Call)
            and called_name(assignment.targets[0]) in names
            and assignment.lineno < place.line
        ):
            yield value
    for other in place.nodes(ast.Call):
        yield from (argument for argument in other.args if isinstance(argument, ast.Call))
        yield other


def _calls_of_caller(case: Case) -> Iterator[ast.Call]:
    """Yield the calls whose results the caller passes on: the failing name is a parameter of this function."""
    if len(case.places) < 2:
        return
    place, caller = case.places[:2]
    names = place.nodes(ast.Name)
    if any(scope.visible_names(place.source, node).get(node.id) == "parameter" for node in names):
        yield from _calls_behind(caller)


def _add_return(function: FunctionMatch, *, any_call: bool) -> Iterator[Candidate | Finding]:
    """Return the value of the last statement.

    Args:
        any_call: whether the value of a plain call may be returned: the caller is known to need a value.
    """
    source, last = function.source, _last(function.node.body)
    name = function.node.name
    blanks = source.line(last.lineno)[: source.span(last)[0] - source.line_start(last.lineno)]
    if _returns_self(function):
        # ``def named(self, name) -> Query: self.name = name``
        edit = _line_behind(source, last, f"{blanks}return self")
        yield Candidate(f"return self in {name}()", "it is annotated so", 0.9, (edit,))
    elif _drops_value(last):
        # ``a + b``
        edit = source.insert(source.span(last)[0], "return ")
        yield Candidate(f"return in {name}()", "its last line works out a value and drops it", 0.9, (edit,))
    elif isinstance(last, ast.Assign | ast.AugAssign) and isinstance(_target(last), ast.Name):
        # ``total = a + b``
        result = called_name(_target(last))
        edit = _line_behind(source, last, f"{blanks}return {result}")
        yield Candidate(
            f"return {result} in {name}()", "it works that out and drops it", 0.85, (edit,), Risk.MEDIUM
        )
    elif isinstance(last, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not _is_read(
        function, last.name
    ):
        # ``def wrapper(*args): …`` at the end of a decorator
        edit = _line_behind(source, last, f"{blanks}return {last.name}")
        yield Candidate(f"return {last.name} in {name}()", "it is made there and used nowhere", 0.9, (edit,))
    elif any_call and isinstance(last, ast.Expr) and isinstance(last.value, ast.Call | ast.Await):
        # ``load(path)``
        edit = source.insert(source.span(last)[0], "return ")
        call = last.value.value if isinstance(last.value, ast.Await) else last.value
        if isinstance(call, ast.Call) and called_name(call.func) in {*_IN_PLACE, *_EFFECTS}:
            yield Finding(
                f"{name}() returns nothing ({source.path}:{function.node.lineno}), and its result is used"
            )
            return
        why = "its last call may give what is missing"
        yield Candidate(f"return in {name}()", why, 0.75, (edit,), Risk.MEDIUM)
    else:
        yield Finding(
            f"{name}() returns nothing ({source.path}:{function.node.lineno}), and its result is used"
        )


def _line_behind(source: Source, last: ast.stmt, text: str) -> Edit:
    """Insert a line after a statement."""
    at = source.line_start((last.end_lineno or last.lineno) + 1)
    gap = "" if source.text[:at].endswith(("\n", "\r")) else source.newline
    return source.insert(at, f"{gap}{text}{source.newline}")


def _returns_self(function: FunctionMatch) -> bool:
    """Return whether a method is annotated to return its own class and can return ``self``."""
    note, owner, arguments = function.node.returns, function.owner, function.node.args.args
    if not note or not owner or not arguments or arguments[0].arg != "self" or function.node.decorator_list:
        return False
    class_name = note.value if isinstance(note, ast.Constant) else called_name(note)
    return class_name in (owner.name, "Self") and not function.returns


def _is_read(function: FunctionMatch, name: str) -> bool:
    """Return whether the function uses a name."""
    return any(isinstance(node, ast.Name) and node.id == name for node in own_nodes(function.node))


def _target(node: ast.Assign | ast.AugAssign) -> ast.expr:
    """Return the first target of an assignment."""
    return node.targets[0] if isinstance(node, ast.Assign) else node.target


def _replace_in_place_result(place: Place, call: ast.Call, name: str) -> Iterator[Candidate | Finding]:
    """Replace ``names = names.sort()``: the method changes the list and returns nothing."""
    source = place.source
    above = source.parents.get(call)
    owner = source.code(call.func).rpartition(".")[0]
    if isinstance(above, ast.Assign) and source.code(above.targets[0]) == owner:
        edit = source.replace(above, source.code(call))
        yield Candidate(
            f"{source.code(above)} -> {source.code(call)}", f"{name}() returns nothing", 0.92, (edit,)
        )
    elif name in ("sort", "reverse"):
        arguments = ", ".join([owner, *(source.code(keyword) for keyword in call.keywords)])
        new = f"sorted({arguments})" if name == "sort" else f"list(reversed({owner}))"
        yield Candidate(
            f"{source.code(call)} -> {new}", f"{name}() returns nothing", 0.85, (source.replace(call, new),)
        )
    else:
        yield Finding(f"{source.code(call)} returns nothing, and its result is used ({place})")
