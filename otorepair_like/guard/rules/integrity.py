"""Checks that a file is still whole: it parses, and nothing of it was lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from otorepair_like.guard.changed_lines import new_lines
from otorepair_like.guard.finding import GuardFinding, refused
from otorepair_like.guard.parsing import syntax_error
from otorepair_like.workspace.change_set import ChangeSet, FileChange, text_lines

_MARKER: Final = re.compile(
    r"""(?ix) ^(?: (?:<{7}|>{7}|\|{7})(?:\s.*)?
    | (?:\#|//|/\*|<!--|--|;)?[ \t]*(?:\.\.\.|…)[ \t]*\(?(?:the\s+)?
      (?:rest|remainder|remaining|existing|other|previous|same|unchanged)\b.*
    | (?:\#|//|/\*|<!--)[ \t]*(?:\.\.\.|…).*(?:unchanged|omitted|truncated|as\ before).* )$
    | (?:\#|//|/\*|<!--|--)[ \t]*\(?(?:the\s+)?(?:rest|remainder)\s+of\s+(?:the\s+|this\s+|your\s+)?
      (?:file|code|class|function|module|implementation)\b"""
)
"""The marks that conflicts and lazy models leave behind."""

_DEFINITION = re.compile(
    r"""(?mx) ^\s*(?:export\s+|default\s+|public\s+|private\s+|protected\s+|static\s+|async\s+|pub(?:\(\w+\))?\s+)*
    (?:def|class|function\*?|func|fn|interface|struct|enum|trait|type|module)\s+(?:\([^)]*\)\s*)?([A-Za-z_$][\w$]*)
    | ^\s*(?:export\s+)?(?:const|let|var)\s+([A-Za-z_$][\w$]*)\s*=\s*(?:async\s*)?(?:\([^)]*\)|[\w$]+)\s*=>"""
)
_LONG: Final = 2_000
"""Beyond so many characters nobody reads a line, and the rules that look at lines do not either."""

_SOURCE: Final = (
    ".py",
    ".pyi",
    ".js",
    ".mjs",
    ".cjs",
    ".jsx",
    ".ts",
    ".tsx",
    ".vue",
    ".svelte",
    ".html",
    ".yml",
    ".yaml",
)
_HALF = 0.5
_FEW = 2


def whole(change: FileChange) -> Iterator[GuardFinding]:
    """Yield conflict and truncation markers, other line ends, long lines, and what does not parse."""
    if change.after is None or change.binary or not change.regular:
        return
    before, after = (change.before or b"").decode(), change.after.decode()
    for number, line in new_lines(change):
        if _MARKER.search(line.strip()):
            yield refused("marker", change.path, "a conflict or truncation marker", number)
            break
    if change.before and ("\r\n" in before) != ("\r\n" in after) and "\n" in before and "\n" in after:
        yield refused("line-ends", change.path, "its line ends changed")
    known = set(text_lines(change.before))
    for number, line in enumerate(text_lines(change.after), 1):
        if len(line) > _LONG and line not in known and change.path.endswith(_SOURCE):
            yield refused("long-line", change.path, f"a line of {len(line):,} characters", number)
    broken = syntax_error(change.path, change.after)
    if broken is not None and (change.before is None or syntax_error(change.path, change.before) is None):
        yield refused("syntax", change.path, f"does not parse: {broken[0]}", broken[1])


def lost(changes: ChangeSet) -> Iterator[GuardFinding]:
    """Yield files that lost more than half of their definitions, unless these went to another file."""
    now = {name for change in changes.files for name in _definitions(change.after)}
    for change in changes.files:
        had = _definitions(change.before)
        gone = had - now
        if len(had) >= _FEW and len(gone) > len(had) * _HALF:
            names = ", ".join(sorted(gone)[:3])
            yield refused(
                "lost-definitions", change.path, f"lost {len(gone)} of {len(had)} definitions: {names}"
            )


def _definitions(content: bytes | None) -> set[str]:
    return {one or other for one, other in _DEFINITION.findall((content or b"").decode(errors="replace"))}
