"""A Python file as text with positions: every edit is a splice, so the rest survives byte for byte."""

from __future__ import annotations

import ast
import codecs
import io
import re
import tokenize
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

Node = TypeVar("Node", bound=ast.AST)


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the characters ``start`` to ``end`` of ``file`` (a path relative to the tree) by ``text``.

    A file that does not exist is made by an edit from 0 to 0.
    """

    file: str
    start: int
    end: int
    text: str


class Source:
    """One text file, decoded as Python decodes it, newlines untouched.

    Args:
        path: its path, relative to the tree, with forward slashes.
        raw: its bytes.

    Raises:
        UnicodeDecodeError, SyntaxError: the bytes are not text in the encoding they declare.
    """

    def __init__(self, path: str, raw: bytes) -> None:
        self.path = path
        self.encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
        # newline="" keeps \r\n and lone \r, so unedited lines are written back as they were read.
        self.text = io.TextIOWrapper(io.BytesIO(raw), self.encoding, newline="").read()
        self.lines = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", self.text)
        self._starts = [0]
        for line in self.lines:
            self._starts.append(self._starts[-1] + len(line))

    @cached_property
    def tree(self) -> ast.Module | None:
        """Return the syntax tree; ``None`` while the file does not compile."""
        try:
            return ast.parse(self.text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """Return every node's parent."""
        nodes = ast.walk(self.tree) if self.tree else ()
        return {child: node for node in nodes for child in ast.iter_child_nodes(node)}

    @property
    def newline(self) -> str:
        """Return the line ending of the first line."""
        first = self.lines[0] if self.lines else "\n"
        return first[len(first.rstrip("\r\n")) :] or "\n"

    def line(self, number: int) -> str:
        """Return line ``number`` (from 1) without its ending; ``""`` beyond the end."""
        return self.lines[number - 1].rstrip("\r\n") if 0 < number <= len(self.lines) else ""

    def line_start(self, number: int) -> int:
        """Return the offset at which line ``number`` (from 1) begins; the end of the text beyond the last one."""
        return self._starts[min(number - 1, len(self._starts) - 1)]

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a position as ``ast`` gives it: line from 1, column in UTF-8 bytes."""
        before = self.lines[line - 1].encode("utf-8", "surrogatepass")[:column]
        return self.line_start(line) + len(before.decode("utf-8", "ignore"))

    def line_of(self, offset: int) -> int:
        """Return the number, from 1, of the line that contains ``offset``."""
        return bisect_right(self._starts, offset)

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Return the offsets of the begin and the end of ``node``."""
        place: ast.expr = node  # type: ignore[assignment]  # whatever has a place has these four
        end_line, end_column = place.end_lineno or place.lineno, place.end_col_offset or place.col_offset
        return self.offset(place.lineno, place.col_offset), self.offset(end_line, end_column)

    def code(self, node: ast.AST) -> str:
        """Return the text of ``node``, as written."""
        start, end = self.span(node)
        return self.text[start:end]

    def find(self, kind: type[Node], line: int | None = None) -> Iterator[Node]:
        """Yield all nodes of a kind, in no order; with ``line``, those that touch that line."""
        for node in ast.walk(self.tree) if self.tree else ():
            if not isinstance(node, kind):
                continue
            first = getattr(node, "lineno", None)
            if line is None or (first and first <= line <= getattr(node, "end_lineno", first)):
                yield node

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield the nodes that contain ``node``, innermost first."""
        above = self.parents.get(node)
        while above is not None:
            yield above
            above = self.parents.get(above)

    def replace(self, node: ast.AST, text: str) -> Edit:
        """Return the edit that replaces ``node`` by ``text``."""
        return Edit(self.path, *self.span(node), text)

    def replace_range(self, start: int, end: int, text: str) -> Edit:
        """Return the edit that replaces the characters ``start`` to ``end`` by ``text``."""
        return Edit(self.path, start, end, text)

    def insert(self, offset: int, text: str) -> Edit:
        """Return the edit that inserts ``text`` at ``offset``."""
        return Edit(self.path, offset, offset, text)

    def with_edits(self, edits: Iterable[Edit]) -> bytes:
        """Return the file's bytes after ``edits``, which must not overlap.

        Raises:
            UnicodeEncodeError: the file's encoding cannot hold the new text.
        """
        text = self.text
        # Edit backwards so that offsets stay valid; two insertions at one place keep their order.
        for edit in sorted(edits, key=lambda edit: edit.start)[::-1]:
            text = text[: edit.start] + edit.text + text[edit.end :]
        mark = codecs.BOM_UTF8 if self.encoding == "utf-8-sig" else b""
        return mark + text.encode("utf-8" if mark else self.encoding)


def attribute_span(source: Source, node: ast.Attribute) -> tuple[int, int]:
    """Return the offsets of the name after the dot."""
    _, end = source.span(node)
    return end - len(node.attr), end


def rename_attribute(source: Source, node: ast.Attribute, name: str) -> Edit:
    """Return the edit that writes another name after the dot."""
    return Edit(source.path, *attribute_span(source, node), name)
