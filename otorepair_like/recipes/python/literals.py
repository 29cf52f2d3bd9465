"""Words in quotes: template names, endpoints, columns. They are found by word and edited inside their quotes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from otorepair_like.recipes.case import Case
from otorepair_like.recipes.project import is_test
from otorepair_like.recipes.python.source import Edit
from otorepair_like.recipes.recipe import Candidate, Finding, Risk
from otorepair_like.recipes.spelling import completions, nearest

TEMPLATE_SUFFIXES = (".html", ".jinja", ".jinja2", ".j2", ".txt", ".xml")


def find_quoted(
    case: Case, word: str, endings: tuple[str, ...] = (".py", *TEMPLATE_SUFFIXES), before: str = ""
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


def correct_quoted(
    case: Case, wrong: str, known: set[str], what: str, before: str = ""
) -> Iterator[Candidate | Finding]:
    """Correct a quoted word to the one near known word, everywhere it stands.

    Args:
        wrong: the unknown word.
        known: the words that are valid.
        what: what kind of word it is, for the person, such as ``template``.
        before: pattern of the code before the quote; a word of several kinds is edited only there.
    """
    near = nearest(wrong, known, styles=False) or completions(wrong, known)
    places = find_quoted(case, wrong, before=before)
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


def template_variables(case: Case, functions: tuple[str, ...], template: str = "") -> set[str]:
    """Return the names passed to templates: keywords and literal dictionary keys in calls of these functions.

    Args:
        template: read only the calls that name this template; read all if none does.
    """
    names: set[str] = set()
    to_template: set[str] = set()
    for file in case.project.python_files:
        source = case.project.source(file)
        for call in source.find(ast.Call) if source else ():
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name not in functions:
                continue
            passed = {keyword.arg for keyword in call.keywords if keyword.arg}
            dicts = [
                value
                for value in (*call.args, *(keyword.value for keyword in call.keywords))
                if isinstance(value, ast.Dict)
            ]
            keys = [key for dictionary in dicts for key in dictionary.keys if isinstance(key, ast.Constant)]
            passed.update(str(key.value) for key in keys)
            names |= passed
            if template and any(isinstance(a, ast.Constant) and a.value == template for a in call.args):
                to_template |= passed
    return to_template or names
