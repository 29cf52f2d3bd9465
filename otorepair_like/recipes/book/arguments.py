"""Arguments and parameters that do not fit: a renamed parameter, one argument too many, a class for an instance."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from otorepair_like.recipes.case import Case, Place
from otorepair_like.recipes.project import is_test
from otorepair_like.recipes.python import scope
from otorepair_like.recipes.python.classes import find_classes, project_members
from otorepair_like.recipes.python.functions import (
    FunctionMatch,
    called_name,
    find_functions,
    own_nodes,
)
from otorepair_like.recipes.python.source import Edit, Source
from otorepair_like.recipes.recipe import Candidate, Finding, Risk, recipe
from otorepair_like.recipes.spelling import nearest


@recipe("parameter-name", "TypeError", example="def show(itemid): for '/<item_id>' -> def show(item_id):")
def parameter_name(case: Case) -> Iterator[Candidate]:
    """Rename a misspelt parameter where it is defined, if its body or its callers agree on the other name."""
    match = case.match(r"([\w.<>]+)\(\) got an unexpected keyword argument '(\w+)'")
    functions = find_functions(case, match[1].removesuffix(".__init__")) if match else []
    if not match or len(functions) != 1:
        return
    function, right = functions[0], match[2]
    near = nearest(right, function.parameters, styles=False)
    if len(near) != 1:
        return
    nodes = list(ast.walk(function.node))
    reads = [node for node in nodes if isinstance(node, ast.Name) and node.id == near[0]]
    title = f"parameter {near[0]} -> {right}"
    edit = _rename_parameter(function, near[0], right)
    if not reads and right in _unbound_inside(function):
        # ``def show(itemid): return items[item_id]``
        yield Candidate(title, "its body and its callers say so", 0.95, (edit,))
    elif not case.places and not _is_passed(case, function.node.name, right) and _is_in_route(case, right):
        # ``@app.get("/items/{item_id}")`` above ``def show(itemid): return items[itemid]``
        edits = (edit, *(function.source.replace(node, right) for node in reads))
        why = "the framework calls it with the name of its route"
        yield Candidate(title, why, 0.85, edits, Risk.MEDIUM)


def _rename_parameter(function: FunctionMatch, old: str, new: str) -> Edit:
    """Return the edit that renames a parameter in the function's head."""
    arguments = (node for node in ast.walk(function.node) if isinstance(node, ast.arg))
    start = function.source.span(next(node for node in arguments if node.arg == old))[0]
    return function.source.replace_range(start, start + len(old), new)


def _unbound_inside(function: FunctionMatch) -> set[str]:
    """Return the names that a function reads and nothing binds."""
    nodes = set(ast.walk(function.node))
    return {node.id for node in scope.unbound_names(function.source) if node in nodes}


def _is_passed(case: Case, function: str, keyword: str) -> bool:
    """Return whether the project calls a function of this name with this keyword."""
    sources = (case.project.source(file) for file in case.project.python_files if not is_test(file))
    return any(
        argument.arg == keyword
        for source in sources
        if source
        for call in source.find(ast.Call)
        if called_name(call.func) == function
        for argument in call.keywords
    )


def _is_in_route(case: Case, word: str) -> bool:
    """Return whether a route such as ``<int:item_id>`` or ``/{item_id}`` names the parameter."""
    pattern = re.compile(rf"<(?:\w+:)?{word}>|\{{{word}(?::\w+)?\}}")
    return any(pattern.search(case.project.read(file) or "") for file in case.project.python_files)


@recipe("extra-argument", "TypeError", example="tax(net, rate, 2) -> tax(net, rate), which takes two")
def extra_argument(case: Case) -> Iterator[Candidate | Finding]:
    """Drop the last argument if it is one too many; add the missing ``request`` to a view."""
    match = case.match(r"([\w.<>]+)\(\) takes (\d+) positional arguments? but (\d+) (?:was|were) given")
    if not match or int(match[3]) != int(match[2]) + 1:
        return
    functions = find_functions(case, match[1].removesuffix(".__init__")) or list(
        _constructors(case, match[1])
    )
    if len(functions) != 1:
        return
    function = functions[0]
    bare = match[1].removesuffix(".__init__").rpartition(".")[2]
    for place in case.places[:2]:
        calls = [call for call in place.nodes(ast.Call) if called_name(call.func) == bare]
        if len(calls) == 1 and len(calls[0].args) == len(function.parameters) + 1:
            yield _drop_last_argument(place, calls[0], function)
            return
    if not case.places and int(match[2]) == 0 and len(functions) == 1:
        yield from _add_request(functions[0])


