"""A call that does not fit its function."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Final

from otorepair_like.recipes.case import Case, Place
from otorepair_like.recipes.python import scope
from otorepair_like.recipes.python.classes import all_members, find_classes, project_members
from otorepair_like.recipes.python.functions import FunctionMatch, called_name, find_functions, only_function
from otorepair_like.recipes.python.known_names import word_list
from otorepair_like.recipes.recipe import Candidate, Finding, Risk, recipe
from otorepair_like.recipes.spelling import completions, count_slips, nearest


@recipe("keyword", "TypeError", example="make(nmae='x') -> make(name='x')")
def keyword_argument(case: Case) -> Iterator[Candidate | Finding]:
    """Correct a misspelt keyword argument."""
    unexpected = _unexpected_keyword(case)
    located = _call_with_keyword(case, unexpected[1]) if unexpected else None
    if not unexpected or not located:
        return
    (name, wrong), (place, call) = unexpected, located
    parameters = _parameters(case, place, call, name)
    free = set(parameters or ()) - {keyword.arg for keyword in call.keywords}
    near = nearest(wrong, free) or completions(wrong, free)
    if len(near) > 1:
        yield Finding(f"{name}() takes no {wrong}; {' and '.join(near)} are equally near ({place})")
    elif near:
        argument = next(keyword for keyword in call.keywords if keyword.arg == wrong)
        start = place.source.span(argument)[0]
        edit = place.source.replace_range(start, start + len(wrong), near[0])
        risk = Risk.LOW if count_slips(wrong, near[0]) else Risk.MEDIUM
        yield Candidate(f"{wrong}= -> {near[0]}=", f"{name}() takes it", 0.9, (edit,), risk)
    else:
        what = f"it takes {', '.join(parameters)}" if parameters else "what it takes is not known"
        yield Finding(f"{name}() takes no argument {wrong}: {what} ({place})")


def _unexpected_keyword(case: Case) -> tuple[str, str] | None:
    """Return the callable and the keyword that the message names."""
    # ``make(nmae="x")``; Python 3.13 lists several
    match = case.match(r"([\w.<>]+)\(\) got an unexpected keyword argument '(\w+)'.*") or case.match(
        r"(\w+)\(\) got unexpected keyword arguments: '(\w+)'"
    )
    if match:
        return match[1], match[2]
    # ``print(ned="")``: a builtin
    match = case.match(r"'(\w+)' is an invalid keyword argument for (\w+)(?:\(\))?")
    if match:
        return match[2], match[1]
    # ``Column(nulable=True)`` of SQLAlchemy, which does not name the callable
    match = case.match(r"Additional arguments should be named <dialectname>_<argument>, got '(\w+)'")
    calls = _calls_with(case.place.nodes(ast.Call), match[1]) if match and case.place else []
    name = called_name(calls[0].func) if calls else ""
    return (name, match[1]) if match and name else None


def _call_with_keyword(case: Case, keyword: str) -> tuple[Place, ast.Call] | None:
    """Return the one call with a keyword: on the failing line, else in the project."""
    if not case.place:
        return None
    calls = [(case.place, call) for call in _calls_with(case.place.nodes(ast.Call), keyword)]
    if not calls:
        # The failing call may be the framework's, made for one of the project's further up.
        sources = filter(None, map(case.project.source, case.project.mentions(keyword)))
        calls = [
            (Place(source, call.lineno, ""), call)
            for source in sources
            for call in _calls_with(source.find(ast.Call), keyword)
        ]
    return calls[0] if len(calls) == 1 else None


def _calls_with(calls: Iterable[ast.Call], name: str) -> list[ast.Call]:
    """Return the calls that have this keyword."""
    return [call for call in calls if any(keyword.arg == name for keyword in call.keywords)]


def _parameters(case: Case, place: Place, call: ast.Call, name: str) -> list[str] | None:
    """Return the parameters of the callable with that printed name."""
    if reported := case.facts.parameters(name):
        return reported
    bare = name.removesuffix(".__init__")
    functions = find_functions(case, name)
    if len(functions) == 1:
        return functions[0].parameters
    classes = list(find_classes(case, bare.rpartition(".")[2]))
    if len(classes) == 1:
        members = all_members(case, *classes[0]) or project_members(classes[0][1])
        return sorted(member for member in members if not member.startswith("_"))
    called = ast.unparse(call.func)
    if "." in name:
        modules = case.all_imported_modules()
        return [
            *(case.interpreter.parameters(modules, called) or ()),
            *(case.interpreter.parameters(modules, name) or ()),
        ]
    if called in scope.BUILTINS and called not in scope.visible_names(place.source, call):
        return case.interpreter.parameters(["builtins"], called)
    return (
        case.interpreter.parameters(["builtins", *case.imported_modules(place.source)], called)
        if not functions
        else None
    )


@recipe("missing-self", "TypeError", example="def total(): -> def total(self):")
def missing_self(case: Case) -> Iterator[Candidate | Finding]:
    """Add ``self`` to a method that was defined without it and gets one argument too many."""
    match = case.match(r"([\w.<>]+)\(\) takes (\d+) positional arguments? but (\d+) (?:was|were) given")
    if not match or int(match[3]) != int(match[2]) + 1:
        return
    methods = [function for function in find_functions(case, match[1]) if function.owner]
    candidates = [
        function for function in methods if not function.node.decorator_list and not _has_self(function)
    ]
    if len(candidates) == len(methods) == 1:
        method = candidates[0]
        at = method.source.text.find("(", method.source.span(method.node)[0]) + 1
        edit = method.source.insert(at, "self, " if method.node.args.args else "self")
        yield Candidate(
            f"self for {method.node.name}()", "a method called on an object gets it", 0.92, (edit,)
        )
    else:
        yield Finding(f"{match[1]}() takes {match[2]} arguments and was given {match[3]} ({case.place})")


def _has_self(method: FunctionMatch) -> bool:
    """Return whether the first parameter is ``self`` or the like."""
    arguments = method.node.args
    return bool(arguments.args) and arguments.args[0].arg in ("self", "cls", "mcs", "_")


@recipe("missing-argument", "TypeError", example="tax(net) -> tax(net, rate), where rate is at hand")
def missing_argument(case: Case) -> Iterator[Candidate | Finding]:
    """Pass the missing argument, if a variable of exactly its name is in scope."""
    match = case.match(r"([\w.<>]+)\(\) missing 1 required (?:positional|keyword-only) argument: '(\w+)'")
    place = case.place
    if not match or not place or match[2] == "self":
        return
    name, argument = match[1], match[2]
    bare = name.removesuffix(".__init__").rpartition(".")[2]
    calls = [call for call in place.nodes(ast.Call) if called_name(call.func) == bare]
    target = only_function(case, calls[0].func, name) if len(calls) == 1 else None
    kinds = scope.visible_names(place.source, calls[0]) if len(calls) == 1 else {}
    if target and len(calls) == 1 and kinds.get(argument) in ("name", "parameter"):
        call = calls[0]
        by_order = not call.keywords and len(call.args) == target.parameters.index(argument)
        end = place.source.span(call)[1] - 1
        comma = ", " if call.args or call.keywords else ""
        edit = place.source.insert(end, comma + (argument if by_order else f"{argument}={argument}"))
        yield Candidate(
            f"pass {argument} to {bare}()", "a variable of that name is at hand", 0.8, (edit,), Risk.MEDIUM
        )
    else:
        yield Finding(f"{name}() needs '{argument}', and nothing here says what it should be ({place})")


@recipe(
    "not-callable",
    "TypeError",
    example="order.total() -> order.total, a property · datetime(2020) of the module",
)
def not_callable(case: Case) -> Iterator[Candidate | Finding]:
    """Remove the call of a property, add the comma after a list, or call the class of a module's own name."""
    match = case.match(r"'([\w.]+)' object is not callable.*")
    place = case.place
    for call in place.nodes(ast.Call) if match and place else ():
        source = place.source if place else None
        if not source or not match:
            return
        name = called_name(call.func)
        properties = {"property", "cached_property"}
        functions = find_functions(case, name) if isinstance(call.func, ast.Attribute) else []
        if (
            functions
            and all(function.decorators & properties for function in functions)
            and not call.args
            and not call.keywords
        ):
            edit = source.replace(call, source.code(call.func))
            yield Candidate(f"{name}() -> {name}", f"{name} is a property", 0.9, (edit,))
        elif isinstance(call.func, ast.Tuple | ast.List | ast.Constant | ast.Dict):
            edit = source.insert(source.span(call.func)[1], ",")
            yield Candidate("missing ','", "two values side by side are taken for a call", 0.9, (edit,))
        elif match[1] == "module" and name in (case.interpreter.members(name) or ()):
            edit = source.insert(source.span(call.func)[1], f".{name}")
            yield Candidate(f"{name}( -> {name}.{name}(", "the module has it", 0.88, (edit,))


