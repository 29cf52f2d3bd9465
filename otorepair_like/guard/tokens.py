"""Source as a bag of tokens for each scope, to be weighed against the bag of another version.

A token is a name, a value that is written out, or a construct such as a handler or a condition, with its use. Where it
stands in the scope does not count; layout and comments do not either. This module has the token and the reader of
Python; :mod:`.javascript_tokens` reads JavaScript and TypeScript.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from otorepair_like.guard import source_pairs
from otorepair_like.guard.source_pairs import Function, is_empty, text

INHERITED: Final = frozenset({"message", "annotation", "decorator", "except", "default", "base"})
"""Uses that hold for all that is inside."""
_LOGS: Final = re.compile(
    r"^(warnings\.warn|traceback\.print_exc)$|^(\w+\.)*_?log(ger|ging)?\.\w+$"
    r"|\.(debug|info|warning|error|critical|exception)$"
)
_PRINTS: Final = frozenset(
    {"print", "click.echo", "click.secho", "typer.echo", "sys.stderr.write", "sys.stdout.write"}
)
_OPERATORS: Final[Mapping[type[ast.AST], str]] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Not: "not",
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=", ast.In: "in",
    ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not", ast.USub: "-",
}  # fmt: skip
_ANSWERS: Final = {
    "get": 2,
    "getattr": 3,
    "pop": 2,
    "next": 2,
    "getenv": 2,
    "setdefault": 2,
    "min": 2,
    "max": 2,
}
"""Calls with the number of arguments from which on one of them is a default or a limit."""
_ORDERED: Final = 6
"""So many names in a row are looked at for their order."""


class Token(NamedTuple):
    """One thing that a scope is made of.

    Args:
        kind: ``name``, ``attr``, ``kwarg``, ``param``, ``def``, ``const``, or a construct such as ``if`` or ``except``.
        text: which one.
        use: what it is used for, such as ``message``, ``key``, ``default``, ``kwarg:timeout``, ``bound``; else ``""``.
    """

    kind: str
    text: str
    use: str = ""


class Placed(NamedTuple):
    """A token with its line and the statement it stands in, written in one form; ``""`` in a header of a block."""

    token: Token
    statement: str
    line: int


Pending = tuple[ast.AST, str, str, int]
"""A node with its use, its statement, and the line of that."""


def scopes(tree: ast.Module) -> dict[str, list[Placed]]:
    """Return the tokens of each scope by qualified name: ``""`` is the module, ``Cart.total`` a method."""
    found: dict[str, list[Placed]] = {}
    waiting: list[tuple[str, list[Pending]]] = [("", [(node, "", "", 0) for node in tree.body])]
    while waiting:
        name, nodes = waiting.pop()
        placed = found.setdefault(name, [])
        while nodes:
            node, use, statement, line = nodes.pop()
            line = getattr(node, "lineno", line)
            if isinstance(node, Function | ast.ClassDef):
                placed.append(Placed(Token("def", node.name), "", line))
                inner = f"{name}.{node.name}".lstrip(".")
                found.setdefault(inner, []).extend(_decorators(node))
                waiting.append((inner, list(_signature(node))))
                continue
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                continue
            if isinstance(node, ast.stmt):
                statement = source_pairs.header(node)
            placed += (Placed(token, statement, line) for token in _tokens(node, use))
            nodes += ((child, more, statement, line) for child, more in _children(node, use))
    return found


def _decorators(node: Function | ast.ClassDef) -> Iterator[Placed]:
    for each in node.decorator_list:
        made = each.func if isinstance(each, ast.Call) else each
        yield Placed(Token("decorator", text(made)), "", each.lineno)


def _signature(node: Function | ast.ClassDef) -> Iterator[Pending]:
    inside = [(each, "decorator") for each in node.decorator_list]
    if isinstance(node, ast.ClassDef):
        inside += [(base, "base") for base in node.bases]
        for keyword in node.keywords:
            yield keyword, "", "", node.lineno
    else:
        yield node.args, "", "", node.lineno
        inside += [(node.returns, "annotation")] if node.returns else []
    yield from ((each, use, "", node.lineno) for each, use in inside)
    yield from ((statement, "", "", node.lineno) for statement in node.body)


def _tokens(node: ast.AST, use: str) -> Iterator[Token]:
    """Yield the tokens that a node is, without its children."""
    where = use if use in INHERITED else ""
    match node:
        case ast.Name(id=name, ctx=context):
            kind = "base" if use == "base" else "name"
            yield Token(kind, name, "bound" if isinstance(context, ast.Store) else where)
        case ast.Attribute(attr=name):
            yield Token("attr", name, where)
        case ast.arg(arg=name):
            yield Token("param", name)
        case ast.keyword(arg=name):
            yield Token("kwarg", name or "**", where)
        case ast.alias():
            yield from _import(node)
        case ast.Constant(value=value):
            yield Token("const", repr(value), use)
        case ast.Call():
            yield from _call(node, where or ("statement" if use == "statement" else ""))
        case ast.Subscript():
            yield Token("subscript", "", where)
        case ast.expr():
            yield from _operators(node, use)
        case ast.stmt() | ast.ExceptHandler() | ast.comprehension() | ast.match_case():
            yield from _constructs(node)


def _import(node: ast.alias) -> Iterator[Token]:
    yield Token("import", node.name)
    if node.asname and node.asname != node.name:
        yield Token("alias", f"{node.name} as {node.asname}")


def _call(node: ast.Call, use: str) -> Iterator[Token]:
    called = node.func.attr if isinstance(node.func, ast.Attribute) else text(node.func)[:80]
    yield Token("empty" if is_empty(node) else "call", called, use)
    if len(node.args) >= _ANSWERS.get(called, 99):
        yield Token("answers", called, use)
    yield from _order(node.args)


def _order(nodes: Sequence[ast.expr]) -> Iterator[Token]:
    """Yield which name stands before which, for a row of names."""
    names = [node.id for node in nodes if isinstance(node, ast.Name)][:_ORDERED]
    yield from (Token("before", f"{one} {other}") for one, other in itertools.combinations(names, 2))


def _operators(node: ast.expr, use: str) -> Iterator[Token]:
    where = use if use in INHERITED else ""
    match node:
        case ast.BinOp(op=op, left=left, right=right):
            yield Token("op", _OPERATORS.get(type(op), type(op).__name__), where)
            if not isinstance(op, ast.Add | ast.Mult):
                yield from _order([left, right])
        case ast.UnaryOp(op=op):
            yield Token("op", _OPERATORS.get(type(op), type(op).__name__), where)
        case ast.BoolOp(op=op):
            yield Token("or" if isinstance(op, ast.Or) else "and", "", where)
        case ast.Compare(ops=ops, left=left, comparators=others):
            yield from (Token("compare", _OPERATORS.get(type(op), ""), where) for op in ops)
            yield from _order([left, *others])
        case ast.Lambda():
            yield Token("lambda", "", use)
        case ast.List() | ast.Dict() | ast.Tuple() | ast.Set() if is_empty(node):
            yield Token("empty", text(node), use)
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            yield from _order(elements)
        case ast.IfExp() | ast.Slice() | ast.NamedExpr() | ast.Starred() | ast.Yield():
            yield Token(type(node).__name__.lower(), "", where)


def _constructs(node: ast.AST) -> Iterator[Token]:
    match node:
        case ast.Try() | ast.TryStar():
            yield Token("try", "")
            if node.finalbody:
                yield Token("finally", "")
        case ast.With(items=items) | ast.AsyncWith(items=items):
            for item in items:
                made = item.context_expr
                yield Token("with", text(made.func if isinstance(made, ast.Call) else made))
        case ast.ExceptHandler(type=caught):
            kinds = caught.elts if isinstance(caught, ast.Tuple) else [caught]
            yield from (Token("except", text(kind) or "everything") for kind in kinds)
        case ast.comprehension(ifs=ifs):
            yield from (Token("filter", "") for _ in ifs)
        case ast.Return(value=None):
            yield from (Token("return", ""), Token("empty", "return"))
        case ast.AugAssign(op=op):
            yield Token("op", _OPERATORS.get(type(op), type(op).__name__))
        case ast.stmt() | ast.match_case():
            if (kind := type(node).__name__.lower().removeprefix("async").removesuffix("_case")) in _KINDS:
                yield Token("case" if kind == "match" and isinstance(node, ast.match_case) else kind, "")


_KINDS: Final = frozenset(
    {"if", "while", "for", "match", "assert", "raise", "return", "continue", "break", "delete"}
)


def _children(node: ast.AST, use: str) -> Iterator[tuple[ast.AST, str]]:
    """Yield what is inside a node, each with its use."""
    inherited = use if use in INHERITED else ""
    for field in node._fields:
        value = getattr(node, field, None)
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not isinstance(
                child, ast.expr_context | ast.operator | ast.cmpop
            ):
                kept = use if isinstance(node, ast.Await) else ""
                yield child, inherited or kept or _use(node, field, child)


def _use(node: ast.AST, field: str, child: ast.AST) -> str:
    match node:
        case ast.Raise():
            return "message"
        case ast.JoinedStr():
            return "printed" if isinstance(child, ast.Constant) else ""
        case ast.Call(func=func) if field != "func":
            return _told(func)
        case ast.keyword(arg=name):
            return f"kwarg:{name}"
        case ast.Expr() if isinstance(child, ast.Call | ast.Await):
            return "statement"
    return _USES.get((type(node), field), "")


_USES: Final[Mapping[tuple[type[ast.AST], str], str]] = {
    (ast.arg, "annotation"): "annotation", (ast.AnnAssign, "annotation"): "annotation",
    (ast.arguments, "defaults"): "default", (ast.arguments, "kw_defaults"): "default",
    (ast.ExceptHandler, "type"): "except", (ast.Subscript, "slice"): "key", (ast.Dict, "keys"): "key",
    (ast.Attribute, "value"): "owner", (ast.Assert, "msg"): "message",
}  # fmt: skip


def _told(func: ast.expr) -> str:
    """Return the use of what is given to a call: to be logged, to be printed, or neither."""
    if not isinstance(func, ast.Name | ast.Attribute):
        return ""
    name = text(func)
    return "printed" if name in _PRINTS else "message" if _LOGS.search(name) else ""
