"""Brackets that do not match: put the missing one where the line then compiles and its names are known."""

from __future__ import annotations

import ast
import builtins
import keyword
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from otorepair_like.recipes.python.indents import indent
from otorepair_like.recipes.python.unparsable import BrokenText, SourceToken, TextChange
from otorepair_like.recipes.recipe import Risk

CLOSERS: Final = {"(": ")", "[": "]", "{": "}"}
OPENERS: Final = {closer: opener for opener, closer in CLOSERS.items()}


def never_closed(broken: BrokenText, match: re.Match[str]) -> Iterator[TextChange]:
    """Close a bracket at the end of its line, before the colon of a header, or below its last indented line."""
    closer = CLOSERS[match[1]]
    end = broken.code_end(broken.line)
    if re.match(r"\(?\s+[-+*/%|]\s|\(\.\w", broken.text[broken.start : end]):
        # ``date.today( - start``: the call has no arguments
        yield broken.change(f"missing '{closer}'", broken.start + 1, broken.start + 1, closer)
        return
    head = re.match(
        r"\s*(?:async\s+)?(?:if|elif|while|for|with|def|class|match|case)\b", broken.line_text(broken.line)
    )
    if head and broken.text[end - 1 : end] == ":":
        # ``if len(name:``
        yield broken.change(f"missing '{closer}'", end - 1, end - 1, closer)
        return
    if head:
        # ``if len(name``
        yield broken.change(f"missing '{closer}' and ':'", end, end, f"{closer}:", Risk.MEDIUM)
    if broken.text[end - 1 : end] not in "([{,":
        # ``total(1, 2``
        yield from _close_on_line(broken, closer, end)
        return
    # ``sizes = [`` with its items below
    below = list(_close_below(broken, closer))
    yield from below or [broken.change(f"missing '{closer}'", end, end, closer)]


def _close_on_line(broken: BrokenText, closer: str, end: int) -> Iterator[TextChange]:
    """Close a bracket on its line, at the most likely place; trust it less where other places would do too."""
    target = re.match(r"[^=]*?(?=\s*=(?!=))", broken.text[broken.start : end])
    if closer == "]" and target:
        # ``prices[name = 3``
        at = broken.start + target.end()
        yield broken.change(f"missing '{closer}'", at, at, closer, Risk.MEDIUM)
        return
    if closer == ")":
        early = _early_end(broken, end)
        if early is None:
            return
        if early:
            yield broken.change(f"missing '{closer}'", early, early, closer, Risk.MEDIUM)
            return
        if _converts_a_loop(broken.change("", end, end, closer).text):
            yield from _close_before_loop(broken)
            return
    yield from _close_at_end(broken, closer, end)


def _close_before_loop(broken: BrokenText) -> Iterator[TextChange]:
    """Close a call before a loop: ``", ".join(str(price for price in prices)``."""
    for token in broken.tokens(broken.line):
        if token.text == "for" and token.start > broken.start:
            attempt = broken.change("missing ')'", token.start - 1, token.start - 1, ")", Risk.MEDIUM)
            if BrokenText.of(attempt.text) is None and not _converts_a_loop(attempt.text):
                yield attempt


def _close_at_end(broken: BrokenText, closer: str, end: int) -> Iterator[TextChange]:
    """Close a bracket at the end of its line; trust it less if other places give another program."""
    places = [token.end for token in broken.tokens(broken.line) if broken.start < token.start] or [end]
    shapes = {_shape(broken.text[:place] + closer + broken.text[place:]) for place in places} - {None}
    is_group = closer == ")" and not re.search(r"[\w)\]]$", broken.text[: broken.start].rstrip(" "))
    if is_group and len({shape[1] for shape in shapes if shape}) < len(shapes):
        return  # ``(page - 1 * size``: the end of the group is a matter of arithmetic, not of spelling
    yield broken.change(
        f"missing '{closer}'", end, end, closer, Risk.LOW if len(shapes) <= 1 else Risk.MEDIUM
    )


def _converts_a_loop(text: str) -> bool:
    """Return whether a function of one value gets a generator: ``str(x for x in xs)``."""
    try:
        calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    except SyntaxError:
        return False
    single = {"str", "int", "float", "repr", "len", "round", "abs", "bool"}
    return any(
        isinstance(call.func, ast.Name)
        and call.func.id in single
        and any(isinstance(argument, ast.GeneratorExp) for argument in call.args)
        for call in calls
    )


