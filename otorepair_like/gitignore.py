"""Which files belong to a workspace where git cannot be asked: the rules of ``.gitignore`` files.

Rules as in gitignore(5): the last matching pattern of the deepest file wins, ``!`` takes back, a trailing
``/`` means folders only, a ``/`` elsewhere anchors, ``**`` spans folders.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IgnoreRule:
    """One pattern of a ``.gitignore`` in folder ``base`` (``""`` = the root)."""

    base: str
    pattern: re.Pattern[str]
    negated: bool
    folders_only: bool

    def matches(self, path: str, is_folder: bool) -> bool:
        """Whether it speaks about ``path``."""
        if self.folders_only and not is_folder:
            return False
        return path.startswith(self.base) and self.pattern.fullmatch(path[len(self.base) :]) is not None


def parse(text: str, folder: str) -> tuple[IgnoreRule, ...]:
    """The rules of one ``.gitignore`` that lies in ``folder`` (relative, ``""`` = the root)."""
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
    """Whether ``rules`` (shallowest file first) ignore ``path`` itself; its parents are the walker's
    business.
    """
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
        elif found := re.match(r"\[(!|\^)?(\]?[^\]/]*)\]", rest):
            inside = found[2].replace("\\", "\\\\")
            out, at = out + f"[{'^' if found[1] else ''}{inside}]", at + found.end()
        else:
            literal = rest[1] if rest[0] == "\\" and len(rest) > 1 else rest[0]
            out, at = out + re.escape(literal), at + (2 if rest[0] == "\\" and len(rest) > 1 else 1)
    return out
