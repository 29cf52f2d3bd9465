"""Slips of indentation: what the lines around say it should be."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from otorepair_like.recipes.python.scope import unbound
from otorepair_like.recipes.python.source import Source
from otorepair_like.recipes.python.unparsable import Broken, Try
from otorepair_like.recipes.recipe import Risk


def indent(text: str) -> str:
    """The blanks a line begins with."""
    return text[: len(text) - len(text.lstrip())]


def _before(broken: Broken, line: int) -> int:
    """The nearest line above that has code; 0 if there is none."""
    while line > 1:
        line -= 1
        text = broken.line_text(line).strip()
        if text and not text.startswith("#"):
            return line
    return 0


def _unit(broken: Broken) -> str:
    """What one level of indentation is in this text."""
    found = re.search(r"^(\t|  +)\S", broken.text, re.MULTILINE)
    return found[1] if found else "    "


def _set_indent(broken: Broken, line: int, blanks: str, title: str, risk: Risk) -> Try:
    begin, _ = broken.span(line)
    return broken.put(title, begin, begin + len(indent(broken.line_text(line))), blanks, risk)


def unexpected_indent(broken: Broken, _: re.Match[str]) -> Iterator[Try]:
    """A line deeper than the one above, which opens no block."""
    above = _before(broken, broken.line)
    if above:
        wanted = indent(broken.line_text(above))
        yield _set_indent(broken, broken.line, wanted, "indentation of the line above", Risk.LOW)


def odd_indent(broken: Broken, _: re.Match[str]) -> Iterator[Try]:
    """A line between two levels: the nearer one, if one is nearer."""
    levels: dict[int, str] = {0: ""}
    for line in range(1, broken.line):
        text = broken.line_text(line)
        if text.strip():
            levels[len(indent(text))] = indent(text)
    width = len(indent(broken.line_text(broken.line)))
    near = sorted(levels, key=lambda level: abs(level - width))
    if len(near) == 1 or abs(near[0] - width) < abs(near[1] - width):
        yield _set_indent(
            broken, broken.line, levels[near[0]], "indentation of the nearest level", Risk.MEDIUM
        )


def first_too_deep(broken: Broken, _: re.Match[str]) -> Iterator[Try]:
    """The line above, first of its block, is deeper than all that follow it."""
    wanted = indent(broken.line_text(broken.line))
    above = _before(broken, broken.line)
    deep = indent(broken.line_text(above))
    lines = []
    while above and len(indent(broken.line_text(above))) >= len(deep) > len(wanted):
        lines.append(above)
        above = _before(broken, above)
    head = broken.line_text(above).rstrip() if above else ""
    if len(lines) != 1 or not head.endswith(":") or len(indent(head)) >= len(wanted):
        return
    text = broken.text
    for line in lines:
        begin, _end = broken.span(line)
        text = text[:begin] + wanted + text[begin + len(deep) :]
    if Broken.of(text) is None:
        yield Try("indentation of the rest of the block", text)


def empty_exception(broken: Broken, found: re.Match[str]) -> Iterator[Try]:
    """``class NotFound(Exception):`` and nothing below: an exception mostly needs no body."""
    head = int(found[2])
    begin, end = broken.span(head)
    text = broken.text[begin:end]
    if re.match(r"\s*class\s+\w+\(\s*[\w.]*(?:Error|Exception|Warning)\s*\)\s*:\s*$", text):
        body = f"{indent(text)}{_unit(broken)}pass"
        newline = "\r\n" if "\r\n" in broken.text else "\n"
        yield broken.put("pass for the body", end, end, newline + body)


def block_expected(broken: Broken, found: re.Match[str]) -> Iterator[Try]:
    """A header with its body at its own level: the one line that follows, or all of a function's."""
    head = int(found[2])
    own = indent(broken.line_text(head))
    body: list[int] = []
    line = head + 1
    count = broken.text.count("\n") + 1
    while line <= count:
        text = broken.line_text(line)
        starts_anew = re.match(r"\s*(?:def|class|@|async def|if __name__|else|elif|except|finally)\b", text)
        if (
            text.strip() and indent(text) != own and not (body and len(indent(text)) > len(own))
        ) or starts_anew:
            break
        if not text.strip():
            break
        body.append(line)
        line += 1
    flat = [line for line in body if indent(broken.line_text(line)) == own]
    whole = "function" in found[1] or "class" in found[1]
    if not whole and len(flat) == 2 and re.match(r"\s*return\b", broken.line_text(flat[1])):
        # A return that ends a function stands behind the block, which would be left in its first round else.
        body, flat = [line for line in body if line < flat[1]], flat[:1]
    if not body or (len(flat) > 1 and not whole):
        return
    text = broken.text
    for line in reversed(body):
        begin, _ = broken.span(line)
        text = text[:begin] + _unit(broken) + text[begin:]
    yield Try("indentation of the block", text, Risk.MEDIUM if len(body) > 1 else Risk.LOW)


def tabs_and_spaces(broken: Broken, _: re.Match[str]) -> Iterator[Try]:
    """Tabs and blanks mixed: one width of a tab makes it compile, or all that do mean the same program."""
    made: dict[str, tuple[int, Try]] = {}
    for width in (4, 8, 2):
        text = _without_tabs(broken.text, width)
        if Broken.of(text) is None:
            made.setdefault(ast.dump(ast.parse(text)), (width, Try(f"tabs of {width} as blanks", text)))
    unit = len(_unit(broken))
    left = {
        meaning: len(unbound(Source("text.py", each.text.encode()))) for meaning, (_, each) in made.items()
    }
    made = {meaning: each for meaning, each in made.items() if left[meaning] == min(left.values())}
    if len(made) == 1:
        yield from (each for _, each in made.values())
    else:
        # One press of the key is one level, as wide as this file's levels are.
        yield from (each.with_risk(Risk.MEDIUM) for width, each in made.values() if width == unit)


def _without_tabs(text: str, width: int) -> str:
    return re.sub(r"^[ \t]+", lambda blanks: blanks[0].expandtabs(width), text, flags=re.MULTILINE)


def outside_function(broken: Broken, _: re.Match[str]) -> Iterator[Try]:
    """``return`` at the level of its ``def``: it belongs to the function above, at the level of its body."""
    own = len(indent(broken.line_text(broken.line)))
    for line in range(broken.line - 1, 0, -1):
        text = broken.line_text(line)
        if re.match(r"\s*(?:async\s+)?def\b", text) and len(indent(text)) <= own:
            wanted = indent(broken.line_text(line + 1))
            if len(wanted) > own:
                yield _set_indent(
                    broken, broken.line, wanted, "indentation of the function's body", Risk.MEDIUM
                )
            return
        if text.strip() and len(indent(text)) <= own:
            return
