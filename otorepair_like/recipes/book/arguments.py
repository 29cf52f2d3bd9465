"""What is given to a function and what it takes: parameters that were renamed, one argument too many, no instance."""

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
    """A parameter is misspelt where it is defined: its body, or everybody who gives it, says so."""
    found = case.match(r"([\w.<>]+)\(\) got an unexpected keyword argument '(\w+)'")
    functions = find_functions(case, found[1].removesuffix(".__init__")) if found else []
    if not found or len(functions) != 1:
        return
    function, wanted = functions[0], found[2]
    near = nearest(wanted, function.parameters, styles=False)
    if len(near) != 1:
        return
    source, old = function.source, near[0]
    reads = [node for node in ast.walk(function.node) if isinstance(node, ast.Name) and node.id == old]
    parameter = next(
        each for each in ast.walk(function.node) if isinstance(each, ast.arg) and each.arg == old
    )
    start = source.span(parameter)[0]
    edits = [source.replace_range(start, start + len(old), wanted)]
    unbound = {node.id for node in scope.unbound(source) if node in set(ast.walk(function.node))}
    given = [
        each
        for file in case.project.python_files
        if (other := case.project.source(file)) and not is_test(file)
        for call in other.find(ast.Call)
        for each in call.keywords
        if each.arg == wanted and called_name(call.func) == function.node.name
    ]
    if not reads and wanted in unbound:
        yield Candidate(f"parameter {old} -> {wanted}", "its body and its callers say so", 0.95, tuple(edits))
    elif not given and not case.places and _written_anywhere(case, wanted):
        edits += [source.replace(node, wanted) for node in reads]
        why = "the framework calls it with the name of its route"
        yield Candidate(f"parameter {old} -> {wanted}", why, 0.85, tuple(edits), Risk.MEDIUM)


def _written_anywhere(case: Case, word: str) -> bool:
    """Whether a route such as ``<int:item_id>`` or ``/{item_id}`` names it."""
    pattern = re.compile(rf"<(?:\w+:)?{word}>|\{{{word}(?::\w+)?\}}")
    return any(pattern.search(case.project.read(file) or "") for file in case.project.python_files)


@recipe("extra-argument", "TypeError", example="tax(net, rate, 2) -> tax(net, rate), which takes two")
def extra_argument(case: Case) -> Iterator[Candidate | Finding]:
    """The last argument is one too many; a view is missing the request it is given."""
    found = case.match(r"([\w.<>]+)\(\) takes (\d+) positional arguments? but (\d+) (?:was|were) given")
    if not found or int(found[3]) != int(found[2]) + 1:
        return
    functions = find_functions(case, found[1].removesuffix(".__init__")) or list(
        _constructors(case, found[1])
    )
    if len(functions) != 1:
        return
    function = functions[0]
    bare = found[1].removesuffix(".__init__").rpartition(".")[2]
    for place in case.places[:2]:
        calls = [call for call in place.nodes(ast.Call) if called_name(call.func) == bare]
        if len(calls) == 1 and len(calls[0].args) == len(function.parameters) + 1:
            yield _without_last(place, calls[0], function)
            return
    if not case.places and int(found[2]) == 0 and len(functions) == 1:
        yield from _request_first(functions[0])


def _constructors(case: Case, name: str) -> Iterator[FunctionMatch]:
    classes = list(find_classes(case, name.removesuffix(".__init__").rpartition(".")[2]))
    for source, holder in classes if len(classes) == 1 else ():
        for node in holder.body:
            if isinstance(node, ast.FunctionDef) and node.name == "__init__":
                yield FunctionMatch(source, node, holder)


def _without_last(place: Place, call: ast.Call, function: FunctionMatch) -> Candidate | Finding:
    """Leave the last argument out, if the others are plainly those it takes."""
    source, parameters = place.source, function.parameters
    named = [(called_name(each), wanted) for each, wanted in zip(call.args, parameters, strict=False)]
    fits = all(name == wanted for name, wanted in named if name) or _of_noted_types(call, function)
    plain = any(name == wanted for name, wanted in named) or _of_noted_types(call, function)
    body_wants = {node.id for node in scope.unbound(function.source) if node in set(ast.walk(function.node))}
    name = function.node.name if function.node.name != "__init__" else called_name(call.func)
    if (fits and plain) and not body_wants and not call.keywords:
        begin, end = source.span(call.args[-2])[1] if call.args[:-1] else source.span(call.args[-1])[0], 0
        end = source.span(call.args[-1])[1]
        edit = source.replace_range(begin, end, "")
        why = f"{name}() takes {', '.join(parameters) or 'nothing'}"
        return Candidate(f"{name}() without its last argument", why, 0.8, (edit,), Risk.MEDIUM)
    given = len(call.args)
    return Finding(f"{name}() takes {', '.join(parameters)}, and is given {given} arguments ({place})")


def _of_noted_types(call: ast.Call, function: FunctionMatch) -> bool:
    """Whether a literal is given for a parameter whose annotation asks for its type, and the last is a literal too."""
    noted = {
        each.arg: ast.unparse(each.annotation)
        for each in ast.walk(function.node)
        if isinstance(each, ast.arg) and each.annotation
    }
    pairs = zip(call.args, function.parameters, strict=False)
    types = [
        (type(each.value).__name__, noted.get(name, ""))
        for each, name in pairs
        if isinstance(each, ast.Constant)
    ]
    return isinstance(call.args[-1], ast.Constant) and bool(types) and all(a == b for a, b in types)