_NULLARY: Final = frozenset(
    word_list(
        "items keys values strip lower upper split splitlines title all first fetchall fetchone scalar read count copy"
    )
)
"""Methods that are mostly called without an argument."""


@recipe("missing-call", "TypeError", "AttributeError", example="for k, v in prices.items: -> prices.items():")
def missing_call(case: Case) -> Iterator[Candidate | Finding]:
    """Add the parentheses to a method that was meant to be called."""
    if not case.match(
        r".*(?:'(?:builtin_function_or_method|method|method_descriptor|function)'|bound method"
        r"|Object of type (?:method|function|builtin_function_or_method) is|passed to (?:method|function)\.).*"
    ):
        return
    for place in case.places[:3]:
        answers = list(_add_call(case, place))
        yield from answers
        if answers:
            return


def _add_call(case: Case, place: Place) -> Iterator[Candidate | Finding]:
    """Add the parentheses on this line, or turn ``append[x]`` into a call."""
    uses = [node for node in place.nodes(ast.Attribute) if _lacks_call(case, place, node)]
    subscripts = [
        node for node in place.nodes(ast.Subscript) if called_name(node.value) in ("append", "join", "get")
    ]
    if not uses and not subscripts:
        yield from _add_call_in_return(case, place)
    elif len(uses) == 1 and not subscripts:
        edit = place.source.insert(place.source.span(uses[0])[1], "()")
        yield Candidate(f"{uses[0].attr} -> {uses[0].attr}()", "a method that takes nothing", 0.9, (edit,))
    elif len(subscripts) == 1:
        node = subscripts[0]
        inner = place.source.code(node.slice)
        edit = place.source.replace(node, f"{place.source.code(node.value)}({inner})")
        yield Candidate("[…] -> (…)", f"{called_name(node.value)} is a method", 0.85, (edit,))


