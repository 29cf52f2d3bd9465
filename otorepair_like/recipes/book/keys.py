"""A literal key that the dictionary lacks: a slip."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from otorepair_like.recipes.book.environment import environment_read
from otorepair_like.recipes.book.sql import schema
from otorepair_like.recipes.case import Case, Place
from otorepair_like.recipes.project import is_test
from otorepair_like.recipes.python.classes import find_classes, project_members
from otorepair_like.recipes.python.functions import called_name
from otorepair_like.recipes.python.source import Edit, Source
from otorepair_like.recipes.recipe import Candidate, Finding, Risk, recipe
from otorepair_like.recipes.spelling import SHORTEST, completions, distance, nearest

_KEYWORD_KEYS: Final = frozenset({"dict", "from_mapping", "update", "setdefault"})
"""Calls whose keywords become keys."""
_MAX_CHARACTERS: Final = 100_000
"""Maximum number of characters read from a data file."""


@recipe("key", "KeyError", example='order["quantitiy"] -> order["quantity"]')
def missing_key(case: Case) -> Iterator[Candidate | Finding]:
    """Correct a misspelt literal key by the dictionary's literal, or else by the rest of the project."""
    match = case.match(r"['\"](.+)['\"]") or case.match(r"<\w+\.\w+: ['\"](.+)['\"]>")
    place = case.place
    if not match or not place:
        return
    wrong = match[1]
    reads = [
        node
        for node in place.nodes(ast.Subscript)
        if _literal(node.slice) == wrong and not environment_read(node)
    ]
    if not reads:
        yield from _enum_member(case, place, wrong) or _definition_slip(case, place, wrong)
        return
    exact_keys = _exact_keys(case, place, reads[0], wrong)
    known = exact_keys if exact_keys is not None else {*_keys_elsewhere(case, wrong), *_names_beside(place)}
    near = _near_key(wrong, known, exact=exact_keys is not None)
    if len(near) > 1:
        yield Finding(f"no key {wrong!r}; {' and '.join(map(repr, near))} are equally near ({place})")
    elif near:
        edits = tuple(_replace_key(place.source, node, near[0]) for node in reads)
        why = (
            "a key of that very dictionary"
            if exact_keys is not None
            else "the project uses that key elsewhere"
        )
        risk = Risk.LOW if exact_keys is not None else Risk.MEDIUM
        yield Candidate(
            f"key {wrong!r} -> {near[0]!r}", why, 0.88 if exact_keys is not None else 0.75, edits, risk
        )
    else:
        has = f"it has {', '.join(sorted(exact_keys)[:8])}" if exact_keys else "no known key is near it"
        yield Finding(f"no key {wrong!r}: {has} ({place})")


def _enum_member(case: Case, place: Place, wrong: str) -> list[Candidate]:
    """Correct the one literal that misspells an enum member: ``Level[text.upper()]``."""
    for node in place.source.find(ast.Subscript, place.line):
        classes = list(find_classes(case, called_name(node.value)))
        near = nearest(wrong, project_members(classes[0][1]), styles=False) if len(classes) == 1 else []
        literals = [
            literal
            for literal in place.source.find(ast.Constant, place.line)
            if isinstance(literal.value, str) and literal.value.lower() == wrong.lower()
        ]
        if len(near) == len(literals) == 1:
            code = place.source.code(literals[0])
            new = near[0].lower() if code.islower() else near[0]
            edit = place.source.replace(literals[0], f"{code[0]}{new}{code[-1]}")
            return [Candidate(f"{literals[0].value!r} -> {new!r}", "a member of that class", 0.88, (edit,))]
    return []


def _near_key(wrong: str, known: set[str], *, exact: bool) -> list[str]:
    """Return the near keys; if all keys of the mapping are known, a short one or one with a unit counts too."""
    near = nearest(wrong, known, styles=False)
    if near or not exact:
        return near
    short = [key for key in known if len(key) == SHORTEST - 1 and distance(wrong, key, 1) == 1]
    paths = [key for key in known if "__" in key and key.replace("__", "_") == wrong]
    return completions(wrong, known) or paths or (short if len(wrong) == SHORTEST else [])


