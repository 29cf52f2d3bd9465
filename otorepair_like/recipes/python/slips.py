"""Slips that the compiler reports: each message with the changes that may repair it."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final

from otorepair_like.recipes.python.brackets import (
    CLOSERS,
    OPENERS,
    empty_call,
    mismatched,
    never_closed,
    open_header,
    unmatched,
)
from otorepair_like.recipes.python.fstrings import fstring
from otorepair_like.recipes.python.indents import (
    block_expected,
    empty_exception,
    first_too_deep,
    indent,
    odd_indent,
    outside_function,
    tabs_and_spaces,
    unexpected_indent,
)
from otorepair_like.recipes.python.quotes import open_string, open_triple
from otorepair_like.recipes.python.unparsable import BrokenText, SourceToken, TextChange
from otorepair_like.recipes.recipe import Risk
from otorepair_like.recipes.spelling import distance

Slip = Callable[[BrokenText, re.Match[str]], Iterator[TextChange]]
LOOKALIKES: Final = {
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‘’‚‛′", "'"),
    **dict.fromkeys("–—−‐‑", "-"),
    "，": ",", "；": ";", "：": ":", "（": "(", "）": ")", "【": "[", "】": "]", "×": "*", "÷": "/", "…": "...",
    "≤": "<=", "≥": ">=", "≠": "!=",
    **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u202f\u3000", " "),
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", ""),
}  # fmt: skip
"""Typographic characters of word processors and web pages, and the characters that Python reads."""


def colon(broken: BrokenText, _: re.Match[str]) -> Iterator[TextChange]:
    """Add the colon of ``if ready``; turn ``else if`` into ``elif``."""
    begin, end = broken.span(broken.line)
    if re.match(r"\s*else\s+if\b", broken.line_text(broken.line)):
        text = broken.text[begin:end]
        yield broken.change("else if -> elif", begin, end, re.sub(r"else\s+if\b", "elif", text, count=1))
        return
    for at in dict.fromkeys((broken.code_end(broken.line), broken.start)):
        # ``if ready;``
        if broken.text[at - 1 : at] in (";", ","):
            yield broken.change(f"'{broken.text[at - 1]}' -> ':'", at - 1, at, ":")
        else:
            yield broken.change("missing ':'", at, at, ":")


def comma(broken: BrokenText, _: re.Match[str]) -> Iterator[TextChange]:
    """Separate two adjacent values in a call or a collection that has commas already, or spans lines."""
    inside = list(_tokens_around(broken))
    for left, right in pairwise(inside):
        near = broken.start <= left.end and right.start <= max(broken.end, broken.start + 1)
        # The compiler joins two adjacent strings; it complains only at the ':' after the second one.
        near = near or left.kind == right.kind == "string" or broken.message == "invalid syntax"
        apart = _ends_value(left) and _begins_value(right) and left.end < right.start
        # ``{"name" name}`` lacks a colon
        of_dictionary = left.kind == "string" and broken.text[: left.start].rstrip().endswith("{")
        if near and apart and not of_dictionary and _expects_comma(broken, left.end):
            yield broken.change("missing ','", left.end, left.end, ",")


def _ends_value(token: SourceToken) -> bool:
    """Return whether a value may end with this token."""
    return token.text in ")]}" or (token.kind in ("string", "number", "name") and not _is_word(token))


def _begins_value(token: SourceToken) -> bool:
    """Return whether a value may begin with this token."""
    return token.text in "([{" or (token.kind in ("string", "number", "name") and not _is_word(token))


def import_comma(broken: BrokenText, _: re.Match[str]) -> Iterator[TextChange]:
    """Separate two adjacent names: ``import one two``."""
    names = broken.tokens(broken.line)
    if names and names[0].text in ("from", "import"):
        for left, right in pairwise(names):
            if left.kind == right.kind == "name" and not _is_word(left) and not _is_word(right):
                yield broken.change("missing ','", left.end, left.end, ",")


def target_comma(broken: BrokenText, _: re.Match[str]) -> Iterator[TextChange]:
    """Separate two names: ``for name price, size in rows`` and ``name price, size = row``."""
    head = re.match(
        r"\s*(?:for\s+)?(\w+(?:\s*,\s*|\s+)(?:\w+(?:\s*,\s*|\s+))*\w+)\s*(?:=|in\b)",
        broken.line_text(broken.line),
    )
    if head and "," in head[1]:
        begin = broken.span(broken.line)[0]
        for gap in re.finditer(r"(?<=\w)\s+(?=\w)", head[1]):
            at = begin + head.start(1) + gap.start()
            yield broken.change("missing ','", at, at, ",")


def annotation_colon(broken: BrokenText, _: re.Match[str]) -> Iterator[TextChange]:
    """Add the colon between a parameter and its type: ``def f(size int)``."""
    line = broken.tokens(broken.line)
    if line and line[0].text in ("def", "async"):
        for left, right in pairwise(line):
            is_type = right.text in (
                "int",
                "str",
                "float",
                "bool",
                "bytes",
                "list",
                "dict",
                "set",
                "tuple",
                "object",
            ) or re.search(rf":\s*{re.escape(right.text)}\b", broken.line_text(broken.line))
            if (
                left.kind == right.kind == "name"
                and not _is_word(left)
                and (is_type or right.text[0].isupper())
            ):
                yield broken.change("missing ':'", left.end, left.end, ":")


def dictionary_colon(broken: BrokenText, _: re.Match[str]) -> Iterator[TextChange]:
    """Add the colon between a key and its value: ``{"name" name}``."""
    for left, right in pairwise(broken.tokens(broken.line)):
        opened = re.search(r"[{,]\s*$", broken.text[: left.start]) and "{" in broken.line_text(broken.line)
        if (
            left.kind == "string"
            and _begins_value(right)
            and (opened or ":" in broken.line_text(broken.line))
        ):
            yield broken.change("missing ':'", left.end, left.end, ":")


def _tokens_around(broken: BrokenText) -> Iterator[SourceToken]:
    """Yield the tokens of the lines that the compiler points at."""
    last = broken.text.count("\n", 0, max(broken.end, broken.start)) + 1
    for line in range(broken.line, max(last, broken.line) + 1):
        yield from (token for token in broken.tokens(line) if token.kind != "comment")


def _is_word(token: SourceToken) -> bool:
    """Return whether a token is a keyword other than a constant."""
    return (
        token.kind == "name" and keyword.iskeyword(token.text) and token.text not in ("None", "True", "False")
    )


def _expects_comma(broken: BrokenText, at: int) -> bool:
    """Return whether commas are usual here: in an import, a call, a list, a dict, or a tuple with one already."""
    if re.match(r"\s*(?:from\s+[\w.]+\s+)?import\b", broken.line_text(broken.line)):
        return True
    depth, seen_comma = 0, False
    lines = range(max(1, broken.line - _MAX_LINES), broken.line + 1)
    before = [token for line in lines for token in broken.tokens(line) if token.end <= at]
    # Go back to the bracket that is open here.
    for number in range(len(before) - 1, -1, -1):
        token = before[number]
        if token.text in OPENERS:
            depth += 1
        elif token.text in CLOSERS and depth:
            depth -= 1
        elif token.text in CLOSERS:
            # ``total(1 2``, but not ``(1 2``
            caller = before[number - 1] if number else None
            called = caller is not None and (
                caller.text in ")]" or (caller.kind == "name" and not _is_word(caller))
            )
            return token.text in "[{" or called or seen_comma
        elif token.text == "," and not depth:
            seen_comma = True
    return False


_MAX_LINES: Final = 200
"""Lines above in which the open bracket is searched."""


def print_statement(broken: BrokenText, match: re.Match[str]) -> Iterator[TextChange]:
    """Add the parentheses of ``print x`` from Python 2."""
    word = match[1]
    begin, _ = broken.span(broken.line)
    at = broken.text.find(word, max(begin, broken.start))
    end = broken.code_end(broken.line)
    if at >= 0:
        arguments = broken.text[at + len(word) : end].strip()
        yield broken.change(f"{word}(...)", at, end, f"{word}({arguments})")


def equality(broken: BrokenText, _: re.Match[str]) -> Iterator[TextChange]:
    """Turn ``=`` into ``==`` in the condition of a statement, or into ``:=`` for a new name that is read below."""
    if not re.match(r"\s*(?:if|elif|while|assert|return)\b", broken.line_text(broken.line)):
        return
    walrus = re.match(r"\s*(?:if|elif|while)\s+(\w+)\s*(?==[^=])", broken.line_text(broken.line))
    for token in broken.tokens(broken.line):
        before, after = broken.text[token.start - 1], broken.text[token.end : token.end + 1]
        # ``while chunk = read():``
        if walrus and token.text == "=" and after != "=" and _is_new(broken, walrus[1]):
            yield broken.change("'=' -> ':='", token.start, token.end, ":=")
            return
        if token.text == "=" and before not in "=!<>:+-*/%&|^" and after != "=":
            yield broken.change("'=' -> '=='", token.start, token.end, "==")


def _is_new(broken: BrokenText, name: str) -> bool:
    """Return whether a name is bound nowhere else in the text, and read below."""
    begin, end = broken.span(broken.line)
    elsewhere = (
        rf"(?m)(?<![\w.]){name}\s*(?::[^=\n]+)?=(?!=)|\b(?:for|as|import|def|class)\s+[\w, ]*\b{name}\b"
    )
    bound = re.search(elsewhere, broken.text[:begin]) or re.search(
        rf"\([^)]*\b{name}\b[^)]*\):", broken.text[:begin]
    )
    return not bound and bool(re.search(rf"\b{name}\b", broken.text[end:]))


def lookalike(broken: BrokenText, match: re.Match[str]) -> Iterator[TextChange]:
    """Replace a typographic character on that line."""
    wrong = chr(int(match[1], 16))
    if wrong not in LOOKALIKES:
        return
    begin, end = broken.span(broken.line)
    line = broken.text[begin:end]
    # Quotes come in pairs: replace every character that stands for the same one.
    for character, plain in LOOKALIKES.items():
        line = line.replace(character, plain) if character == wrong or plain == LOOKALIKES[wrong] else line
    yield broken.change(f"U+{ord(wrong):04X} -> '{LOOKALIKES[wrong]}'", begin, end, line)


def operator(broken: BrokenText, _: re.Match[str]) -> Iterator[TextChange]:
    """Replace a reversed or foreign operator: ``=!``, ``=<``, ``===``, ``<>``."""
    begin, end = broken.span(broken.line)
    line = broken.text[begin:end]
    for match in re.finditer(r"(?<![=!<>])(=!|=<|=>|===|!==|<>)(?![=<>])", line):
        right = {"=!": "!=", "=<": "<=", "=>": ">=", "===": "==", "!==": "!=", "<>": "!="}[match[1]]
        yield broken.change(f"{match[1]} -> {right}", begin + match.start(), begin + match.end(), right)


def header(broken: BrokenText, _: re.Match[str]) -> Iterator[TextChange]:
    """Complete a header: a ``def`` without parentheses, a ``for`` without ``in``, ``>`` for ``->``, ``def async``."""
    begin, end = broken.span(broken.line)
    line = broken.text[begin:end]
    # ``def total:``; an indented one is likely a method
    if match := re.match(r"(\s*)(?:async\s+)?def\s+\w+(?=\s*(?:->.*)?:)", line):
        at = begin + match.end()
        yield broken.change(
            "missing '()'", at, at, "(self)" if match[1] else "()", Risk.MEDIUM if match[1] else Risk.LOW
        )
    # ``def async fetch():``
    if match := re.match(r"(\s*)def\s+async\s+", line):
        yield broken.change("def async -> async def", begin, begin + match.end(), f"{match[1]}async def ")
    # ``for name names:``
    if match := re.match(r"\s*(?:async\s+)?for\s+[\w, ]*\w(?=\s+\w)(?!\s+in\b)", line):
        yield broken.change("missing 'in'", begin + match.end(), begin + match.end(), " in")
    # ``def total() > int:``
    match = re.search(r"\)\s*(?:>|=>|- >|-)\s*(?=[\w\[\]., |\"']+:\s*$)", line)
    if match and line.lstrip().startswith(("def", "async")):
        yield broken.change("missing '->'", begin + match.start() + 1, begin + match.end(), " -> ")


def handler(broken: BrokenText, _: re.Match[str]) -> Iterator[TextChange]:
    """Correct the clause that ends a ``try``: ``expect KeyError:``, ``finaly:``."""
    names = broken.tokens(broken.line)
    for clause in ("except", "finally") if names and names[0].kind == "name" else ():
        if distance(names[0].text.lower(), clause, 2) <= 2:
            yield broken.change(f"{names[0].text} -> {clause}", names[0].start, names[0].end, clause)


def misspelt_keyword(broken: BrokenText, _: re.Match[str]) -> Iterator[TextChange]:
    """Correct a misspelt keyword (``retrun``, ``improt``, ``whlie``) or an operator of another language."""
    for token in broken.tokens(broken.line):
        pair = broken.text[token.start : token.start + 2]
        # ``a&&b``
        if pair in ("&&", "||"):
            right = "and" if pair == "&&" else "or"
            blank = "" if broken.text[token.start - 1].isspace() else " "
            yield broken.change(f"{pair} -> {right}", token.start, token.start + 2, f"{blank}{right}{blank}")
        # ``count++``
        if pair in ("++", "--") and re.match(r"\s*[\w.]+(?:\+\+|--)\s*$", broken.line_text(broken.line)):
            yield broken.change(f"{pair} -> {pair[0]}= 1", token.start, token.start + 2, f" {pair[0]}= 1")
        # ``if !ready:``
        if token.text == "!" and broken.text[token.end : token.end + 1] not in "= ":
            yield broken.change("! -> not", token.start, token.end, "not ")
        # ``retrun total``
        if token.kind == "name" and not keyword.iskeyword(token.text) and len(token.text) > 2:
            for right in (*keyword.kwlist, "match"):
                if len(right) > 2 and distance(token.text.lower(), right, 1) == 1 and token.text != right:
                    yield broken.change(f"{token.text} -> {right}", token.start, token.end, right)


def stray(broken: BrokenText, _: re.Match[str]) -> Iterator[TextChange]:
    """Remove one character that no valid text contains."""
    for token in broken.tokens(broken.line):
        if token.text in "$?`!;" or (token.text == "\\" and token.start < broken.span(broken.line)[1]):
            yield broken.change(f"stray '{token.text}'", token.start, token.end, "", Risk.MEDIUM)


def make_async(broken: BrokenText, _: re.Match[str]) -> Iterator[TextChange]:
    """Make a function ``async`` that awaits, if nobody calls it without awaiting."""
    for line in range(broken.line - 1, 0, -1):
        head = re.match(r"(\s*)def\s+(\w+)", broken.line_text(line))
        if head and len(head[1]) < len(indent(broken.line_text(broken.line))):
            calls = re.findall(rf"(?<!def )(?<!await )(?<![\w.])(?:self\.)?{head[2]}\(", broken.text)
            at = broken.span(line)[0] + len(head[1])
            if not calls:
                yield broken.change(f"async def {head[2]}", at, at, "async ", Risk.MEDIUM)
            return


SLIPS: Final[tuple[tuple[str, Slip], ...]] = (
    (r"invalid (?:non-printable )?character.*U\+([0-9A-F]{4,6})", lookalike),
    (r"Missing parentheses in call to '(print|exec)'", print_statement),
    (r"f-string", fstring),
    (r"unterminated triple-quoted", open_triple),
    (r"unterminated (?:f-)?string literal", open_string),
    (r"expected 'except' or 'finally' block", handler),
    (r"^expected ':'|expected '\('|invalid syntax", header),
    (r"invalid syntax|expected", operator),
    (r"^expected ':'", colon),
    (r"'([(\[{])' was never closed", never_closed),
    (r"closing parenthesis '(.)' does not match opening parenthesis '(.)'(?: on line (\d+))?", mismatched),
    (r"unmatched '(.)'", unmatched),
    (r"Maybe you meant '=='", equality),
    (r"expected an indented block after (.+) on line (\d+)", block_expected),
    (r"expected an indented block after (.+) on line (\d+)", empty_exception),
    (r"unexpected indent", unexpected_indent),
    (r"unindent does not match", first_too_deep),
    (r"unindent does not match", odd_indent),
    (r"inconsistent use of tabs", tabs_and_spaces),
    (r"'(await|async with|async for)' outside (?:async )?function|asynchronous", make_async),
    (r"'(return|yield)' outside function", outside_function),
    (r"invalid syntax|cannot assign|expected", misspelt_keyword),
    (r"invalid syntax", import_comma),
    (r"invalid syntax", target_comma),
    (r"invalid syntax", empty_call),
    (r"invalid syntax|':' expected after dictionary key|Perhaps you forgot a comma", dictionary_colon),
    (r"invalid syntax", open_header),
    (r"invalid syntax", annotation_colon),
    (r"Perhaps you forgot a comma|was never closed|invalid syntax", comma),
    (r"invalid syntax|expected 'else'", colon),
    (r"invalid syntax|unexpected character", stray),
)  # fmt: skip
"""Messages and slips, the surest first. The first slip whose changes compile decides."""
