"""Statements that stand as they stood, but under another condition, handler or loop, or where nothing gets to them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from otorepair_like.guard import source_pairs
from otorepair_like.guard.finding import GuardFinding, asked
from otorepair_like.guard.source_pairs import Function

_LEAVES: Final = (ast.Return, ast.Raise, ast.Continue, ast.Break)
Chain = tuple[str, ...]
"""The blocks a statement stands in, the outermost first; ``with`` and ``for`` decide nothing about whether it runs."""
Chains = Mapping[tuple[str, str], tuple[Chain, int]]
"""The chain and the line of each statement that stands once in its scope, by scope and statement."""


def moved(path: str, old: Chains, new: Chains, known: frozenset[str]) -> Iterator[GuardFinding]:
    """Yield the statements that are reached in another way than before; one finding for each scope not in ``known``."""
    told = set(known)
    for key, (now, line) in new.items():
        was = old.get(key)
        scope, header = key
        if was is None or was[0] == now or scope in told:
            continue
        told.add(scope)
        short = header.splitlines()[0][:50]
        if "unreachable" in now:
            yield asked("gate", path, f"near the failure: it is no longer reached: {short}", line)
        elif _rank(now) != _rank(was[0]):
            how = now[-1].partition(":")[0] if now else "no condition"
            yield asked("gate", path, f"near the failure: now runs under {how}: {short}", line)


def _rank(chain: Chain) -> list[str]:
    """Return what decides whether a statement runs, and who catches its errors."""
    return [part for part in chain if not part.startswith(("with", "for", "unreachable"))]


def of_python(tree: ast.Module) -> Chains:
    """Return what each statement of a Python file stands in."""
    found: dict[tuple[str, str], tuple[Chain, int]] = {}
    often: set[tuple[str, str]] = set()
    waiting: list[tuple[Sequence[ast.stmt], str, Chain]] = [(tree.body, "", ())]
    while waiting:
        block, scope, chain = waiting.pop()
        after = chain
        for node in block:
            if isinstance(node, Function | ast.ClassDef):
                waiting.append((node.body, f"{scope}.{node.name}".lstrip("."), ()))
                continue
            if header := source_pairs.header(node):
                key = (scope, header)
                often |= {key} if key in found else set()
                found[key] = after, node.lineno
            waiting += ((inner, scope, (*after, name)) for name, inner in _blocks(node))
            if isinstance(node, _LEAVES) or source_pairs.is_exit(node):
                after = (*chain, "unreachable")
    return {key: value for key, value in found.items() if key not in often}


def _blocks(node: ast.stmt) -> Iterator[tuple[str, Sequence[ast.stmt]]]:
    kind = type(node).__name__.lower().removeprefix("async").removesuffix("star")
    for field in ("body", "orelse", "finalbody"):
        block = getattr(node, field, None)
        if isinstance(block, list) and block:
            yield f"{kind}:{field}", block
    for handler in getattr(node, "handlers", []):
        yield "a handler", handler.body
    for case in getattr(node, "cases", []):
        yield "a case", case.body
