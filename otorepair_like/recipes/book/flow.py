"""Control flow: names used before they exist, results not awaited, loops that change their own iterable."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from otorepair_like.recipes.case import Case, Place
from otorepair_like.recipes.project import is_test
from otorepair_like.recipes.python import scope
from otorepair_like.recipes.python.functions import Function, called_name, find_functions, own_nodes
from otorepair_like.recipes.python.source import Edit, Source
from otorepair_like.recipes.recipe import Candidate, Finding, Risk, recipe
from otorepair_like.recipes.spelling import nearest


@recipe("unbound-local", "UnboundLocalError", example="count += 1 -> global count; count += 1")
def unbound_local(case: Case) -> Iterator[Candidate | Finding]:
    """Declare a variable ``global`` or ``nonlocal`` in a function that changes it, or correct a misspelt local name."""
    match = case.match(r"(?:cannot access )?local variable '(\w+)' .*")
    place = case.place
    if not match or not place:
        return
    name = match[1]
    uses = [node for node in place.nodes(ast.Name) if node.id == name]
    function = scope.enclosing_function(place.source, uses[0]) if uses else None
    if function is None:
        return
    finding = Finding(
        f"'{name}' is bound on some ways through {function.name}() only; its value there is not told ({place})"
    )
    yield (
        _declare_outer(place.source, function, name)
        or _correct_local(place.source, function, uses)
        or finding
    )


def _declare_outer(source: Source, function: Function, name: str) -> Candidate | None:
    """Declare a name that an outer scope binds: ``global count`` before ``count += 1``."""
    outer = next((s for s in scope.scopes(source, function) if name in scope.bound_names(s)), None)
    if outer is None or isinstance(outer, ast.ClassDef):
        return None
    keyword = "global" if isinstance(outer, ast.Module) else "nonlocal"
    edit = _insert_first_line(source, function, f"{keyword} {name}")
    where = "the module" if keyword == "global" else "the function around it"
    return Candidate(f"{keyword} {name} in {function.name}()", f"{where} binds it", 0.88, (edit,))


def _correct_local(source: Source, function: Function, uses: list[ast.Name]) -> Candidate | None:
    """Correct a local name that was misspelt where it is assigned, or on the failing line."""
    name, kinds = uses[0].id, scope.bound_names(function)
    near = nearest(name, set(kinds) - {name})
    if len(near) != 1:
        return None
    names = [node for node in own_nodes(function) if isinstance(node, ast.Name)]
    stores = [node for node in names if node.id == name and isinstance(node.ctx, ast.Store)]
    is_read = any(node.id == near[0] and isinstance(node.ctx, ast.Load) for node in names)
    if not is_read and kinds[near[0]] == "name":
        # ``coutn = 0``, and then ``count += 1``
        edits = tuple(source.replace(node, name) for node in names if node.id == near[0])
        return Candidate(f"{near[0]} -> {name}", f"'{near[0]}' is used nowhere, '{name}' is", 0.88, edits)
    if len(stores) == 1 and stores[0].lineno == uses[0].lineno:
        # ``count = 0``, and then ``coutn += 1``
        edits = tuple(source.replace(node, near[0]) for node in uses)
        why = "the only near name in this function"
        return Candidate(f"{name} -> {near[0]}", why, 0.8, edits, Risk.MEDIUM)
    return None


def _insert_first_line(source: Source, function: Function, text: str) -> Edit:
    """Insert a first statement into a function, below its docstring."""
    first = function.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and len(function.body) > 1:
        first = function.body[1]
    start = source.line_start(first.lineno)
    blanks = source.line(first.lineno)[: source.span(first)[0] - start]
    return source.insert(start, f"{blanks}{text}{source.newline}")


@recipe("order", "NameError", example="main(), called above its def, is moved below it")
def used_above(case: Case) -> Iterator[Candidate | Finding]:
    """Move a statement of the module below the definition that it uses."""
    match = case.match(r"name '(\w+)' is not defined")
    place = case.place
    if not match or not place or place.source.tree is None:
        return
    source, body = place.source, place.source.tree.body
    definition = next((s for s in body if match[1] in _defined_names(s) and s.lineno > place.line), None)
    user = next((s for s in body if s.lineno <= place.line <= (s.end_lineno or 0)), None)
    if user and definition and _is_movable(source, user, definition):
        title = f"line {user.lineno} below the definition of {match[1]}"
        edits = _move_below(source, user, definition)
        yield Candidate(title, "it is defined further down", 0.85, edits)


def _is_movable(source: Source, statement: ast.stmt, target: ast.stmt) -> bool:
    """Return whether a statement of the module may move below a later one."""
    # ``main()``, ``total = add(1, 2)``, ``if __name__ == "__main__":``; a class or a loop is not moved
    is_guard = isinstance(statement, ast.If) and "__main__" in source.code(statement)
    if not is_guard and not isinstance(statement, ast.Expr | ast.Assign):
        return False
    # ``total = add(1, 2)`` must stay above ``print(total)``
    names = _defined_names(statement)
    between = [s for s in _module_body(source) if statement.lineno < s.lineno <= target.lineno]
    return not any(isinstance(n, ast.Name) and n.id in names for s in between for n in ast.walk(s))


def _move_below(source: Source, statement: ast.stmt, target: ast.stmt) -> tuple[Edit, Edit]:
    """Return the edits that move the lines of a statement below those of another one."""
    begin = source.line_start(statement.lineno)
    end = source.line_start((statement.end_lineno or statement.lineno) + 1)
    below = source.line_start((target.end_lineno or 0) + 1)
    text = source.text[begin:end].rstrip("\r\n") + source.newline
    gap = "" if source.text[:below].endswith("\n") else source.newline
    removal = Edit(source.path, begin, end, "")
    return removal, source.insert(below, f"{gap}{source.newline * 2}{text}")


def _module_body(source: Source) -> list[ast.stmt]:
    """Return the top-level statements of a file."""
    return source.tree.body if source.tree else []


def _defined_names(statement: ast.stmt) -> set[str]:
    """Return the names that a statement binds."""
    return set(scope.bound_names(ast.Module([statement], [])))


@recipe(
    "missing-await",
    "TypeError",
    "AttributeError",
    "ValueError",
    "RuntimeError",
    example="data = fetch() -> data = await fetch()",
)
def missing_await(case: Case) -> Iterator[Candidate | Finding]:
    """Await a coroutine where its result is used."""
    if not re.search(
        r"coroutine|_GatheringFuture|'Future'|'Task'|await wasn't used with future", case.message
    ):
        return
    warning = re.search(
        r"coroutine '([\w.<>]+)' was never awaited",
        "\n".join((*case.incident.evidence, *case.incident.before)),
    )
    for place in case.places:
        for call in _coroutine_calls(case, place, warning[1].rpartition(".")[2] if warning else ""):
            function = scope.enclosing_function(place.source, call)
            if not isinstance(function, ast.AsyncFunctionDef):
                name = function.name if function else "the module"
                yield Finding(
                    f"{called_name(call.func)}() must be awaited, and {name} is not async ({place})"
                )
                return
            code = place.source.code(call)
            above = place.source.parents.get(call)
            tight = isinstance(above, ast.Attribute | ast.Subscript | ast.BinOp) or (
                isinstance(above, ast.Call) and above.func is call
            )
            edit = place.source.replace(call, f"(await {code})" if tight else f"await {code}")
            yield Candidate(f"await {code}", f"{called_name(call.func)}() is async", 0.9, (edit,))
            return
    if len(lost := _unawaited_calls(case)) == 1:
        place, call = lost[0]
        code = place.source.code(call)
        edit = place.source.replace(call, f"await {code}")
        yield Candidate(f"await {code}", f"{called_name(call.func)}() is async", 0.85, (edit,), Risk.MEDIUM)


_AWAITABLE = frozenset(
    {"gather", "to_thread", "wait_for", "wait", "sleep", "open_connection", "create_subprocess_exec"}
)
"""Functions of asyncio whose results are awaited."""


def _unawaited_calls(case: Case) -> list[tuple[Place, ast.Call]]:
    """Return calls of async functions, inside async functions, whose result goes into data without ``await``."""
    calls = []
    for file in case.project.mentions("async"):
        source = case.project.source(file) if not is_test(file) else None
        for call in source.find(ast.Call) if source else ():
            functions = find_functions(case, called_name(call.func)) if called_name(call.func) else []
            if (
                not source
                or not functions
                or not all(isinstance(function.node, ast.AsyncFunctionDef) for function in functions)
            ):
                continue
            above = source.parents.get(call)
            inside = isinstance(scope.enclosing_function(source, call), ast.AsyncFunctionDef)
            if inside and isinstance(above, ast.Dict | ast.List | ast.Return | ast.Attribute | ast.Subscript):
                calls.append((Place(source, call.lineno, ""), call))
    return calls


def _coroutine_calls(case: Case, place: Place, name: str) -> Iterator[ast.Call]:
    """Yield calls of async functions without ``await``, on the failing line or in the assignments it depends on."""
    source = place.source
    names = {node.id for node in place.nodes(ast.Name)}
    calls = list(place.nodes(ast.Call))
    assigned = (
        assignment for assignment in source.find(ast.Assign) if called_name(assignment.targets[0]) in names
    )
    calls += [assignment.value for assignment in assigned if isinstance(assignment.value, ast.Call)]
    for call in calls:
        functions = find_functions(case, called_name(call.func))
        plainly = functions and all(isinstance(function.node, ast.AsyncFunctionDef) for function in functions)
        plainly = plainly or (
            source.code(call.func).startswith("asyncio.") and called_name(call.func) in _AWAITABLE
        )
        if (plainly or (name and called_name(call.func) == name)) and not isinstance(
            source.parents.get(call), ast.Await
        ):
            yield call


@recipe("changed-while-looping", "RuntimeError", example="for k in d: del d[k] -> for k in list(d): del d[k]")
def changed_while_looping(case: Case) -> Iterator[Candidate | Finding]:
    """Iterate over a copy of a dictionary or set that the loop changes."""
    if not case.place or not case.match(r"(?:dictionary|Set) (?:changed size|keys changed) during iteration"):
        return
    for loop in case.place.nodes(ast.For):
        source = case.place.source
        edit = source.replace(loop.iter, f"list({source.code(loop.iter)})")
        yield Candidate(
            f"list({source.code(loop.iter)})", "the loop changes what it loops over", 0.92, (edit,)
        )
        return


@recipe("range-too-far", "IndexError", example="range(len(names) + 1) -> range(len(names))")
def range_too_far(case: Case) -> Iterator[Candidate | Finding]:
    """Shorten a loop that plainly counts one too far over the list it indexes."""
    place = case.place
    if not place or not case.match(
        r"(?:list|tuple|string|bytearray|array)(?: assignment)? index out of range"
    ):
        return
    source = place.source
    # The underlined list may be another one of the same length, so look at the whole line too.
    underlined = place.nodes(ast.Subscript)
    others = [node for node in source.find(ast.Subscript, place.line) if node not in underlined]
    for node in [*underlined, *others]:
        sequence = source.code(node.value)
        if isinstance(node.slice, ast.Call) and source.code(node.slice) == f"len({sequence})":
            edit = source.insert(source.span(node.slice)[1], " - 1")
            yield Candidate(
                f"{sequence}[len({sequence}) - 1]", "the last index is one less than the length", 0.9, (edit,)
            )
            return
        index = called_name(node.slice)
        loop = next(
            (
                parent
                for parent in source.ancestors(node)
                if isinstance(parent, ast.For | ast.While | ast.ListComp)
            ),
            None,
        )
        correction = _one_too_far(source, loop, index, sequence) if index and loop is not None else None
        if correction:
            yield Candidate(
                correction[0], "the last index is one less than the length", 0.9, (correction[1],)
            )
            return
    yield Finding(f"an index is beyond the end; what it should be is a question of the algorithm ({place})")


def _one_too_far(source: Source, loop: ast.AST, index: str, sequence: str) -> tuple[str, Edit] | None:
    """Return title and edit for a loop head that runs to ``len(holder)`` inclusive."""
    heads = loop.generators if isinstance(loop, ast.ListComp) else [loop]
    for head in heads:
        if isinstance(head, ast.For | ast.comprehension) and called_name(head.target) == index:
            match head.iter:
                case ast.Call(
                    func=ast.Name(id="range"),
                    args=[*_, ast.BinOp(left=left, op=ast.Add(), right=ast.Constant(value=1)) as sum_],
                ):
                    if source.code(left) == f"len({sequence})":
                        return f"range to {source.code(left)}", source.replace(sum_, source.code(left))
        if isinstance(head, ast.While):
            match head.test:
                case ast.Compare(left=ast.Name(id=name), ops=[ast.LtE()], comparators=[right]) if (
                    name == index
                ):
                    if source.code(right) == f"len({sequence})":
                        start, end = source.span(head.test.left)[1], source.span(right)[0]
                        at = start + source.text[start:end].index("<=")
                        return "<= -> <", Edit(source.path, at, at + 2, "<")
    return None
