"""A text that does not compile, and one change to it."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace

from otorepair_like.recipes.recipe import Risk

_TOKEN = re.compile(
    r"""(?P<comment>\#[^\r\n]*)
    | (?P<string>[rbfuRBFU]{0,2}(?:'''(?:\\.|[^\\])*?'''
        |\"\"\"(?:\\.|[^\\])*?\"\"\"|'(?:\\.|[^'\\\r\n])*'|"(?:\\.|[^"\\\r\n])*"))
    | (?P<number>\d[\w.]*)
    | (?P<name>[^\W\d]\w*)
    | (?P<space>[ \t]+|\\?\r?\n)
    | (?P<mark>[^\w\s])""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class SourceToken:
    """A word, string, number, comment or mark, with its position in the text."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TextChange:
    """One change: the whole new text, a title, and its risk."""

    title: str
    text: str
    risk: Risk = Risk.LOW

    def with_risk(self, risk: Risk) -> TextChange:
        """Return the same change with at least this risk."""
        return replace(self, risk=max(self.risk, risk))


@dataclass(frozen=True, slots=True)
class BrokenText:
    """A text and the compiler's first complaint about it.

    Args:
        text: the whole text.
        message: the compiler's message.
        line: its line, from 1.
        start, end: offsets of the part it points at; ``end`` may be before ``start`` when it has no end.
    """

    text: str
    message: str
    line: int
    start: int
    end: int

    @classmethod
    def of(cls, text: str) -> BrokenText | None:
        """Compile a text; return ``None`` if that works."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                compile(text, "text", "exec", dont_inherit=True)
        except SyntaxError as error:
            line = error.lineno or 1
            starts = _line_starts(text)
            begin = starts[min(line, len(starts)) - 1]
            start = begin + max((error.offset or 1) - 1, 0)
            last = starts[min(error.end_lineno or line, len(starts)) - 1]
            return cls(
                text, error.msg, line, min(start, len(text)), last + max((error.end_offset or 1) - 1, 0)
            )
        except (ValueError, RecursionError, MemoryError, OverflowError):
            return cls(text, "cannot be compiled", 1, 0, 0)
        return None

    def lines(self) -> list[str]:
        """Return the lines with their endings."""
        return (
            self.text.splitlines(keepends=True)
            if not re.search("[\f\v\x1c-\x1e\x85\u2028\u2029]", self.text)
            else []
        )

    def span(self, line: int) -> tuple[int, int]:
        """Return the offset of a line and the offset of its ending."""
        starts = _line_starts(self.text)
        begin = starts[min(line, len(starts)) - 1]
        match = re.compile(r"[^\r\n]*").match(self.text, begin)
        return begin, match.end() if match else begin

    def line_text(self, line: int) -> str:
        """Return a line without its ending."""
        begin, end = self.span(line)
        return self.text[begin:end]

    def code_end(self, line: int) -> int:
        """Return the offset where the code of a line ends: before a comment and the blanks around it."""
        tokens = [t for t in self.tokens(line) if t.kind != "comment"]
        return tokens[-1].end if tokens else self.span(line)[0]

    def tokens(self, line: int) -> list[SourceToken]:
        """Return the tokens of a line without whitespace."""
        begin, end = self.span(line)
        return list(tokens(self.text, begin, end))

    def change(self, title: str, start: int, end: int, text: str, risk: Risk = Risk.LOW) -> TextChange:
        """Return the change that replaces ``start`` to ``end`` by ``text``."""
        return TextChange(title, self.text[:start] + text + self.text[end:], risk)


def tokens(text: str, start: int, end: int) -> Iterator[SourceToken]:
    """Yield tokens between two offsets; accept text that the real tokenizer refuses."""
    while start < end and (match := _TOKEN.match(text, start, end)):
        if match.lastgroup and match.lastgroup != "space":
            yield SourceToken(match.lastgroup, match[0], match.start(), match.end())
        start = match.end()


def _line_starts(text: str) -> list[int]:
    """Return the offset of every line."""
    return [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", text))]
