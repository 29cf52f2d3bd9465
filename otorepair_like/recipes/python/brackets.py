"""Brackets that do not match: where the missing one belongs, by what makes the line compile and keeps its names."""

from __future__ import annotations

import ast
import builtins
import keyword
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from otorepair_like.recipes.python.indents import indent
from otorepair_like.recipes.python.unparsable import Broken, Token, Try
from otorepair_like.recipes.recipe import Risk

CLOSERS: Final = {"(": ")", "[": "]", "{": "}"}
OPENERS: Final = {closer: opener for opener, closer in CLOSERS.items()}


def never_closed(broken: Broken, found: re.Match[str]) -> Iterator[Try]:
    """Close a bracket at the end of its line, before the colon of a header, or below its last indented line."""
    closer = CLOSERS[found[1]]
    end = broken.code_end(broken.line)
    if re.match(r"\(?\s+[-+*/%|]\s|\(\.\w", broken.text[broken.start : end]):
        yield broken.put(f"missing '{closer}'", broken.start + 1, broken.start + 1, closer)
        return
    head = re.match(
        r"\s*(?:async\s+)?(?:if|elif|while|for|with|def|class|match|case)\b", broken.line_text(broken.line)
    )
    if head and broken.text[end - 1 : end] == ":":
        yield broken.put(f"missing '{closer}'", end - 1, end - 1, closer)
        return
    if head:
        yield broken.put(f"missing '{closer}' and ':'", end, end, f"{closer}:", Risk.MEDIUM)
    if broken.text[end - 1 : end] not in "([{,":
        yield from _close_on_line(broken, closer, end)
        return
    below = list(_close_below(broken, closer))
    yield from below or [broken.put(f"missing '{closer}'", end, end, closer)]


def _close_on_line(broken: Broken, closer: str, end: int) -> Iterator[Try]:
    """At the end of the line, or of what is assigned to; likely only, where it could close elsewhere too."""
    target = re.match(r"[^=]*?(?=\s*=(?!=))", broken.text[broken.start : end])
    if closer == "]" and target:
        at = broken.start + target.end()
        yield broken.put(f"missing '{closer}'", at, at, closer, Risk.MEDIUM)
        return
    early = _before_its_end(broken, end) if closer == ")" else 0
    if early:
        yield broken.put(f"missing '{closer}'", early, early, closer, Risk.MEDIUM)
        return
    if early is None:
        return
    if closer == ")" and _converts_a_loop(broken.put("", end, end, closer).text):
        loops = [
            token
            for token in broken.tokens(broken.line)
            if token.text == "for" and token.start > broken.start
        ]
        tries = [
            broken.put("missing ')'", each.start - 1, each.start - 1, ")", Risk.MEDIUM) for each in loops
        ]
        yield from (
            each for each in tries if Broken.of(each.text) is None and not _converts_a_loop(each.text)
        )
        return
    places = [token.end for token in broken.tokens(broken.line) if broken.start < token.start] or [end]
    shapes = {_shape(broken.text[:place] + closer + broken.text[place:]) for place in places} - {None}
    groups = not re.search(r"[\w)\]]$", broken.text[: broken.start].rstrip(" "))
    if groups and closer == ")" and len({shape[1] for shape in shapes if shape}) < len(shapes):
        return  # ``(page - 1 * size``: where the group ends is arithmetic, not spelling
    yield broken.put(f"missing '{closer}'", end, end, closer, Risk.LOW if len(shapes) <= 1 else Risk.MEDIUM)


def _converts_a_loop(text: str) -> bool:
    """Whether something is made of a generator that only makes sense of one value: ``str(x for x in xs)``."""
    try:
        calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    except SyntaxError:
        return False
    single = {"str", "int", "float", "repr", "len", "round", "abs", "bool"}
    return any(
        isinstance(call.func, ast.Name)
        and call.func.id in single
        and any(isinstance(each, ast.GeneratorExp) for each in call.args)
        for call in calls
    )