def _constructors(case: Case, name: str) -> Iterator[FunctionMatch]:
    """Yield the ``__init__`` of the one class of that name."""
    classes = list(find_classes(case, name.removesuffix(".__init__").rpartition(".")[2]))
    for source, owner in classes if len(classes) == 1 else ():
        for node in owner.body:
            if isinstance(node, ast.FunctionDef) and node.name == "__init__":
                yield FunctionMatch(source, node, owner)


def _drop_last_argument(place: Place, call: ast.Call, function: FunctionMatch) -> Candidate | Finding:
    """Drop the last argument, if the others are plainly those that the function takes."""
    source, parameters = place.source, function.parameters
    name = function.node.name if function.node.name != "__init__" else called_name(call.func)
    if call.keywords or _unbound_inside(function) or not _others_fit(call, function):
        return Finding(
            f"{name}() takes {', '.join(parameters)}, and is given {len(call.args)} arguments ({place})"
        )
    begin, end = source.span(call.args[-1])
    begin = source.span(call.args[-2])[1] if len(call.args) > 1 else begin
    why = f"{name}() takes {', '.join(parameters) or 'nothing'}"
    edit = source.replace_range(begin, end, "")
    return Candidate(f"{name}() without its last argument", why, 0.8, (edit,), Risk.MEDIUM)


def _others_fit(call: ast.Call, function: FunctionMatch) -> bool:
    """Return whether the arguments but the last have the names, or the annotated types, of the parameters."""
    names = [(called_name(node), name) for node, name in zip(call.args, function.parameters, strict=False)]
    same = [name == parameter for name, parameter in names if name]
    return (bool(same) and all(same)) or _literals_match_annotations(call, function)


def _literals_match_annotations(call: ast.Call, function: FunctionMatch) -> bool:
    """Return whether the literals have the types of the annotations, and the last argument is one too."""
    annotations = {
        node.arg: ast.unparse(node.annotation)
        for node in ast.walk(function.node)
        if isinstance(node, ast.arg) and node.annotation
    }
    pairs = zip(call.args, function.parameters, strict=False)
    types = [
        (type(argument.value).__name__, annotations.get(name, ""))
        for argument, name in pairs
        if isinstance(argument, ast.Constant)
    ]
    return isinstance(call.args[-1], ast.Constant) and bool(types) and all(a == b for a, b in types)


def _add_request(function: FunctionMatch) -> Iterator[Candidate]:
    """Add ``request`` to a view without parameters, if all its siblings take it first."""
    first_parameters = [
        node.args.args[0].arg
        for node in (function.source.tree.body if function.source.tree else ())
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.args.args
        and node is not function.node
    ]
    if first_parameters and set(first_parameters) == {"request"}:
        at = function.source.text.find("(", function.source.span(function.node)[0]) + 1
        edit = function.source.insert(at, "request")
        title = f"request for {function.node.name}()"
        yield Candidate(title, "it is called with it, and its siblings take it", 0.88, (edit,))


@recipe("no-instance", "TypeError", example="queue = TaskQueue -> queue = TaskQueue()")
def no_instance(case: Case) -> Iterator[Candidate]:
    """Instantiate a class that was bound in place of an object of it, so that its method lacks ``self``."""
    match = case.match(r"(\w+)\.(\w+)\(\) missing 1 required positional argument: '(\w+)'")
    classes = list(find_classes(case, match[1])) if match else []
    if not match or len(classes) != 1:
        return
    methods = find_functions(case, f"{match[1]}.{match[2]}")
    constructors = [function for function in find_functions(case, f"{match[1]}.__init__") if function.owner]
    if (
        len(methods) != 1
        or methods[0].parameters[-1:] != [match[3]]
        or any(function.required for function in constructors)
    ):
        return
    assignments = [
        (source, node.value)
        for file in case.project.mentions(match[1])
        if (source := case.project.source(file))
        for node in source.find(ast.Assign)
        if isinstance(node.value, ast.Name) and node.value.id == match[1]
    ]
    if len(assignments) == 1:
        source, value = assignments[0]
        edit = source.insert(source.span(value)[1], "()")
        why = f"{match[2]}() is called on it as on an object"
        yield Candidate(f"{match[1]} -> {match[1]}()", why, 0.88, (edit,), Risk.MEDIUM)


