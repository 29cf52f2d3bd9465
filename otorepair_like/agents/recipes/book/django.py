"""Django: fields, URL names, apps, migrations, template tags."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator

from otorepair_like.agents.recipes.case import Case
from otorepair_like.agents.recipes.functions import called_name
from otorepair_like.agents.recipes.literals import corrected
from otorepair_like.agents.recipes.near import nearest
from otorepair_like.agents.recipes.recipe import Candidate, Finding, Risk, recipe
from otorepair_like.agents.recipes.source import Edit
from otorepair_like.agents.recipes.tables import listed


@recipe("django-field", "FieldError", example="Product.objects.filter(nmae=…) -> filter(name=…)")
def field_name(case: Case) -> Iterator[Candidate | Finding]:
    """A misspelt field in a query."""
    found = case.match(
        r"(?:Cannot resolve keyword|Invalid field name\(s\) given in select_related:) '(\w+)'(?: into field)?.*"
        r"[Cc]hoices are: (.+)"
    )
    if not found or not case.place:
        return
    wrong, known = found[1], {each.strip(" .'") for each in found[2].split(",")}
    near = nearest(wrong, known, styles=False)
    source = case.place.source
    if len(near) != 1:
        told = f"; {' and '.join(near)} are equally near" if near else ""
        yield Finding(f"no field {wrong}; there are: {', '.join(sorted(known))}{told} ({case.place})")
        return
    edits: list[Edit] = []
    for call in case.place.nodes(ast.Call):
        for each in call.keywords:
            if each.arg and each.arg.split("__")[0] == wrong:
                at = source.span(each)[0]
                edits.append(Edit(source.path, at, at + len(wrong), near[0]))
        for argument in call.args:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                at = source.text.find(wrong, source.span(argument)[0])
                said = argument.value.lstrip("-").split("__")[0] == wrong
                edits += [Edit(source.path, at, at + len(wrong), near[0])] if said else []
    if not edits:
        # A query runs where its result is first used, not where it was written.
        yield from corrected(case, wrong, known, "field")
    else:
        yield Candidate(
            f"field {wrong} -> {near[0]}", "a field of that model", 0.92, tuple(dict.fromkeys(edits))
        )


@recipe("django-update-field", "ValueError", example='save(update_fields=["veiws"]) -> ["views"]')
def update_field(case: Case) -> Iterator[Candidate | Finding]:
    """A misspelt field of an update."""
    found = case.match(r"The following fields do not exist in this model.*: (\w+)")
    if found:
        assigned = (
            each
            for file in case.project.mentions("models")
            if (source := case.project.source(file))
            for each in source.find(ast.Assign)
        )
        fields = {
            called_name(each.targets[0])
            for each in assigned
            if isinstance(each.value, ast.Call) and called_name(each.value.func).endswith(("Field", "Key"))
        }
        yield from corrected(case, found[1], fields, "field")


@recipe("django-url-name", "NoReverseMatch", example="{% url 'cart_detial' %} -> {% url 'cart_detail' %}")
def url_name(case: Case) -> Iterator[Candidate | Finding]:
    """A misspelt URL name."""
    found = case.match(r"Reverse for '([\w:.-]+)' not found\..*")
    if not found:
        namespace = case.match(r"'(\w+)' is not a registered namespace")
        if namespace:
            yield Finding(f"no URL namespace {namespace[1]}: include() it, or set app_name in its urls.py")
        return
    names: set[str] = set()
    for file in case.project.python_files:
        source = case.project.source(file)
        for call in source.find(ast.Call) if source else ():
            if called_name(call.func) in ("path", "re_path", "url"):
                given = [each.value for each in call.keywords if each.arg == "name"]
                names.update(str(each.value) for each in given if isinstance(each, ast.Constant))
    wrong = found[1]
    spaces = {f"{wrong.rpartition(':')[0]}:{name}" for name in names} if ":" in wrong else names
    yield from corrected(case, wrong, spaces, "URL name")


@recipe("django-app", "RuntimeError", example="'shop' is added to INSTALLED_APPS")
def app_not_installed(case: Case) -> Iterator[Candidate | Finding]:
    """A model of the project whose app is not among INSTALLED_APPS."""
    found = case.match(r"Model class ([\w.]+)\.models\.\w+ doesn't declare an explicit app_label.*")
    if not found:
        return
    app = found[1]
    for file in case.project.mentions("INSTALLED_APPS"):
        source = case.project.source(file)
        for node in source.find(ast.Assign) if source else ():
            if (
                source
                and called_name(node.targets[0]) == "INSTALLED_APPS"
                and isinstance(node.value, ast.List)
            ):
                last = node.value.elts[-1] if node.value.elts else None
                quote = source.code(last)[-1] if last else '"'
                text = f"{quote}{app}{quote}"
                if last is None:
                    edit = source.replace(node.value, f"[{text}]")
                else:
                    line = source.line(last.lineno)
                    alone = line.strip().startswith(("'", '"'))
                    blanks = line[: len(line) - len(line.lstrip())]
                    gap = f",{source.newline}{blanks}" if alone else ", "
                    edit = source.insert(source.span(last)[1], gap + text)
                yield Candidate(
                    f"{app!r} in INSTALLED_APPS", "the project's app with that model", 0.9, (edit,)
                )
                return
    yield Finding(f"the app {app} is not in INSTALLED_APPS, and where that is set is not plain")


@recipe(
    "django-on-delete", "TypeError", example="ForeignKey(User) -> ForeignKey(User, on_delete=models.CASCADE)"
)
def on_delete(case: Case) -> Iterator[Candidate | Finding]:
    """``on_delete`` as the project's other keys say it; else what Django took before it asked."""
    found = case.match(
        r"(?:ForeignKey|OneToOneField)\.?(?:__init__)?\(\) missing 1 required positional argument: 'on_delete'"
    )
    if not found or not case.place:
        return
    said: Counter[str] = Counter()
    for file in case.project.mentions("on_delete"):
        source = case.project.source(file)
        for call in source.find(ast.Call) if source else ():
            said.update(ast.unparse(each.value) for each in call.keywords if each.arg == "on_delete")
    if len(said) > 1:
        yield Finding(f"on_delete is missing, and the project uses {' and '.join(said)} ({case.place})")
        return
    source = case.place.source
    for call in case.place.nodes(ast.Call):
        if called_name(call.func) in ("ForeignKey", "OneToOneField"):
            prefix = source.code(call.func).rpartition(".")[0]
            value = next(iter(said), f"{prefix}.CASCADE" if prefix else "")
            if value:
                edit = source.insert(source.span(call)[1] - 1, f", on_delete={value}")
                why = "as the project's other keys" if said else "what Django did before it had to be said"
                yield Candidate(f"on_delete={value}", why, 0.8, (edit,), Risk.MEDIUM)


