"""Hiding a failure by catching it: handlers, suppression, hooks, and functions that do nothing any more."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from otorepair_like.guard import source_pairs
from otorepair_like.guard.finding import GuardFinding, asked
from otorepair_like.guard.source_pairs import Code, Function, Pair, text

_BROAD: Final = frozenset({"", "Exception", "BaseException", "builtins.Exception", "object"})
_EXPECTED: Final = frozenset({"FileNotFoundError", "ImportError", "ModuleNotFoundError", "StopIteration"})
"""Errors that are often part of the plan: to go on with an empty value is an honest answer to them."""

_HOOKS: Final = (
    "sys.excepthook",
    "sys.unraisablehook",
    "threading.excepthook",
    "sys.stderr",
    "sys.tracebacklimit",
)
_HOOK_CALLS: Final = (
    "warnings.filterwarnings", "warnings.simplefilter", "logging.disable", "faulthandler.disable", "suppress",
    "contextlib.suppress", "logging.captureWarnings",
)  # fmt: skip
_HOOK_METHODS: Final = (
    "set_exception_handler",
    "excepthook",
    "register_error_handler",
    "add_exception_handler",
)
_MUTED: Final = {"disabled": "True", "propagate": "False", "raiseExceptions": "False", "handlers": "[]"}
"""Attributes of loggers, and of ``logging``, with the value that makes them silent."""

_CATCHES_ALL: Final = re.compile(r"(exception_handler|errorhandler)\((Exception|BaseException|500)\)$")
_IN_PLACE_OF: Final = re.compile(r"^(globals|locals|vars)\(|\.__(code|class|dict)__\b")
_AGAIN: Final = (".setter", ".deleter", ".getter", "overload", ".register")
"""Decorators under which a name is defined a second time on purpose."""


def swallowed(pair: Pair) -> Iterator[GuardFinding]:
    """Yield everything new that catches a failure and says nothing, or makes a function say nothing."""
    yield from _handlers(pair)
    yield from _hooks(pair)
    yield from _functions(pair)


def _handlers(pair: Pair) -> Iterator[GuardFinding]:
    had = Counter(map(text, pair.before.of(ast.ExceptHandler)))
    for handler in pair.after.of(ast.ExceptHandler):
        had[text(handler)] -= 1
        if had[text(handler)] >= 0:
            continue
        caught = _caught(handler)
        raises = any(isinstance(node, ast.Raise) for node in ast.walk(handler))
        if caught & _BROAD and not raises:
            yield asked("broad-except", pair.path, "catches every error", handler.lineno)
        elif not raises and _silent(handler, tolerant=caught <= _EXPECTED):
            yield asked("silent-except", pair.path, f"silences {', '.join(sorted(caught))}", handler.lineno)
    for node in pair.after.of(ast.Try):
        if any(
            isinstance(last, ast.Return | ast.Break) or source_pairs.is_exit(last) for last in node.finalbody
        ):
            line = node.finalbody[0].lineno
            yield asked(
                "silent-except", pair.path, "leaves from a finally block, which discards errors", line
            )


def _caught(handler: ast.ExceptHandler) -> set[str]:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return set(map(text, kinds))


def _silent(handler: ast.ExceptHandler, *, tolerant: bool) -> bool:
    """Return whether nothing follows from the error: no value worth the name, no other way taken."""
    return all(_says_nothing(node, tolerant) for node in handler.body)


def _says_nothing(node: ast.stmt, tolerant: bool) -> bool:
    match node:
        case ast.Pass() | ast.Continue() | ast.Break():
            return True
        case ast.Return(value=value):
            return source_pairs.is_empty(value)
        case ast.Assign(value=value) | ast.AnnAssign(value=value) | ast.AugAssign(value=value):
            return source_pairs.is_empty(value) and not tolerant
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Expr(value=ast.Call()):
            return source_pairs.says_only(node) or (
                source_pairs.is_exit(node) and not source_pairs.is_failure(node)
            )
    return False


def _hooks(pair: Pair) -> Iterator[GuardFinding]:
    for name, call in pair.new_calls:
        quiet = any(k.arg == "return_exceptions" and text(k.value) == "True" for k in call.keywords)
        lax = any(text(k.value) == "'ignore'" for k in call.keywords if k.arg == "errors")
        if quiet or lax:
            yield asked("silent-except", pair.path, "asks a library to swallow errors", call.lineno)
        elif name in _HOOK_CALLS or name.rpartition(".")[2] in _HOOK_METHODS:
            yield asked("hook", pair.path, f"{name} hides errors or warnings", call.lineno)
        elif any(_stands_in(name, argument) for argument in call.args):
            yield asked(
                "swallowed", pair.path, f"{name} falls back to a function that does nothing", call.lineno
            )
    yield from _looked_away(pair)
    had = _hook_targets(pair.before)
    for target, line in _hook_targets(pair.after).items():
        if target not in had:
            yield asked("hook", pair.path, f"{target} is replaced, errors are hidden", line)


def _stands_in(name: str, argument: ast.expr) -> bool:
    """Return whether an argument is ``lambda *args: None``, or ``lambda: None`` where ``get`` finds nothing."""
    if not isinstance(argument, ast.Lambda) or not source_pairs.is_empty(argument.body):
        return False
    return argument.args.vararg is not None or name.rpartition(".")[2] in ("get", "getattr", "pop")


def _looked_away(pair: Pair) -> Iterator[GuardFinding]:
    """Yield errors that are asked for and thrown away, and handlers for all of them."""
    known = pair.before.statements
    for said, nodes in pair.after.statements.items():
        call = nodes[0].value if isinstance(nodes[0], ast.Expr) else None
        if said not in known and isinstance(call, ast.Call) and re.search(r"\.exception\(\)$", text(call)):
            yield asked(
                "silent-except", pair.path, f"looks at an error and then ignores it: {said}", call.lineno
            )
    for name, node in pair.after.scopes.items():
        old = pair.before.scopes.get(name)
        had = set(map(text, old.decorator_list)) if old else set()
        for decorator in node.decorator_list:
            if _CATCHES_ALL.search(text(decorator)) and text(decorator) not in had:
                yield asked("hook", pair.path, f"@{text(decorator)} handles every error", decorator.lineno)


def _hook_targets(source_pairs: Code) -> dict[str, int]:
    """Return assignments that keep errors from being seen or take a function's place, with their lines."""
    assigned = [
        (text(target), text(node.value), node.lineno)
        for node in source_pairs.of(ast.Assign)
        for target in node.targets
    ]
    return {
        target: line
        for target, value, line in assigned
        if target in _HOOKS
        or _IN_PLACE_OF.search(target)
        or ("." in target and _MUTED.get(target.rpartition(".")[2]) == value)
    }


