"""Selects the files of a change set that the failure can reach."""

from __future__ import annotations

import re
from typing import Final

from otorepair_like.guard.place import ChangePlace
from otorepair_like.workspace.change_set import ChangeSet, FileChange

_WORD: Final = re.compile(r"[^\W\d]\w*")
_AROUND: Final = re.compile(
    r"(?i)(^|/)(__init__|__main__|main|app|wsgi|asgi|server|index|urls|routes?|middlewares?|conftest|config|conf"
    r"|settings?(/.*)?|manage|handlers?|errors?|exceptions?|hooks?|sitecustomize)\.\w+$"
)
"""Files that stand around a program: they may register a handler for what another file fails in."""

_DEFINES: Final = re.compile(
    r"(?m)^\s*(?:export\s+|default\s+|async\s+)*(?:def|class|function|const|let|var)\s+(\w+)"
)
_NO_CODE: Final = re.compile(
    r"(?i)\.(json|ya?ml|toml|ini|cfg|conf|txt|csv|tsv|xml|html|jinja2?|j2|sql|sh|env)$|(^|/)[^./]+$"
)


def reachable(changes: ChangeSet, place: ChangePlace) -> ChangeSet:
    """Return the changes of files that the failure may be hidden in.

    These are the files of the stack trace and of the command, those whose names or definitions stand in them or that
    name them, directly or through other changed files, and what stands around a program or is no code. Where the trace
    names no file of the project, everything counts.
    """
    if not place.files:
        return changes
    words = set(place.words)
    stems = {_stem(path) for path in (*place.files, *place.command)}
    reached: set[str] = set()
    waiting = {change.path: change for change in changes.files}
    while found := [change for change in waiting.values() if _touches(change, words, stems, place)]:
        for change in found:
            del waiting[change.path]
            reached.add(change.path)
            stems.add(_stem(change.path))
            words |= _words(change)
    return ChangeSet(tuple(change for change in changes.files if change.path in reached))


def _touches(change: FileChange, words: set[str], stems: set[str], place: ChangePlace) -> bool:
    path = change.path
    if path in place.files or path in place.command or path in place.verify:
        return True
    if _AROUND.search(path) or _NO_CODE.search(path) or _stem(path) in words:
        return True
    defined = {name for side in (change.before, change.after) for name in _DEFINES.findall(_text(side))}
    return bool(defined & words) or bool(_words(change) & stems)


def _words(change: FileChange) -> set[str]:
    return set(_WORD.findall(_text(change.before))) | set(_WORD.findall(_text(change.after)))


def _text(side: bytes | None) -> str:
    return (side or b"").decode(errors="replace")


def _stem(path: str) -> str:
    parts = path.removesuffix("/__init__.py").split("/")
    return parts[-1].partition(".")[0]