@recipe(
    "registered-key", "KeyError", example='send("parcel.label") -> send("parcels.label"), a task of that name'
)
def registered_key(case: Case) -> Iterator[Candidate | Finding]:
    """Correct a name by the one near name that is registered."""
    match = case.match(r"['\"](.+)['\"]")
    place = case.place
    # A literal key on the failing line is a dictionary's, and answered by the recipe ``key``.
    if not match or not place or any(_literal(node) == match[1] for node in place.nodes(ast.Constant)):
        return
    wrong = match[1]
    files = [file for file in case.project.python_files if not is_test(file)]
    sources = [source for file in files if (source := case.project.source(file))]
    registered = {key for source in sources for key in _registered(source)}
    uses = [(source, node) for source in sources for node in source.find(ast.Constant) if node.value == wrong]
    near = nearest(wrong, registered, styles=False)
    if len(uses) == 1 and len(near) == 1:
        source, node = uses[0]
        edit = source.replace(node, source.code(node).replace(wrong, near[0]))
        yield Candidate(f"{wrong!r} -> {near[0]!r}", "what is registered so", 0.85, (edit,), Risk.MEDIUM)
    elif uses and registered:
        also = f"; {' and '.join(map(repr, near))} are equally near" if near else ""
        yield Finding(f"nothing is registered as {wrong!r}{also} ({place})")


def _registered(source: Source) -> Iterator[str]:
    """Yield the names under which decorators register something: ``@task("parcels.label")``."""
    for node in source.find(ast.stmt):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            calls = (decorator for decorator in node.decorator_list if isinstance(decorator, ast.Call))
            yield from (key for call in calls for argument in call.args[:1] if (key := _literal(argument)))


@recipe("match-group", "IndexError", example='match["whem"] -> match["when"], a group of the pattern')
def match_group(case: Case) -> Iterator[Candidate | Finding]:
    """Correct a misspelt named group of a regular expression."""
    place = case.place
    if not place or not case.match(r"no such group"):
        return
    texts = (node.value for node in place.source.find(ast.Constant) if isinstance(node.value, str))
    groups = {name for text in texts for name in re.findall(r"\(\?P<(\w+)>", text)}
    unknown = [
        node for node in place.nodes(ast.Constant) if isinstance(node.value, str) and node.value not in groups
    ]
    for node in unknown[:1] if len(unknown) == 1 else []:
        near = nearest(str(node.value), groups, styles=False)
        if len(near) == 1:
            code = place.source.code(node)
            edit = place.source.replace(node, f"{code[0]}{near[0]}{code[-1]}")
            yield Candidate(f"group {node.value!r} -> {near[0]!r}", "a group of the pattern", 0.9, (edit,))
        else:
            yield Finding(f"no group {node.value!r}; there are {', '.join(sorted(groups))} ({place})")


def _definition_slip(case: Case, place: Place, wrong: str) -> Iterator[Candidate | Finding]:
    """Correct a key in the dictionary's literal, if every use has the other spelling."""
    for node in place.nodes(ast.Subscript):
        name = node.value.id if isinstance(node.value, ast.Name) else ""
        for source, literal in _literals_of(case, name) if name else ():
            keys = {key: k for k in literal.keys if k and (key := _literal(k))}
            near = nearest(wrong, keys, styles=False)
            if len(near) == 1 and sum(case.project.mentions(near[0]).values()) == 1:
                code = source.code(keys[near[0]])
                edit = source.replace(keys[near[0]], f"{code[0]}{wrong}{code[-1]}")
                yield Candidate(
                    f"key {near[0]!r} -> {wrong!r}", "every use says so", 0.85, (edit,), Risk.MEDIUM
                )
            else:
                yield Finding(f"{name} has no key {wrong!r}; it has {', '.join(sorted(keys))} ({place})")
            return


