"""SQL in the project's text: columns and tables that are misspelt, bindings, raw text for SQLAlchemy 2."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from otorepair_like.agents.recipes.case import Case, Place
from otorepair_like.agents.recipes.functions import called_name
from otorepair_like.agents.recipes.imports import add_import
from otorepair_like.agents.recipes.near import nearest
from otorepair_like.agents.recipes.recipe import Candidate, Finding, recipe
from otorepair_like.agents.recipes.source import Edit

_TABLE = re.compile(
    r"create\s+table\s+(?:if\s+not\s+exists\s+)?[\"'`]?(\w+)[\"'`]?\s*\((.*?)\)\s*(?:;|['\"]{1,3}|$)",
    re.I | re.S,
)


def schema(case: Case) -> dict[str, set[str]]:
    """Tables and their columns, from the ``CREATE TABLE`` statements of the project."""
    tables: dict[str, set[str]] = {}
    for file in case.project.files:
        if file.endswith((".py", ".sql")):
            for name, body in _TABLE.findall(case.project.read(file) or ""):
                parts = re.split(r",(?![^()]*\))", body)
                words = [part.split()[0].strip("\"'`") for part in parts if part.split()]
                columns = {
                    w
                    for w in words
                    if w.upper() not in ("PRIMARY", "FOREIGN", "UNIQUE", "CHECK", "CONSTRAINT")
                }
                tables.setdefault(name, set()).update(columns)
    return tables


@recipe("sql-name", "OperationalError", example="SELECT nmae FROM users -> SELECT name FROM users")
def sql_name(case: Case) -> Iterator[Candidate | Finding]:
    """A misspelt column or table in a statement."""
    column = re.search(r"no such column: (?:\w+\.)?(\w+)", case.message) or re.search(
        r"table (?:\w+) has no column named (\w+)", case.message
    )
    table = re.search(r"no such table: (?:main\.)?(\w+)", case.message)
    found = column or table
    if not found or not case.places:
        return
    wrong, tables = found[1], schema(case)
    if not tables:
        return
    for place in case.places:
        texts = _statements(place, wrong)
        if not texts:
            continue
        used = {
            name
            for name in tables
            if any(re.search(rf"\b{name}\b", place.source.code(text)) for text in texts)
        }
        columns = set().union(*(tables[name] for name in used or tables))
        known = columns if column else set(tables)
        near = nearest(wrong, known, styles=False)
        if len(near) == 1:
            edits = []
            for text in texts:
                start = place.source.span(text)[0]
                hits = re.finditer(rf"(?<![\w:]){wrong}(?!\w)", place.source.code(text))
                edits += [
                    Edit(place.source.path, start + hit.start(), start + hit.end(), near[0]) for hit in hits
                ]
            what = "column" if column else "table"
            yield Candidate(f"{what} {wrong} -> {near[0]}", "the schema has it", 0.9, tuple(edits))
            return
        told = (
            f"; {' and '.join(near)} are equally near" if near else f"; there are {', '.join(sorted(known))}"
        )
        yield Finding(f"the schema has no {wrong}{told} ({place})")
        return


def _statements(place: Place, word: str) -> list[ast.Constant]:
    """The literals of the failing statement that hold a word, or of the names it uses."""
    names = {node.id for node in place.nodes(ast.Name)}
    roots: list[ast.AST] = [*place.nodes(ast.Constant), *place.nodes(ast.JoinedStr)]
    roots += [each.value for each in place.source.find(ast.Assign) if called_name(each.targets[0]) in names]
    found = {
        id(node): node
        for root in roots
        for node in ast.walk(root)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.search(rf"\b{word}\b", node.value)
    }
    return list(found.values())


@recipe("sql-bindings", "ProgrammingError", example="execute(sql, (name)) -> execute(sql, (name,))")
def bindings(case: Case) -> Iterator[Candidate | Finding]:
    """One value in brackets is no tuple: a text is taken letter by letter."""
    if not case.match(
        r"Incorrect number of bindings supplied\..*|(?:Error binding parameter.*)?parameters are of unsupported type.*"
    ):
        return
    for place in case.places:
        for call in place.nodes(ast.Call):
            if called_name(call.func) != "execute" or len(call.args) != 2:
                continue
            source, argument = place.source, call.args[1]
            single = isinstance(call.args[0], ast.Constant) and str(call.args[0].value).count("?") == 1
            if isinstance(argument, ast.Name | ast.Attribute | ast.Constant | ast.Subscript) and single:
                start, end = source.span(argument)
                brackets = source.text[start - 1 : start] == "(" and source.text[end : end + 1] == ")"
                edit = (
                    source.insert(end, ",")
                    if brackets
                    else source.replace(argument, f"({source.code(argument)},)")
                )
                yield Candidate("(x) -> (x,)", "the statement has one place, and takes a tuple", 0.9, (edit,))
            else:
                yield Finding(f"the statement's places and the values given differ in number ({place})")
            return


@recipe(
    "sqlalchemy-text",
    "ArgumentError",
    "ObjectNotExecutableError",
    example='execute("SELECT 1") -> execute(text("SELECT 1"))',
)
def raw_text(case: Case) -> Iterator[Candidate | Finding]:
    """A plain text given to SQLAlchemy 2, which wants it to be said so."""
    if not case.match(
        r"(?:Textual SQL expression .*should be explicitly declared as text\(.*|Not an executable object: .*)"
    ):
        return
    for place in case.places:
        for call in place.nodes(ast.Call):
            if called_name(call.func) in ("execute", "scalar", "scalars") and call.args:
                source, argument = place.source, call.args[0]
                imported = add_import(source, "sqlalchemy", "text")
                edits = [
                    source.replace(argument, f"text({source.code(argument)})"),
                    *([imported] if imported else []),
                ]
                yield Candidate("text(…)", "SQLAlchemy 2 wants raw SQL to be said so", 0.93, tuple(edits))
                return
