"""String literals that do not end, or do not begin: find the place of the missing quote."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from otorepair_like.recipes.python.brackets import names_known
from otorepair_like.recipes.python.unparsable import BrokenText, TextChange

_FOLLOWS_STRING = re.compile(r"[)\]}:,]|\s*\+\s|\s*$|\s+(?:if|else|in|for|and|or)\s|\.\w+\(")
"""Code that follows a string literal."""
_PRECEDES_STRING = re.compile(r"(?:(?:^|[(\[{,=:+])\s*|\b(?:return|in|if|else|and|or|not)\s+)[rbf]?$")
"""Code that precedes a string literal."""


def open_string(broken: BrokenText, _: re.Match[str]) -> Iterator[TextChange]:
    """Add the missing quote of a literal that does not end on its line, or turn a quote of the other kind."""
    begin, end = broken.span(broken.line)
    line = broken.text[begin:end]
    quote = next((mark for mark in line[broken.start - begin :] if mark in "'\""), "")
    other = "'" if quote == '"' else '"'
    if not quote:
        return
    if line.count(other) == 1:
        # ``print("name')``
        at = begin + line.index(other)
        changed = broken.change(f"{other} -> {quote}", at, at + 1, quote)
        if BrokenText.of(changed.text) is None:
            yield changed
            return
    insertions = _insertions(broken, begin, line, quote)
    compiling = [change for change in insertions if BrokenText.of(change.text) is None]
    plausible = [change for change in compiling if _is_plain(change.text, broken.line)]
    named = [change for change in plausible if names_known(change.text, broken.line)]
    best = named or plausible
    # The most likely one leaves the least text inside quotes; whoever asks decides whether that is enough.
    best.sort(key=lambda change: _quoted_length(change.text, broken.line))
    yield from best


def _insertions(broken: BrokenText, begin: int, line: str, quote: str) -> Iterator[TextChange]:
    """Yield the line with one more quote, at each place where a literal may begin or end."""
    for at in range(len(line) + 1):
        before, behind = line[:at].rpartition(quote)[2], line[at:].partition(quote)[0]
        impossible = (
            # ``""``: an empty literal that nobody wrote
            quote in (line[at - 1 : at], line[at : at + 1])
            # ``f{name}``: the quote belongs before the braces' prefix, not into the text
            or re.match(r"[rbf]\{", line[at:])
            # two blanks: the second one belongs to the text
            or re.match(r"\s\s", line[at:])
            # ``" "``: a literal of blanks
            or (quote in line[:at] and before.isspace())
            or (quote in line[at:] and behind.isspace())
        )
        if not impossible and (_FOLLOWS_STRING.match(line, at) or _PRECEDES_STRING.search(line[:at])):
            yield broken.change(f"missing {quote}", begin + at, begin + at, quote)


def _string_literals(text: str, line: int) -> list[str]:
    """Return the string literals of a line."""
    broken = BrokenText(text, "", line, 0, 0)
    return [token.text for token in broken.tokens(line) if token.kind == "string"]


_CODE_IN_TEXT = re.compile(
    r"""
    \w\(                 # "name, str(x)"
    | \s\+\s             # "name + x"
    | ,\s*\w+=           # "name, end="
    | ^.[\s,]*[)\]}]     # ") + "
    | ,[ ]?['\"]         # "name, 'x'"
    | ^.,[ ]?\w+$        # ", name"
    | ^.\w+[ ][/+*%=-][ ]  # "x = "
    """,
    re.VERBOSE,
)
"""Code that ended up inside a literal because its quote is in the wrong place."""


def _is_plain(text: str, line: int) -> bool:
    """Return whether no two literals stand side by side and none contains a call, a sum or an argument."""
    tokens = BrokenText(text, "", line, 0, 0).tokens(line)
    # ``"print f{name}"``: the whole line became one literal
    if len(tokens) == 1 and re.match(r"\W\s*\w+ [rbf]\{", tokens[0].text):
        return False
    if any(
        a.kind == b.kind == "string" or (a.kind == "string" and b.text == "." and a.end < b.start)
        for a, b in pairwise(tokens)
    ):
        return False
    return not any(_CODE_IN_TEXT.search(literal[:-1]) for literal in _string_literals(text, line))


def _quoted_length(text: str, line: int) -> int:
    """Return how many characters of a line are inside literals."""
    return sum(map(len, _string_literals(text, line)))


def open_triple(broken: BrokenText, _: re.Match[str]) -> Iterator[TextChange]:
    """Complete a docstring quote that has two of its three marks."""
    for line in range(1, broken.line + 1):
        begins = re.match(r"\s*(\"\"|'')(?!['\"])\S", broken.line_text(line))
        if begins:
            at = broken.span(line)[0] + begins.start(1)
            yield broken.change("missing quote of a docstring", at, at, begins[1][0])
            return
    for match in re.finditer(
        r"(?<!['\"])(\"\"|'')(?=[ \t]*\r?\n)", broken.text[broken.span(broken.line)[0] :]
    ):
        at = broken.span(broken.line)[0] + match.end()
        yield broken.change("missing quote of a docstring", at, at, match[1][0])
        return
