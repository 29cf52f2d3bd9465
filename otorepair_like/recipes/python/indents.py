"""Slips of indentation, corrected by the lines around them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from otorepair_like.recipes.python.scope import unbound_names
from otorepair_like.recipes.python.source import Source
from otorepair_like.recipes.python.unparsable import BrokenText, TextChange
from otorepair_like.recipes.recipe import Risk


def indent(text: str) -> str:
    """Return the leading whitespace of a line."""
    return text[: len(text) - len(text.lstrip())]


def _code_line_above(broken: BrokenText, line: int) -> int:
    """Return the nearest line above that has code; 0 if there is none."""
    while line > 1:
        line -= 1
        text = broken.line_text(line).strip()
        if text and not text.startswith("#"):
            return line
    return 0


def _indent_unit(broken: BrokenText) -> str:
    """Return one level of indentation of this text."""
    match = re.search(r"^(\t|  +)\S", broken.text, re.MULTILINE)
    return match[1] if match else "    "


def _set_indent(broken: BrokenText, line: int, blanks: str, title: str, risk: Risk) -> TextChange:
    """Replace the indentation of a line."""
    begin, _ = broken.span(line)
    return broken.change(title, begin, begin + len(indent(broken.line_text(line))), blanks, risk)


def unexpected_indent(broken: BrokenText, _: re.Match[str]) -> Iterator[TextChange]:
    """Give a line the indentation of the line above, which opens no block."""
    above = _code_line_above(broken, broken.line)
    if above:
        blanks = indent(broken.line_text(above))
        yield _set_indent(broken, broken.line, blanks, "indentation of the line above", Risk.LOW)


def odd_indent(broken: BrokenText, _: re.Match[str]) -> Iterator[TextChange]:
    """Move a line between two levels to the nearer one, if one is nearer."""
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


def first_too_deep(broken: BrokenText, _: re.Match[str]) -> Iterator[TextChange]:
    """Move the first line of a block, deeper than all that follow it, to their level."""
    level = indent(broken.line_text(broken.line))
    above = _code_line_above(broken, broken.line)
    deep = indent(broken.line_text(above))
    lines = []
    while above and len(indent(broken.line_text(above))) >= len(deep) > len(level):
        lines.append(above)
        above = _code_line_above(broken, above)
    head = broken.line_text(above).rstrip() if above else ""
    if len(lines) != 1 or not head.endswith(":") or len(indent(head)) >= len(level):
        return
    text = broken.text
    for line in lines:
        begin, _end = broken.span(line)
        text = text[:begin] + level + text[begin + len(deep) :]
    if BrokenText.of(text) is None:
        yield TextChange("indentation of the rest of the block", text)


def empty_exception(broken: BrokenText, match: re.Match[str]) -> Iterator[TextChange]:
    """Add ``pass`` to ``class NotFound(Exception):``: an exception class mostly needs no body."""
    head = int(match[2])
    begin, end = broken.span(head)
    text = broken.text[begin:end]
    if re.match(r"\s*class\s+\w+\(\s*[\w.]*(?:Error|Exception|Warning)\s*\)\s*:\s*$", text):
        body = f"{indent(text)}{_indent_unit(broken)}pass"
        newline = "\r\n" if "\r\n" in broken.text else "\n"
        yield broken.change("pass for the body", end, end, newline + body)


def block_expected(broken: BrokenText, match: re.Match[str]) -> Iterator[TextChange]:
    """Indent the body of a header that stands at the header's level: one line, or a whole function."""
    head = int(match[2])
    level = indent(broken.line_text(head))
    body = _lines_below(broken, head)
    flat = [line for line in body if indent(broken.line_text(line)) == level]
    is_definition = "function" in match[1] or "class" in match[1]
    if not is_definition and len(flat) == 2 and re.match(r"\s*return\b", broken.line_text(flat[1])):
        # A final return belongs after the block: inside it, the block would end in its first iteration.
        body, flat = [line for line in body if line < flat[1]], flat[:1]
    if not body or (len(flat) > 1 and not is_definition):
        return
    text = broken.text
    for line in reversed(body):
        begin, _ = broken.span(line)
        text = text[:begin] + _indent_unit(broken) + text[begin:]
    yield TextChange("indentation of the block", text, Risk.MEDIUM if len(body) > 1 else Risk.LOW)


_NEW_BLOCK = re.compile(r"\s*(?:def|class|@|async def|if __name__|else|elif|except|finally)\b")


def _lines_below(broken: BrokenText, head: int) -> list[int]:
    """Return the lines below a header up to a blank line, another level, or the begin of another block."""
    level = indent(broken.line_text(head))
    lines: list[int] = []
    for line in range(head + 1, broken.text.count("\n") + 2):
        text = broken.line_text(line)
        is_inside = indent(text) == level or (lines and len(indent(text)) > len(level))
        if not text.strip() or not is_inside or _NEW_BLOCK.match(text):
            break
        lines.append(line)
    return lines


def tabs_and_spaces(broken: BrokenText, _: re.Match[str]) -> Iterator[TextChange]:
    """Replace mixed tabs by spaces, if every tab width that compiles gives the same program."""
    changes: dict[str, tuple[int, TextChange]] = {}
    for width in (4, 8, 2):
        text = _without_tabs(broken.text, width)
        if BrokenText.of(text) is None:
            changes.setdefault(
                ast.dump(ast.parse(text)), (width, TextChange(f"tabs of {width} as blanks", text))
            )
    unit = len(_indent_unit(broken))
    unbound_counts = {
        meaning: len(unbound_names(Source("text.py", change.text.encode())))
        for meaning, (_, change) in changes.items()
    }
    changes = {
        meaning: change
        for meaning, change in changes.items()
        if unbound_counts[meaning] == min(unbound_counts.values())
    }
    if len(changes) == 1:
        yield from (change for _, change in changes.values())
    else:
        # One press of the tab key is one level, so a tab is as wide as this file's levels.
        yield from (change.with_risk(Risk.MEDIUM) for width, change in changes.values() if width == unit)


def _without_tabs(text: str, width: int) -> str:
    """Expand the tabs of all indentations."""
    return re.sub(r"^[ \t]+", lambda blanks: blanks[0].expandtabs(width), text, flags=re.MULTILINE)


def outside_function(broken: BrokenText, _: re.Match[str]) -> Iterator[TextChange]:
    """Move a ``return`` at the level of its ``def`` into the body of that function."""
    width = len(indent(broken.line_text(broken.line)))
    for line in range(broken.line - 1, 0, -1):
        text = broken.line_text(line)
        if re.match(r"\s*(?:async\s+)?def\b", text) and len(indent(text)) <= width:
            blanks = indent(broken.line_text(line + 1))
            if len(blanks) > width:
                yield _set_indent(
                    broken, broken.line, blanks, "indentation of the function's body", Risk.MEDIUM
                )
            return
        if text.strip() and len(indent(text)) <= width:
            return
