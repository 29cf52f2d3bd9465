"""Files besides the sources that decide what runs or is read: those of the command, of ``--verify``, and data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from otorepair_like.guard.changed_lines import is_document, is_python
from otorepair_like.guard.finding import GuardFinding, asked
from otorepair_like.guard.parsing import syntax_error
from otorepair_like.guard.place import ChangePlace
from otorepair_like.guard.policy import TESTS
from otorepair_like.guard.rules.text_tokens import leftover
from otorepair_like.workspace import paths
from otorepair_like.workspace.change_set import ChangeSet, FileChange

SOURCE: Final = (
    ".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".vue", ".svelte", ".go", ".java", ".kt", ".cs",
    ".php", ".rs", ".swift", ".dart", ".scala", ".c", ".cc", ".cpp", ".h", ".rb", ".ex", ".exs", ".lua", ".pl", ".sh",
    ".bash", ".zsh", ".sql", ".html", ".jinja", ".jinja2", ".j2", ".tpl", ".mustache", ".hbs", ".ejs", ".erb",
)  # fmt: skip
"""Kinds of files that hold code, besides Python."""

_RECIPES: Final = re.compile(
    r"(?i)(^|/)(makefile|gnumakefile|justfile|procfile[^/]*|dockerfile[^/]*|taskfile\.ya?ml)$"
)
"""Files that say what is run."""

_LOOKS: Final = (".css", ".scss", ".svg", ".po", ".pot", ".less")
"""Kinds of files in which no failure can be hidden."""


def surroundings(changes: ChangeSet, place: ChangePlace) -> Iterator[GuardFinding]:
    """Yield what happens to files that are no Python but that the program is made of, runs by or reads."""
    for change in changes.files:
        new_test = change.before is None and paths.matches(change.path, TESTS)
        if new_test or is_document(change.path) or change.path.lower().endswith(_LOOKS):
            continue
        if change.path in place.verify:
            yield asked("command", change.path, "a command that is to prove the repair runs this file", 1)
        elif change.after is None:
            yield asked("value", change.path, "the file is removed")
        elif is_python(change, place.scripts):
            yield from _python(change, place)
        elif change.before is None:
            yield asked("data", change.path, "a new file that the program may read", 1)
        elif said := leftover(change, place):
            yield _told(change, said, place)


def _python(change: FileChange, place: ChangePlace) -> Iterator[GuardFinding]:
    """Yield what speaks against Python that could not be read before: more than what its syntax needed."""
    if (
        change.before is not None
        and syntax_error("a.py", change.before)
        and (said := leftover(change, place))
    ):
        yield asked("value", change.path, f"more changes than its syntax: {said[0]}", said[1])


def _told(change: FileChange, said: tuple[str, int], place: ChangePlace) -> GuardFinding:
    what, line = said
    if _RECIPES.search(change.path) or (change.path in place.command and not _is_source(change.path)):
        return asked("command", change.path, f"it decides what is run, and changes: {what}", line)
    if _is_source(change.path):
        return asked("value", change.path, f"near the failure: {what}", line)
    return asked("data", change.path, f"what the program reads changes, not the program: {what}", line)


def _is_source(path: str) -> bool:
    return path.lower().endswith(SOURCE) and not path.endswith((".sh", ".bash", ".zsh"))
