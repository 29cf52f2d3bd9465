"""Words in quotes: template names, endpoints, columns. They are found by word and edited inside their quotes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from otorepair_like.recipes.case import Case
from otorepair_like.recipes.project import is_test
from otorepair_like.recipes.python.source import Edit
from otorepair_like.recipes.recipe import Candidate, Finding, Risk
from otorepair_like.recipes.spelling import completed, nearest

TEMPLATES = (".html", ".jinja", ".jinja2", ".j2", ".txt", ".xml")


def written(
    case: Case, word: str, endings: tuple[str, ...] = (".py", *TEMPLATES), before: str = ""
) -> list[tuple[str, int]]:
    """Return files and offsets of quoted texts that are exactly ``word`` and follow ``before``, without tests."""
    pattern = re.compile(rf"{before}['\"](?P<word>{re.escape(word)})(?=['\"])")
    return list(_places(case, pattern, endings))


def _places(case: Case, pattern: re.Pattern[str], endings: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    """Yield files and offsets of a pattern in files with these endings."""
    for file in case.project.files:
        if file.endswith(endings) and not is_test(file):
            source = case.project.source(file)
            for match in pattern.finditer(source.text if source else ""):
                yield file, match.start("word")


def corrected(
    case: Case, wrong: str, known: set[str], what: str, before: str = ""
) -> Iterator[Candidate | Finding]:
    """Correct a quoted word to the one near known word, everywhere it stands.

    Args:
        wrong: the unknown word.
        known: the words that are valid.
        what: what kind of word it is, for the person, such as ``template``.
        before: pattern of the code before the quote; a word of several kinds is edited only there.
    """
    near = nearest(wrong, known, styles=False) or completed(wrong, known)
    places = written(case, wrong, before=before)
    if len(near) > 1:
        yield Finding(f"no {what} {wrong!r}; {' and '.join(map(repr, near))} are equally near")
    elif near and places:
        edits = tuple(Edit(file, at, at + len(wrong), near[0]) for file, at in places)
        yield Candidate(f"{what} {wrong!r} -> {near[0]!r}", f"the only near {what}", 0.9, edits, Risk.LOW)
    else:
        yield Finding(f"no {what} {wrong!r}, nor one near it")


def template_names(case: Case) -> set[str]:
    """Return the names of the project's templates."""
    names = set()
    for file in case.project.files:
        parts = f"/{file}".split("/templates/")
        if len(parts) > 1:
            names.add(parts[-1])
    return names


def keyword_names(case: Case, functions: tuple[str, ...], template: str = "") -> set[str]:
    """Return the names passed to templates: keywords and literal dictionary keys in calls of these functions.

    Args:
        template: read only the calls that name this template; read all if none does.
    """
    names: set[str] = set()
    handed: set[str] = set()
    for file in case.project.python_files:
        source = case.project.source(file)
        for call in source.find(ast.Call) if source else ():
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name not in functions:
                continue
            given = {each.arg for each in call.keywords if each.arg}
            dicts = [
                each for each in (*call.args, *(k.value for k in call.keywords)) if isinstance(each, ast.Dict)
            ]
            keys = [key for each in dicts for key in each.keys if isinstance(key, ast.Constant)]
            given.update(str(key.value) for key in keys)
            names |= given
            if template and any(isinstance(a, ast.Constant) and a.value == template for a in call.args):
                handed |= given
    return handed or names
