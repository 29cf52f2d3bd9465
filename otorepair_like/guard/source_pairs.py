"""Two versions of a Python file side by side, and what the rules ask about them."""

from __future__ import annotations

import ast
import functools
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, TypeVar

from otorepair_like.guard.changed_lines import is_python
from otorepair_like.guard.parsing import python
from otorepair_like.workspace.change_set import ChangeSet, FileChange, text_lines

Function = ast.FunctionDef | ast.AsyncFunctionDef
Node = TypeVar("Node", bound=ast.AST)
SAYS_ONLY = (
    "print", "logging.", "log.", "logger.", "warnings.warn", "traceback.print_exc", "sys.stderr.write",
)  # fmt: skip
"""Calls that tell and do nothing else, by how they begin."""

_FEW_LINES, _MOST_LINES = 1_000, 5_000
"""Lines up to which two versions are compared exactly, and at all."""

EXITS = ("sys.exit", "exit", "quit", "os._exit", "os.abort")


_GUARDS: Final = re.compile(
    r"(?i)(auth(?!or(?!i[sz]))|login|permission|admin|csrf|^require[sd]?_?(?!$)|guard|protect|verif|validat|sanit|escape"
    r"|signature|throttl|rate_?limit|secur)"
)


def guards(name: str) -> bool:
    """Return whether a name is that of a check, by how such things are usually called."""
    return _GUARDS.search(name.rpartition(".")[2]) is not None


class Code:
    """A Python file; what the rules ask of it is computed once."""

    def __init__(self, tree: ast.Module, content: bytes | None = None) -> None:
        self.tree = tree
        self._content = content

    @functools.cached_property
    def lines(self) -> Sequence[str]:
        """Return its lines."""
        return text_lines(self._content)

    def source(self, node: ast.stmt) -> Sequence[str]:
        """Return the lines of a statement."""
        return self.lines[node.lineno - 1 : node.end_lineno]

    @functools.cached_property
    def names(self) -> frozenset[str]:
        """Return every name and attribute that is used in it; not those that are only defined."""
        plain = {node.id for node in self.of(ast.Name)} | {node.attr for node in self.of(ast.Attribute)}
        return frozenset(plain | {alias.name for node in self.of(ast.ImportFrom) for alias in node.names})

    @functools.cached_property
    def identifiers(self) -> frozenset[str]:
        """Return every name that stands in it, also those that are only defined."""
        arguments = {node.arg for node in self.of(ast.arg)} | {
            node.arg for node in self.of(ast.keyword) if node.arg
        }
        defined = {name.rpartition(".")[2] for name in self.scopes}
        return self.names | arguments | defined

    @functools.cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Return all of its nodes."""
        return tuple(walk(self.tree))

    @functools.cached_property
    def _by_kind(self) -> dict[type[ast.AST], list[ast.AST]]:
        found: dict[type[ast.AST], list[ast.AST]] = {}
        for node in self.nodes:
            found.setdefault(type(node), []).append(node)
        return found

    def of(self, *kinds: type[Node]) -> Iterator[Node]:
        """Yield its nodes of some kinds, one kind after another."""
        for kind, nodes in self._by_kind.items():
            if issubclass(kind, kinds):
                yield from nodes  # type: ignore[misc]  # of this kind all

    @functools.cached_property
    def calls(self) -> list[tuple[str, ast.Call]]:
        """Return its calls with the full name of what is called, ``import … as`` seen through."""
        names: dict[str, str] = {}
        for node in self.of(ast.Import):
            names |= {alias.asname: alias.name for alias in node.names if alias.asname}
        for source in self.of(ast.ImportFrom):
            names |= {alias.asname or alias.name: f"{source.module}.{alias.name}" for alias in source.names}
        return [(_full(text(node.func), names), node) for node in self.of(ast.Call)]

    @functools.cached_property
    def statements(self) -> dict[str, list[ast.stmt]]:
        """Return its statements that do something, by their :func:`header`."""
        found: dict[str, list[ast.stmt]] = {}
        for node in self.of(ast.stmt):
            if said := header(node):
                found.setdefault(said, []).append(node)
        return found

    @functools.cached_property
    def scopes(self) -> dict[str, Function | ast.ClassDef]:
        """Return its classes and functions by qualified name, the outermost first."""
        return dict(_scopes(self.tree, ""))


@dataclass(frozen=True)
class Pair:
    """A Python file before and after; an empty module where there is none.

    Args:
        known: lines of the old file that could not be parsed: what stands there is not new. Empty if it parsed.
        parsed: whether the old file could be parsed.
    """

    path: str
    before: Code
    after: Code
    known: frozenset[str] = frozenset()
    parsed: bool = True

    @functools.cached_property
    def new_calls(self) -> list[tuple[str, ast.Call]]:
        """Return calls of the new version that the old one does not make as often, as they stand."""
        had = Counter(text(call) for _, call in self.before.calls)
        new = []
        for name, call in self.after.calls:
            had[text(call)] -= 1
            if had[text(call)] < 0:
                new.append((name, call))
        return new

    def stands_now(self, line: int) -> int:
        """Return the line of the new version where the place of an old line is; both count from 1."""
        old, new = self.before.lines, self.after.lines
        if len(old) > _MOST_LINES or len(new) > _MOST_LINES:
            return max(1, min(line, len(new)))
        same = SequenceMatcher(None, old, new, autojunk=len(old) + len(new) > _FEW_LINES)
        for _, start, end, new_start, new_end in same.get_opcodes():
            if start < line <= end:
                last = max(new_end, new_start + 1)
                return max(1, min(new_start + line - start, last, len(self.after.lines)))
        return 1


def pairs(changes: ChangeSet, scripts: frozenset[str] = frozenset()) -> Iterator[Pair]:
    """Yield the Python files of ``changes`` whose new version parses; ``scripts``: paths of others that Python runs."""
    for change in changes.files:
        if is_python(change, scripts) and change.regular:
            after = _parsed(change.after)
            if after is not None:
                before = _parsed(change.before)
                empty = ast.Module([], [])
                old, new = Code(before or empty, change.before), Code(after, change.after)
                yield Pair(change.path, old, new, _known(change, before), parsed=before is not None)


def _parsed(content: bytes | None) -> ast.Module | None:
    try:
        return python(content or b"")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _known(change: FileChange, before: ast.Module | None) -> frozenset[str]:
    if before is not None:
        return frozenset()
    return frozenset(line.strip() for line in (change.before or b"").decode(errors="replace").splitlines())


def walk(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield nodes as ``ast.walk`` does, in half the time; contexts of names are left out."""
    queue = [tree]
    for node in queue:
        yield node
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                queue += [item for item in value if isinstance(item, ast.AST)]
            elif isinstance(value, ast.AST) and name != "ctx":
                queue.append(value)


