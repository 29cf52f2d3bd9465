"""Names the leftovers of a change near the failure by their kinds.

``handler``: something may catch the error. ``dropped``: something that asked for more is gone. ``gate``: something else
decides what runs. ``default``: another value stands in. ``constant``: a value is hard-coded. ``value``: something else
is worked out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from otorepair_like.guard.place import ChangePlace
from otorepair_like.guard.rules.vocabulary import (
    CONVERSIONS,
    FORMATS,
    LAX_ARGUMENT,
    LENDS,
    LENIENT,
    LOSSY,
    MAKERS,
    NOTHING,
    PLAIN,
    READERS,
    READING,
    SHAPES,
    USUAL,
)
from otorepair_like.guard.tokens import Placed, Token

Reason = tuple[str, str, int]
"""Rule, message, line in the new version."""

_GATES: Final = {
    "if": "a new condition decides what runs",
    "ifexp": "a new condition chooses another value",
    "while": "a new condition decides how often something runs",
    "match": "a new case decides what runs",
    "case": "a new case decides what runs",
    "filter": "a new condition leaves values out",
    "and": "one condition more",
    "continue": "a new way out of the loop's turn",
    "break": "a new way out of the loop",
    "raise": "another error is raised",
    "slice": "only a part is taken",
    "optional": "missing values are skipped",
    "compare": "a condition asks for something else",
}
_LOOP: Final = frozenset(
    {"while", "for", "compare", "op", "subscript", "call", "const", "name", "range", "before"}
)
"""The parts of a loop that counts."""


@dataclass(frozen=True)
class Leftovers:
    """Tokens that went (``gone``) and came (``came``) unexplained in a scope near the failure.

    Args:
        names: what was renamed.
        texts: what is written out in the new version of the scope, without quotes.
        stands_now: where in the new version the place of an old line is.
        typed: whether its annotations are read while the program runs.
    """

    scope: str
    gone: Sequence[Placed]
    came: Sequence[Placed]
    place: ChangePlace
    names: Mapping[str, str]
    texts: frozenset[str]
    stands_now: Callable[[int], int]
    typed: bool = False


def reasons(left: Leftovers) -> Iterator[Reason]:
    """Yield what speaks against the change of a scope, the weightiest first."""
    if _only_loop(left) or _documented(left):
        return
    for told in (_handlers, _dropped, _gates, _defaults, _constants, _values):
        for rule, message, line in told(left):
            yield rule, f"near the failure: {message}", line


def is_lax(token: Token) -> bool:
    """Return whether a token is the value of an argument that makes a call lenient."""
    lax = LAX_ARGUMENT.match(token.use.removeprefix("kwarg:")) is not None
    return lax or token.text in NOTHING


def _documented(left: Leftovers) -> bool:
    """Return whether a variable got the default that the project itself documents, and nothing else changed."""
    pairs = [(name, value) for name, _, value in (each.partition("=") for each in left.place.documented)]
    read = {name for name in (*(name for name, _ in pairs), *USUAL) if name in left.texts}
    values = {value for name, value in pairs if name in read}
    usual = [USUAL[name] for name in read & USUAL.keys()]
    for each in (*left.gone, *left.came):
        kind, text = each.token.kind, each.token.text.strip("'\"")
        known = text in values or text in read or any(pattern.fullmatch(text) for pattern in usual)
        if not (kind == "const" and known) and not (kind in READING and text in READERS):
            return False
    return bool(read) and any(each.token.kind == "answers" for each in left.came)


def _only_loop(left: Leftovers) -> bool:
    """Return whether a loop that counts by hand became one over the things themselves, and nothing else."""
    kinds = {each.token.kind for each in left.gone}
    if "while" not in kinds or not kinds <= _LOOP:
        return False
    counts = all(
        each.token.text in ("0", "1", "len", "range", "") or _is_counter(left, each) for each in left.gone
    )
    return counts and {each.token.kind for each in left.came} <= {"for", "name", "call"}


def _is_counter(left: Leftovers, placed: Placed) -> bool:
    """Return whether something is the index of a loop, or stood beside it."""
    if placed.token.kind in ("op", "compare", "subscript", "before", "while"):
        return True
    bound = {each.token.text for each in left.gone if each.token.use == "bound"}
    return placed.token.text in bound or placed.token.kind == "name"


def _handlers(left: Leftovers) -> Iterator[Reason]:
    caught = [each for each in left.came if each.token.kind == "except"]
    for each in caught:
        yield "handler", f"{each.token.text} is newly caught", each.line
    for each in left.came:
        kind, name, _ = each.token
        if kind in ("try", "finally") and not caught:
            yield "handler", f"something runs in a new {kind}", each.line
        elif kind == "with" and not LENDS.search(name):
            yield "handler", f"something runs within {name}, which may catch errors", each.line
        elif kind == "decorator" and name not in SHAPES:
            yield "handler", f"@{name} is put around {left.scope}", each.line
        elif kind == "def" and name.startswith("__") and name not in PLAIN:
            yield "handler", f"{name} decides what Python does by itself", each.line


def _dropped(left: Leftovers) -> Iterator[Reason]:
    said = {
        "kwarg": "the argument {}= is dropped", "decorator": "@{} is dropped", "with": "with {} is dropped",
        "raise": "a check that raises is dropped", "assert": "an assertion is dropped",
        "base": "base class {} is dropped",
        "if": "a condition is dropped",
        "filter": "a condition is dropped", "for": "a loop is dropped",
        "while": "a loop is dropped",
    }  # fmt: skip
    came = {(each.token.kind, _last(each.token.text)) for each in left.came}
    for each in left.gone:
        again = each.token.kind in ("with", "decorator") and (each.token.kind, _last(each.token.text)) in came
        if each.token.kind in said and not again:
            line = left.stands_now(each.line)
            yield "dropped", said[each.token.kind].format(each.token.text), line


def _last(name: str) -> str:
    """Return the last part of a dotted name: it may be found in another way."""
    return name.rpartition(".")[2]


def _gates(left: Leftovers) -> Iterator[Reason]:
    for each in left.came:
        if each.token.use != "message" and (said := _GATES.get(each.token.kind)):
            yield "gate", said, each.line
        elif each.token.kind == "lambda" and not each.token.use.startswith("kwarg:"):
            yield "gate", "something runs only when a new lambda is called", each.line


def _defaults(left: Leftovers) -> Iterator[Reason]:
    known = left.names.values()
    for each in left.came:
        kind, name, use = each.token
        if use == "message":
            continue
        if kind == "or":
            yield "default", "another value replaces a missing one (or)", each.line
        elif kind == "answers":
            yield "default", f"{name}() is given a substitute for a missing value", each.line
        elif kind == "kwarg" and LAX_ARGUMENT.match(name):
            yield "default", f"the new argument {name}= may make it lenient", each.line
        elif kind == "default":
            yield "default", "something replaces a missing value", each.line
        elif use == "default" and kind in ("const", "empty", "name"):
            yield "default", f"a parameter has a default now: {name[:40]}", each.line
        elif kind == "call" and name in LENIENT and name not in known:
            yield "default", f"{name}() also answers if something is missing", each.line


def _constants(left: Leftovers) -> Iterator[Reason]:
    for each in left.came:
        kind, name, use = each.token
        if kind == "empty" and use != "message":
            yield "constant", f"an empty value is hard-coded: {name}", each.line
        elif kind == "const" and not _harmless(each.token):
            rule = "value" if _stood_there(left, each.token) else "constant"
            yield rule, f"a value is hard-coded: {name[:40]}", each.line


def _stood_there(left: Leftovers, token: Token) -> bool:
    """Return whether a value took the place of another one of its kind, or is one that the message asks for."""
    bare, quoted = token.text.strip("'\"`"), token.text[:1] in "'\"`"
    if token.text in NOTHING or not bare:
        return False
    if token.text == "1" and any(each.token.kind == "op" for each in left.came):
        return True  # one more or one less than before
    gone = (each.token for each in left.gone if each.token.kind == "const")
    return (quoted and bare in left.place.message) or any(
        was.use == token.use and (was.text[:1] in "'\"`") == quoted and was.text not in NOTHING
        for was in gone
    )


def _harmless(token: Token) -> bool:
    """Return whether a value that is written out decides nothing: a message, a format, an argument's setting."""
    if token.use in ("message", "owner", "except", "default"):
        return True
    if token.use == "printed" and token.text[:1] in "'\"`":
        return True
    return token.text in FORMATS or (token.use.startswith("kwarg:") and not is_lax(token))


