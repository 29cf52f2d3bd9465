"""JavaScript and TypeScript as bags of tokens, in the words of :mod:`.tokens`; read by tree-sitter where it is there.

The parser is an extra (``pip install 'otorepair-like[javascript]'``): it is imported when the first such file is looked
at. Without it :func:`read` answers ``None``, and the file is weighed as plain words (:mod:`.text_tokens`).
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from otorepair_like.guard.rules.chains import Chain, Chains
from otorepair_like.guard.tokens import Placed, Token

LANGUAGES: Final = {
    (".js", ".mjs", ".cjs", ".jsx"): ("tree_sitter_javascript", "language"),
    (".ts", ".mts", ".cts"): ("tree_sitter_typescript", "language_typescript"),
    (".tsx",): ("tree_sitter_typescript", "language_tsx"),
}
"""Ends of file names with the grammar that reads them."""

_SCOPES: Final = frozenset(
    {"function_declaration", "generator_function_declaration", "method_definition", "class_declaration"}
)
_STATEMENTS: Final = frozenset(
    {
        "expression_statement",
        "lexical_declaration",
        "variable_declaration",
        "return_statement",
        "throw_statement",
    }
)
_CONSTRUCTS: Final[Mapping[str, Token]] = {
    "if_statement": Token("if", ""), "ternary_expression": Token("ifexp", ""), "try_statement": Token("try", ""),
    "catch_clause": Token("except", "every error"), "finally_clause": Token("finally", ""),
    "optional_chain": Token("optional", ""), "throw_statement": Token("raise", ""),
    "return_statement": Token("return", ""), "continue_statement": Token("continue", ""),
    "break_statement": Token("break", ""), "for_statement": Token("for", ""), "for_in_statement": Token("for", ""),
    "while_statement": Token("while", ""), "do_statement": Token("while", ""), "switch_statement": Token("match", ""),
    "switch_case": Token("case", ""), "spread_element": Token("starred", ""),
    "subscript_expression": Token("subscript", ""),
    "assignment_pattern": Token("default", ""), "object_assignment_pattern": Token("default", ""),
    "with_statement": Token("with", "with"), "debugger_statement": Token("delete", ""),
}  # fmt: skip
_COMPARE: Final = frozenset({"<", "<=", ">", ">=", "==", "!=", "===", "!==", "in", "instanceof"})
_IGNORED: Final = frozenset(
    {"comment", "import_statement", "type_annotation", "interface_declaration", "type_alias_declaration"}
)
_ENDS: Final = ("'", '"', "`")
_ERRORS: Final = ("err", "error", "e", "_err", "_error")

_RANKS: Final = frozenset(
    {
        "if_statement",
        "else_clause",
        "catch_clause",
        "while_statement",
        "do_statement",
        "switch_case",
        "switch_default",
    }
)
"""Nodes that decide whether a statement in them runs."""

_LEAVES: Final = frozenset({"return_statement", "throw_statement", "continue_statement", "break_statement"})


class JavaScriptSource(NamedTuple):
    """A file as it was read: its tokens by scope, and what its statements stand in."""

    scopes: dict[str, list[Placed]]
    chains: Chains


class _PendingToken(NamedTuple):
    """A node that is to be read, with its use, its statement, and what it stands in."""

    node: Any
    use: str = ""
    statement: str = ""
    chain: Chain = ()


def read(path: str, content: bytes | None) -> JavaScriptSource | None:
    """Return the tokens and chains of a file; ``None`` if nobody here can read it."""
    parser = _parser(path)
    tree = parser.parse(content or b"") if parser else None
    if tree is None or tree.root_node.has_error:
        return None
    scopes: dict[str, list[Placed]] = {}
    chains: dict[tuple[str, str], tuple[Chain, int]] = {}
    often: set[tuple[str, str]] = set()
    waiting: list[tuple[str, list[_PendingToken]]] = [("", [_PendingToken(tree.root_node)])]
    while waiting:
        name, nodes = waiting.pop()
        placed = scopes.setdefault(name, [])
        while nodes:
            each = nodes.pop()
            line = each.node.start_point[0] + 1
            if each.node.type in _SCOPES and each.use != "scope":
                own = _text(each.node.child_by_field_name("name"))
                placed.append(Placed(Token("def", own), "", line))
                waiting.append((f"{name}.{own}".lstrip("."), [_PendingToken(each.node, "scope")]))
                continue
            if each.node.type in _STATEMENTS:
                each = each._replace(statement=" ".join(_text(each.node).split()))
                often |= {(name, each.statement)} if (name, each.statement) in chains else set()
                chains[name, each.statement] = each.chain, line
            placed += (Placed(token, each.statement, line) for token in _tokens(each.node, each.use))
            nodes += _inside(each)
    return JavaScriptSource(scopes, {key: value for key, value in chains.items() if key not in often})


def _inside(each: _PendingToken) -> Iterator[_PendingToken]:
    """Yield what is inside a node."""
    chain = (*each.chain, each.node.type.partition("_")[0]) if each.node.type in _RANKS else each.chain
    for child, use in _children(each.node, each.use):
        if child.type not in _IGNORED:
            yield _PendingToken(child, use, each.statement, chain)
        if child.type in _LEAVES and "unreachable" not in chain:
            chain = (*chain, "unreachable")


@functools.lru_cache(maxsize=4)
def _parser(path: str) -> Any:
    """Return a parser for a file of that name; ``None`` if there is none."""
    grammar = next((names for ends, names in LANGUAGES.items() if path.lower().endswith(ends)), None)
    if grammar is None:
        return None
    try:
        tree_sitter: Any = importlib.import_module("tree_sitter")
        language = getattr(importlib.import_module(grammar[0]), grammar[1])()
        return tree_sitter.Parser(tree_sitter.Language(language))
    except (ImportError, AttributeError, ValueError, TypeError):
        return None


def _text(node: Any) -> str:
    return "" if node is None else node.text.decode(errors="replace")


def _tokens(node: Any, use: str) -> Iterator[Token]:
    """Yield the tokens that a node is, without its children."""
    where = "message" if use == "message" else ""
    kind = node.type
    if kind in _CONSTRUCTS:
        yield _CONSTRUCTS[kind]._replace(use=where)
    elif kind in (
        "identifier",
        "shorthand_property_identifier",
        "shorthand_property_identifier_pattern",
        "this",
    ):
        yield Token(
            "param" if use == "param" else "name", _text(node), use if use in ("bound", "message") else ""
        )
    elif kind in ("property_identifier", "private_property_identifier", "computed_property_name"):
        yield Token("kwarg" if use == "pair" else "attr", _text(node)[:80], where)
    elif kind in ("string", "number", "true", "false", "null", "undefined", "regex"):
        yield Token("const", _constant(node), use)
    elif kind == "string_fragment" and use == "template":
        yield Token("const", f"'{_text(node)}'", "printed")
    elif kind in ("call_expression", "new_expression"):
        yield Token("call", _called(node), use if use in ("message", "statement") else "")
    elif (
        kind in ("object", "array", "statement_block", "array_pattern", "object_pattern")
        and not node.named_child_count
    ):
        yield Token("empty", _text(node)[:10], use)
    elif kind in ("arrow_function", "function_expression", "generator_function"):
        yield Token(
            "lambda", "", "kwarg:" if node.parent is not None and node.parent.type == "arguments" else ""
        )
        if _takes_errors(node):
            yield Token("except", "every error of a request")
    elif kind in (
        "binary_expression",
        "unary_expression",
        "update_expression",
        "augmented_assignment_expression",
    ):
        yield _operator(node, where)
    elif kind == "class_heritage":
        yield Token("base", _text(node)[:80])


def _constant(node: Any) -> str:
    """Return a value in one form, whatever its quotes."""
    text = _text(node)
    return f"'{text[1:-1]}'" if text.startswith(_ENDS) else text


def _called(node: Any) -> str:
    function = node.child_by_field_name("function") or node.child_by_field_name("constructor")
    named = function.child_by_field_name("property") if function is not None else None
    return _text(named or function)[:80]


def _operator(node: Any, use: str) -> Token:
    sign = _text(node.child_by_field_name("operator"))
    if sign in ("||", "??", "||=", "??="):
        return Token("or", "", use)
    if sign in ("&&", "&&="):
        return Token("and", "", use)
    return Token("compare" if sign in _COMPARE else "op", sign, use)


def _takes_errors(node: Any) -> bool:
    """Return whether a function takes an error first and four things in all, as Express calls its error handlers."""
    parameters = node.child_by_field_name("parameters")
    names = parameters.named_children if parameters is not None else []
    return len(names) == 4 and _text(names[0]).lower() in _ERRORS


def _children(node: Any, use: str) -> Iterator[tuple[Any, str]]:
    """Yield what is inside a node, each with its use."""
    for index, child in enumerate(node.children):
        if child.is_named or child.type == "optional_chain":
            field = node.field_name_for_child(index) or ""
            yield child, "message" if use == "message" else _use(node, field)


def _use(node: Any, field: str) -> str:
    kind = node.type
    if kind in ("throw_statement",):
        return "message"
    if kind in ("call_expression", "new_expression") and field == "arguments":
        return _told(node)
    if kind == "arguments":
        return _told(node.parent)
    if kind in ("assignment_pattern", "object_assignment_pattern") and field == "right":
        return "default"
    if kind == "pair":
        return "pair" if field == "key" else f"kwarg:{_text(node.child_by_field_name('key'))[:40]}"
    if kind == "template_string":
        return "template"
    if kind in ("variable_declarator",) and field == "name":
        return "bound"
    if kind == "formal_parameters" or (kind == "arrow_function" and field == "parameter"):
        return "param"
    if kind == "expression_statement" or (
        kind == "await_expression" and node.parent.type == "expression_statement"
    ):
        return "statement"
    return "key" if kind == "subscript_expression" and field == "index" else ""


def _told(call: Any) -> str:
    """Return the use of what is given to a call: to be logged, to be printed, or neither."""
    function = _text(call.child_by_field_name("function"))
    if function in ("console.log", "process.stdout.write"):
        return "printed"
    return "message" if function.startswith(("console.", "logger.", "log.")) else ""
