"""Around the failure: everything that could make it vanish instead of ending it is a question, whatever its form.

The scopes of both versions are weighed token by token (:mod:`.tokens`). What went and what came must be explained: as
a name put right, an import, an argument that was missing, a conversion. What is left over is told by its kind
(:mod:`.leftovers`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from otorepair_like.guard import tokens
from otorepair_like.guard.changed_lines import new_lines
from otorepair_like.guard.finding import GuardFinding, asked
from otorepair_like.guard.place import ChangePlace
from otorepair_like.guard.rules import chains, javascript_tokens, leftovers
from otorepair_like.guard.rules.renames import renamed, renames
from otorepair_like.guard.source_pairs import Function, Pair
from otorepair_like.guard.tokens import Placed, Token
from otorepair_like.workspace.change_set import FileChange

Scopes = Mapping[str, Sequence[Placed]]


@dataclass(frozen=True)
class Versions:
    """Two versions of a file, as bags of tokens.

    Args:
        before, after: tokens by scope.
        stands_now: where in the new version the place of an old line is.
        typed: scopes whose annotations are read while the program runs.
        stood, stands: what the statements stood in, and stand in.
    """

    path: str
    before: Scopes
    after: Scopes
    stands_now: Callable[[int], int]
    typed: frozenset[str] = frozenset()
    stood: chains.Chains = field(default_factory=dict)
    stands: chains.Chains = field(default_factory=dict)


@dataclass(frozen=True)
class _Scope:
    """A scope of both versions: what went from it and what came."""

    file: Versions
    name: str
    lost: Sequence[Placed]
    won: Sequence[Placed]


def of_python(pair: Pair) -> Versions:
    """Return the versions of a Python file."""
    typed = {
        name
        for name, node in pair.after.scopes.items()
        if not isinstance(node, Function) or node.decorator_list
    }
    return Versions(
        pair.path,
        tokens.scopes(pair.before.tree),
        tokens.scopes(pair.after.tree),
        pair.stands_now,
        frozenset(typed),
        chains.of_python(pair.before.tree),
        chains.of_python(pair.after.tree),
    )


def of_javascript(change: FileChange) -> Versions | None:
    """Return the versions of a JavaScript or TypeScript file; ``None`` if it cannot be read here."""
    before, after = (javascript_tokens.read(change.path, side) for side in (change.before, change.after))
    if before is None or after is None:
        return None

    def stands_now(line: int) -> int:
        lines = new_lines(change)
        return next((number for number, _ in lines if number >= line), lines[-1][0] if lines else 1)

    return Versions(
        change.path, before.scopes, after.scopes, stands_now, stood=before.chains, stands=after.chains
    )


def near(files: Sequence[Versions], place: ChangePlace) -> Iterator[GuardFinding]:
    """Yield what could hide the failure in the files that it can reach."""
    scopes = list(_without_moved([scope for file in files for scope in _scopes(file)]))
    lost = Counter(placed.token for scope in scopes for placed in scope.lost)
    won = Counter(placed.token for scope in scopes for placed in scope.won)
    names = renames(lost, won, place, _kept(files))
    told: set[tuple[str, str]] = set()
    for scope in _with_new_names(scopes, names):
        gone, came = _unexplained(scope, names)
        typed = scope.name in scope.file.typed
        texts = _texts(scope.file.after.get(scope.name, ()))
        left = leftovers.Leftovers(
            scope.name, gone, came, place, names, texts, scope.file.stands_now, typed=typed
        )
        for rule, message, line in _first_of_each(leftovers.reasons(left)):
            told.add((scope.file.path, scope.name))
            yield asked(rule, scope.file.path, message, line)
    for file in files:
        known = frozenset(scope for path, scope in told if path == file.path)
        yield from chains.moved(file.path, file.stood, file.stands, known)


def _texts(placed: Iterable[Placed]) -> frozenset[str]:
    return frozenset(each.token.text.strip("'\"") for each in placed if each.token.kind == "const")


def _first_of_each(reasons: Iterable[leftovers.Reason]) -> Iterator[leftovers.Reason]:
    told: set[str] = set()
    for reason in reasons:
        if reason[0] not in told:
            told.add(reason[0])
            yield reason


def _scopes(file: Versions) -> Iterator[_Scope]:
    for name in dict.fromkeys((*file.before, *file.after)):
        before, after = file.before.get(name, ()), file.after.get(name, ())
        had, has = Counter(p.token for p in before), Counter(p.token for p in after)
        if had != has:
            yield _Scope(file, name, list(_surplus(before, after)), list(_surplus(after, before)))


def _surplus(here: Sequence[Placed], there: Iterable[Placed]) -> Iterator[Placed]:
    """Yield what ``here`` has more of than ``there``, those of statements that ``there`` has not first."""
    left = Counter(placed.token for placed in here) - Counter(placed.token for placed in there)
    known = {placed.statement for placed in there}
    for placed in sorted(here, key=lambda placed: placed.statement in known):
        if left[placed.token] > 0:
            left[placed.token] -= 1
            yield placed


def _without_moved(scopes: Sequence[_Scope]) -> Iterator[_Scope]:
    """Yield the scopes without the statements that only went from one to another."""
    went = {placed.statement for scope in scopes for placed in scope.lost}
    both = went & {placed.statement for scope in scopes for placed in scope.won} - {""}
    for scope in scopes:
        here = {placed.statement for placed in scope.lost} & {placed.statement for placed in scope.won}
        elsewhere = both - here
        yield _Scope(
            scope.file,
            scope.name,
            [each for each in scope.lost if each.statement not in elsewhere],
            [each for each in scope.won if each.statement not in elsewhere],
        )


def _with_new_names(scopes: Sequence[_Scope], names: Mapping[str, str]) -> Iterator[_Scope]:
    """Yield the scopes, those that are only called otherwise now as one."""
    found: dict[tuple[str, str], _Scope] = {}
    for scope in scopes:
        gone = scope.name not in scope.file.after
        name = ".".join(names.get(part, part) for part in scope.name.split(".")) if gone else scope.name
        key = scope.file.path, name
        known = found.get(key, _Scope(scope.file, name, (), ()))
        found[key] = _Scope(scope.file, name, (*known.lost, *scope.lost), (*known.won, *scope.won))
    yield from found.values()


def _kept(files: Sequence[Versions]) -> frozenset[str]:
    """Return the names that stand in both versions, in whatever file."""
    old, new = (
        {placed.token.text for file in files for scope in getattr(file, side).values() for placed in scope}
        for side in ("before", "after")
    )
    return frozenset(old & new)


def _unexplained(scope: _Scope, names: Mapping[str, str]) -> tuple[list[Placed], list[Placed]]:
    """Return what went and came in a scope, without what is only called otherwise or given in another way."""
    came: dict[Token, list[Placed]] = {}
    for each in scope.won:
        came.setdefault(_essence(each.token), []).append(each)
    gone = []
    for each in scope.lost:
        now = renamed(each.token, names)
        matches = came.get(_essence(now)) or came.get(_essence(each.token)) or came.get(_qualified(now))
        if matches:
            matches.pop()
        else:
            gone.append(each)
    left = {id(each) for matches in came.values() for each in matches}
    return _without_spelling(gone, [each for each in scope.won if id(each) in left])


_SPELT: Final = {"null": "None", "nil": "None", "true": "True", "false": "False", "undefined": "None"}
"""Values as other languages spell them."""


def _without_spelling(gone: list[Placed], came: list[Placed]) -> tuple[list[Placed], list[Placed]]:
    """Return both without values of other languages that were put right, and texts that a comma takes apart."""
    texts = [each for each in came if each.token.kind == "const" and each.token.text[:1] in "'\""]
    for each in list(gone):
        kind, name, _ = each.token
        said = _SPELT.get(name, "") if kind == "name" else ""
        fit = [other for other in came if other.token.kind == "const" and other.token.text == said][:1]
        if kind == "const" and name[:1] in "'\"":
            parts = [other for other in texts if other.token.text[1:-1] and other.token.text[1:-1] in name]
            joined = sorted(parts, key=lambda part: name.find(part.token.text[1:-1]))
            fit = joined if "".join(part.token.text[1:-1] for part in joined) == name[1:-1] else []
        if fit:
            gone.remove(each)
            came = [other for other in came if other not in fit]
    return gone, came


def _qualified(token: Token) -> Token:
    """Return the token of a decorator's name that is found through its module."""
    return token._replace(kind="attr") if token.kind == "name" and token.use == "decorator" else token


def _essence(token: Token) -> Token:
    """Return a token without that use which does not matter: an argument may be given by place or by name."""
    if token.use == "statement" or (token.use.startswith("kwarg:") and not leftovers.is_lax(token)):
        return token._replace(use="")
    return token