def _values(left: Leftovers) -> Iterator[Reason]:
    for each in left.gone:
        if _counts(left, each.token) and (said := _lost(each.token)):
            yield "value", said, left.stands_now(each.line)
    retyped = left.typed and any(each.token.use == "annotation" for each in left.gone)
    for each in left.came:
        kind, name, use = each.token
        if use == "message":
            continue
        if kind == "op":
            yield "value", f"something else is computed ({name} is new)", each.line
        elif kind == "before" and any(
            each.token.text.split() == g.token.text.split()[::-1] for g in left.gone
        ):
            yield "value", f"the order of {' and '.join(name.split())} is another", each.line
        elif kind == "alias":
            yield "value", f"a name stands for something else: {name}", each.line
        elif kind == "delete":
            yield "value", "something is deleted", each.line
        elif kind == "call" and use != "statement" and _of_call(left, name):
            yield "value", _of_call(left, name), each.line
        elif use == "annotation" and kind == "name" and retyped:
            yield "value", f"the type {name} is accepted now", each.line


def _of_call(left: Leftovers, name: str) -> str:
    """Return what is to be said of a new call; ``""``: nothing."""
    missing = name in MAKERS and ("NoneType" in left.place.message or "undefined" in left.place.message)
    if name in left.names.values() or (name in CONVERSIONS and not missing and name not in LOSSY):
        return ""
    if missing:
        return f"{name}() turns a missing value into something"
    if name in LOSSY:
        wanted = {"int": "str", "len": "integer"}.get(name)
        asked_for = wanted is not None and wanted in left.place.message
        lossy = any(each.token.text in ("float", "round") for each in left.came)
        return "" if asked_for and not lossy else f"{name}() keeps only a part of a value"
    return f"a value comes from a new call of {name}()"


def _lost(token: Token) -> str:
    """Return what is to be said of something that went; ``""``: nothing."""
    kind, name, _ = token
    if kind in ("name", "attr"):
        return f"{name} is no longer used"
    if kind == "call":
        return f"{name}() is no longer called"
    if kind == "const":
        return f"{name[:40]} is gone"
    if kind in ("op", "compare"):
        return f"something else is computed ({name} is gone)"
    if kind in ("and", "or", "ifexp", "slice", "subscript", "return"):
        return f"something else is computed ({kind} is gone)"
    return f"{name} is gone" if kind == "def" else ""


def _counts(left: Leftovers, token: Token) -> bool:
    """Return whether something that went took part in the work."""
    if token.use in ("message", "except") or (token.use == "annotation" and not left.typed):
        return False
    if token.kind == "call" and (
        "not callable" in left.place.message or "is not a function" in left.place.message
    ):
        return False
    return not (token.kind == "const" and (token.use in ("printed", "owner") or token.text in FORMATS))