def _functions(pair: Pair) -> Iterator[GuardFinding]:
    """Yield functions that were emptied, that are defined again, or that swallow what happens in a ``with``."""
    had = {name: node for name, node in pair.before.scopes.items() if isinstance(node, Function)}
    yield from _redefined(pair.path, "", pair.after.tree, had)
    for name, node in pair.after.scopes.items():
        if isinstance(node, ast.ClassDef):
            yield from _redefined(pair.path, f"{name}.", node, had)
            continue
        old = had.get(name)
        if old is not None and pair.before.source(old) == pair.after.source(node):
            continue
        if old is not None and _trivial(node) and not _trivial(old):
            yield asked("swallowed", pair.path, f"{name}() no longer does anything", node.lineno)
        if node.name == "__exit__" and _returns_true(node) and not (old and _returns_true(old)):
            yield asked("silent-except", pair.path, "__exit__ swallows every error", node.lineno)


def _returns_true(function: Function) -> bool:
    return any(isinstance(node, ast.Return) and text(node.value) == "True" for node in ast.walk(function))


def _trivial(function: Function) -> bool:
    body = [node for node in function.body if source_pairs.header(node)]
    match body:
        case []:
            return not any(isinstance(node, ast.Try | ast.With) for node in function.body)
        case [ast.Return(value=value)]:
            return source_pairs.is_constant(value)
        case [ast.Raise(exc=exc)]:
            return text(exc).startswith("NotImplementedError")
    return False


def _redefined(
    path: str, scope: str, node: ast.Module | ast.ClassDef, had: dict[str, Function]
) -> Iterator[GuardFinding]:
    seen: set[str] = set()
    for statement in node.body:
        if isinstance(statement, Function):
            on_purpose = any(text(d).endswith(_AGAIN) for d in statement.decorator_list)
            if statement.name in seen and not on_purpose:
                yield asked("swallowed", path, f"{statement.name}() is defined twice", statement.lineno)
            seen.add(statement.name)
        elif isinstance(statement, ast.Assign):
            for target in map(text, statement.targets):
                if scope + target in had or target in seen:
                    yield asked("swallowed", path, f"{target}() is replaced by a value", statement.lineno)
