"""A word that changed since the program last ran well: undo a slip, finish a half-done rename."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from otorepair_like.recipes.case import Case, Place
from otorepair_like.recipes.python import scope
from otorepair_like.recipes.python.source import Edit, Source, rename_attribute
from otorepair_like.recipes.recent_edits import WordChange, word_changes
from otorepair_like.recipes.recipe import Candidate, Risk, recipe
from otorepair_like.recipes.spelling import count_slips

_MISSING: Final = re.compile(
    r"name '(\w+)' is not defined|.* has no attribute '(\w+)'|cannot import name '(\w+)' from .*"
    r"|[\w.<>]+\(\) got an unexpected keyword argument '(\w+)'|'(\w+)'",
    re.DOTALL,
)
"""Messages that name the missing thing; the last is a ``KeyError``'s."""


@recipe("changed-word", example='limit = cofnig["max"], which was config["max"] when it last ran well')
def changed_word(case: Case) -> Iterator[Candidate]:
    """Undo a slip of the keyboard in the latest changes."""
    if not case.project.healthy:
        return
    named = {*re.findall(r"['\"](\w+)['\"]", case.message), case.message}
    changed = [change for change in word_changes(case.project) if change.new in named]
    if len(changed) == 1 and count_slips(changed[0].new, changed[0].old) is not None:
        yield _restore(changed[0])


@recipe(
    "half-renamed",
    *("NameError", "AttributeError", "ImportError", "TypeError", "KeyError"),
    example="def total() became def grand_total() -> total() becomes grand_total()",
)
def half_renamed(case: Case) -> Iterator[Candidate]:
    """Finish a rename: the definition of the missing name got another name since the program last ran well."""
    match = _MISSING.fullmatch(case.message)
    place = case.place
    if not match or not place or not case.project.healthy:
        return
    missing = next(filter(None, match.groups()))
    changed = [change for change in word_changes(case.project) if change.old == missing]
    if len({change.new for change in changed}) != 1:
        return
    new = changed[0].new
    alone = sum(case.project.mentions(new).values()) == 1
    if alone and count_slips(new, missing) is not None:
        yield _restore(changed[0])
        return
    edits = tuple(_uses(case, place, missing, new))
    if edits and new not in scope.BUILTINS:
        yield Candidate(f"{missing} -> {new}", "it was renamed since it last ran well", 0.95, edits)


def _restore(swap: WordChange) -> Candidate:
    """Restore the earlier word."""
    edit = Edit(swap.source.path, swap.start, swap.start + len(swap.new), swap.old)
    return Candidate(
        f"{swap.new} -> {swap.old}", "so it stood when it last ran well", 0.97, (edit,), Risk.LOW
    )


def _uses(case: Case, place: Place, old: str, new: str) -> Iterator[Edit]:
    """Yield edits for the uses of the old name that fail with this one."""
    source = place.source
    if case.type == "NameError":
        yield from (source.replace(node, new) for node in scope.unbound_names(source) if node.id == old)
    elif case.type == "ImportError":
        yield from _rename_import(source, place.line, old, new)
    elif case.type == "TypeError":
        for call in place.nodes(ast.Call):
            yield from (
                _replace_first_word(source, keyword, old, new)
                for keyword in call.keywords
                if keyword.arg == old
            )
    elif case.type == "KeyError":
        for node in place.nodes(ast.Subscript):
            if isinstance(node.slice, ast.Constant) and node.slice.value == old:
                start, end = source.span(node.slice)
                yield source.replace_range(start + 1, end - 1, new)
    else:
        holders = {ast.dump(use.value) for use in place.nodes(ast.Attribute) if use.attr == old}
        for use in source.find(ast.Attribute):
            if use.attr == old and ast.dump(use.value) in holders:
                yield rename_attribute(source, use, new)


def _rename_import(source: Source, line: int, old: str, new: str) -> Iterator[Edit]:
    """Rename in the import, and in the file's uses unless the import gives the name an alias."""
    for node in source.find(ast.ImportFrom, line):
        for alias in node.names:
            if alias.name == old:
                yield _replace_first_word(source, alias, old, new)
                if not alias.asname:
                    yield from (source.replace(use, new) for use in source.find(ast.Name) if use.id == old)


def _replace_first_word(source: Source, node: ast.AST, old: str, new: str) -> Edit:
    """Replace the word that ``node`` begins with."""
    start = source.span(node)[0]
    return source.replace_range(start, start + len(old), new)