def _add_call_in_return(case: Case, place: Place) -> Iterator[Candidate]:
    """Add the parentheses in the project's function that returned the method without calling it."""
    names = {node.id for node in place.nodes(ast.Name)}
    for assignment in place.source.find(ast.Assign):
        if called_name(assignment.targets[0]) in names and isinstance(assignment.value, ast.Call):
            function = only_function(case, assignment.value.func)
            last = function.returns[-1] if function and function.returns else None
            if function and isinstance(last, ast.Attribute) and last.attr in _NULLARY:
                edit = function.source.insert(function.source.span(last)[1], "()")
                yield Candidate(
                    f".{last.attr} -> .{last.attr}()",
                    "a method that takes nothing",
                    0.85,
                    (edit,),
                    Risk.MEDIUM,
                )
                return


def _lacks_call(case: Case, place: Place, node: ast.Attribute) -> bool:
    """Return whether an attribute is a method without arguments and not called here."""
    above = place.source.parents.get(node)
    if isinstance(above, ast.Call) and above.func is node:
        return False
    if isinstance(above, ast.Attribute):
        return False
    if node.attr in _NULLARY:
        return True
    methods = find_functions(case, node.attr)
    return bool(methods) and all(
        method.owner and not method.required and not method.decorators for method in methods
    )


@recipe("unpacking", "ValueError", "TypeError", example="for k, v in prices: -> for k, v in prices.items():")
def unpacking(case: Case) -> Iterator[Candidate | Finding]:
    """Add ``items()`` or ``enumerate`` to a loop, or one name to an assignment that unpacks too few."""
    match = case.match(
        r"too many values to unpack \(expected (\d+).*|not enough values to unpack \(expected (\d+), got \d+\)"
    )
    not_iterable = case.match(r"cannot unpack non-iterable \w+ object")
    place = case.place
    if not (match or not_iterable) or not place:
        return
    source = place.source
    for target, whole in _loops(place):
        if isinstance(target, ast.Tuple) and len(target.elts) == 2:
            iterated = _inner_iterable(whole)
            first = called_name(target.elts[0])
            # ``for name, price in prices:``
            if _is_dict(place, iterated) or _returns_dict(case, iterated):
                edit = source.insert(source.span(iterated)[1], ".items()")
                yield Candidate("a dictionary's items()", "pairs are unpacked", 0.9, (edit,))
                return
            # ``for i, name in names:``
            if first in ("i", "j", "idx", "index"):
                edit = source.replace(whole, f"enumerate({source.code(whole)})")
                yield Candidate(
                    "enumerate(…)", f"'{first}' counts what is looped over", 0.8, (edit,), Risk.MEDIUM
                )
                return
    yield from _one_name_short(case, place)