def _request_first(function: FunctionMatch) -> Iterator[Candidate]:
    """A view without parameters, among views that all take the request first."""
    others = [
        node.args.args[0].arg
        for node in (function.source.tree.body if function.source.tree else ())
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.args.args
        and node is not function.node
    ]
    if others and set(others) == {"request"}:
        at = function.source.text.find("(", function.source.span(function.node)[0]) + 1
        edit = function.source.insert(at, "request")
        title = f"request for {function.node.name}()"
        yield Candidate(title, "it is called with it, and its siblings take it", 0.88, (edit,))


@recipe("no-instance", "TypeError", example="queue = TaskQueue -> queue = TaskQueue()")
def no_instance(case: Case) -> Iterator[Candidate]:
    """A class was bound where an object of it was meant: its method gets the first argument for ``self``."""
    found = case.match(r"(\w+)\.(\w+)\(\) missing 1 required positional argument: '(\w+)'")
    classes = list(find_classes(case, found[1])) if found else []
    if not found or len(classes) != 1:
        return
    methods = find_functions(case, f"{found[1]}.{found[2]}")
    made = [each for each in find_functions(case, f"{found[1]}.__init__") if each.holder]
    if len(methods) != 1 or methods[0].parameters[-1:] != [found[3]] or any(each.required for each in made):
        return
    bound = [
        (source, node.value)
        for file in case.project.mentions(found[1])
        if (source := case.project.source(file))
        for node in source.find(ast.Assign)
        if isinstance(node.value, ast.Name) and node.value.id == found[1]
    ]
    if len(bound) == 1:
        source, value = bound[0]
        edit = source.insert(source.span(value)[1], "()")
        why = f"{found[2]}() is called on it as on an object"
        yield Candidate(f"{found[1]} -> {found[1]}()", why, 0.88, (edit,), Risk.MEDIUM)


@recipe(
    "abstract-method", "TypeError", example="def pops(self) -> def pop(self), which the base class asks for"
)
def abstract_method(case: Case) -> Iterator[Candidate | Finding]:
    """A method that a base class asks for has a misspelt name."""
    found = case.match(
        r"Can't instantiate abstract class (\w+) (?:with abstract methods?|without an implementation for abstract "
        r"methods?) '?(\w+)'?"
    )
    classes = list(find_classes(case, found[1])) if found else []
    if not found or len(classes) != 1:
        return
    source, holder = classes[0]
    methods = {
        node.name: node for node in holder.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    near = nearest(found[2], methods, styles=False)
    if len(near) == 1 and sum(case.project.mentions(near[0]).values()) == 1:
        at = source.text.index(near[0], source.span(methods[near[0]])[0])
        edit = Edit(source.path, at, at + len(near[0]), found[2])
        yield Candidate(f"{near[0]}() -> {found[2]}()", "its base class asks for that one", 0.92, (edit,))
    else:
        yield Finding(f"{found[1]} must define {found[2]}(), which its base class asks for")


@recipe("data-called", "TypeError", example="balance.cents() -> balance.cents, a field")
def data_called(case: Case) -> Iterator[Candidate]:
    """A field of a class is called as if it were a method."""
    place = case.place
    found = case.match(
        r"'(?:int|str|float|bool|list|dict|tuple|\w*date\w*|[\w.]*Decimal|NoneType)' object is not callable.*"
    )
    calls = place.nodes(ast.Call) if found and place else []
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
    """Whether classes of the project have data of that name."""
    for file in case.project.mentions(name):
        source: Source | None = case.project.source(file)
        for holder in source.find(ast.ClassDef) if source else ():
            if name in project_members(holder):
                return True
    return False


@recipe("unused-target", "ValueError", example="name, price, _ = pair() -> name, price = pair()")
def unused_target(case: Case) -> Iterator[Candidate | Finding]:
    """One name too many to unpack into, and the last one is used nowhere."""
    found = case.match(r"not enough values to unpack \(expected (\d+), got (\d+)\)")
    place = case.place
    if not found or not place or int(found[1]) != int(found[2]) + 1:
        return
    for node in place.nodes(ast.Assign):
        target = node.targets[0]
        if not isinstance(target, ast.Tuple) or len(target.elts) != int(found[1]):
            continue
        home = scope.enclosing_function(place.source, node) or place.source.tree
        used = (
            {n.id for n in own_nodes(home) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
            if home
            else set()
        )
        unused = [each for each in target.elts if isinstance(each, ast.Name) and each.id not in used]
        if unused == target.elts[-1:]:
            begin, end = place.source.span(target.elts[-2])[1], place.source.span(target.elts[-1])[1]
            edit = place.source.replace_range(begin, end, "" if len(target.elts) > 2 else ",")
            title = f"without {called_name(target.elts[-1])}"
            yield Candidate(
                title, f"{found[2]} values come, and it is used nowhere", 0.85, (edit,), Risk.MEDIUM
            )
            return
