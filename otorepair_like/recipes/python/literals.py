"""Words the project writes as text: template names, endpoints, columns. Found by word, edited in their quotes."""

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
    """Files and offsets where a quoted text is exactly ``word`` and stands behind ``before``, tests left out."""
    pattern = re.compile(rf"{before}['\"](?P<word>{re.escape(word)})(?=['\"])")
    return list(_places(case, pattern, endings))


def _places(case: Case, pattern: re.Pattern[str], endings: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    for file in case.project.files:
        if file.endswith(endings) and not is_test(file):
            source = case.project.source(file)
            for match in pattern.finditer(source.text if source else ""):
                yield file, match.start("word")


def corrected(
    case: Case, wrong: str, known: set[str], what: str, before: str = ""
) -> Iterator[Candidate | Finding]:
    """Correct a quoted word to the one near known one, wherever it is written.

    Args:
        wrong: the word that means nothing.
        known: the words that would have meant something.
        what: what kind of word it is, for the person, such as ``template``.
        before: pattern of what stands before the quote where the word is of that kind; a word may be of several.
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
    """Names under which the project's templates are found."""
    names = set()
    for file in case.project.files:
        parts = f"/{file}".split("/templates/")
        if len(parts) > 1:
            names.add(parts[-1])
    return names


def keyword_names(case: Case, functions: tuple[str, ...], template: str = "") -> set[str]:
    """Names handed to templates: keywords and literal keys of dictionaries given to calls of these functions.

    Args:
        template: only calls that name this template; all, where none does.
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
