"""Names used before they are there, results that were forgotten, loops that saw at their branch."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from otorepair_like.recipes.case import Case, Place
from otorepair_like.recipes.project import is_test
from otorepair_like.recipes.python import scope
from otorepair_like.recipes.python.functions import (
    called_name,
    find_functions,
    own_nodes,
)
from otorepair_like.recipes.python.source import Edit, Source
from otorepair_like.recipes.recipe import Candidate, Finding, Risk, recipe
from otorepair_like.recipes.spelling import nearest


@recipe("unbound-local", "UnboundLocalError", example="count += 1 -> global count; count += 1")
def unbound_local(case: Case) -> Iterator[Candidate | Finding]:
    """A function changes a variable of the module, or of the function around it, without saying so."""
    found = case.match(r"(?:cannot access )?local variable '(\w+)' .*")
    place = case.place
    if not found or not place:
        return
    name = found[1]
    uses = [node for node in place.nodes(ast.Name) if node.id == name]
    function = scope.enclosing_function(place.source, uses[0]) if uses else None
    if function is None:
        return
    outer = next((s for s in scope.scopes(place.source, function) if name in scope.bound(s)), None)
    own = scope.bound(function)
    stores = [
        n
        for n in own_nodes(function)
        if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store)
    ]
    if outer is not None and not isinstance(outer, ast.ClassDef):
        word = "global" if isinstance(outer, ast.Module) else "nonlocal"
        edit = _first_line(place.source, function, f"{word} {name}")
        where = "the module" if word == "global" else "the function around it"
        yield Candidate(f"{word} {name} in {function.name}()", f"{where} binds it", 0.88, (edit,))
        return
    near = nearest(name, set(own) - {name})
    loads = {n.id for n in own_nodes(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    if len(near) == 1 and near[0] not in loads and own[near[0]] == "name":
        edits = tuple(
            place.source.replace(n, name)
            for n in own_nodes(function)
            if isinstance(n, ast.Name) and n.id == near[0]
        )
        yield Candidate(f"{near[0]} -> {name}", f"'{near[0]}' is used nowhere, '{name}' is", 0.88, edits)
    elif len(near) == 1 and len(stores) == 1 and stores[0].lineno == uses[0].lineno:
        edits = tuple(place.source.replace(node, near[0]) for node in uses)
        yield Candidate(
            f"{name} -> {near[0]}", "the only near name in this function", 0.8, edits, Risk.MEDIUM
        )
    else:
        yield Finding(
            f"'{name}' is bound on some ways through {function.name}() only; its value there is not told ({place})"
        )


def _first_line(source: Source, function: ast.FunctionDef | ast.AsyncFunctionDef, text: str) -> Edit:
    """A new first statement of a function, below its docstring."""
    first = function.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and len(function.body) > 1:
        first = function.body[1]
    start = source.line_start(first.lineno)
    blanks = source.line(first.lineno)[: source.span(first)[0] - start]
    return source.insert(start, f"{blanks}{text}{source.newline}")


@recipe("order", "NameError", example="main(), called above its def, is moved below it")
def used_above(case: Case) -> Iterator[Candidate | Finding]:
    """A statement of the module uses what is defined further down: it moves below."""
    found = case.match(r"name '(\w+)' is not defined")
    place = case.place
    if not found or not place or place.source.tree is None:
        return
    source = place.source
    body = source.tree.body if source.tree else []
    later = [s for s in body if found[1] in _defines(s) and s.lineno > place.line]
    here = next((s for s in body if s.lineno <= place.line <= (s.end_lineno or 0)), None)
    guard = isinstance(here, ast.If) and "__main__" in source.code(here)
    if not later or here is None or not (guard or isinstance(here, ast.Expr | ast.Assign)):
        return
    between = [s for s in body if here.lineno < s.lineno <= later[0].lineno]
    bound = scope.bound(ast.Module([here], []))
    if any(isinstance(n, ast.Name) and n.id in bound for s in between for n in ast.walk(s)):
        return
    begin, end = source.line_start(here.lineno), source.line_start((here.end_lineno or here.lineno) + 1)
    target = source.line_start((later[0].end_lineno or 0) + 1)
    moved = source.text[begin:end].rstrip("\r\n") + source.newline
    gap = "" if source.text[:target].endswith("\n") else source.newline
    edits = (Edit(source.path, begin, end, ""), source.insert(target, f"{gap}{source.newline * 2}{moved}"))
    yield Candidate(
        f"line {here.lineno} below the definition of {found[1]}", "it is defined further down", 0.85, edits
    )


def _defines(statement: ast.stmt) -> set[str]:
    return set(scope.bound(ast.Module([statement], [])))


@recipe(
    "missing-await",
    "TypeError",
    "AttributeError",
    "ValueError",
    "RuntimeError",
    example="data = fetch() -> data = await fetch()",
)
def missing_await(case: Case) -> Iterator[Candidate | Finding]:
    """A coroutine was used where its result was meant."""
    if not re.search(
        r"coroutine|_GatheringFuture|'Future'|'Task'|await wasn't used with future", case.message
    ):
        return
    said = re.search(
        r"coroutine '([\w.<>]+)' was never awaited",
        "\n".join((*case.incident.evidence, *case.incident.before)),
    )
    for place in case.places:
        for call in _coroutine_calls(case, place, said[1].rpartition(".")[2] if said else ""):
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
    if len(lost := _never_awaited(case)) == 1:
        place, call = lost[0]
        code = place.source.code(call)
        edit = place.source.replace(call, f"await {code}")
        yield Candidate(f"await {code}", f"{called_name(call.func)}() is async", 0.85, (edit,), Risk.MEDIUM)


_AWAITABLE = frozenset(
    {"gather", "to_thread", "wait_for", "wait", "sleep", "open_connection", "create_subprocess_exec"}
)
"""Functions of asyncio whose results are awaited."""


def _never_awaited(case: Case) -> list[tuple[Place, ast.Call]]:
    """Calls of the project's async functions, in async functions, whose results go nowhere but into data."""
    found = []
    for file in case.project.mentions("async"):
        source = case.project.source(file) if not is_test(file) else None
        for call in source.find(ast.Call) if source else ():
            own = find_functions(case, called_name(call.func)) if called_name(call.func) else []
            if not source or not own or not all(isinstance(each.node, ast.AsyncFunctionDef) for each in own):
                continue
            above = source.parents.get(call)
            inside = isinstance(scope.enclosing_function(source, call), ast.AsyncFunctionDef)
            if inside and isinstance(above, ast.Dict | ast.List | ast.Return | ast.Attribute | ast.Subscript):
                found.append((Place(source, call.lineno, ""), call))
    return found