def _early_end(broken: BrokenText, end: int) -> int | None:
    """Find the end of a call that does not end with its line.

    Returns:
        0 if the end of the line will do; ``None`` if several places are as likely: ``total.get(name, 0 + 1``.
    """
    inside = _tokens_inside(broken, end)
    depth, may_end = 0, True
    for number, token in enumerate(inside):
        depth += (token.text in "([{") - (token.text in ")]}") if token.kind == "mark" else 0
        if depth:
            continue
        if token.kind in ("string", "number") or not number:
            # ``Path(__file__.parent``
            if _is_text_with_foreign_attribute(inside[number : number + 3]):
                return token.end
            continue
        # ``sorted(x for x in xs``, ``max(a if b``: the argument goes on behind these words
        if token.text in ("for", "if", "else", "lambda"):
            may_end = False
        # ``len(name == 3``
        if may_end and broken.text[token.start : token.start + 2] in ("==", "!=", "<=", ">="):
            return inside[number - 1].end
        # ``net(price + tax``, ``is_open(door and light``: the call may end before the operator or behind it
        if _is_operator(inside[number - 1], token) and broken.text[token.start - 1] == " ":
            may_end = False
        if not may_end and token.text in ("if", "else", "and", "or", *_ARITHMETIC):
            return None
    return 0


_ARITHMETIC: Final = ("+", "-", "*", "/", "%")


def _tokens_inside(broken: BrokenText, end: int) -> list[SourceToken]:
    """Return the tokens behind an open bracket that may tell where it ends."""
    tokens = [token for token in broken.tokens(broken.line) if broken.start < token.start < end]
    is_statement = re.match(r"\s*[\w.]*$", broken.text[broken.span(broken.line)[0] : broken.start])
    # ``print(price + tax`` is a statement of its own, so no operator follows it; a method still may.
    return [token for token in tokens if token.text == "."] if is_statement else tokens


def _is_text_with_foreign_attribute(tokens: list[SourceToken]) -> bool:
    """Return whether text is asked for an attribute that no text has: ``__file__.parent``."""
    if len(tokens) < 3 or tokens[1].text != ".":
        return False
    is_text = tokens[0].kind == "string" or tokens[0].text == "__file__"
    return is_text and tokens[2].text not in dir(str)


def _is_operator(before: SourceToken, token: SourceToken) -> bool:
    """Return whether a token joins two values: not the ``-`` of ``f(-1)`` or the ``*`` of ``f(*xs)``."""
    is_arithmetic = token.text in _ARITHMETIC and before.text not in (",", "=", "(", "*")
    return is_arithmetic or token.text in ("and", "or")


def empty_call(broken: BrokenText, _: re.Match[str]) -> Iterator[TextChange]:
    """Close a call without arguments: ``hexdigest([:8]`` and ``all(, path)``."""
    begin = broken.span(broken.line)[0]
    for match in re.finditer(r"\w\((?=\s*(?:,|\.\w|\[:))", broken.line_text(broken.line)):
        yield broken.change("missing ')'", begin + match.end(), begin + match.end(), ")")


def open_header(broken: BrokenText, _: re.Match[str]) -> Iterator[TextChange]:
    """Close the last bracket of a header before its colon: ``if len(name:``."""
    line = broken.tokens(broken.line)
    opened = [token.text for token in line if token.kind == "mark" and token.text in "([{"]
    closed = [token.text for token in line if token.kind == "mark" and token.text in ")]}"]
    if line and line[-1].text == ":" and len(opened) == len(closed) + 1:
        yield broken.change(
            f"missing '{CLOSERS[opened[-1]]}'", line[-1].start, line[-1].start, CLOSERS[opened[-1]]
        )


def _close_below(broken: BrokenText, closer: str) -> Iterator[TextChange]:
    """Close a bracket below the lines that are indented deeper than its own line."""
    level = indent(broken.line_text(broken.line))
    count = broken.text.count("\n") + 1
    last = broken.line
    for line in range(broken.line + 1, count + 1):
        text = broken.line_text(line)
        if text.strip() and len(indent(text)) <= len(level):
            break
        last = line if text.strip() else last
    at = broken.span(last)[1]
    newline = "\r\n" if "\r\n" in broken.text else "\n"
    if last > broken.line:
        yield broken.change(f"missing '{closer}'", at, at, f"{newline}{level}{closer}")