def _before_its_end(broken: Broken, end: int) -> int | None:
    """Where a call ends if not with its line: before a comparison, or behind a text that is asked for what no text has.

    Returns:
        0 if the end of the line will do; ``None`` if it may be anywhere: ``total.get(name, 0 + 1``.
    """
    inside = [token for token in broken.tokens(broken.line) if broken.start < token.start < end]
    if re.match(r"\s*[\w.]*$", broken.text[broken.span(broken.line)[0] : broken.start]):
        inside = [
            token for token in inside if token.text == "."
        ]  # a statement of its own: nothing comes behind it
    depth, may_end = 0, True
    for number, token in enumerate(inside):
        depth += (token.text in "([{") - (token.text in ")]}") if token.kind == "mark" else 0
        if depth or token.kind in ("string", "number") or not number:
            texts = token.kind == "string" or token.text == "__file__"
            follows = [each.text for each in inside[number + 1 : number + 3]]
            if not depth and texts and follows[:1] == ["."] and follows[1] not in dir(str):
                return token.end
            continue
        if token.text in ("for", "if", "else", "lambda"):
            may_end = False
        compares = token.text in ("=", "!", "<", ">") and broken.text[token.start : token.start + 2] in (
            "==",
            "!=",
            "<=",
            ">=",
        )
        if compares and may_end:
            return inside[number - 1].end
        arithmetic = token.text in ("+", "-", "*", "/", "%") and inside[number - 1].text not in (
            ",",
            "=",
            "(",
            "*",
        )
        if (arithmetic or token.text in ("and", "or")) and broken.text[token.start - 1] == " ":
            may_end = False
        if not may_end and token.text in ("if", "else", "and", "or", "+", "-", "*", "/", "%"):
            return None
    return 0


def empty_call(broken: Broken, _: re.Match[str]) -> Iterator[Try]:
    """``hexdigest([:8]`` and ``all(, path)``: a call without arguments that was not closed."""
    begin = broken.span(broken.line)[0]
    for match in re.finditer(r"\w\((?=\s*(?:,|\.\w|\[:))", broken.line_text(broken.line)):
        yield broken.put("missing ')'", begin + match.end(), begin + match.end(), ")")


def open_header(broken: Broken, _: re.Match[str]) -> Iterator[Try]:
    """``if len(name:``: the bracket is missing before the colon that ends the line."""
    line = broken.tokens(broken.line)
    opened = [token.text for token in line if token.kind == "mark" and token.text in "([{"]
    closed = [token.text for token in line if token.kind == "mark" and token.text in ")]}"]
    if line and line[-1].text == ":" and len(opened) == len(closed) + 1:
        yield broken.put(
            f"missing '{CLOSERS[opened[-1]]}'", line[-1].start, line[-1].start, CLOSERS[opened[-1]]
        )


def _close_below(broken: Broken, closer: str) -> Iterator[Try]:
    """The bracket's lines are those indented deeper than the one that opens it."""
    own = indent(broken.line_text(broken.line))
    count = broken.text.count("\n") + 1
    last = broken.line
    for line in range(broken.line + 1, count + 1):
        text = broken.line_text(line)
        if text.strip() and len(indent(text)) <= len(own):
            break
        last = line if text.strip() else last
    at = broken.span(last)[1]
    newline = "\r\n" if "\r\n" in broken.text else "\n"
    if last > broken.line:
        yield broken.put(f"missing '{closer}'", at, at, f"{newline}{own}{closer}")


def unmatched(broken: Broken, found: re.Match[str]) -> Iterator[Try]:
    """A closing bracket without its opening one: that is missing, or the closing one is one too many."""
    at = broken.start if broken.text[broken.start : broken.start + 1] == found[1] else -1
    if at < 0:
        at = broken.text.find(found[1], broken.span(broken.line)[0])
    if at < 0:
        return
    removed = broken.put(f"additional '{found[1]}'", at, at + 1, "")
    # What is left must make sense: ``printnumber)`` is not mended by taking its bracket away.
    left = Broken.of(removed.text)
    sound = left.line > broken.line if left else names_known(removed.text, broken.line)
    glued = list(_split_words(broken, [token for token in broken.tokens(broken.line) if token.start < at]))
    doubled = sound and not glued and broken.text[at - 1 : at] in (")", "]", "}")
    method = re.search(r"\.\w+(?=\)$)", broken.text[:at]) if found[1] == ")" and doubled else None
    if method:
        # ``total(cart.size))``: called, if it can be; the program tells.
        yield broken.put("missing '('", method.end(), method.end(), "(", Risk.MEDIUM)
        yield Try(removed.title, removed.text, Risk.MEDIUM)
        return
    if not doubled:
        yield from _missing_opener(broken, found[1], at)
    elif not _regroups(broken, OPENERS[found[1]], at, removed.text):
        yield removed


def _regroups(broken: Broken, opener: str, at: int, removed: str) -> bool:
    """Whether the bracket may as well have closed one that is missing: ``net * 1 + tax)`` is not ``net * (1 + tax)``.

    A tuple that would come of it does not count: ``print(a, b))`` has a bracket too many.
    """
    plain = _shape(removed)
    for token in broken.tokens(broken.line):
        shape = (
            _shape(broken.text[: token.start] + opener + broken.text[token.start :])
            if token.start < at
            else None
        )
        if plain and shape and shape[0] != plain[0] and shape[1] == plain[1]:
            return True
    return False


