"""Any text as a bag of words and operators: what changed besides spelling, punctuation and layout."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from otorepair_like.guard.changed_lines import new_lines
from otorepair_like.guard.place import ChangePlace
from otorepair_like.guard.rules.renames import renamed, renames
from otorepair_like.guard.tokens import Token
from otorepair_like.workspace.change_set import FileChange, text_lines

_TOKEN: Final = re.compile(r"[^\W\d]\w*|\d[\w.]*|\|\||&&|\?\?|\?\.|[=!<>]=+|[|&?<>!+*/%@$~^-]")
_COMMENT: Final = re.compile(r"(?:^|\s)(?://|#|--\s).*$|/\*.*?\*/|<!--.*?-->")
_SYNTAX: Final = frozenset(
    {"const", "let", "var", "await", "async", "new", "import", "from", "require", "self", "end"}
)
"""Words that a repair of the syntax may bring or take."""


def leftover(change: FileChange, place: ChangePlace) -> tuple[str, int] | None:
    """Return what a change of a text brought or took besides spelling, with its line; ``None``: nothing."""
    old, new = (text_lines(side) for side in (change.before, change.after))
    had, has = _bag(old), _bag(new)
    lost, won = had - has, has - had
    names = renames(lost, won, place, frozenset(token.text for token in had.keys() & has.keys()))
    for token in [token for token in lost if renamed(token, names) != token]:
        now = renamed(token, names)
        both = min(lost[token], won[now])
        lost[token] -= both
        won[now] -= both
    gone = next((token.text for token in lost.elements() if token.text not in _SYNTAX), None)
    came = next((token.text for token in won.elements() if token.text not in _SYNTAX), None)
    if came is None and gone is None:
        return None
    lines = new_lines(change)
    line = next((number for number, text in lines if came and came in text), lines[0][0] if lines else 1)
    said = [f"{came} is new" if came else "", f"{gone} is gone" if gone else ""]
    return ", ".join(filter(None, said)), line


def _bag(lines: list[str]) -> Counter[Token]:
    return Counter(Token("name", word[:80]) for line in lines for word in _words(line))


def _words(line: str) -> Iterator[str]:
    if len(line) <= 20_000:
        yield from _TOKEN.findall(_COMMENT.sub("", line) if not line.startswith("#!") else line)
