"""String literals that do not end, or do not begin: find the place of the missing quote."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from otorepair_like.recipes.python.brackets import names_known
from otorepair_like.recipes.python.unparsable import Broken, Try
from otorepair_like.recipes.recipe import Risk

_AFTER = re.compile(r"[)\]}:,]|\s*\+\s|\s*$|\s+(?:if|else|in|for|and|or)\s|\.\w+\(")
"""Code that follows a string literal."""
_BEFORE = re.compile(r"(?:(?:^|[(\[{,=:+])\s*|\b(?:return|in|if|else|and|or|not)\s+)[rbf]?$")
"""Code that precedes a string literal."""


def open_string(broken: Broken, _: re.Match[str]) -> Iterator[Try]:
    """Add the missing quote of a literal that does not end on its line, or turn a quote of the other kind."""
    begin, end = broken.span(broken.line)
    line = broken.text[begin:end]
    quote = next((mark for mark in line[broken.start - begin :] if mark in "'\""), "")
    other = "'" if quote == '"' else '"'
    if not quote:
        return
    if line.count(other) == 1:
        at = begin + line.index(other)
        changed = broken.put(f"{other} -> {quote}", at, at + 1, quote)
        if Broken.of(changed.text) is None:
            yield changed
            return
    healed = [each for each in _insertions(broken, begin, line, quote) if Broken.of(each.text) is None]
    plain = [each for each in healed if _is_plain(each.text, broken.line)]
    named = [each for each in plain if names_known(each.text, broken.line)]
    best = named or plain
    # If several places would do, prefer the one that leaves the least text inside quotes.
    best.sort(key=lambda each: _quoted(each.text, broken.line))
    yield from (each.with_risk(Risk.LOW if len(best) == 1 else Risk.MEDIUM) for each in best[:1])


def _insertions(broken: Broken, begin: int, line: str, quote: str) -> Iterator[Try]:
    """Yield the line with one more quote, at each place where a literal may begin or end."""
    for at in range(len(line) + 1):
        empty = quote in (line[at - 1 : at], line[at : at + 1])  # a text nobody wrote
        prefix = re.match(r"[rbf]\{", line[at:])  # belongs before the quote, not into the text
        gap = (
            line[at : at + 2].isspace() and len(line[at : at + 2]) == 2
        )  # a blank too many: it is the text's
        before, behind = line[:at].rpartition(quote)[2], line[at:].partition(quote)[0]
        blank = (quote in line[:at] and before.isspace()) or (quote in line[at:] and behind.isspace())
        if not (empty or prefix or gap or blank) and (_AFTER.match(line, at) or _BEFORE.search(line[:at])):
            yield broken.put(f"missing {quote}", begin + at, begin + at, quote)


def _texts(text: str, line: int) -> list[str]:
    """Return the string literals of a line."""
    made = Broken(text, "", line, 0, 0)
    return [token.text for token in made.tokens(line) if token.kind == "string"]


def _is_plain(text: str, line: int) -> bool:
    """Return whether no two literals stand side by side and none contains a call, a sum or an argument."""
    tokens = Broken(text, "", line, 0, 0).tokens(line)
    if len(tokens) == 1 and re.match(r"\W\s*\w+ [rbf]\{", tokens[0].text):
        return False
    if any(
        a.kind == b.kind == "string" or (a.kind == "string" and b.text == "." and a.end < b.start)
        for a, b in pairwise(tokens)
    ):
        return False
    return not any(
        re.search(r"\w\(|\s\+\s|,\s*\w+=|^.[\s,]*[)\]}]|, ?['\"]|^., ?\w+$|^.\w+ [/+*%=-] ", each[:-1])
        for each in _texts(text, line)
    )


def _quoted(text: str, line: int) -> int:
    """Return how many characters of a line are inside literals."""
    return sum(map(len, _texts(text, line)))


def open_triple(broken: Broken, _: re.Match[str]) -> Iterator[Try]:
    """Complete a docstring quote that has two of its three marks."""
    for line in range(1, broken.line + 1):
        begins = re.match(r"\s*(\"\"|'')(?!['\"])\S", broken.line_text(line))
        if begins:
            at = broken.span(line)[0] + begins.start(1)
            yield broken.put("missing quote of a docstring", at, at, begins[1][0])
            return
    for match in re.finditer(
        r"(?<!['\"])(\"\"|'')(?=[ \t]*\r?\n)", broken.text[broken.span(broken.line)[0] :]
    ):
        at = broken.span(broken.line)[0] + match.end()
        yield broken.put("missing quote of a docstring", at, at, match[1][0])
        return