def _shape(text: str) -> tuple[str, int] | None:
    """The program a text means and how many tuples and calls it has; ``None`` if it does not compile."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return None
    return ast.dump(tree), sum(
        isinstance(node, ast.Tuple | ast.Call | ast.GeneratorExp) for node in ast.walk(tree)
    )


def _missing_opener(broken: Broken, closer: str, at: int) -> list[Try]:
    """The best place on the line for the bracket that ``closer`` closes: where two tokens are glued that never are."""
    opener = OPENERS[closer]
    line = [token for token in broken.tokens(broken.line) if token.start < at]
    glued = list(_glued(line, at, opener, _other_words(broken)))
    header = bool(line) and line[0].text in ("def", "class", "async")
    places = list(_split_words(broken, line))
    if not places and len(line) > 1 and line[-1].kind == "name" and line[-2].text == "." and at in glued:
        places.append(at)
    places += [place for place in glued if place != at]
    places += [] if header else [place for place in glued if place == at]
    if closer == "}":
        # A dictionary begins with its first key.
        places += [a.start for a, b in pairwise(line) if a.kind == "string" and b.text == ":"][:1]
    if closer in "]}":
        # A list or dictionary begins where a value does.
        places += [t.start for b, t in pairwise(line) if b.text in ("=", "return", "in")][::-1]
        places += [t.start for b, t in pairwise(line) if b.text in ("(", ",", ":")][::-1]
        places += [at] if line and line[-1].text in ("=", "return", ",") else []
    for place in places:
        attempt = broken.put(f"missing '{opener}'", place, place, opener)
        if Broken.of(attempt.text) is None and names_known(attempt.text, broken.line):
            return [attempt]
    return []


def _other_words(broken: Broken) -> set[str]:
    """The words that stand more than once in a text, and those that are always known."""
    words = re.findall(r"\w+", broken.text)
    return {word for word in words if words.count(word) > 1} | set(dir(builtins))


def _glued(line: list[Token], at: int, opener: str, words: set[str]) -> Iterator[int]:
    """Places where a name runs into a text, a closing bracket, or a sign: ``get"x")``, ``items)``, ``xs-1]``."""
    following = [*((t.kind, t.text, t.start) for t in line), ("mark", "", at)]
    for left, (kind, text, start) in reversed([*zip(line, following[1:], strict=True)]):
        is_name = left.kind == "name" and not keyword.iskeyword(left.text)
        is_value = (left.kind == "name" and not keyword.iskeyword(left.text)) or left.text in (")", "]")
        if left.end != start or not is_value:
            continue
        if kind == "string" and left.text[-1] in "frb" and left.text not in words:
            yield start - 1
        elif (
            kind in ("string", "number")
            or (not text and is_name)
            or text in ("{", "[")
            or (text == "-" and opener == "[")
        ):
            yield start


def _split_words(broken: Broken, line: list[Token]) -> Iterator[int]:
    """Places inside a word that is known nowhere else and made of two that are: ``groupstag`` of groups and tag."""
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
    """Whether every plain name read on a line is bound somewhere in the text."""
    tree = ast.parse(text)
    bound = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    }
    bound |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)} | set(dir(builtins))
    bound |= {
        (each.asname or each.name).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for each in node.names
    }
    bound |= {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    bound |= {node.name for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and node.name}
    return all(
        node.id in bound for node in ast.walk(tree) if isinstance(node, ast.Name) and node.lineno == line
    )


def mismatched(broken: Broken, found: re.Match[str]) -> Iterator[Try]:
    """``foo([1, 2)``: the inner bracket is missing its end, or ``[1, 2)`` ends in the wrong one."""
    closer, opener = found[1], found[2]
    at = broken.start
    if broken.text[at : at + 1] != closer:
        return
    opened = _missing_opener(broken, closer, at)
    if opened:
        yield from opened
        return
    yield broken.put(f"missing '{CLOSERS[opener]}'", at, at, CLOSERS[opener])
    for token in broken.tokens(broken.line):
        # Where a loop or a condition of a comprehension begins, what is looped over or made has ended.
        if token.text in ("for", "if") and broken.text[token.start - 1] == " " and token.start < at:
            place = token.start - 1
            yield broken.put(f"missing '{CLOSERS[opener]}'", place, place, CLOSERS[opener])
    if found[3]:
        end = broken.code_end(int(found[3]))
        end -= broken.text[end - 1] == ","
        yield broken.put(f"missing '{CLOSERS[opener]}'", end, end, CLOSERS[opener])
    yield broken.put(f"'{closer}' -> '{CLOSERS[opener]}'", at, at + 1, CLOSERS[opener])
