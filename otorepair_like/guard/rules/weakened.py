"""Hiding a failure by making it look smaller: levels, statuses, suppressing comments, lost guards of functions."""

from __future__ import annotations

import ast
import difflib
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from otorepair_like.guard.changed_lines import READ, new_lines
from otorepair_like.guard.finding import GuardFinding, asked
from otorepair_like.guard.source_pairs import Code, Pair, guards, is_exit, is_failure, text
from otorepair_like.workspace.change_set import FileChange, text_lines

_LEVELS: Final = ("debug", "info", "warning", "error", "critical")
_RANK: Final = {name: rank for rank, name in enumerate(_LEVELS)} | {"exception": 3, "warn": 2, "fatal": 4}
_SUPPRESSED: Final = re.compile(
    r"""(?ix) \#\s*(noqa|nosec|type:\s*ignore|pyright:\s*ignore|pylint:\s*disable|pragma:\s*no\s*cover|mypy:\s*ignore)
    | eslint-disable | @ts-(ignore|nocheck|expect-error) | istanbul\ ignore | //\s*nolint | biome-ignore
    | \bas\s+any\s*[;,)\]]
    | \b(pytest\.)?mark\.(skip|skipif|xfail)\b | \bpytest\.(skip|xfail)\( | @(unittest\.)?(skip|expectedFailure)\b
    | \b(it|test|describe)\.(skip|only|todo)\b | \b(xit|xdescribe)\( | \bt\.Skip\( | \#\[allow\("""
)
_SILENCED: Final = re.compile(
    r"""(?x) catch\s*(\([^)]*\))?\s*\{\s*(//[^\n]*)?\s*\} | \.catch\(\s*\(?\w*\)?\s*=>\s*(\{\s*\}|null|undefined)\s*\)
    | process\.on\(\s*['"](uncaughtException|unhandledRejection)['"] | window\.onerror\s*= | \brescue\s*=>?\s*nil\b
    | validateStatus\s*:\s*\(?\w*\)?\s*=>\s*true
    | \brecover\(\)\s*$ | ^\s*_\s*=\s*err\b | 2>\s*/dev/null | \|\|\s*true\b | ^\s*set\s+\+e\b"""
)
_RESPONSE: Final = re.compile(r"(?i)(response|exception|error|abort|status|redirect)$|send_")
_BY_NAME: Final = {
    "HttpResponse": 200, "HttpResponseBadRequest": 400, "HttpResponseForbidden": 403, "HttpResponseNotFound": 404,
    "HttpResponseNotAllowed": 405, "HttpResponseGone": 410, "HttpResponseServerError": 500, "Http404": 404,
}  # fmt: skip
_SHAPES: Final = frozenset(
    {
        "property",
        "cached_property",
        "staticmethod",
        "classmethod",
        "cache",
        "lru_cache",
        "dataclass",
        "override",
        "wraps",
    }
)
"""Decorators that check nothing; they give a function its form."""

_FAILS: Final = 400
_PYTHON: Final = (".py", ".pyi")


def lowered(pair: Pair) -> Iterator[GuardFinding]:
    """Yield log levels and statuses that went down, decorators that went away, checks that lost their keyword."""
    yield from _levels(pair)
    yield from _statuses(pair)
    yield from _ends(pair)
    yield from _decorators(pair)


def _levels(pair: Pair) -> Iterator[GuardFinding]:
    old, new = _log_calls(pair.before), _log_calls(pair.after)
    for said, (rank, _) in old.items():
        now = new.get(said)
        if now is not None and now[0] < rank:
            yield asked("lower-level", pair.path, f"logged as {_LEVELS[now[0]]}, was {_LEVELS[rank]}", now[1])
    for name, call in pair.new_calls:
        method = name.rpartition(".")[2]
        told = [
            text(argument) for argument in (*call.args, *(k.value for k in call.keywords if k.arg == "level"))
        ]
        if method in ("setLevel", "basicConfig") and any(
            re.search("ERROR|CRITICAL|FATAL|[5-9]\\d|\\d{3}", t) for t in told
        ):
            yield asked("lower-level", pair.path, "less is logged", call.lineno)


def _log_calls(code: Code) -> dict[str, tuple[int, int]]:
    """Return arguments of log calls with the rank of their level and their line."""
    found = {}
    for name, call in code.calls:
        level = name.rpartition(".")[2]
        if level in _RANK and call.args:
            found[text(call.args[0])] = _RANK[level], call.lineno
    return found


