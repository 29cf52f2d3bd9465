"""Django's template language: tags, filters and their libraries."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from otorepair_like.recipes.case import Case
from otorepair_like.recipes.python.known_names import word_list
from otorepair_like.recipes.python.source import Edit
from otorepair_like.recipes.recipe import Candidate, Finding, recipe
from otorepair_like.recipes.spelling import nearest

LIBRARIES = {
    "static": "static get_static_prefix get_media_prefix",
    "i18n": "trans translate blocktrans blocktranslate get_current_language language",
    "l10n": "localize unlocalize",
    "tz": "localtime timezone get_current_timezone",
    "cache": "cache",
    "humanize": "intcomma intword naturaltime naturalday ordinal apnumber",
}
"""Django's own tag libraries and their tags."""


@recipe("django-tag", "TemplateSyntaxError", example="{% static … %} -> {% load static %} first")
def template_tag(case: Case) -> Iterator[Candidate | Finding]:
    """Load the library of a tag or filter, or correct a misspelt one."""
    tag = case.match(r"Invalid block tag on line (\d+): '(\w+)'(?:, expected (.+?))?\. Did you forget.*")
    filtered = case.match(r"Invalid filter: '(\w+)'")
    library = case.match(r"'(\w+)' is not a registered tag library\. Must be one of:\s*(.*)")
    if library:
        yield from _correct_word(
            case,
            rf"load[^%]*\b{library[1]}\b",
            library[1],
            set(library[2].split()) | set(_libraries(case)),
            "tag library",
        )
    elif tag or filtered:
        name = tag[2] if tag else filtered[1] if filtered else ""
        expected = set(re.findall(r"'(\w+)'", tag[3] or "")) if tag else set()
        pattern = rf"\{{%-?\s*{name}\b" if tag else rf"\|\s*{name}\b"
        loaded = [library for library, words in _libraries(case).items() if name in words.split()]
        if len(loaded) == 1:
            yield from _load_library(case, pattern, loaded[0])
        else:
            yield from _correct_word(
                case,
                pattern,
                name,
                expected or _BUILTIN_TAGS if tag else _BUILTIN_FILTERS,
                "tag" if tag else "filter",
            )


_BUILTIN_TAGS = set(
    word_list(
        """autoescape block comment csrf_token cycle debug extends filter firstof for if ifchanged include load lorem
        now querystring regroup resetcycle spaceless templatetag url verbatim widthratio with else elif empty endfor
        endif endblock endwith endcomment"""
    )
)
_BUILTIN_FILTERS = set(
    word_list(
        """add addslashes capfirst center cut date default default_if_none dictsort divisibleby escape escapejs first
        floatformat force_escape get_digit iriencode join json_script last length linebreaks linebreaksbr linenumbers
        ljust lower make_list phone2numeric pluralize pprint random rjust safe safeseq slice slugify striptags time
        timesince timeuntil title truncatechars truncatewords unordered_list upper urlencode urlize wordcount wordwrap
        yesno"""
    )
)


def _libraries(case: Case) -> dict[str, str]:
    """Return every tag library of Django and of the project, with the names it registers."""
    libraries = dict(LIBRARIES)
    for file in case.project.python_files:
        if "templatetags/" in file and not file.endswith("__init__.py"):
            source = case.project.source(file)
            names = (
                [node.name for node in source.find(ast.FunctionDef) if node.decorator_list] if source else []
            )
            libraries[file.rpartition("/")[2].removesuffix(".py")] = " ".join(names)
    return libraries


def _templates(case: Case, pattern: str) -> list[tuple[str, re.Match[str]]]:
    """Return the matches of a pattern in all templates."""
    texts = (
        (file, case.project.read(file) or "")
        for file in case.project.files
        if file.endswith((".html", ".txt"))
    )
    return [(file, match) for file, text in texts for match in re.finditer(pattern, text)]


def _load_library(case: Case, pattern: str, library: str) -> Iterator[Candidate | Finding]:
    """Add ``{% load … %}`` to the templates that use a library without loading it."""
    files = dict.fromkeys(file for file, _ in _templates(case, pattern))
    lacking = [
        file
        for file in files
        if not re.search(rf"\{{%\s*load[^%]*\b{library}\b", case.project.read(file) or "")
    ]
    edits = []
    for file in lacking:
        text = case.project.read(file) or ""
        loaded = re.search(r"\{%-?\s*load\s+(?![^%]*\bfrom\b)[\w .]*\w", text)
        if loaded:
            edits.append(Edit(file, loaded.end(), loaded.end(), f" {library}"))
            continue
        extends = re.match(r"\s*\{%-?\s*extends[^%]*%\}[ \t]*\r?\n?", text)
        at = extends.end() if extends else 0
        edits.append(Edit(file, at, at, f"{{% load {library} %}}\n"))
    if edits:
        yield Candidate(f"{{% load {library} %}}", "it holds that tag", 0.92, tuple(edits))


def _correct_word(
    case: Case, pattern: str, wrong: str, known: set[str], what: str
) -> Iterator[Candidate | Finding]:
    """Correct a word of the template language where it stands."""
    near = nearest(wrong, known, styles=False)
    places = _templates(case, pattern)
    if len(near) == 1 and places:
        edits = []
        for file, match in places:
            at = match.start() + match[0].rindex(wrong)
            edits.append(Edit(file, at, at + len(wrong), near[0]))
        yield Candidate(f"{what} {wrong} -> {near[0]}", f"the only near {what}", 0.9, tuple(edits))
    else:
        detail = f"; near: {' and '.join(near)}" if near else ""
        yield Finding(f"no {what} {wrong}{detail}")
