"""Hiding a failure by not getting there: early exits and dead conditions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Final

from otorepair_like.guard import source_pairs
from otorepair_like.guard.finding import GuardFinding, asked
from otorepair_like.guard.source_pairs import Code, Pair, text

_TAKES_ANYTHING: Final = re.compile(r"(^|\.)(get|getattr|getenv|pop|next|find|suppress)$")
"""Calls that answer with nothing where a stricter one would have failed."""

_UNLIMITED: Final = frozenset({"float('inf')", "math.inf", "sys.maxsize", "None"})


def early_exits(pair: Pair) -> Iterator[GuardFinding]:
    """Yield new ways out before statements that were there."""
    before, after = pair.before.statements, pair.after.statements
    lenient = _lenient(pair)
    for block in source_pairs.blocks(pair.after):
        for at, node in enumerate(block):
            said = source_pairs.header(node)
            new = bool(said) and len(after[said]) > len(before.get(said, ()))
            if new and _skips(node, lenient) and any(_was_there(later, before) for later in block[at + 1 :]):
                yield asked(
                    "early-exit", pair.path, f"skips what follows: {said.splitlines()[0]}", node.lineno
                )
    for name, call in pair.new_calls:
        if name == "atexit.register" and call.args and text(call.args[0]) in source_pairs.EXITS:
            yield asked("early-exit", pair.path, f"decides the exit status: {text(call)}", call.lineno)


def _lenient(pair: Pair) -> set[str]:
    """Return names newly bound to an answer of ``dict.get`` and its like: that they are empty is the failure."""
    before = pair.before.statements
    return {
        text(target)
        for node in pair.after.of(ast.Assign)
        if source_pairs.header(node) not in before
        for target in node.targets
        if isinstance(node.value, ast.Call) and _TAKES_ANYTHING.search(text(node.value.func))
    }


def _skips(node: ast.stmt, lenient: set[str]) -> bool:
    if isinstance(node, ast.Return | ast.Continue | ast.Break) or source_pairs.is_exit(node):
        return True
    if not isinstance(node, ast.If) or node.orelse:
        return False
    *others, last = node.body
    if decided(node.test) is not None:
        return isinstance(last, ast.Return | ast.Continue | ast.Break) or source_pairs.is_exit(last)
    if any(source_pairs.header(other) and not source_pairs.says_only(other) for other in others):
        return False  # it takes another way, it does not just leave
    if _lacks(node.test, lenient) and not source_pairs.is_exit(last):
        return False
    if isinstance(last, ast.Return):
        asks_for_less = isinstance(node.test, ast.Compare) and isinstance(
            node.test.ops[0], ast.In | ast.NotIn
        )
        return (
            last.value is None
            or text(last.value) == "None"
            or (asks_for_less and source_pairs.is_constant(last.value))
        )
    return isinstance(last, ast.Continue | ast.Break) or (
        source_pairs.is_exit(last) and not source_pairs.is_failure(last)
    )


def _lacks(test: ast.expr, lenient: set[str]) -> bool:
    """Return whether a test is ``x is None`` or ``not x`` of something the program had already, the usual guard."""
    match test:
        case ast.Compare(left=subject, ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
            pass
        case ast.UnaryOp(op=ast.Not(), operand=subject):
            pass
        case _:
            return False
    return isinstance(subject, ast.Name | ast.Attribute) and text(subject) not in lenient


def _was_there(node: ast.stmt, before: Iterable[str]) -> bool:
    return any(
        source_pairs.header(inner) in before for inner in ast.walk(node) if isinstance(inner, ast.stmt)
    )


def dead(pair: Pair) -> Iterator[GuardFinding]:
    """Yield new conditions that are decided from the start."""
    had = {text(test) for test in _tests(pair.before)}
    for test in _tests(pair.after):
        if text(test) not in had and decided(test) is not None:
            yield asked("dead-condition", pair.path, f"always the same: {text(test)}", test.lineno)


def _tests(source_pairs: Code) -> Iterator[ast.expr]:
    tested: list[ast.If | ast.IfExp | ast.Assert] = [
        *source_pairs.of(ast.If), *source_pairs.of(ast.IfExp), *source_pairs.of(ast.Assert)
    ]  # fmt: skip
    yield from (node.test for node in tested)
    yield from (loop.test for loop in source_pairs.of(ast.While) if text(loop.test) not in ("True", "1"))


def weakened(pair: Pair) -> Iterator[GuardFinding]:
    """Yield checks that reject less than they did: a condition more, or a limit that is none."""
    before = [node for node in pair.before.of(ast.If) if _rejects(node)]
    known = {text(node.test) for node in before}
    for node in pair.after.of(ast.If):
        if not _rejects(node) or text(node.test) in known:
            continue
        for old in before:
            if ast.dump(node.body[-1]) == ast.dump(old.body[-1]) and _asks_less(old.test, node.test):
                said = f"rejects less: if {text(node.test)}, was if {text(old.test)}"
                yield asked("check-removed", pair.path, said.replace("\n", " "), node.lineno)
    limits = {text(target): node for node in pair.before.of(ast.Assign) for target in node.targets}
    for new in pair.after.of(ast.Assign):
        for name in map(text, new.targets):
            was = limits.get(name)
            lifted = was and text(new.value) in _UNLIMITED and text(was.value) not in _UNLIMITED
            if lifted and re.search("MAX|LIMIT|TIMEOUT", name):
                yield asked("check-removed", pair.path, f"{name} no longer limits anything", new.lineno)


def _rejects(node: ast.If) -> bool:
    return isinstance(node.body[-1], ast.Raise) or (
        isinstance(node.body[-1], ast.Expr)
        and text(node.body[-1].value).startswith(("abort(", "flask.abort("))
    )


def _asks_less(old: ast.expr, new: ast.expr) -> bool:
    """Return whether ``new`` holds less often than ``old``, by its form."""
    match old, new:
        case _, ast.BoolOp(op=ast.And(), values=values) if any(text(value) == text(old) for value in values):
            return True
        case ast.BoolOp(op=ast.Or(), values=values), _ if not isinstance(new, ast.BoolOp):
            return any(text(value) == text(new) for value in values)
        case ast.Compare(left=a, ops=[ast.NotEq()]), ast.Compare(left=b, ops=[ast.Lt() | ast.Gt()]):
            return text(a) == text(b)
    return False


def decided(test: ast.expr) -> bool | None:
    """Return the value of a condition that cannot be otherwise; ``None`` if it can."""
    match test:
        case ast.Constant(value=value):
            return bool(value)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = decided(operand)
            return None if inner is None else not inner
        case ast.BoolOp(op=op, values=values):
            wins = isinstance(op, ast.Or)
            known = [decided(value) for value in values]
            return wins if wins in known else (not wins if None not in known else None)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            if isinstance(left, ast.Constant) and isinstance(right, ast.Constant):
                same = left.value == right.value
                return same if isinstance(op, ast.Eq | ast.Is | ast.LtE | ast.GtE) else not same
            if text(left) == text(right) and not any(isinstance(n, ast.Call) for n in ast.walk(left)):
                return isinstance(op, ast.Eq | ast.Is | ast.LtE | ast.GtE)
        case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
            return bool(elements)
        case ast.Dict(keys=keys):
            return bool(keys)
    return None
