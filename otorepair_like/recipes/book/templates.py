"""Templates: a misspelt template name, a variable nobody passes, an unknown tag of Jinja2."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from otorepair_like.recipes.case import Case
from otorepair_like.recipes.python.known_names import word_list
from otorepair_like.recipes.python.literals import (
    TEMPLATE_SUFFIXES,
    correct_quoted,
    find_quoted,
    template_names,
    template_variables,
)
from otorepair_like.recipes.python.source import Edit, Source
from otorepair_like.recipes.recipe import Candidate, Finding, recipe
from otorepair_like.recipes.spelling import nearest

_FILTERS: Final = frozenset(
    word_list(
        """abs attr batch capitalize center default dictsort escape filesizeformat first float forceescape format
        groupby indent int items join last length list lower map max min pprint random reject rejectattr replace
        reverse round safe select selectattr slice sort string striptags sum title tojson trim truncate unique upper
        urlencode urlize wordcount wordwrap xmlattr"""
    )
)
_TAGS: Final = frozenset(
    word_list(
        """for endfor if elif else endif block endblock extends include import from macro endmacro call endcall
        filter endfilter set endset with endwith raw endraw autoescape endautoescape"""
    )
)


@recipe(
    "template-name",
    "TemplateNotFound",
    "TemplateDoesNotExist",
    example="render('indx.html') -> render('index.html')",
)
def template_name(case: Case) -> Iterator[Candidate | Finding]:
    """Correct a misspelt template name, or add its missing folder."""
    wrong = case.message.split(" ")[0].strip("'\",")
    if not re.fullmatch(r"[\w./-]+\.\w+", wrong):
        return
    known = template_names(case)
    inside = [name for name in known if name.endswith(f"/{wrong}")]
    places = find_quoted(case, wrong)
    if len(inside) == 1 and places:
        edits = tuple(Edit(file, at, at + len(wrong), inside[0]) for file, at in places)
        yield Candidate(f"template {wrong!r} -> {inside[0]!r}", "the only one of that name", 0.9, edits)
        return
    ending = wrong.rpartition(".")[2]
    yield from correct_quoted(
        case, wrong, {name for name in known if name.endswith(f".{ending}")}, "template"
    )


@recipe("template-variable", "UndefinedError", example="{{ usr.name }} -> {{ user.name }}")
def template_variable(case: Case) -> Iterator[Candidate | Finding]:
    """Correct a name in a Jinja2 template to the one near name that is passed to it."""
    match = case.match(r"'(\w+)' is undefined")
    if not match:
        return
    wrong = match[1]
    at = case.place
    template = at.source if at and at.source.path.endswith(TEMPLATE_SUFFIXES) else None
    functions = ("render_template", "render", "TemplateResponse", "render_template_string")
    handed = template_variables(
        case, functions, template.path.rpartition("templates/")[2] if template else ""
    )
    if template and (imported := _macro(case, template, wrong)):
        yield imported
        return
    local_names = set(re.findall(r"\{%-?\s*(?:for|set)\s+(\w+)", template.text)) if template else set()
    near = nearest(wrong, handed | local_names)
    pattern = rf"(?<=[{{%\s(|,]){wrong}(?!\w)"
    places = (
        [m for m in re.finditer(pattern, template.text) if _in_code(template.text, m.start())]
        if template
        else []
    )
    if template and len(near) == 1 and places:
        edits = tuple(Edit(template.path, match.start(), match.end(), near[0]) for match in places)
        yield Candidate(f"{wrong} -> {near[0]}", "the only near name the template is given", 0.9, edits)
    else:
        detail = f"; {' and '.join(near)} are equally near" if len(near) > 1 else ""
        yield Finding(f"the template is given no {wrong}{detail}")


@recipe("template-value", "TypeError", example="a template that hands on what nobody gave it is named")
def undefined_value(case: Case) -> Iterator[Finding]:
    """Report the template line that passes an undefined value to a filter or function."""
    if not re.search(r"'(?:Strict)?Undefined'", case.message):
        return
    at = next((place for place in case.places if place.source.path.endswith(TEMPLATE_SUFFIXES)), None)
    if at:
        code = at.source.line(at.line).strip()
        yield Finding(
            f"a value in {code[:80]!r} is undefined: what it is read from is None or lacks it ({at})"
        )


def _macro(case: Case, template: Source, wrong: str) -> Candidate | None:
    """Correct the name of a macro in an import: the other template has ``badge``, which is used here."""
    for match in re.finditer(r"\{%-?\s*from\s+['\"]([\w./-]+)['\"]\s+import\s+([\w ,]+)", template.text):
        files = [file for file in case.project.files if file.endswith(f"templates/{match[1]}")]
        texts = [case.project.read(file) or "" for file in files]
        macros = {name for text in texts for name in re.findall(r"\{%-?\s*macro\s+(\w+)", text)}
        for name in re.finditer(r"\w+", match[2]):
            if wrong in macros and name[0] not in macros and nearest(name[0], [wrong]):
                at = match.start(2) + name.start()
                edit = Edit(template.path, at, at + len(name[0]), wrong)
                return Candidate(f"import {wrong}", f"{match[1]} has that macro", 0.92, (edit,))
    return None


def _in_code(text: str, at: int) -> bool:
    """Return whether a place of a template is inside ``{{ }}`` or ``{% %}``."""
    opened = max(text.rfind("{{", 0, at), text.rfind("{%", 0, at))
    return opened >= 0 and max(text.rfind("}}", opened, at), text.rfind("%}", opened, at)) < 0


@recipe(
    "jinja-tag",
    "TemplateSyntaxError",
    "TemplateAssertionError",
    "TemplateRuntimeError",
    example="{% endfro %} -> {% endfor %}",
)
def jinja_tag(case: Case) -> Iterator[Candidate | Finding]:
    """Correct a misspelt tag or filter of Jinja2; report a block without an end."""
    if block := _open_block(case):
        yield Finding(f"a block '{block}' of the template has no end; where it should end is not told")
        return
    tag = case.match(r"Encountered unknown tag '(\w+)'\..*")
    match = tag or case.match(r"No filter named '(\w+)'\.?.*")
    if not match:
        return
    wrong = match[1]
    expected = set(re.findall(r"'(end\w+|else|elif)'", case.message))
    near = nearest(wrong, expected or _TAGS if tag else _FILTERS | set(_own_filters(case)), styles=False)
    pattern = re.compile(rf"(?<=%)-?\s*{wrong}\b" if tag else rf"\|\s*{wrong}\b")
    templates = (case.project.source(file) for file in case.project.files if file.endswith(TEMPLATE_SUFFIXES))
    places = [(source, place) for source in templates if source for place in pattern.finditer(source.text)]
    if len(near) == 1 and places:
        edits = tuple(
            Edit(source.path, place.end() - len(wrong), place.end(), near[0]) for source, place in places
        )
        yield Candidate(f"{wrong} -> {near[0]}", "the only near one of Jinja2's", 0.9, edits)
    else:
        yield Finding(f"Jinja2 knows no {'tag' if tag else 'filter'} {wrong}")


def _open_block(case: Case) -> str:
    """Return the kind of a block without an end; ``""`` if the message is about something else."""
    # ``{% for x in xs %} … {% endblock %}``; ``{% endfro %}`` is a slip and not the end of another block
    end = re.match(r"Encountered unknown tag '(end\w+)'", case.message)
    open_block = re.search(
        r"currently looking for '(end\w+)'.* block that needs to be closed is '(\w+)'", case.message
    )
    if open_block and end and end[1] in _TAGS and not nearest(end[1], [open_block[1]]):
        return open_block[2]
    # ``{% for x in xs %} …``
    unexpected_end = case.match(
        r"Unexpected end of template\. .*The innermost block that needs to be closed is '(\w+)'\."
    )
    return unexpected_end[1] if unexpected_end else ""


def _own_filters(case: Case) -> Iterator[str]:
    """Yield the filters that the project adds to Jinja2's."""
    for file in case.project.mentions("filters") | case.project.mentions("template_filter"):
        text = case.project.read(file) or ""
        yield from re.findall(r"\.filters\[['\"](\w+)['\"]\]", text)
        yield from re.findall(r"(?:template_filter|add_template_filter)\([^)'\"]*['\"](\w+)['\"]", text)
        yield from re.findall(r"template_filter\(\)\s*\n\s*def\s+(\w+)", text)
