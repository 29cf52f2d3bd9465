"""Hiding a failure by removing the code that fails: deleted statements, and values that were replaced by nothing."""

from __future__ import annotations

import ast
import keyword
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final

from otorepair_like.guard import source_pairs
from otorepair_like.guard.finding import GuardFinding, asked
from otorepair_like.guard.rules.flow import decided
from otorepair_like.guard.source_pairs import Pair, text

_SIMILAR: Final = 0.6
"""Two statements are versions of one another from this ratio of difflib on."""

_BLOCKS: Final = (ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith)
_PAIRED: Final = frozenset({"acquire", "release", "open", "close", "aclose", "connect", "disconnect"})
"""Calls that a ``with`` makes by itself."""

_CHATTER: Final = re.compile(r"(?i)(\w+\.)?_?log(ger|ging)?\.(debug|info)\(")
"""To log less of what goes well hides nothing. What is printed may be what a program is for."""

_LOOPS: Final = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_ASSIGNED: Final = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Expr, ast.Delete, ast.If)
_ALL: Final = frozenset({"sum", "min", "max", "any", "all", "sorted", "math.prod", "len"})
"""Calls that look at each of the things they are given."""
_SHORT: Final = 60
_READ: Final = 300
"""Characters of a statement that are compared."""


def deleted(pairs: Sequence[Pair]) -> Iterator[GuardFinding]:
    """Yield statements that went without a similar one in any file, and their values that gave way to empty ones."""
    olds = [(pair, pair.before.statements) for pair in pairs]
    news = [pair.after.statements for pair in pairs]
    now = Counter({said: len(nodes) for new in news for said, nodes in new.items()})
    before = Counter({said: len(nodes) for _, old in olds for said, nodes in old.items()})
    added = [nodes[0] for new in news for said, nodes in new.items() if now[said] > before[said]]
    named = {name for pair in pairs for name in (*pair.after.names, *pair.after.scopes)}
    for pair, old in olds:
        unused = _unused(pair, named) | _counting(pair, added)
        for said, nodes in old.items():
            if before[said] <= now[said] or (said in pair.after.statements and _twice(pair, said)):
                continue
            if all(node in unused or _CHATTER.match(said) for node in nodes):
                continue
            followers = [node for node in added if _follows(nodes[0], said, node)]
            if not followers:
                yield _gone(pair, nodes[0], said)
            elif hollow := _hollowed(nodes[0], followers):
                what, line = hollow
                yield asked("swallowed", pair.path, f"{what} was replaced by nothing", line)


def _gone(pair: Pair, node: ast.stmt, said: str) -> GuardFinding:
    short = (said if len(said) <= _SHORT else said[: _SHORT - 3] + "...").replace("\n", " ")
    line = pair.stands_now(node.lineno)
    if isinstance(node, ast.Assert | ast.Raise) or said.startswith("if not"):
        return asked("check-removed", pair.path, f"a check was removed: {short}", line)
    return asked(
        "deleted-statement", pair.path, f"a statement was removed without a replacement: {short}", line
    )


def _unused(pair: Pair, named: set[str]) -> set[ast.stmt]:
    """Return statements of functions that nothing decorates and the new version neither has nor names: dead code."""
    found: set[ast.stmt] = set()
    for node in pair.before.tree.body:
        if isinstance(node, source_pairs.Function) and not node.decorator_list and node.name not in named:
            found |= {inner for inner in ast.walk(node) if isinstance(inner, ast.stmt)}
    return found


def _counting(pair: Pair, added: Sequence[ast.stmt]) -> set[ast.stmt]:
    """Return the assignments of loops that count by hand, in whose place a loop over the things themselves came."""
    found: set[ast.stmt] = set()
    for loop in pair.before.of(ast.While):
        if source_pairs.header(loop) in pair.after.statements:
            continue
        inner = [node for node in ast.walk(loop) if isinstance(node, ast.Assign | ast.AugAssign)]
        bound = {name for node in inner for name in _targets(node)}
        over = _names(loop) - bound
        if any(_takes_all(node, over) for node in added):
            found |= {*inner, loop}
            found |= {
                node
                for node in pair.before.of(ast.Assign)
                if _targets(node) <= bound and source_pairs.is_constant(node.value)
            }
    return found


def _takes_all(node: ast.stmt, names: set[str]) -> bool:
    """Return whether a statement goes through all of one of ``names``: in a loop, a comprehension, a ``sum`` …"""
    if isinstance(node, ast.For | ast.AsyncFor):
        return bool(_words(text(node.iter)) & names)
    return any(
        (isinstance(inner, _LOOPS) and any(_words(text(part.iter)) & names for part in inner.generators))
        or (isinstance(inner, ast.Call) and text(inner.func) in _ALL and bool(_words(text(inner)) & names))
        for inner in ast.walk(node)
    )


def _twice(pair: Pair, said: str) -> bool:
    """Return whether a statement stood several times in one block and now stands there once less."""
    return any(
        sum(source_pairs.header(node) == said for node in block) > 1
        for block in source_pairs.blocks(pair.before)
    )