def _literals_of(case: Case, name: str) -> Iterator[tuple[Source, ast.Dict]]:
    """Yield the dictionary literals that the project binds to a name."""
    for file in case.project.mentions(name):
        source = case.project.source(file)
        for statement in source.find(ast.stmt) if source else ():
            if (
                source
                and isinstance(statement, ast.Assign | ast.AnnAssign)
                and isinstance(statement.value, ast.Dict)
            ):
                target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
                if called_name(target) == name:
                    yield source, statement.value


def _names_beside(place: Place) -> set[str]:
    """Return the names that the failing line binds: ``size = data["siez"]`` shows the intended key."""
    names = place.source.find(ast.Name, place.line)
    return {node.id for node in names if isinstance(node.ctx, ast.Store)} | {
        node.arg for node in place.source.find(ast.keyword, place.line) if node.arg
    }


@recipe("row-key", "IndexError", example='row["titel"] -> row["title"]')
def row_key(case: Case) -> Iterator[Candidate | Finding]:
    """Correct a misspelt column of a database row."""
    place = case.place
    if not place or not case.match(r"No item with that key"):
        return
    columns = set().union(*schema(case).values())
    reads = [
        node for node in place.nodes(ast.Subscript) if (key := _literal(node.slice)) and key not in columns
    ]
    for node in reads if len(reads) == 1 else []:
        wrong = _literal(node.slice) or ""
        near = nearest(wrong, columns, styles=False)
        if len(near) == 1:
            edit = _replace_key(place.source, node, near[0])
            yield Candidate(f"key {wrong!r} -> {near[0]!r}", "a column of the schema", 0.9, (edit,))
        else:
            yield Finding(
                f"the row has no column {wrong!r}; the schema has {', '.join(sorted(columns))} ({place})"
            )


def _literal(node: ast.AST) -> str | None:
    """Return the text of a string literal."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _replace_key(source: Source, node: ast.Subscript, key: str) -> Edit:
    """Replace a key inside its quotes."""
    written = source.code(node.slice)
    return source.replace(node.slice, f"{written[0]}{key}{written[-1]}")


def _exact_keys(case: Case, place: Place, read: ast.Subscript, wrong: str) -> set[str] | None:
    """Return the keys of that very dictionary: those the program reported, else those of its literal."""
    reported = case.facts.keys(place.source.code(read.value), wrong)
    return set(reported) if reported is not None else _literal_keys(place, read)


def _literal_keys(place: Place, read: ast.Subscript) -> set[str] | None:
    """Return the keys of the one dictionary literal that is bound to the subscripted name."""
    if not isinstance(read.value, ast.Name):
        return None
    name = read.value.id
    dicts = [
        node.value
        for node in place.source.find(ast.Assign)
        if any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
    ]
    if len(dicts) != 1 or not isinstance(dicts[0], ast.Dict):
        return None
    return {key for key_node in dicts[0].keys if key_node and (key := _literal(key_node))}


def _keys_elsewhere(case: Case, wrong: str) -> set[str]:
    """Return the keys that the project writes or reads; none if the missing key is among them: then it is no slip."""
    keys: Counter[str] = Counter()
    for file in case.project.python_files:
        source = case.project.source(file)
        for node in source.find(ast.AST) if source else ():
            if isinstance(node, ast.Dict):
                keys.update(key for key_node in node.keys if key_node and (key := _literal(key_node)))
            elif isinstance(node, ast.Subscript) and (key := _literal(node.slice)):
                keys[key] += 1
            elif isinstance(node, ast.Call) and called_name(node.func) in _KEYWORD_KEYS:
                keys.update(keyword.arg for keyword in node.keywords if keyword.arg)
    return {*keys, *_keys_of_data(case)} if keys[wrong] <= 1 else set()


def _keys_of_data(case: Case) -> set[str]:
    """Return columns and keys of the project's small data files."""
    keys: set[str] = set()
    for file in case.project.files:
        text = case.project.read(file) or "" if file.endswith((".csv", ".tsv", ".json")) else ""
        if file.endswith(".json"):
            keys.update(re.findall(r'"(\w+)"\s*:', text[:_MAX_CHARACTERS]))
        elif text:
            keys.update(word.strip('" ') for word in re.split(r"[,;\t|]", text.splitlines()[0]))
    return keys
