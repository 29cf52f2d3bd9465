"""Paths as a file system may read them, and patterns of paths."""

from __future__ import annotations

import functools
import re
import unicodedata

# Characters that HFS+ leaves out when it compares names (Apple TN1150), and others that show as nothing.
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\u00ad]")


def folded(path: str) -> str:
    """Return ``path`` as a file system reads it that ignores case and Unicode form; for comparing only."""
    visible = _INVISIBLE.sub("", unicodedata.normalize("NFKC", path))
    parts = (part.rstrip(" .") or part for part in visible.casefold().replace("\\", "/").split("/"))
    return "/".join(part.split(":")[0] if part.startswith(".git:") else part for part in parts)


def problem(path: str) -> str:
    """Return why ``path`` is no honest relative path inside a workspace; ``""`` if it is one."""
    if not path or path.startswith(("/", "~")) or re.match(r"[A-Za-z]:", path):
        return "leads out of the workspace"
    if ".." in path.replace("\\", "/").split("/"):
        return "leads out of the workspace"
    if any(part in ("", ".") for part in path.split("/")):
        return "is not in its simplest form"
    if "\\" in path or any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co") for c in path):
        return "contains misleading characters"
    return ""


def of_git(path: str) -> str:
    """Return a reason if ``path`` is one of git's own files; ``""`` if it is none."""
    return "is one of git's own files" if ".git" in folded(path).split("/") else ""


def matches(path: str, patterns: tuple[str, ...]) -> bool:
    """Return whether ``path``, folded, matches one of ``patterns`` (``**/`` spans folders, also none)."""
    return _compiled(patterns).fullmatch(folded(path)) is not None


@functools.lru_cache(maxsize=32)
def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(_expression, patterns)) or r"(?!)")


def _expression(pattern: str) -> str:
    out = ""
    for token in re.findall(r"\*\*/|\*\*|\*|\?|[^*?]+", pattern.casefold()):
        out += {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(token, re.escape(token))
    return f"(?:{out})"