def unmatched(broken: BrokenText, match: re.Match[str]) -> Iterator[TextChange]:
    """Add the opening bracket of a closing one, or remove the closing one if it is one too many."""
    closer = match[1]
    at = broken.start if broken.text[broken.start : broken.start + 1] == closer else -1
    if at < 0:
        at = broken.text.find(closer, broken.span(broken.line)[0])
    if at < 0:
        return
    removed = broken.change(f"additional '{closer}'", at, at + 1, "")
    if not _is_doubled(broken, at, removed.text):
        yield from _missing_opener(broken, closer, at)
        return
    method = re.search(r"\.\w+(?=\)$)", broken.text[:at]) if closer == ")" else None
    if method:
        # ``total(cart.size))``: try the call first; the program shows whether it can be called.
        yield broken.change("missing '('", method.end(), method.end(), "(", Risk.MEDIUM)
        yield removed.with_risk(Risk.MEDIUM)
    elif not _regroups(broken, OPENERS[closer], at, removed.text):
        yield removed


def _is_doubled(broken: BrokenText, at: int, removed: str) -> bool:
    """Return whether a closing bracket is one too many: it follows another one, and the rest is sound without it."""
    # ``printnumber)`` lacks its opening bracket: without the closing one it is an unknown name.
    left = BrokenText.of(removed)
    is_sound = left.line > broken.line if left else names_known(removed, broken.line)
    before = [token for token in broken.tokens(broken.line) if token.start < at]
    follows_closer = broken.text[at - 1 : at] in (")", "]", "}")
    return is_sound and follows_closer and not list(_split_words(broken, before))


def _regroups(broken: BrokenText, opener: str, at: int, removed: str) -> bool:
    """Return whether the bracket may close a missing one: ``net * 1 + tax)`` for ``net * (1 + tax)``.

    A new tuple does not count: ``print(a, b))`` has a bracket too many.
    """
    without = _shape(removed)
    for token in broken.tokens(broken.line):
        if token.start < at:
            shape = _shape(broken.text[: token.start] + opener + broken.text[token.start :])
            if without and shape and shape[0] != without[0] and shape[1] == without[1]:
                return True
    return False