def _inner_iterable(node: ast.expr) -> ast.expr:
    """Return the argument of ``sorted(…)`` and the like."""
    while (
        isinstance(node, ast.Call)
        and called_name(node.func) in ("sorted", "list", "reversed", "tuple")
        and node.args
    ):
        node = node.args[0]
    return node


def _loops(place: Place) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield target and iterable of the loops on the failing line."""
    for node in place.nodes(ast.stmt):
        if isinstance(node, ast.For | ast.AsyncFor):
            yield node.target, node.iter
    for inner in place.nodes(ast.expr):
        if isinstance(inner, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            yield from ((generator.target, generator.iter) for generator in inner.generators)


def _returns_dict(case: Case, node: ast.expr) -> bool:
    """Return whether an expression calls a function of the project that returns nothing but dictionaries."""
    function = only_function(case, node.func) if isinstance(node, ast.Call) else None
    if function is None:
        return False
    annotation = ast.unparse(function.node.returns).lower() if function.node.returns else ""
    are_dicts = [
        isinstance(result, ast.Dict | ast.DictComp)
        or (isinstance(result, ast.Call) and called_name(result.func) in ("dict", "defaultdict", "Counter"))
        for result in function.returns
    ]
    return (bool(are_dicts) and all(are_dicts)) or annotation.startswith(("dict", "mapping"))


def _is_dict(place: Place, node: ast.expr) -> bool:
    """Return whether an expression is plainly a dictionary in this file."""
    name = called_name(node)
    if isinstance(node, ast.Name) and name in place.types:
        return place.types[name] in ("dict", "collections.defaultdict", "collections.Counter")
    values = [
        assignment.value
        for assignment in place.source.find(ast.Assign)
        if name and any(called_name(target) == name for target in assignment.targets)
    ]
    kinds = (ast.Dict, ast.DictComp)
    are_dicts = [
        isinstance(v, kinds)
        or (isinstance(v, ast.Call) and called_name(v.func) in ("dict", "defaultdict", "Counter"))
        for v in values
    ]
    notes = [
        argument.annotation
        for argument in place.source.find(ast.arg)
        if argument.arg == name and argument.annotation
    ]
    annotated = [ast.unparse(note).lower().startswith(("dict", "mapping")) for note in notes]
    return bool(are_dicts or annotated) and all(are_dicts) and all(annotated)


def _one_name_short(case: Case, place: Place) -> Iterator[Candidate | Finding]:
    """Add a name to ``name, price = load()``, if ``load`` plainly returns these two and one more."""
    for node in place.nodes(ast.Assign):
        target, value = node.targets[0], node.value
        function = only_function(case, value.func) if isinstance(value, ast.Call) else None
        returned = (
            [result.elts for result in function.returns if isinstance(result, ast.Tuple)] if function else []
        )
        if (
            not isinstance(target, ast.Tuple)
            or not function
            or len(returned) != len(function.returns)
            or not returned
        ):
            continue
        targets, names = (
            [called_name(element) for element in target.elts],
            [called_name(result) for result in returned[0]],
        )
        if (
            len({len(result) for result in returned}) == 1
            and len(names) == len(targets) + 1
            and names[:-1] == targets
        ):
            edit = place.source.insert(place.source.span(target.elts[-1])[1], ", _")
            yield Candidate(
                "one more name to unpack into",
                f"{function.node.name}() returns {len(names)}",
                0.8,
                (edit,),
                Risk.MEDIUM,
            )
            return
        yield Finding(
            f"{function.node.name}() returns {len(names)} values, {len(targets)} are unpacked ({place})"
        )
        return
