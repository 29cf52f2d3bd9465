"""Arguments, settings and fields that protect something: dropped or emptied they are removed checks, wherever it is."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from otorepair_like.guard.finding import GuardFinding, asked
from otorepair_like.guard.rules.renames import similarity
from otorepair_like.guard.source_pairs import Code, Pair, is_empty, text

_PROTECTS: Final = re.compile(
    r"""(?ix)^(dependencies|\w*middlewares?|\w*permission\w*|authentication\w*|throttl\w+|\w*_?validators?|validate\w*
    |response_model\w*|prox(y|ies)|check|verify\w*|allowed_\w+|cert|certfile|cafile|ca_certs|auth|scopes|security
    |raise_for_status|strict\w*|csrf\w*|limit|max_\w+|min_\w+|[gl][te]|pattern|regex|unique\w*|constraints?
    |required|signature\w*|secure|httponly|samesite|autoescape|fail_under|audience|issuer|algorithms
    |login_url|test_func|decorators|before_\w+|on_delete|foreign_keys|expected_\w+|digest|checksum|trusted_\w+)$"""
)
"""Names of arguments, settings and keys that make something stricter."""

_ALIKE: Final = 0.5
"""From this likeness on a name with the same value is another one's spelling, or its successor."""

_OFF: Final = frozenset({"False", "None", "0", "''", "b''"})


def unprotected(pair: Pair) -> Iterator[GuardFinding]:
    """Yield protecting arguments, settings and keys that were dropped, emptied or shortened."""
    old, new = _protections(pair.before), _protections(pair.after)
    had, has = Counter(name for name, _, _ in old), Counter(name for name, _, _ in new)
    came = {(name, text(value)) for name, value, _ in _arguments(pair.after)}
    for name in had - has:
        values = [text(value) for each, value, _ in old if each == name]
        if any(similarity(name, now) >= _ALIKE and value in values for now, value in came if now != name):
            continue  # the name was put right
        line = next(line for each, _, line in old if each == name)
        said = f"{name} protected something and is gone"
        yield asked("check-removed", pair.path, said, pair.stands_now(line))
    known = {(name, text(value)) for name, value, _ in old}
    for name, value, line in new:
        if (name, text(value)) in known:
            continue
        before = [was for each, was, _ in old if each == name]
        if _is_off(value) and before and not all(map(_is_off, before)):
            yield asked(
                "check-removed", pair.path, f"{name} no longer protects anything: {text(value)}", line
            )
        elif gone := _shortened(before, value):
            yield asked("check-removed", pair.path, f"{name} is without {gone[:40]} now", line)


def _arguments(code: Code) -> list[tuple[str, ast.expr, int]]:
    """Return the arguments that are given by name, with their values and lines."""
    return [(each.arg, each.value, each.value.lineno) for each in code.of(ast.keyword) if each.arg]


def _protections(code: Code) -> list[tuple[str, ast.expr, int]]:
    found = [each for each in _arguments(code) if _PROTECTS.match(each[0])]
    assigned: list[ast.Assign | ast.AnnAssign] = [*code.of(ast.Assign), *code.of(ast.AnnAssign)]
    for node in assigned:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            name = _name(target)
            if node.value is not None and _PROTECTS.match(name):
                found.append((name, node.value, node.lineno))
    for table in code.of(ast.Dict):
        for key, value in zip(table.keys, table.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str) and _PROTECTS.match(key.value):
                found.append((key.value, value, value.lineno))
    return found


def _name(target: ast.expr) -> str:
    match target:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
    return ""


def _is_off(value: ast.expr) -> bool:
    return is_empty(value) or text(value) in _OFF


def _shortened(before: list[ast.expr], value: ast.expr) -> str:
    """Return an element that all former lists of a name had and the new one has not; ``""``: none."""
    if not isinstance(value, ast.List | ast.Tuple | ast.Set):
        return ""
    now = set(map(text, value.elts))
    lists = [set(map(text, was.elts)) for was in before if isinstance(was, ast.List | ast.Tuple | ast.Set)]
    if not lists or len(now) >= max(map(len, lists)):
        return ""
    return min(set.intersection(*lists) - now, default="")