@recipe(
    "abstract-method", "TypeError", example="def pops(self) -> def pop(self), which the base class asks for"
)
def abstract_method(case: Case) -> Iterator[Candidate | Finding]:
    """Rename a misspelt method that a base class requires."""
    match = case.match(
        r"Can't instantiate abstract class (\w+) (?:with abstract methods?|without an implementation for abstract "
        r"methods?) '?(\w+)'?"
    )
    classes = list(find_classes(case, match[1])) if match else []
    if not match or len(classes) != 1:
        return
    source, owner = classes[0]
    methods = {
        node.name: node for node in owner.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    near = nearest(match[2], methods, styles=False)
    if len(near) == 1 and sum(case.project.mentions(near[0]).values()) == 1:
        at = source.text.index(near[0], source.span(methods[near[0]])[0])
        edit = Edit(source.path, at, at + len(near[0]), match[2])
        yield Candidate(f"{near[0]}() -> {match[2]}()", "its base class asks for that one", 0.92, (edit,))
    else:
        yield Finding(f"{match[1]} must define {match[2]}(), which its base class asks for")


@recipe("data-called", "TypeError", example="balance.cents() -> balance.cents, a field")
def data_called(case: Case) -> Iterator[Candidate]:
    """Remove the parentheses from a field that is called like a method."""
    place = case.place
    match = case.match(
        r"'(?:int|str|float|bool|list|dict|tuple|\w*date\w*|[\w.]*Decimal|NoneType)' object is not callable.*"
    )
    calls = place.nodes(ast.Call) if match and place else []
    for call in calls:
        name = called_name(call.func)
        if not place or not isinstance(call.func, ast.Attribute) or call.args or call.keywords:
            continue
        if find_functions(case, name) or not _is_field(case, name):
            continue
        edit = place.source.replace(call, place.source.code(call.func))
        yield Candidate(f"{name}() -> {name}", f"{name} is a field, no method", 0.9, (edit,))
        return


def _is_field(case: Case, name: str) -> bool:
    """Return whether classes of the project have data of that name."""
    for file in case.project.mentions(name):
        source: Source | None = case.project.source(file)
        for owner in source.find(ast.ClassDef) if source else ():
            if name in project_members(owner):
                return True
    return False


@recipe("unused-target", "ValueError", example="name, price, _ = pair() -> name, price = pair()")
def unused_target(case: Case) -> Iterator[Candidate | Finding]:
    """Drop the last name of an unpacking that has one too many, if nothing uses it."""
    match = case.match(r"not enough values to unpack \(expected (\d+), got (\d+)\)")
    place = case.place
    if not match or not place or int(match[1]) != int(match[2]) + 1:
        return
    for node in place.nodes(ast.Assign):
        target = node.targets[0]
        if not isinstance(target, ast.Tuple) or len(target.elts) != int(match[1]):
            continue
        home = scope.enclosing_function(place.source, node) or place.source.tree
        used = (
            {n.id for n in own_nodes(home) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
            if home
            else set()
        )
        unused = [
            element for element in target.elts if isinstance(element, ast.Name) and element.id not in used
        ]
        if unused == target.elts[-1:]:
            begin, end = place.source.span(target.elts[-2])[1], place.source.span(target.elts[-1])[1]
            edit = place.source.replace_range(begin, end, "" if len(target.elts) > 2 else ",")
            title = f"without {called_name(target.elts[-1])}"
            yield Candidate(
                title, f"{match[2]} values come, and it is used nowhere", 0.85, (edit,), Risk.MEDIUM
            )
            return
