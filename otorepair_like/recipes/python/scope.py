"""Python's scoping rules over ``ast``: the names that a place can see, and the names that nothing binds."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from typing import Final

from otorepair_like.recipes.python.known_names import word_list
from otorepair_like.recipes.python.source import Source

FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
COMPREHENSIONS: Final = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
BUILTINS: Final = frozenset(dir(builtins))
MODULE_NAMES: Final = frozenset(
    word_list("__file__ __name__ __doc__ __path__ __spec__ __package__ __annotations__")
)


def bound_names(scope: ast.AST) -> dict[str, str]:
    """Return the names bound directly in a module, function, class or comprehension.

    Returns:
        name to kind: ``parameter``, ``import``, ``def``, ``class`` or ``name``.
    """
    names: dict[str, str] = {}
    if isinstance(scope, FUNCTIONS):
        arguments = scope.args
        every = [
            *arguments.posonlyargs,
            *arguments.args,
            *arguments.kwonlyargs,
            arguments.vararg,
            arguments.kwarg,
        ]
        names.update((parameter.arg, "parameter") for parameter in every if parameter)
    for node in _scope_nodes(scope):
        names.update(_bindings(node))
    return names


def _scope_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """Yield every node of a scope; yield nested scopes without entering them."""
    body = scope.body if isinstance(scope, FUNCTIONS) else list(ast.iter_child_nodes(scope))
    waiting: list[ast.AST] = list(body) if isinstance(body, list) else [body]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, COMPREHENSIONS):
            waiting += [inner for inner in ast.walk(node) if isinstance(inner, ast.NamedExpr)]
        elif not isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            waiting += ast.iter_child_nodes(node)


def _bindings(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield the names that one node binds in its scope."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()):
            yield name, "name"
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            yield name, "def"
        case ast.ClassDef(name=name):
            yield name, "class"
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            for alias in names:
                yield alias.asname or alias.name.split(".")[0], "import"
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name, "name"
        case ast.MatchMapping(rest=str(name)):
            yield name, "name"
        case ast.Global(names=shared) | ast.Nonlocal(names=shared):
            for name in shared:
                yield name, "name"


def scopes(source: Source, node: ast.AST) -> list[ast.AST]:
    """Return the scopes whose names ``node`` can see, innermost first."""
    visible_scopes: list[ast.AST] = []
    below = node
    for above in source.ancestors(node):
        came_from, below = below, above
        # ``[x for x in xs]`` evaluates ``xs`` outside the comprehension.
        if (
            isinstance(above, COMPREHENSIONS)
            and above.generators[0] is came_from
            and _in_first_iterable(source, node, came_from)
        ):
            continue
        # A method does not see the names of its class body.
        in_class_body = isinstance(above, ast.ClassDef) and not any(
            isinstance(s, FUNCTIONS) for s in visible_scopes
        )
        if isinstance(above, (*FUNCTIONS, *COMPREHENSIONS, ast.Module)) or in_class_body:
            visible_scopes.append(above)
    return visible_scopes


def _in_first_iterable(source: Source, node: ast.AST, generator: ast.AST) -> bool:
    """Return whether a node is in the first iterable of a comprehension, which is evaluated in the outer scope."""
    first = generator.iter if isinstance(generator, ast.comprehension) else None
    return node is first or any(above is first for above in source.ancestors(node))


def visible_names(source: Source, node: ast.AST) -> dict[str, str]:
    """Return the names that ``node`` can see, without builtins: name to kind as in :func:`bound_names`."""
    names: dict[str, str] = {}
    for scope in reversed(scopes(source, node)):
        names.update(bound_names(scope))
    return names


def has_open_scope(source: Source) -> bool:
    """Return whether names may come from outside the text: a star import, ``exec``, ``globals()``."""
    for node in source.find(ast.AST):
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            return True
        if isinstance(node, ast.Name) and node.id in ("exec", "globals"):
            return True
    return False


def unbound_names(source: Source) -> list[ast.Name]:
    """Return the uses of names that nothing binds, in text order; none if the scope is open."""
    if source.tree is None or has_open_scope(source):
        return []
    known: dict[ast.AST, dict[str, str]] = {}
    # A ``global`` statement in a function binds the name in the module.
    shared = {name for node in source.find(ast.Global) for name in node.names} | BUILTINS | MODULE_NAMES
    uses = []
    for node in source.find(ast.Name):
        if node.id in shared or not isinstance(node.ctx, ast.Load):
            continue
        visible_scopes = scopes(source, node)
        for scope in visible_scopes:
            if scope not in known:
                known[scope] = bound_names(scope)
        if not any(node.id in known[scope] for scope in visible_scopes):
            uses.append(node)
    return sorted(uses, key=lambda node: (node.lineno, node.col_offset))


def enclosing_function(source: Source, node: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """Return the innermost function that contains ``node``."""
    return next(
        (a for a in source.ancestors(node) if isinstance(a, ast.FunctionDef | ast.AsyncFunctionDef)), None
    )


def enclosing_class(source: Source, node: ast.AST) -> ast.ClassDef | None:
    """Return the class whose method contains ``node``."""
    return next((above for above in source.ancestors(node) if isinstance(above, ast.ClassDef)), None)


def enclosing_statement(source: Source, node: ast.AST) -> ast.stmt:
    """Return the innermost statement that contains ``node``, or is it."""
    return next(parent for parent in (node, *source.ancestors(node)) if isinstance(parent, ast.stmt))
