"""Slips inside f-strings: quotes that end the string too early, and braces that are missing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from otorepair_like.recipes.python.brackets import CLOSERS
from otorepair_like.recipes.python.unparsable import BrokenText, TextChange
from otorepair_like.recipes.recipe import Risk


def fstring(broken: BrokenText, _: re.Match[str]) -> Iterator[TextChange]:
    """Repair an f-string: ``f"{d["key"]}"`` before Python 3.12, ``f"{name"``, ``f"name}"``."""
    yield from _nested_quotes(broken)
    yield from _missing_closers(broken)
    yield from _missing_openers(broken)


def _nested_quotes(broken: BrokenText) -> Iterator[TextChange]:
    """Use the other quotes inside the braces."""
    begin, end = broken.span(broken.line)
    line = broken.text[begin:end]
    lines = [_alternate_quotes(line)]
    # ``f"{d["key"]}"``
    if 'f"' in line:
        lines.append(re.sub(r"(\[)\"(\w+)\"(\])", r"\1'\2'\3", line))
    # ``f'{d['key']}'``
    if "f'" in line:
        lines.append(re.sub(r"(\[)'(\w+)'(\])", r'\1"\2"\3', line))
    for new in lines:
        if new != line:
            yield broken.change("quotes inside the f-string", begin, end, new)


def _alternate_quotes(line: str) -> str:
    """Return a line whose f-strings use the other quotes inside their braces."""
    characters, quote, depth, at = list(line), "", 0, 0
    while at < len(line):
        mark = line[at]
        if not quote:
            opens = re.match(r"[fF][rR]?(['\"])(?!\1\1)|[rR][fF](['\"])", line[at:])
            if opens and not line[at - 1 : at].isalnum():
                quote, at = line[at + opens.end() - 1], at + opens.end() - 1
            elif mark in "'\"":
                # a plain string: go to its end
                at = max(line.find(mark, at + 1), at)
        elif mark in "{}":
            depth = max(0, depth + (1 if mark == "{" else -1))
        elif mark == quote and depth:
            other = "'" if quote == '"' else '"'
            end = line.find(quote, at + 1)
            # The other quotes are in use too: there is no third kind.
            if end < 0 or other in line[at:end]:
                return line
            characters[at] = characters[end] = other
            at = end
        elif mark == quote:
            quote = ""
        at += 1
    return "".join(characters)


def _missing_closers(broken: BrokenText) -> Iterator[TextChange]:
    """Close a bracket or a brace."""
    begin, end = broken.span(broken.line)
    line = broken.text[begin:end]
    # ``f"{total(prices}"``
    for match in re.finditer(r"\{[^{}\[(]*([\[(])[^\])}{]*(?=\})", line):
        at = begin + match.end()
        yield broken.change(f"missing '{CLOSERS[match[1]]}'", at, at, CLOSERS[match[1]])
    # ``f"{name"``, ``f"{price:.2f EUR"``
    for match in re.finditer(r"\{([\w.]+(?:\[[^\]{}]*\])?(?::[\w.,<>^]+)?)(?=[\"' ,!?])(?!\})", line):
        at = begin + match.end()
        yield broken.change("missing '}'", at, at, "}")
    # ``f"{name: {price}"``
    for match in re.finditer(r"\{[\w.]+(?=: \{)", line):
        yield broken.change("missing '}'", begin + match.end(), begin + match.end(), "}")


def _missing_openers(broken: BrokenText) -> Iterator[TextChange]:
    """Open a brace before the longest known name: ``f"Hello name}"``."""
    begin, end = broken.span(broken.line)
    line = broken.text[begin:end]
    words = re.findall(r"\w+", broken.text)
    for match in re.finditer(
        r"(?<![\w{.:>])([^\W\d][\w.]*(?:\([^(){}]*\))?(?:[:!][^{}\s\"']*)?)\}(?!\})", line
    ):
        root = re.split(r"\W", match[1])[0]
        # ``f"idname}"``: ``idname`` stands only here, so it is text and a name; ``name`` is known
        known = set(words) - ({root} if words.count(root) == 1 else set())
        cut = next((n for n in range(len(root)) if root[n:] in known), None)
        if cut is not None:
            at = begin + match.start() + cut
            yield broken.change("missing '{'", at, at, "{", Risk.MEDIUM)