def _coroutine_calls(case: Case, place: Place, name: str) -> Iterator[ast.Call]:
    """Calls of the project's async functions, not awaited, on the failing line or in the assignments it depends on."""
    source = place.source
    names = {node.id for node in place.nodes(ast.Name)}
    calls = list(place.nodes(ast.Call))
    assigned = (each for each in source.find(ast.Assign) if called_name(each.targets[0]) in names)
    calls += [each.value for each in assigned if isinstance(each.value, ast.Call)]
    for call in calls:
        own = find_functions(case, called_name(call.func))
        plainly = own and all(isinstance(each.node, ast.AsyncFunctionDef) for each in own)
        plainly = plainly or (
            source.code(call.func).startswith("asyncio.") and called_name(call.func) in _AWAITABLE
        )
        if (plainly or (name and called_name(call.func) == name)) and not isinstance(
            source.parents.get(call), ast.Await
        ):
            yield call


@recipe("changed-while-looping", "RuntimeError", example="for k in d: del d[k] -> for k in list(d): del d[k]")
def changed_while_looping(case: Case) -> Iterator[Candidate | Finding]:
    """A loop over a dictionary or set that adds to or takes from it: loop over a copy."""
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
    """A loop that plainly counts one too far over the list it indexes."""
    place = case.place
    if not place or not case.match(
        r"(?:list|tuple|string|bytearray|array)(?: assignment)? index out of range"
    ):
        return
    source = place.source
    # What is underlined may be another list of the same length.
    underlined = place.nodes(ast.Subscript)
    others = [node for node in source.find(ast.Subscript, place.line) if node not in underlined]
    for node in [*underlined, *others]:
        holder = source.code(node.value)
        if isinstance(node.slice, ast.Call) and source.code(node.slice) == f"len({holder})":
            edit = source.insert(source.span(node.slice)[1], " - 1")
            yield Candidate(
                f"{holder}[len({holder}) - 1]", "the last index is one less than the length", 0.9, (edit,)
            )
            return
        index = called_name(node.slice)
        loop = next(
            (each for each in source.around(node) if isinstance(each, ast.For | ast.While | ast.ListComp)),
            None,
        )
        found = _one_too_far(source, loop, index, holder) if index and loop is not None else None
        if found:
            yield Candidate(found[0], "the last index is one less than the length", 0.9, (found[1],))
            return
    yield Finding(f"an index is beyond the end; what it should be is a question of the algorithm ({place})")


def _one_too_far(source: Source, loop: ast.AST, index: str, holder: str) -> tuple[str, Edit] | None:
    heads = loop.generators if isinstance(loop, ast.ListComp) else [loop]
    for head in heads:
        if isinstance(head, ast.For | ast.comprehension) and called_name(head.target) == index:
            match head.iter:
                case ast.Call(
                    func=ast.Name(id="range"),
                    args=[*_, ast.BinOp(left=left, op=ast.Add(), right=ast.Constant(value=1)) as sum_],
                ):
                    if source.code(left) == f"len({holder})":
                        return f"range to {source.code(left)}", source.replace(sum_, source.code(left))
        if isinstance(head, ast.While):
            match head.test:
                case ast.Compare(left=ast.Name(id=name), ops=[ast.LtE()], comparators=[right]) if (
                    name == index
                ):
                    if source.code(right) == f"len({holder})":
                        start, end = source.span(head.test.left)[1], source.span(right)[0]
                        at = start + source.text[start:end].index("<=")
                        return "<= -> <", Edit(source.path, at, at + 2, "<")
    return None