def _scopes(tree: ast.AST, name: str) -> Iterator[tuple[str, Function | ast.ClassDef]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, Function | ast.ClassDef):
            inner = f"{name}.{node.name}" if name else node.name
            yield inner, node
            yield from _scopes(node, inner)
        elif not isinstance(node, ast.expr):
            yield from _scopes(node, name)


def _full(name: str, imported: Mapping[str, str]) -> str:
    first, dot, rest = name.partition(".")
    return imported.get(first, first) + dot + rest


@functools.lru_cache(maxsize=4096)
def text(node: ast.AST | None) -> str:
    """Return the source of a node in one form, whatever its layout."""
    return "" if node is None else ast.unparse(node)


def header(node: ast.AST) -> str:
    """Return a statement without its block; ``""`` for what does nothing by itself."""
    match node:
        case ast.Pass() | ast.Import() | ast.ImportFrom() | ast.Global() | ast.Nonlocal():
            return ""
        case ast.Expr(value=ast.Constant()):
            return ""
        case ast.If(test=test):
            return f"if {text(test)}"
        case ast.While(test=test):
            return f"while {text(test)}"
        case ast.For(target=target, iter=over) | ast.AsyncFor(target=target, iter=over):
            return f"for {text(target)} in {text(over)}"
        case ast.With(items=items) | ast.AsyncWith(items=items):
            return "with " + ", ".join(map(text, items))
        case ast.Match(subject=subject):
            return f"match {text(subject)}"
        case ast.Try() | ast.TryStar() | ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return ""
        case ast.stmt():
            return text(node)
    return ""


def blocks(code: Code) -> Iterator[Sequence[ast.stmt]]:
    """Yield every list of statements that run one after another."""
    for node in code.nodes:
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                yield block


def is_exit(node: ast.stmt) -> bool:
    """Return whether a statement ends the program."""
    if isinstance(node, ast.Raise):
        return text(node.exc).partition("(")[0] == "SystemExit"
    return isinstance(node, ast.Expr) and text(node.value).partition("(")[0] in EXITS


def is_failure(node: ast.stmt) -> bool:
    """Return whether a statement that ends the program tells so: by a status other than 0, or a text."""
    call = node.exc if isinstance(node, ast.Raise) else getattr(node, "value", None)
    return isinstance(call, ast.Call) and bool(call.args) and not is_empty(call.args[0])


def says_only(node: ast.stmt) -> bool:
    """Return whether a statement prints or logs, and nothing else."""
    call = node.value if isinstance(node, ast.Expr) else None
    return isinstance(call, ast.Call) and text(call.func).startswith(SAYS_ONLY)


def is_empty(node: ast.expr | None) -> bool:
    """Return whether a value says nothing: ``None``, ``False``, ``""``, ``0``, ``[]``, ``{}``, or a lambda of such."""
    if isinstance(node, ast.Lambda):
        return is_empty(node.body)
    if isinstance(node, ast.Constant):
        return not node.value or node.value is ...
    if isinstance(node, ast.Call):
        return text(node) in ("dict()", "list()", "set()", "tuple()", "str()", "bytes()")
    if isinstance(node, ast.Dict):
        return not node.keys
    return node is None or (isinstance(node, ast.List | ast.Tuple | ast.Set) and not node.elts)


def is_constant(node: ast.expr | None) -> bool:
    """Return whether a value is hard-coded, without a name or a call in it."""
    return is_empty(node) or not any(
        isinstance(inner, ast.Name | ast.Call | ast.Attribute) for inner in walk(node or ast.Constant(None))
    )
