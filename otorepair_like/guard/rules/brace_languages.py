"""Hiding a failure in languages with braces, by the looks of their lines: JavaScript and TypeScript above all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from otorepair_like.guard.finding import GuardFinding, asked
from otorepair_like.workspace.change_set import FileChange, text_lines

_LANGUAGES: Final = (
    ".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".vue", ".svelte", ".go", ".java", ".kt", ".cs",
    ".php", ".rs", ".swift", ".dart", ".scala", ".c", ".cc", ".cpp", ".h",
)  # fmt: skip
_COMMENT: Final = re.compile(r"\{?/\*.*?\*/\}?|(?<![:\"'`])//.*$|^\s*\*.*$")
_WORD: Final = re.compile(r"[A-Za-z_$][\w$]*")
_KEYWORDS: Final = frozenset(
    ("if", "else", "for", "while", "return", "const", "let", "var", "await", "async", "function", "new", "try", "catch",
     "throw", "of", "in", "true", "false", "null", "undefined", "this", "req", "res", "next", "err", "error", "e",
     "ctx")
)  # fmt: skip
"""Words that say nothing about what a line is for."""

_DOES: Final = re.compile(r"\w\s*\(|^\s*(throw|return)\b|[^=!<>]=[^=>]|^\s*(await|defer|go)\b")
_NO_STATEMENT: Final = re.compile(
    r"^\s*(import\b|export\s+\{|const\s+[^=]*=\s*require\(|package\b|use\s|using\b|\#include|interface\b|type\b"
    r"|console\.(log|debug|info)\b|debugger\b|(export\s+)?(default\s+)?(async\s+)?function\b)"
)
_CHECK: Final = re.compile(
    r"\bthrow\b|\bif\s*\(\s*!|\bassert\b|\breject\(|\bpanic\(|\bnext\(\s*err|\berr\s*!=\s*nil"
)
_LEAVES: Final = re.compile(
    r"^\s*(return\b[^({\[`]*;?|return\s*(\{\s*\}|\[\s*\]|null|undefined)\s*;?|continue;?|break;?)\s*$"
)
_ENDS: Final = re.compile(
    r"\b(process\.exit\(\s*0?\s*\)|process\.exitCode\s*=\s*0|os\.Exit\(0\)|System\.exit\(0\)|exit\(0\))"
)
_NEVER: Final = re.compile(
    r"\b(if|while)\s*\(\s*(false|0|!true|!1)\s*(&&|\))|&&\s*false\b|\|\|\s*true\b|\bif\s+false\b|\b1\s*={2,3}\s*2\b"
)
_EMPTY: Final = r"(?:null|undefined|void 0|false|0|\"\"|''|``|\[\s*\]|\{\s*\}|\(\{\s*\}\)|nil)"
_EMPTY_CATCH: Final = re.compile(rf"\.catch\(\s*(?:async\s*)?(?:\(?\w*\)?)\s*=>\s*(?:\w+\(\s*)?{_EMPTY}")
_CATCH: Final = re.compile(r"\bcatch\s*(?:\([^)]*\))?\s*\{|\brescue\b.*$|\bcatch\s*\{")
_CALM: Final = re.compile(
    rf"""(?x)^(?: console\.\w+\(.*\) | (?:return\s+)?res(?:\.status\(2\d\d\))?\.(?:json|send|end)\({_EMPTY}?\)
    | return(?:\s+{_EMPTY})? | continue | break | set\w+\({_EMPTY}?\) | [\w.]+\s*=\s*{_EMPTY}
    | \w+\.(?:log|debug|info|warn)\(.*\)
    )?;?$"""
)
_STATUS: Final = re.compile(
    r"(?i)(?:status|code|error|exception|sendstatus|writehead|abort)\w*\W.*?\b([1-5]\d\d)\b(?:.*?\b([1-5]\d\d)\b)?"
)
_WRITTEN_OUT: Final = re.compile(
    rf"^(?:return|(?:const|let|var)?\s*[\w.]+\s*=)\s*(?:{_EMPTY}|-?[\d.]+|\"[^\"]*\"|'[^']*'|true|\{{[^()]*\}})\s*;?$"
)
_ENOUGH: Final = 0.5
"""A deleted line lives on in new ones that have this share of its words."""

READ: Final = 2_000
"""So much of a line is looked at; source with longer lines is refused for that."""

_FAILS: Final = 400


@dataclass(frozen=True)
class _Text:
    """Both versions without comments, and what differs; numbers of lines count from 1."""

    path: str
    before: Sequence[str]
    after: Sequence[str]

    def gone(self) -> Iterator[str]:
        """Yield lines of the old version that the new one has not, or has less often."""
        return (Counter(map(str.strip, self.before)) - Counter(map(str.strip, self.after))).elements()

    def new(self) -> Iterator[tuple[int, str]]:
        """Yield lines of the new version that the old one has not, or has less often, with their number."""
        had = Counter(map(str.strip, self.before))
        for number, line in enumerate(self.after, 1):
            had[line.strip()] -= 1
            if line.strip() and had[line.strip()] < 0:
                yield number, line


def hidden(change: FileChange) -> Iterator[GuardFinding]:
    """Yield the forms that :mod:`.swallow`, :mod:`.deleted`, :mod:`.flow` and :mod:`.weakened` know in Python."""
    if not change.path.lower().endswith(_LANGUAGES) or change.before is None or change.after is None:
        return
    before, after = (
        [_COMMENT.sub("", line[:READ]) for line in text_lines(side)] for side in (change.before, change.after)
    )
    text = _Text(change.path, before, after)
    yield from _deleted(text)
    yield from _left(text)
    yield from _caught(text)
    yield from _lowered(text)


def _deleted(text: _Text) -> Iterator[GuardFinding]:
    new = list(text.new())
    words = {word for _, line in new if not _WRITTEN_OUT.match(line.strip()) for word in _WORD.findall(line)}
    first = new[0][0] if new else 1
    for line in text.gone():
        if not _DOES.search(line) or _NO_STATEMENT.match(line):
            continue
        had = set(_WORD.findall(line)) - _KEYWORDS
        lives_on = (
            len(had & words) >= _ENOUGH * len(had)
            if had
            else any(line.split()[:1] == n.split()[:1] for _, n in new)
        )
        if not lives_on:
            rule, said = (
                ("check-removed", "a check was removed")
                if _CHECK.search(line)
                else ("deleted-statement", "a statement was removed without a replacement")
            )
            yield asked(rule, text.path, f"{said}: {line.strip()[:60]}", first)


def _left(text: _Text) -> Iterator[GuardFinding]:
    """Yield new ways out before lines that were there, ends of the program, conditions that never hold."""
    known = set(map(str.strip, text.before))
    for number, line in text.new():
        rest = [later for later in text.after[number:] if later.strip()]
        above = [earlier for earlier in text.after[: number - 1] if earlier.strip()]
        guarded = bool(above) and re.search(r"(\)|\belse|=>)\s*$", above[-1]) is not None
        follows = rest[0] if rest else "}"
        same_block = _indent(follows) == _indent(line) and not re.match(
            r"\s*([})\]]|case\b|default\b)", follows
        )
        if _LEAVES.match(line) and same_block and not guarded and follows.strip() in known:
            yield asked("early-exit", text.path, f"skips what follows: {line.strip()[:60]}", number)
        elif _ENDS.search(line):
            yield asked(
                "early-exit",
                text.path,
                f"ends the program as if it had succeeded: {line.strip()[:60]}",
                number,
            )
        if _NEVER.search(line):
            yield asked("dead-condition", text.path, f"always the same: {line.strip()[:60]}", number)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _caught(text: _Text) -> Iterator[GuardFinding]:
    for number, line in text.new():
        if _EMPTY_CATCH.search(line):
            yield asked(
                "silent-except", text.path, f"an error is turned into nothing: {line.strip()[:60]}", number
            )
    had = Counter(block for _, block in _handlers(text.before))
    for number, block in _handlers(text.after):
        had[block] -= 1
        if had[block] < 0 and all(map(_CALM.match, block)):
            yield asked("silent-except", text.path, "catches an error and ignores it", number)


def _handlers(lines: Sequence[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield every ``catch`` with its line and its statements."""
    for number, line in enumerate(lines, 1):
        if _CATCH.search(line):
            yield number, tuple(map(str.strip, _block(lines, number)))


def _block(lines: Sequence[str], number: int) -> Iterator[str]:
    """Yield the statements of the block that begins on a line, up to its closing brace."""
    head = lines[number - 1]
    opened = _CATCH.search(head)
    inline = head[opened.end() :] if opened else ""
    if "}" in inline:
        yield inline.partition("}")[0]
        return
    for line in lines[number:]:
        if line.strip().startswith("}") and _indent(line) <= _indent(head):
            return
        yield line


def _lowered(text: _Text) -> Iterator[GuardFinding]:
    """Yield statuses of failure that gave way to ones of success."""
    old, new = (Counter(_statuses(lines)) for lines in (text.before, text.after))
    lost, won = old - new, new - old
    if any(status >= _FAILS for status in lost) and any(status < _FAILS for status in won):
        status = next(status for status in won if status < _FAILS)
        line = next((number for number, line in text.new() if str(status) in line), None)
        yield asked("lower-status", text.path, f"answers {status}, where it failed before", line)


def _statuses(lines: Sequence[str]) -> Iterator[int]:
    for line in lines:
        for found in _STATUS.finditer(line):
            yield from (int(status) for status in found.groups() if status)