def _shape(text: str) -> tuple[str, int] | None:
    """Return the program of a text and its number of tuples and calls; ``None`` if it does not compile."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return None
    return ast.dump(tree), sum(
        isinstance(node, ast.Tuple | ast.Call | ast.GeneratorExp) for node in ast.walk(tree)
    )


def _missing_opener(broken: BrokenText, closer: str, at: int) -> list[TextChange]:
    """Open the bracket that ``closer`` closes, at the first place on the line where all names are then known."""
    for place in _opener_places(broken, closer, at):
        attempt = broken.change(f"missing '{OPENERS[closer]}'", place, place, OPENERS[closer])
        if BrokenText.of(attempt.text) is None and names_known(attempt.text, broken.line):
            return [attempt]
    return []


def _opener_places(broken: BrokenText, closer: str, at: int) -> Iterator[int]:
    """Yield places for a missing opening bracket, the likely ones first."""
    line = [token for token in broken.tokens(broken.line) if token.start < at]
    yield from _name_places(broken, line, closer, at)
    if closer in "]}":
        yield from _value_places(line, closer, at)


def _name_places(broken: BrokenText, line: list[SourceToken], closer: str, at: int) -> Iterator[int]:
    """Yield places behind a name: of a call or a subscript."""
    glued = list(_glued(line, at, OPENERS[closer], _other_words(broken)))
    # ``groupstag)`` for ``groups(tag)``
    split = list(_split_words(broken, line))
    yield from split
    # ``cart.total)`` for ``cart.total()``
    is_method = len(line) > 1 and line[-1].kind == "name" and line[-2].text == "."
    if not split and is_method and at in glued:
        yield at
    # ``get"name")`` for ``get("name")``
    yield from (place for place in glued if place != at)
    # ``total)`` for ``total()``, but not ``class Cart):``, which lacks a name too
    is_header = bool(line) and line[0].text in ("def", "class", "async")
    if at in glued and not is_header:
        yield at


def _value_places(line: list[SourceToken], closer: str, at: int) -> Iterator[int]:
    """Yield places where a list or a dictionary may begin."""
    # ``total("name": 1})``: a dictionary begins with its first key
    if closer == "}":
        yield from [a.start for a, b in pairwise(line) if a.kind == "string" and b.text == ":"][:1]
    # ``sizes = 1, 2]``, ``total(1, 2])``: it begins with a value, the last one first
    for before in (("=", "return", "in"), ("(", ",", ":")):
        yield from [b.start for a, b in pairwise(line) if a.text in before][::-1]
    # ``sizes = ]``
    if line and line[-1].text in ("=", "return", ","):
        yield at


def _other_words(broken: BrokenText) -> set[str]:
    """Return the words that stand more than once in a text, and the builtins."""
    words = re.findall(r"\w+", broken.text)
    return {word for word in words if words.count(word) > 1} | set(dir(builtins))


def _glued(line: list[SourceToken], at: int, opener: str, words: set[str]) -> Iterator[int]:
    """Yield places where two tokens touch that never do: ``get"x")``, ``items)``, ``xs-1]``; the last first."""
    following = [*((token.kind, token.text, token.start) for token in line), ("mark", "", at)]
    for left, (kind, text, start) in reversed([*zip(line, following[1:], strict=True)]):
        is_name = left.kind == "name" and not keyword.iskeyword(left.text)
        if left.end != start or not (is_name or left.text in (")", "]")):
            continue
        if kind == "string" and left.text[-1] in "frb" and left.text not in words:
            # ``printf"{x}")`` for ``print(f"{x}")``
            yield start - 1
        elif (
            kind in ("string", "number")
            or (not text and is_name)
            or text in ("{", "[")
            or (text == "-" and opener == "[")
        ):
            yield start


def _split_words(broken: BrokenText, line: list[SourceToken]) -> Iterator[int]:
    """Yield places inside an unknown word that consists of two known ones: ``groupstag`` of groups and tag."""
    words = re.findall(r"\w+", broken.text)
    known = set(words) | set(dir(builtins)) | {"self", "cls"}
    for token in reversed(line):
        if token.kind != "name" or words.count(token.text) > 1:
            continue
        for cut in range(1, len(token.text)):
            right = token.text[cut:]
            left_known = token.text[:cut] in known or (len(right) > 2 and cut > 2)
            if right in known and right.isidentifier() and left_known:
                yield token.start + cut
        digits = re.search(r"\d+$", token.text)
        if digits and digits.start():
            yield token.start + digits.start()


def names_known(text: str, line: int) -> bool:
    """Return whether every name that a line reads is bound somewhere in the text."""
    nodes = list(ast.walk(ast.parse(text)))
    bound = set(dir(builtins)).union(*map(_bound_by, nodes))
    return all(node.id in bound for node in nodes if isinstance(node, ast.Name) and node.lineno == line)


def _bound_by(node: ast.AST) -> set[str]:
    """Return the names that one node binds, in whatever scope."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
            return {name}
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.ExceptHandler(name=str(name)):
            return {name}
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return {(alias.asname or alias.name).partition(".")[0] for alias in names}
    return set()


def mismatched(broken: BrokenText, match: re.Match[str]) -> Iterator[TextChange]:
    """Repair two brackets that do not match: ``foo([1, 2)`` lacks one, ``[1, 2)`` has a wrong one."""
    closer, opener = match[1], match[2]
    at = broken.start
    if broken.text[at : at + 1] != closer:
        return
    opened = _missing_opener(broken, closer, at)
    if opened:
        yield from opened
        return
    missing = CLOSERS[opener]
    # ``foo([1, 2)``
    yield broken.change(f"missing '{missing}'", at, at, missing)
    # ``[len(name for name in names]``: the call ends before the loop or the condition
    for token in broken.tokens(broken.line):
        if token.text in ("for", "if") and broken.text[token.start - 1] == " " and token.start < at:
            yield broken.change(f"missing '{missing}'", token.start - 1, token.start - 1, missing)
    # ``total(`` on a line above: it ends with that line
    if match[3]:
        end = broken.code_end(int(match[3]))
        end -= broken.text[end - 1] == ","
        yield broken.change(f"missing '{missing}'", end, end, missing)
    # ``[1, 2)``
    yield broken.change(f"'{closer}' -> '{missing}'", at, at + 1, missing)
