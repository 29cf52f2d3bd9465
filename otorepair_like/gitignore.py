"""Decide which files ``.gitignore`` files exclude, for folders without git.

The rules are those of gitignore(5): the last matching pattern of the deepest file wins, ``!`` re-includes, a trailing
``/`` matches folders only, a ``/`` elsewhere anchors the pattern, ``**`` spans folders.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IgnoreRule:
    """One pattern of the ``.gitignore`` in the folder ``base`` (``""``: the root)."""

    base: str
    pattern: re.Pattern[str]
    negated: bool
    folders_only: bool

    def matches(self, path: str, is_folder: bool) -> bool:
        """Return whether the pattern matches ``path``."""
        if self.folders_only and not is_folder:
            return False
        return path.startswith(self.base) and self.pattern.fullmatch(path[len(self.base) :]) is not None


def parse(text: str, folder: str) -> tuple[IgnoreRule, ...]:
    """Return the rules of the ``.gitignore`` in ``folder`` (relative; ``""``: the root)."""
    base = f"{folder}/" if folder else ""
    rules = []
    for raw in text.splitlines():
        line = re.sub(r"(?<!\\)\s+$", "", raw)
        if not line or line.startswith("#"):
            continue
        negated = line.startswith("!")
        line = line[1:] if negated else line
        folders_only = line.endswith("/")
        line = line.rstrip("/")
        if line:
            rules.append(IgnoreRule(base, re.compile(_expression(line)), negated, folders_only))
    return tuple(rules)


def ignored(path: str, is_folder: bool, rules: tuple[IgnoreRule, ...]) -> bool:
    """Return whether ``rules`` (shallowest file first) ignore ``path``; the caller checks its parents."""
    for rule in reversed(rules):
        if rule.matches(path, is_folder):
            return not rule.negated
    return False


def _expression(pattern: str) -> str:
    anchored = "/" in pattern
    pattern = pattern.removeprefix("/")
    out = "" if anchored else "(?:.*/)?"
    at = 0
    while at < len(pattern):
        rest = pattern[at:]
        if rest.startswith("**/"):
            out, at = out + "(?:.*/)?", at + 3
        elif rest == "**":
            out, at = out + ".*", at + 2
        elif rest[0] == "*":
            out, at = out + "[^/]*", at + 1
        elif rest[0] == "?":
            out, at = out + "[^/]", at + 1
        elif match := re.match(r"\[(!|\^)?(\]?[^\]/]*)\]", rest):
            inside = match[2].replace("\\", "\\\\")
            out, at = out + f"[{'^' if match[1] else ''}{inside}]", at + match.end()
        else:
            literal = rest[1] if rest[0] == "\\" and len(rest) > 1 else rest[0]
            out, at = out + re.escape(literal), at + (2 if rest[0] == "\\" and len(rest) > 1 else 1)
    return out