def _follows(old: ast.stmt, said: str, new: ast.stmt) -> bool:
    """Return whether ``new`` may be what became of ``old``."""
    if _emptied(old, new) or (isinstance(old, ast.Assert) and not isinstance(new, ast.Assert | ast.If)):
        return False
    told = source_pairs.header(new)
    if said in told or (_value(old) and _value(old) in told) or _targets(old) & _targets(new):
        return True
    if isinstance(old, ast.Return) and isinstance(new, ast.Return):
        return True
    if _called(old) and (_called(old) == _called(new) or _with_instead(old, new)):
        return True
    if isinstance(old, ast.Delete) and any(_called(new).startswith(f"{name}.") for name in _names(old)):
        return True
    if isinstance(old, _BLOCKS) and not isinstance(new, ast.If) and _same_work(old, new):
        return True
    if isinstance(old, ast.If) and not _rejects(old) and _loops_over(new, _names(old)):
        return True
    matcher = SequenceMatcher(None, said[:_READ], told[:_READ], autojunk=False)
    return matcher.quick_ratio() >= _SIMILAR and matcher.ratio() >= _SIMILAR


def _emptied(old: ast.stmt, new: ast.stmt) -> bool:
    """Return whether a computed value, a call or a test gave way to something written out."""
    if isinstance(new, ast.Assign | ast.AnnAssign | ast.Return | ast.Expr) and source_pairs.is_constant(
        new.value
    ):
        return not (isinstance(old, type(new)) and _written_out(old.value))
    if isinstance(new, ast.Assert | ast.If | ast.While):
        return decided(new.test) is not None
    return isinstance(new, ast.For) and source_pairs.is_constant(new.iter)


def _written_out(value: ast.expr | None) -> bool:
    """Return whether no name gave a value, but for the words by which other languages call theirs."""
    names = (node.id for node in ast.walk(value) if isinstance(node, ast.Name)) if value else ()
    return source_pairs.is_constant(value) or set(names) <= {"true", "false", "null", "nil", "undefined"}


def _called(node: ast.stmt) -> str:
    """Return the name in a statement that is nothing but a call; else ``""``."""
    value = node.value if isinstance(node, ast.Expr) else None
    value = value.value if isinstance(value, ast.Await) else value
    return "" if source_pairs.says_only(node) or not isinstance(value, ast.Call) else text(value.func)


def _with_instead(old: ast.stmt, new: ast.stmt) -> bool:
    """Return whether ``lock.acquire()`` or ``file.close()`` became a ``with`` or a ``finally``."""
    owner, _, method = _called(old).rpartition(".")
    if method not in _PAIRED or not isinstance(new, ast.With | ast.AsyncWith):
        return False
    return any(owner in (text(item.context_expr), text(item.optional_vars)) for item in new.items)


def _rejects(node: ast.If) -> bool:
    return any(isinstance(inner, ast.Raise | ast.Return | ast.Assert) for inner in ast.walk(node))


def _loops_over(node: ast.stmt, names: set[str]) -> bool:
    """Return whether a statement asks in a comprehension's ``if`` for something with one of ``names`` in it."""
    loops = (inner for inner in ast.walk(node) if isinstance(inner, _LOOPS))
    tests = (test for loop in loops for part in loop.generators for test in part.ifs)
    return isinstance(node, _ASSIGNED) and any(_words(text(test)) & names for test in tests)


def _value(node: ast.stmt) -> str:
    value = getattr(node, "value", None)
    return text(value) if isinstance(value, ast.Call | ast.BinOp | ast.Subscript | ast.Await) else ""


def _same_work(old: ast.stmt, new: ast.stmt) -> bool:
    return bool(_names(old) & _names(new) or _inner(old) & _inner(new))


def _inner(node: ast.stmt) -> set[str]:
    """Return the statements that a loop or ``with`` runs in each turn; empty for other statements."""
    return set(map(source_pairs.header, node.body)) - {""} if isinstance(node, _BLOCKS) else set()


def _names(node: ast.stmt) -> set[str]:
    """Return identifiers in a statement's header."""
    return _words(source_pairs.header(node))


def _words(said: str) -> set[str]:
    return set(re.findall(r"[A-Za-z_]\w+", said)) - set(keyword.kwlist) - {"self", "len", "range"}


def _targets(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.Assign):
        return set(map(text, node.targets))
    return {text(node.target)} if isinstance(node, ast.AugAssign | ast.AnnAssign | ast.For) else set()


def _hollowed(old: ast.stmt, news: Sequence[ast.stmt]) -> tuple[str, int] | None:
    """Return the computed part of ``old`` in whose place all of ``news`` have an empty value, and the line."""
    found = None
    for new in news:
        if not isinstance(new, type(old)) or isinstance(new, ast.If | ast.While | ast.Raise):
            return None
        found = _hollow(old, new)
        if found is None:
            return None
    return found


def _hollow(old: ast.AST, new: ast.AST) -> tuple[str, int] | None:
    computed = isinstance(old, ast.Call | ast.Subscript | ast.BinOp | ast.Await)
    if computed and isinstance(new, ast.expr) and says_nothing(new):
        return text(old), new.lineno
    if type(old) is not type(new):
        return None
    mine, theirs = list(ast.iter_child_nodes(old)), list(ast.iter_child_nodes(new))
    if isinstance(old, ast.stmt):  # blocks have statements of their own
        mine, theirs = ([n for n in nodes if not isinstance(n, ast.stmt)] for nodes in (mine, theirs))
    if len(mine) != len(theirs):
        return None
    return next((hit for pair in zip(mine, theirs, strict=True) if (hit := _hollow(*pair))), None)


def says_nothing(node: ast.expr) -> bool:
    """Return whether a value is empty, also as text: ``0``, ``"0.0"``, ``"-"``, ``None``, ``lambda: None`` …"""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return not node.value.strip("0. -")
    return source_pairs.is_empty(node)
