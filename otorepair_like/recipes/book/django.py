"""Django: fields, URL names, apps, migrations, template tags."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator

from otorepair_like.recipes.case import Case, Place
from otorepair_like.recipes.python.classes import find_classes
from otorepair_like.recipes.python.functions import called_name
from otorepair_like.recipes.python.literals import correct_quoted, find_quoted
from otorepair_like.recipes.python.source import Edit
from otorepair_like.recipes.recipe import Candidate, Finding, Risk, recipe
from otorepair_like.recipes.spelling import nearest


@recipe("django-field", "FieldError", example="Product.objects.filter(nmae=…) -> filter(name=…)")
def field_name(case: Case) -> Iterator[Candidate | Finding]:
    """Correct a misspelt field in a query."""
    match = case.match(
        r"(?:Cannot resolve keyword|Invalid field name\(s\) given in (?:select|prefetch)_related:) '(\w+)'"
        r"(?: into field)?.*[Cc]hoices are: (.+)"
    )
    if not match:
        return
    wrong, known = match[1], {word.strip(" .'") for word in match[2].split(",")}
    near = nearest(wrong, known, styles=False)
    if not case.place:
        yield from correct_quoted(case, wrong, known, "field", r"(?:select|prefetch)_related\(\s*")
        return
    source = case.place.source
    if len(near) != 1:
        detail = f"; {' and '.join(near)} are equally near" if near else ""
        yield Finding(f"no field {wrong}; there are: {', '.join(sorted(known))}{detail} ({case.place})")
        return
    edits: list[Edit] = []
    for call in source.find(ast.Call, case.place.line):
        for keyword in call.keywords:
            if keyword.arg and keyword.arg.split("__")[0] == wrong:
                at = source.span(keyword)[0]
                edits.append(Edit(source.path, at, at + len(wrong), near[0]))
        for argument in call.args:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                at = source.text.find(wrong, source.span(argument)[0])
                is_field = argument.value.lstrip("-").split("__")[0] == wrong
                edits += [Edit(source.path, at, at + len(wrong), near[0])] if is_field else []
    if not edits:
        # A query runs where its result is first used, so the failing line may not contain it.
        yield from correct_quoted(case, wrong, known, "field")
    else:
        yield Candidate(
            f"field {wrong} -> {near[0]}", "a field of that model", 0.92, tuple(dict.fromkeys(edits))
        )


@recipe("django-update-field", "ValueError", example='save(update_fields=["veiws"]) -> ["views"]')
def update_field(case: Case) -> Iterator[Candidate | Finding]:
    """Correct a misspelt field of an update."""
    match = case.match(r"The following fields do not exist in this model.*: (\w+)")
    if match:
        assignments = (
            assignment
            for file in case.project.mentions("models")
            if (source := case.project.source(file))
            for assignment in source.find(ast.Assign)
        )
        fields = {
            called_name(assignment.targets[0])
            for assignment in assignments
            if isinstance(assignment.value, ast.Call)
            and called_name(assignment.value.func).endswith(("Field", "Key"))
        }
        yield from correct_quoted(case, match[1], fields, "field")


@recipe("django-url-name", "NoReverseMatch", example="{% url 'cart_detial' %} -> {% url 'cart_detail' %}")
def url_name(case: Case) -> Iterator[Candidate | Finding]:
    """Correct a misspelt URL name."""
    match = case.match(r"Reverse for '([\w:.-]+)' not found\..*")
    if not match:
        namespace = case.match(r"'(\w+)' is not a registered namespace")
        if namespace:
            yield from _correct_namespace(case, namespace[1])
        return
    names: set[str] = set()
    for file in case.project.python_files:
        source = case.project.source(file)
        for call in source.find(ast.Call) if source else ():
            if called_name(call.func) in ("path", "re_path", "url"):
                values = [keyword.value for keyword in call.keywords if keyword.arg == "name"]
                names.update(str(value.value) for value in values if isinstance(value, ast.Constant))
    # The message has the name without its namespace.
    spaced = {word for word in _url_words(case) if word.rpartition(":")[2] == match[1].rpartition(":")[2]}
    for wrong in sorted(spaced) or [match[1]]:
        space = wrong.rpartition(":")[0]
        known = {f"{space}:{name}" for name in names} if space else names
        yield from correct_quoted(case, wrong, known, "URL name", _URL_WORD)


_URL_WORD = r"(?:\{%-?\s*url\s+|(?:reverse|reverse_lazy|redirect|resolve_url|pattern_name)\s*[(=]\s*)"
"""Code before the name of a URL, in templates and in Python."""


def _url_words(case: Case) -> set[str]:
    """Return every URL name that the project asks for."""
    pattern = re.compile(rf"{_URL_WORD}['\"]([\w:.-]+)['\"]")
    texts = (case.project.read(f) or "" for f in case.project.files if f.endswith((".py", ".html", ".txt")))
    return {word for text in texts for word in pattern.findall(text)}


def _correct_namespace(case: Case, wrong: str) -> Iterator[Candidate | Finding]:
    """Correct a misspelt URL namespace."""
    texts = [case.project.read(file) or "" for file in case.project.python_files]
    known = {s for text in texts for s in re.findall(r"(?:app_name|namespace)\s*=\s*['\"](\w+)['\"]", text)}
    near = nearest(wrong, known, styles=False)
    uses = sorted(word for word in _url_words(case) if word.startswith(f"{wrong}:"))
    edits = [
        Edit(file, at, at + len(wrong), near[0])
        for word in uses
        for file, at in find_quoted(case, word, before=_URL_WORD)
        if len(near) == 1
    ]
    if edits:
        yield Candidate(f"namespace {wrong} -> {near[0]}", "the only near namespace", 0.9, tuple(edits))
    else:
        yield Finding(f"no URL namespace {wrong}: include() it, or set app_name in its urls.py")


@recipe("django-app", "RuntimeError", example="'shop' is added to INSTALLED_APPS")
def app_not_installed(case: Case) -> Iterator[Candidate | Finding]:
    """Add the app of a model to INSTALLED_APPS."""
    match = case.match(r"Model class ([\w.]+)\.models\.\w+ doesn't declare an explicit app_label.*")
    if not match:
        return
    app = match[1]
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
    """Add ``on_delete`` as the project's other keys have it, else Django's default before it was required."""
    match = case.match(
        r"(?:ForeignKey|OneToOneField)\.?(?:__init__)?\(\) missing 1 required positional argument: 'on_delete'"
    )
    if not match or not case.place:
        return
    if candidate := _on_delete_of_migration(case, case.place):
        yield candidate
        return
    values: Counter[str] = Counter()
    for file in case.project.mentions("on_delete"):
        source = case.project.source(file) if "/migrations/" not in file else None
        for call in source.find(ast.Call) if source else ():
            values.update(
                ast.unparse(keyword.value) for keyword in call.keywords if keyword.arg == "on_delete"
            )
    if len(values) > 1:
        yield Finding(f"on_delete is missing, and the project uses {' and '.join(values)} ({case.place})")
        return
    source = case.place.source
    for call in case.place.nodes(ast.Call):
        if called_name(call.func) in ("ForeignKey", "OneToOneField"):
            prefix = source.code(call.func).rpartition(".")[0]
            value = next(iter(values), f"{prefix}.CASCADE" if prefix else "")
            if value:
                edit = source.insert(source.span(call)[1] - 1, f", on_delete={value}")
                why = "as the project's other keys" if values else "what Django did before it had to be said"
                yield Candidate(f"on_delete={value}", why, 0.8, (edit,), Risk.MEDIUM)


def _on_delete_of_migration(case: Case, place: Place) -> Candidate | None:
    """Return the ``on_delete`` of the migration that made the field."""
    for assignment in place.source.find(ast.Assign, place.line):
        name, call = called_name(assignment.targets[0]), assignment.value
        if not isinstance(call, ast.Call) or not name:
            continue
        pattern = re.compile(
            rf"['\"]{name}['\"]\s*,\s*models\.(?:ForeignKey|OneToOneField)\((?:[^()]|\([^()]*\))*?on_delete=([\w.]+)",
            re.S,
        )
        texts = (case.project.read(file) or "" for file in case.project.files if "/migrations/" in f"/{file}")
        values = {value_text.rpartition(".")[2] for text in texts for value_text in pattern.findall(text)}
        prefix = place.source.code(call.func).rpartition(".")[0]
        if len(values) == 1 and prefix:
            value = f"{prefix}.{values.pop()}"
            edit = place.source.insert(place.source.span(call)[1] - 1, f", on_delete={value}")
            return Candidate(f"on_delete={value}", "its migration says so", 0.92, (edit,))
    return None


@recipe("django-form-field", "FieldError", example='fields = ["emial"] -> ["email"], a field of the model')
def form_field(case: Case) -> Iterator[Candidate | Finding]:
    """Correct a misspelt field of a form, or a misspelt lookup."""
    unknown = case.match(r"Unknown field\(s\) \((\w+)\) specified for (\w+)\.?.*")
    lookup = re.match(r"Unsupported lookup '(\w+)' for .*perhaps you meant (\w+)", case.message)
    if unknown:
        fields = {
            name
            for source, owner in find_classes(case, unknown[2])
            for statement in owner.body
            if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call)
            for name in (called_name(statement.targets[0]),)
        }
        yield from correct_quoted(case, unknown[1], fields, "field")
    elif lookup and case.place and nearest(lookup[1], [lookup[2]], styles=False):
        source = case.place.source
        start = source.line_start(case.place.line)
        words = [
            match
            for match in re.finditer(rf"__{lookup[1]}(?=\s*=)", source.text)
            if match.start() >= start - _STATEMENT_RANGE and match.start() < start + _STATEMENT_RANGE
        ]
        if len(words) == 1:
            edit = Edit(source.path, words[0].start() + 2, words[0].end(), lookup[2])
            yield Candidate(f"__{lookup[1]} -> __{lookup[2]}", "Django's own suggestion", 0.92, (edit,))


_STATEMENT_RANGE = 400
"""Characters before and after a failing line in which its statement is searched."""


@recipe("django-relation", "SystemCheckError", example='ForeignKey("shop.Itme") -> ForeignKey("shop.Item")')
def relation(case: Case) -> Iterator[Candidate | Finding]:
    """Correct a misspelt model in a relation."""
    report = "\n".join((*case.incident.evidence, *case.incident.before, case.message))
    match = re.search(r"with model '([\w.]+)', which is either not installed, or is abstract", report)
    if not match:
        return
    space, _, _ = match[1].rpartition(".")
    models = {definition.name for definition in case.project.definitions() if definition.kind == "class"}
    known = {f"{space}.{name}" for name in models} if space else models
    yield from correct_quoted(case, match[1], known, "model")


@recipe(
    "django-migration",
    "OperationalError",
    "ProgrammingError",
    example="no such table -> python manage.py migrate",
)
def missing_migration(case: Case) -> Iterator[Candidate | Finding]:
    """Name the migration command for a missing table or column; it is not run."""
    match = case.match(r"no such (?:table|column): (?:main\.)?([\w.]+).*")
    if (
        match
        and "manage.py" in case.project.files
        and any("django" in frame.file for frame in case.incident.frames)
    ):
        yield Finding(
            f"the database lacks {match[1]}: python manage.py makemigrations && python manage.py migrate"
        )