def _statuses(pair: Pair) -> Iterator[GuardFinding]:
    """Yield HTTP statuses of failure that gave way to ones of success."""
    old, new = list(_numbers(pair.before)), list(_numbers(pair.after))
    lost = Counter(n for n, _ in old) - Counter(n for n, _ in new)
    won = Counter(n for n, _ in new) - Counter(n for n, _ in old)
    failures, successes = [n for n in lost if n >= _FAILS], [n for n in won if n < _FAILS]
    if failures and successes:
        line = next(line for n, line in new if n == successes[0])
        yield asked("lower-status", pair.path, f"answers {successes[0]}, was {failures[0]}", line)


def _ends(pair: Pair) -> Iterator[GuardFinding]:
    """Yield a program that told by its exit status of a failure, and does not any more."""
    old, new = ([node for node in code.of(ast.stmt) if is_exit(node)] for code in (pair.before, pair.after))
    known = Counter(map(text, old))
    worse = [node for node in new if not is_failure(node) and known[text(node)] == 0]
    if worse and sum(map(is_failure, old)) > sum(map(is_failure, new)):
        yield asked("lower-status", pair.path, "exits as if it had succeeded", worse[0].lineno)


def _numbers(code: Code) -> Iterator[tuple[int, int]]:
    """Yield HTTP statuses with their lines: given to a response, or second in what is returned."""
    places: list[ast.expr] = []
    for node in code.of(ast.Call, ast.Return, ast.Assign):
        if isinstance(node, ast.Call):
            places += [keyword.value for keyword in node.keywords if "status" in (keyword.arg or "")]
            places += node.args if _RESPONSE.search(text(node.func)) else []
        elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
            places += node.value.elts
        elif isinstance(node, ast.Assign) and "status" in text(node.targets[0]):
            places.append(node.value)
    yield from ((_BY_NAME[text(c.func)], c.lineno) for c in code.of(ast.Call) if text(c.func) in _BY_NAME)
    for place in places:
        if isinstance(place, ast.Attribute) and (named := re.match(r"HTTP_(\d{3})_", place.attr)):
            yield int(named[1]), place.lineno
        elif isinstance(place, ast.Constant) and type(place.value) is int and 100 <= place.value < 600:
            yield place.value, place.lineno


def _decorators(pair: Pair) -> Iterator[GuardFinding]:
    """Yield decorators that went, and those of a check that ask for something else."""
    old = pair.before.scopes
    for name, node in pair.after.scopes.items():
        had = {text(d): text(d).partition("(")[0] for d in old.get(name, node).decorator_list}
        kept = {text(d): text(d).partition("(")[0] for d in node.decorator_list}
        for gone, function in had.items():
            spelt = any(_is_respelt(function, now) for now in kept.values() if now not in had.values())
            if function not in kept.values() and function.rpartition(".")[2] not in _SHAPES and not spelt:
                yield asked("check-removed", pair.path, f"{name} lost @{gone}", node.lineno)
            elif function in kept.values() and gone not in kept and guards(function):
                yield asked("check-removed", pair.path, f"{name} asks for less than @{gone}", node.lineno)


def _is_respelt(was: str, now: str) -> bool:
    """Return whether two names differ by a letter or so, as ``roter.get`` and ``router.get`` do."""
    return difflib.SequenceMatcher(None, was, now, autojunk=False).ratio() >= 0.85


def suppressed(change: FileChange) -> Iterator[GuardFinding]:
    """Yield new comments and marks that silence a tool, in any language; empty handlers outside Python."""
    before, after = text_lines(change.before), text_lines(change.after)
    known = set(filter(None, map(_suppression, before)))
    for number, line in new_lines(change):
        if (said := _suppression(line)) and said not in known:
            yield asked("suppression", change.path, f"silences a tool: {line.strip()[:60]}", number)
    if change.path.endswith(_PYTHON) or change.after is None:
        return
    old_text, new_text = "".join(before), "".join(after)
    for found in _SILENCED.finditer(new_text):
        if found.group() not in old_text:
            line_number = new_text.count("\n", 0, found.start()) + 1
            yield asked("silent-except", change.path, f"silences errors: {found.group()[:40]!r}", line_number)


def _suppression(line: str) -> str:
    """Return the rest of a line from where it silences a tool; ``""`` if it does not."""
    match = _SUPPRESSED.search(line[:READ])
    return line[match.start() :] if match else ""
