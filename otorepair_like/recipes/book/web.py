"""Flask, FastAPI and Werkzeug."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from otorepair_like.recipes.case import Case
from otorepair_like.recipes.python.functions import called_name
from otorepair_like.recipes.python.literals import correct_quoted
from otorepair_like.recipes.python.source import Source
from otorepair_like.recipes.recipe import Candidate, Finding, recipe

_ROUTES = {"route", "get", "post", "put", "patch", "delete"}


@recipe("endpoint", "BuildError", "NoMatchFound", example="url_for('indx') -> url_for('index')")
def endpoint(case: Case) -> Iterator[Candidate | Finding]:
    """Correct a misspelt endpoint."""
    match = re.match(r"Could not build url for endpoint '([\w.]+)'", case.message) or case.match(
        r"No route exists for name \"(\w+)\".*"
    )
    if not match or "Did you forget to specify values" in case.message:
        return
    sources = filter(None, map(case.project.source, case.project.python_files))
    names = {name for source in sources for name in _endpoints(source)}
    yield from correct_quoted(case, match[1], names, "endpoint", r"(?:url_for|url_path_for|redirect)\(\s*")


def _endpoints(source: Source) -> Iterator[str]:
    """Yield the endpoints of a file's routes and class-based views, with their blueprint in front."""
    blueprints = _blueprints(source)
    for function in source.find(ast.stmt):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for router in _routers(function):
                blueprint = blueprints.get(called_name(router))
                yield f"{blueprint}.{function.name}" if blueprint else function.name
    # A view class does not say which blueprint it is registered with; a file mostly has one.
    prefix = f"{next(iter(blueprints.values()))}." if blueprints else ""
    yield from (prefix + name for name in _view_names(source))


def _routers(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.expr]:
    """Yield ``app`` for the decorator ``@app.get("/")``."""
    for decorator in function.decorator_list:
        match decorator:
            case ast.Call(func=ast.Attribute(value=router, attr=method)) if method in _ROUTES:
                yield router


def _blueprints(source: Source) -> dict[str, str]:
    """Return the variables of a file that hold Flask blueprints, each with the blueprint's name."""
    return {
        called_name(node.targets[0]): str(node.value.args[0].value)
        for node in source.find(ast.Assign)
        if isinstance(node.value, ast.Call)
        and called_name(node.value.func) == "Blueprint"
        and node.value.args
        and isinstance(node.value.args[0], ast.Constant)
    }


def _view_names(source: Source) -> set[str]:
    """Return the names of class-based views: ``as_view("detail")``, ``endpoint="detail"``."""
    names: set[str] = set()
    for call in source.find(ast.Call):
        values = [*call.args[:1], *(keyword.value for keyword in call.keywords if keyword.arg == "name")]
        values = values if called_name(call.func) == "as_view" else []
        values += [keyword.value for keyword in call.keywords if keyword.arg == "endpoint"]
        names.update(str(value.value) for value in values if isinstance(value, ast.Constant))
    return names


@recipe(
    "dependency-call",
    "TypeError",
    "AssertionError",
    "FastAPIError",
    example="Depends(get_db()) -> Depends(get_db)",
)
def dependency_call(case: Case) -> Iterator[Candidate | Finding]:
    """Pass a FastAPI dependency by its name where it is called by mistake."""
    needed = re.match(r"(\w+)\(\) missing \d+ required positional arguments?:", case.message)
    if not needed and not _is_dependency_error(case):
        return
    for place in case.places:
        source = place.source
        calls = [c for c in source.find(ast.Call) if called_name(c.func) == "Depends" and len(c.args) == 1]
        wrong = [
            c.args[0]
            for c in calls
            if isinstance(c.args[0], ast.Call)
            and not (c.args[0].args or c.args[0].keywords)
            and (not needed or called_name(c.args[0].func) == needed[1])
        ]
        edits = tuple(
            source.replace(call, source.code(call.func)) for call in wrong if isinstance(call, ast.Call)
        )
        if edits:
            yield Candidate("Depends(f()) -> Depends(f)", "a dependency is named, not called", 0.92, edits)
            return


def _is_dependency_error(case: Case) -> bool:
    """Return whether the message is one that follows from a called dependency."""
    return bool(case.match(r".*(?:is not a callable object|must have a callable dependency).*"))
