"""Hiding a failure by not getting there: deleted statements, early exits, dead conditions."""

from __future__ import annotations

import ast
import keyword
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final

from otorepair_like.repair.finding import Finding, asked
from otorepair_like.repair.rules import code
from otorepair_like.repair.rules.code import Code, Pair, text

_SIMILAR: Final = 0.6
"""Two statements are versions of one another from this ratio of difflib on."""


_BLOCKS: Final = (ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith)


def deleted(pairs: Sequence[Pair]) -> Iterator[Finding]:
    """Statements that went without a similar one in any file, and those that gave way to a constant."""
    olds = [(pair, pair.before.statements) for pair in pairs]
    news = [pair.after.statements for pair in pairs]
    now = Counter({said: len(nodes) for new in news for said, nodes in new.items()})
    before = Counter({said: len(nodes) for _, old in olds for said, nodes in old.items()})
    added = [nodes[0] for new in news for said, nodes in new.items() if now[said] > before[said]]
    for pair, old in olds:
        for said, nodes in old.items():
            if before[said] > now[said] and not any(_follows(nodes[0], said, node) for node in added):
                yield from _gone(pair.path, nodes[0], said)


def _gone(path: str, node: ast.stmt, said: str) -> Iterator[Finding]:
    short = said if len(said) <= 60 else said[:57] + "..."
    if isinstance(node, ast.Assert | ast.Raise) or said.startswith("if not"):
        yield asked("check-removed", path, f"the check went: {short}".replace("\n", " "))
    else:
        yield asked("deleted-statement", path, f"went without a substitute: {short}".replace("\n", " "))


def _follows(old: ast.stmt, said: str, new: ast.stmt) -> bool:
    """Whether ``new`` may be what became of ``old``."""
    if _emptied(old, new) or (isinstance(old, ast.Assert) and not isinstance(new, ast.Assert | ast.If)):
        return False
    told = code.header(new)
    if said in told or (_value(old) and _value(old) in told) or _targets(old) & _targets(new):
        return True
    if isinstance(old, ast.Return) and isinstance(new, ast.Return):
        return True
    if isinstance(old, _BLOCKS) and (_names(old) & _names(new) or _inner(old) & _inner(new)):
        return True
    matcher = SequenceMatcher(None, said, told, autojunk=False)
    return matcher.quick_ratio() >= _SIMILAR and matcher.ratio() >= _SIMILAR


def _emptied(old: ast.stmt, new: ast.stmt) -> bool:
    """A computed value, a call or a test gave way to something written out."""
    if isinstance(new, ast.Assign | ast.AnnAssign | ast.Return | ast.Expr) and code.is_constant(new.value):
        return not (isinstance(old, type(new)) and code.is_constant(old.value))
    if isinstance(new, ast.Assert | ast.If | ast.While):
        return _decided(new.test) is not None
    return isinstance(new, ast.For) and code.is_constant(new.iter)


def _value(node: ast.stmt) -> str:
    value = getattr(node, "value", None)
    return text(value) if isinstance(value, ast.Call | ast.BinOp | ast.Subscript | ast.Await) else ""


def _inner(node: ast.stmt) -> set[str]:
    """What a loop or ``with`` does with each turn; empty for other statements."""
    return set(map(code.header, node.body)) - {""} if isinstance(node, _BLOCKS) else set()


def _names(node: ast.stmt) -> set[str]:
    """Identifiers in a statement's header."""
    return (
        set(re.findall(r"[A-Za-z_]\w+", code.header(node))) - set(keyword.kwlist) - {"self", "len", "range"}
    )


def _targets(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.Assign):
        return set(map(text, node.targets))
    return {text(node.target)} if isinstance(node, ast.AugAssign | ast.AnnAssign | ast.For) else set()


def early_exits(pair: Pair) -> Iterator[Finding]:
    """New ways out before statements that were there."""
    before, after = pair.before.statements, pair.after.statements
    for block in code.blocks(pair.after):
        for at, node in enumerate(block):
            said = code.header(node)
            new = bool(said) and len(after[said]) > len(before.get(said, ()))
            if new and _skips(node) and any(_was_there(later, before) for later in block[at + 1 :]):
                yield asked(
                    "early-exit", pair.path, f"skips what follows: {said.splitlines()[0]}", node.lineno
                )


def _skips(node: ast.stmt) -> bool:
    if isinstance(node, ast.Return | ast.Continue | ast.Break) or code.is_exit(node):
        return True
    if not isinstance(node, ast.If) or node.orelse:
        return False
    last = node.body[-1]
    if isinstance(last, ast.Return):
        asks_for_less = isinstance(node.test, ast.Compare) and isinstance(
            node.test.ops[0], ast.In | ast.NotIn
        )
        return (
            _decided(node.test) is not None
            or last.value is None
            or text(last.value) == "None"
            or (asks_for_less and code.is_constant(last.value))
        )
    return isinstance(last, ast.Continue | ast.Break) or code.is_exit(last)


def _was_there(node: ast.stmt, before: Iterable[str]) -> bool:
    return any(code.header(inner) in before for inner in ast.walk(node) if isinstance(inner, ast.stmt))


def dead(pair: Pair) -> Iterator[Finding]:
    """New conditions that are decided from the start."""
    had = {text(test) for test in _tests(pair.before)}
    for test in _tests(pair.after):
        if text(test) not in had and _decided(test) is not None:
            yield asked("dead-condition", pair.path, f"always the same: {text(test)}", test.lineno)


def _tests(code: Code) -> Iterator[ast.expr]:
    tested: list[ast.If | ast.IfExp | ast.Assert] = [
        *code.of(ast.If), *code.of(ast.IfExp), *code.of(ast.Assert)
    ]  # fmt: skip
    yield from (node.test for node in tested)
    yield from (loop.test for loop in code.of(ast.While) if text(loop.test) not in ("True", "1"))


def _decided(test: ast.expr) -> bool | None:
    """The value of a condition that cannot be otherwise; ``None`` if it can."""
    match test:
        case ast.Constant(value=value):
            return bool(value)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = _decided(operand)
            return None if inner is None else not inner
        case ast.BoolOp(op=op, values=values):
            wins = isinstance(op, ast.Or)
            known = [_decided(value) for value in values]
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