@recipe(
    "django-migration",
    "OperationalError",
    "ProgrammingError",
    example="no such table -> python manage.py migrate",
)
def missing_migration(case: Case) -> Iterator[Candidate | Finding]:
    """A table or column that a migration makes: the command is named, not run."""
    found = case.match(r"no such (?:table|column): (?:main\.)?([\w.]+).*")
    if (
        found
        and "manage.py" in case.project.files
        and any("django" in frame.file for frame in case.incident.frames)
    ):
        yield Finding(
            f"the database lacks {found[1]}: python manage.py makemigrations && python manage.py migrate"
        )


LIBRARIES = {
    "static": "static get_static_prefix get_media_prefix",
    "i18n": "trans translate blocktrans blocktranslate get_current_language language",
    "l10n": "localize unlocalize",
    "tz": "localtime timezone get_current_timezone",
    "cache": "cache",
    "humanize": "intcomma intword naturaltime naturalday ordinal apnumber",
}
"""Django's own tag libraries and what each holds."""


@recipe("django-tag", "TemplateSyntaxError", example="{% static … %} -> {% load static %} first")
def template_tag(case: Case) -> Iterator[Candidate | Finding]:
    """A tag or filter whose library is not loaded, or that is misspelt."""
    tag = case.match(r"Invalid block tag on line (\d+): '(\w+)'(?:, expected (.+?))?\. Did you forget.*")
    filtered = case.match(r"Invalid filter: '(\w+)'")
    library = case.match(r"'(\w+)' is not a registered tag library\. Must be one of:\s*(.*)")
    if library:
        yield from _word(
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
        loaded = [each for each, words in _libraries(case).items() if name in words.split()]
        if len(loaded) == 1:
            yield from _load(case, pattern, loaded[0])
        else:
            yield from _word(
                case,
                pattern,
                name,
                expected or _BUILTIN_TAGS if tag else _BUILTIN_FILTERS,
                "tag" if tag else "filter",
            )


_BUILTIN_TAGS = set(
    listed(
        """autoescape block comment csrf_token cycle debug extends filter firstof for if ifchanged include load lorem
        now querystring regroup resetcycle spaceless templatetag url verbatim widthratio with else elif empty endfor
        endif endblock endwith endcomment"""
    )
)
_BUILTIN_FILTERS = set(
    listed(
        """add addslashes capfirst center cut date default default_if_none dictsort divisibleby escape escapejs first
        floatformat force_escape get_digit iriencode join json_script last length linebreaks linebreaksbr linenumbers
        ljust lower make_list phone2numeric pluralize pprint random rjust safe safeseq slice slugify striptags time
        timesince timeuntil title truncatechars truncatewords unordered_list upper urlencode urlize wordcount wordwrap
        yesno"""
    )
)


def _libraries(case: Case) -> dict[str, str]:
    """Every tag library of Django and of the project, with what it registers."""
    found = dict(LIBRARIES)
    for file in case.project.python_files:
        if "templatetags/" in file and not file.endswith("__init__.py"):
            source = case.project.source(file)
            names = (
                [node.name for node in source.find(ast.FunctionDef) if node.decorator_list] if source else []
            )
            found[file.rpartition("/")[2].removesuffix(".py")] = " ".join(names)
    return found


def _templates(case: Case, pattern: str) -> list[tuple[str, re.Match[str]]]:
    """The templates in which a pattern stands, with each match."""
    texts = (
        (file, case.project.read(file) or "")
        for file in case.project.files
        if file.endswith((".html", ".txt"))
    )
    return [(file, match) for file, text in texts for match in re.finditer(pattern, text)]


def _load(case: Case, pattern: str, library: str) -> Iterator[Candidate | Finding]:
    """``{% load … %}`` at the top of the one template, below ``{% extends %}``, that uses the library without it."""
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


def _word(case: Case, pattern: str, wrong: str, known: set[str], what: str) -> Iterator[Candidate | Finding]:
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
        told = f"; near: {' and '.join(near)}" if near else ""
        yield Finding(f"no {what} {wrong}{told}")
