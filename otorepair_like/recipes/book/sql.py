"""SQL in the project's text: misspelt columns and tables, bindings, raw text for SQLAlchemy 2."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from otorepair_like.recipes.case import Case, Place
from otorepair_like.recipes.python.classes import find_classes, project_members
from otorepair_like.recipes.python.functions import called_name
from otorepair_like.recipes.python.imports import add_import
from otorepair_like.recipes.python.literals import correct_quoted
from otorepair_like.recipes.python.source import Edit
from otorepair_like.recipes.recipe import Candidate, Finding, Risk, recipe
from otorepair_like.recipes.spelling import completions, nearest

_TABLE = re.compile(
    r"create\s+table\s+(?:if\s+not\s+exists\s+)?[\"'`]?(\w+)[\"'`]?\s*\((.*?)\)\s*(?:;|['\"]{1,3}|$)",
    re.I | re.S,
)


def schema(case: Case) -> dict[str, set[str]]:
    """Return tables and their columns, from the ``CREATE TABLE`` statements of the project."""
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
    """Correct a misspelt column or table in a statement."""
    column = re.search(r"no such column: (?:\w+\.)?(\w+)", case.message) or re.search(
        r"table (?:\w+) has no column named (\w+)", case.message
    )
    match = column or re.search(r"no such table: (?:main\.)?(\w+)", case.message)
    tables = schema(case) if match and case.places else {}
    if not match or not tables:
        return
    wrong = match[1]
    statements = ((place, _statements(place, wrong)) for place in case.places)
    place, literals = next(((place, literals) for place, literals in statements if literals), (None, []))
    if not place:
        return
    known = _columns(place, literals, tables) if column else set(tables)
    near = nearest(wrong, known, styles=False) or completions(wrong, known)
    if not near and column and (comma := _lost_comma(case, wrong)):
        yield comma
    elif len(near) == 1:
        title = f"{'column' if column else 'table'} {wrong} -> {near[0]}"
        yield Candidate(title, "the schema has it", 0.9, _rename_word(place, literals, wrong, near[0]))
    else:
        why = f"{' and '.join(near)} are equally near" if near else f"there are {', '.join(sorted(known))}"
        yield Finding(f"the schema has no {wrong}; {why} ({place})")


def _columns(place: Place, literals: list[ast.Constant], tables: dict[str, set[str]]) -> set[str]:
    """Return the columns of the tables that a statement names; of all tables, if it names none."""
    texts = [place.source.code(literal) for literal in literals]
    used = {name for name in tables if any(re.search(rf"\b{name}\b", text) for text in texts)}
    return set().union(*(tables[name] for name in used or tables))


def _rename_word(place: Place, literals: list[ast.Constant], wrong: str, right: str) -> tuple[Edit, ...]:
    """Rename a word in SQL literals, except in placeholders such as ``:name``."""
    edits: list[Edit] = []
    for literal in literals:
        start = place.source.span(literal)[0]
        matches = re.finditer(rf"(?<![\w:]){wrong}(?!\w)", place.source.code(literal))
        edits += [Edit(place.source.path, start + m.start(), start + m.end(), right) for m in matches]
    return tuple(edits)


def _lost_comma(case: Case, column: str) -> Candidate | None:
    """Add the comma before a column of ``CREATE TABLE`` that became part of the type above it."""
    pattern = re.compile(rf"(create\s+table[^;]*?\w)([ \t]*\r?\n\s*{column}\s)", re.I | re.S)
    places = [
        (file, match.end(1))
        for file in case.project.files
        if file.endswith((".py", ".sql"))
        for match in pattern.finditer(case.project.read(file) or "")
    ]
    if len(places) != 1:
        return None
    file, at = places[0]
    return Candidate("missing ','", f"{column} stands on a line of its own", 0.92, (Edit(file, at, at, ","),))


@recipe("sql-values", "OperationalError", example="INSERT INTO t (a, b) VALUES (?) -> VALUES (?, ?)")
def placeholders(case: Case) -> Iterator[Candidate | Finding]:
    """Correct the number of placeholders of an ``INSERT`` to its number of columns."""
    if not case.match(r"\d+ values for \d+ columns"):
        return
    for place in case.places:
        source = place.source
        for text in _statements(place, "VALUES") or _statements(place, "values"):
            code = source.code(text)
            match = re.search(r"insert\s+.*?\(([^()]*)\)\s*values\s*\(((?:\s*\?\s*,?)+)\)", code, re.I | re.S)
            if not match:
                continue
            columns = len([word for word in match[1].split(",") if word.strip()])
            start = source.span(text)[0] + match.start(2)
            edit = Edit(source.path, start, start + len(match[2]), ", ".join("?" * columns))
            title = f"{columns} places for {columns} columns"
            yield Candidate(title, "the statement names that many", 0.88, (edit,), Risk.MEDIUM)
            return


@recipe(
    "sqlalchemy-name",
    "NoReferencedTableError",
    "InvalidRequestError",
    "NoForeignKeysError",
    "ArgumentError",
    example='ForeignKey("user.id") -> ForeignKey("users.id")',
)
def orm_name(case: Case) -> Iterator[Candidate | Finding]:
    """Correct a table, a class or a property that SQLAlchemy looks up by name."""
    table = re.search(r"could not find table '(\w+)' with which", case.message)
    member = re.search(r"Mapper '?Mapper\[(\w+)\(\w+\)\]'? has no property '(\w+)'", case.message)
    located = re.search(r"expression '(\w+)' failed to locate a name", case.message)
    if table:
        texts = [case.project.read(file) or "" for file in case.project.python_files]
        names = {n for text in texts for n in re.findall(r"__tablename__\s*=\s*['\"](\w+)['\"]", text)}
        names |= {n for text in texts for n in re.findall(r"\bTable\(\s*['\"](\w+)['\"]", text)}
        near = nearest(table[1], names, styles=False)
        places = [
            (file, match.start(1))
            for file in case.project.python_files
            for match in re.finditer(rf"ForeignKey\(\s*['\"]({table[1]})\.", case.project.read(file) or "")
        ]
        if len(near) == 1 and places:
            edits = tuple(Edit(file, at, at + len(table[1]), near[0]) for file, at in places)
            yield Candidate(f"table {table[1]} -> {near[0]}", "the only near table", 0.92, edits)
        else:
            yield Finding(f"no table {table[1]}; there are {', '.join(sorted(names))}")
    elif member:
        classes = [class_node for _, class_node in find_classes(case, member[1])]
        known = set().union(*(project_members(node) for node in classes))
        yield from correct_quoted(case, member[2], known, "property", r"(?:back_populates|backref)\s*=\s*")
    elif located:
        model_names = {
            definition.name for definition in case.project.definitions() if definition.kind == "class"
        }
        yield from correct_quoted(case, located[1], model_names, "model")


def _simple_statements(place: Place) -> list[ast.stmt]:
    """Return the statements without a body on the failing line; they may continue over several lines."""
    return [node for node in place.source.find(ast.stmt, place.line) if not hasattr(node, "body")]


def _statements(place: Place, word: str) -> list[ast.Constant]:
    """Return the literals that contain a word, in the failing statement or in assignments of its names."""
    names = {node.id for node in place.nodes(ast.Name)}
    roots: list[ast.AST] = [
        *place.nodes(ast.Constant),
        *place.nodes(ast.JoinedStr),
        *_simple_statements(place),
    ]
    roots += [
        assignment.value
        for assignment in place.source.find(ast.Assign)
        if called_name(assignment.targets[0]) in names
    ]
    literals = {
        id(node): node
        for root in roots
        for node in ast.walk(root)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.search(rf"\b{word}\b", node.value)
    }
    return list(literals.values())


@recipe("sql-bindings", "ProgrammingError", example="execute(sql, (name)) -> execute(sql, (name,))")
def bindings(case: Case) -> Iterator[Candidate | Finding]:
    """Turn one value in parentheses into a tuple: a text is read letter by letter."""
    if not case.match(
        r"Incorrect number of bindings supplied\..*|(?:Error binding parameter.*)?parameters are of unsupported type.*"
    ):
        return
    for place in case.places:
        for call in place.nodes(ast.Call):
            if called_name(call.func) != "execute" or len(call.args) != 2:
                continue
            source, argument = place.source, call.args[1]
            single = _text_of(place, call.args[0]).count("?") == 1
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


def _text_of(place: Place, node: ast.expr) -> str:
    """Return the literal text of an argument, or of the one assignment to its name."""
    if isinstance(node, ast.Name):
        values = [n.value for n in place.source.find(ast.Assign) if called_name(n.targets[0]) == node.id]
        node = values[0] if len(values) == 1 else node
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


@recipe(
    "sqlalchemy-text",
    "ArgumentError",
    "ObjectNotExecutableError",
    example='execute("SELECT 1") -> execute(text("SELECT 1"))',
)
def raw_text(case: Case) -> Iterator[Candidate | Finding]:
    """Wrap plain SQL in ``text()``, as SQLAlchemy 2 requires."""
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
