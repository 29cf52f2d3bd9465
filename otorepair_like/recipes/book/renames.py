"""A word that changed since the program last ran well: undo a slip, finish a half-done rename."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from otorepair_like.recipes.case import Case, Place
from otorepair_like.recipes.python import scope
from otorepair_like.recipes.python.source import Edit, Source, rename_attribute
from otorepair_like.recipes.recent_edits import WordChange, slips_since_healthy, word_changes
from otorepair_like.recipes.recipe import Candidate, Risk, recipe
from otorepair_like.recipes.spelling import count_slips

_MISSING: Final = re.compile(
    r"name '(\w+)' is not defined|.* has no attribute '(\w+)'|cannot import name '(\w+)' from .*"
    r"|[\w.<>]+\(\) got an unexpected keyword argument '(\w+)'|'(\w+)'",
    re.DOTALL,
)
"""Messages that name the missing thing; the last is a ``KeyError``'s."""
_AS_IT_STOOD: Final = "so it stood when it last ran well"


@recipe("changed-word", example='limit = cofnig["max"], which was config["max"] when it last ran well')
def changed_word(case: Case) -> Iterator[Candidate]:
    """Undo a slip of the keyboard in the latest changes."""
    if not case.project.healthy:
        return
    named = {*re.findall(r"['\"](\w+)['\"]", case.message), case.message}
    changed = [change for change in word_changes(case.project) if change.new in named]
    if len(changed) == 1 and count_slips(changed[0].new, changed[0].old) is not None:
        yield _restore(changed[0])


@recipe("changed-line", example='row["fullname"], which was row["full name"] when it last ran well')
def changed_line(case: Case) -> Iterator[Candidate]:
    """Restore a failing line in which only a slip changed the text that the message names, spaces included."""
    place = case.place
    before = case.project.healthy_source(place.source.path) if place else None
    named = {text for text in re.findall(r"['\"]([^'\"]+)['\"]", case.message) if len(text) > 1}
    for edit in slips_since_healthy(before, place.source) if place and before else ():
        new = place.source.text[edit.start : edit.end] if place else ""
        on_line = place and place.source.line_of(edit.start) <= place.line <= place.source.line_of(edit.end)
        if on_line and any(text in new and text not in edit.text for text in named):
            yield Candidate(f"{edit.text.strip()} again", _AS_IT_STOOD, 0.97, (edit,))


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
    return Candidate(f"{swap.new} -> {swap.old}", _AS_IT_STOOD, 0.97, (edit,), Risk.LOW)


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
        for use in _same_holder(case, place, old):
            yield rename_attribute(source, use, new)


def _same_holder(case: Case, place: Place, old: str) -> Iterator[ast.Attribute]:
    """Yield the reads of the attribute on what failed; none, if the failing line reads it of objects of two types."""
    source = place.source
    reads = [use for use in place.nodes(ast.Attribute) if use.attr == old and isinstance(use.ctx, ast.Load)]
    owner = re.match(r"'(\w+)' object has no attribute", case.message)
    if owner:
        # ``form.about_me`` was renamed; ``current_user.about_me`` beside it was not
        reads = [use for use in reads if _type_of(place, use) in ("", owner[1])]
    holders = {ast.dump(use.value): _made_by(source, use) for use in reads}
    if len(holders) != 1:
        return
    for use in source.find(ast.Attribute):
        made_by = holders.get(ast.dump(use.value)) if use.attr == old else None
        if made_by is not None and _made_by(source, use) in ("", made_by):
            yield use


def _type_of(place: Place, use: ast.Attribute) -> str:
    """Return the reported type of the variable whose attribute is read; ``""`` if it was not reported."""
    name = use.value.id if isinstance(use.value, ast.Name) else ""
    return place.types.get(name, "").rpartition(".")[2]


def _made_by(source: Source, use: ast.Attribute) -> str:
    """Return the callable whose result the variable holds in this function: ``Form`` for ``form = Form()``."""
    name = use.value.id if isinstance(use.value, ast.Name) else ""
    home = scope.enclosing_function(source, use)
    calls = {
        source.code(node.value.func)
        for node in source.find(ast.Assign)
        if isinstance(node.value, ast.Call)
        and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
        and scope.enclosing_function(source, node) is home
    }
    return calls.pop() if len(calls) == 1 else ""


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
