"""A missing file or folder, or one of another kind than expected."""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Iterator

from otorepair_like.recipes.case import Case, Place
from otorepair_like.recipes.python import scope
from otorepair_like.recipes.python.functions import called_name
from otorepair_like.recipes.python.imports import add_import
from otorepair_like.recipes.python.source import Edit
from otorepair_like.recipes.recipe import Candidate, Finding, Risk, recipe
from otorepair_like.recipes.spelling import nearest


@recipe(
    "missing-folder",
    "FileNotFoundError",
    "OperationalError",
    example='open("out/a.txt", "w") -> os.makedirs("out", exist_ok=True) first',
)
def missing_folder(case: Case) -> Iterator[Candidate | Finding]:
    """Make the folder of a file that is written, or correct the name of one that is read."""
    match = case.match(r"\[Errno 2\] No such file or directory: '(.+?)'(?: -> '.*')?")
    database = case.match(r"unable to open database file.*")
    place = case.place
    if not place or not (match or database):
        return
    for call in place.nodes(ast.Call):
        name = called_name(call.func)
        if name == "mkdir" and match:
            yield from _mkdir_parents(place, call)
            return
        if _writes(call) or (name == "connect" and database):
            yield from _make_folder(place, call)
            return
    if match:
        yield from _correct_file_name(case, place, match[1])


def _writes(call: ast.Call) -> bool:
    """Return whether a call opens a file to write, or writes one."""
    name = called_name(call.func)
    if name in ("write_text", "write_bytes", "touch"):
        return True
    is_method = isinstance(call.func, ast.Attribute)
    modes = [
        *call.args[0 if is_method else 1 :][:1],
        *(keyword.value for keyword in call.keywords if keyword.arg == "mode"),
    ]
    return name == "open" and any(
        isinstance(mode, ast.Constant) and isinstance(mode.value, str) and mode.value[:1] in ("w", "a", "x")
        for mode in modes
    )


def _make_folder(place: Place, call: ast.Call) -> Iterator[Candidate | Finding]:
    """Insert a statement that makes the folder."""
    source = place.source
    method = isinstance(call.func, ast.Attribute) and called_name(call.func) not in ("connect",)
    target = (
        call.func.value
        if method and isinstance(call.func, ast.Attribute)
        else call.args[0]
        if call.args
        else None
    )
    if target is None or not isinstance(
        target, ast.Name | ast.Constant | ast.Attribute | ast.BinOp | ast.Call | ast.JoinedStr
    ):
        return
    code = source.code(target)
    statement = scope.enclosing_statement(source, call)
    at = source.line_start(statement.lineno)
    blanks = source.line(statement.lineno)[: source.span(statement)[0] - at]
    edits = []
    if method:
        inner = f"({code})" if isinstance(target, ast.BinOp) else code
        new = f"{inner}.parent.mkdir(parents=True, exist_ok=True)"
    else:
        literal = isinstance(target, ast.Constant) and isinstance(target.value, str)
        folder = os.path.dirname(str(target.value)) if isinstance(target, ast.Constant) and literal else ""
        folder_code = f"{code[0]}{folder}{code[-1]}" if literal else f"os.path.dirname({code})"
        new = f"os.makedirs({folder_code}, exist_ok=True)"
        if "os" not in scope.visible_names(source, call) and (imported := add_import(source, "os")):
            edits.append(imported)
    edits.append(source.insert(at, f"{blanks}{new}{source.newline}"))
    yield Candidate(new, "the folder of a file that is written is not there", 0.88, tuple(edits))


def _mkdir_parents(place: Place, call: ast.Call) -> Iterator[Candidate]:
    """Let ``mkdir`` make the missing parents too."""
    source = place.source
    if isinstance(call.func, ast.Attribute) and source.code(call.func) == "os.mkdir":
        end = source.span(call.func)[1]
        edit = source.replace_range(end - len("mkdir"), end, "makedirs")
        yield Candidate("os.mkdir -> os.makedirs", "its parents are not there", 0.9, (edit,))
    elif not any(keyword.arg == "parents" for keyword in call.keywords):
        comma = ", " if call.args or call.keywords else ""
        edit = source.insert(source.span(call)[1] - 1, f"{comma}parents=True")
        yield Candidate("mkdir(parents=True)", "its parents are not there", 0.9, (edit,))


def _correct_file_name(case: Case, place: Place, missing: str) -> Iterator[Candidate | Finding]:
    """Correct a literal that names a missing file, if one file of nearly that name is there."""
    tail = missing.replace("\\", "/")
    name = os.path.basename(tail)
    folder = os.path.dirname(tail)
    nearby = [
        file
        for file in case.project.files
        if folder.endswith(os.path.dirname(file)) or not os.path.dirname(file)
    ]
    names = {os.path.basename(file): file for file in nearby}
    stem, dot, ending = name.rpartition(".")
    near = (
        nearest(
            stem, {file.rpartition(".")[0] for file in names if file.endswith(dot + ending)}, styles=False
        )
        if dot
        else []
    )
    literals = [
        (source, node)
        for file in case.project.mentions(stem or name)
        if (source := case.project.source(file))
        for node in source.find(ast.Constant)
        if isinstance(node.value, str) and node.value.endswith(name)
    ]
    if len(near) == 1 and len(literals) == 1:
        source, node = literals[0]
        edit = source.replace(node, source.code(node).replace(name, f"{near[0]}.{ending}"))
        yield Candidate(f"{name} -> {near[0]}.{ending}", "the only near file there", 0.88, (edit,))
    else:
        near_ones = f"; near: {', '.join(near)}" if near else ""
        yield Finding(f"{missing} is not there, and is read, not written{near_ones} ({place})")


@recipe(
    "folder-exists", "FileExistsError", example="os.makedirs(folder) -> os.makedirs(folder, exist_ok=True)"
)
def folder_exists(case: Case) -> Iterator[Candidate | Finding]:
    """Accept that a folder exists already."""
    for call in (
        case.place.nodes(ast.Call) if case.place and case.match(r"\[Errno 17\] File exists: .*") else ()
    ):
        source = case.place.source if case.place else None
        code = source.code(call.func) if source else ""
        if source and (code == "os.makedirs" or code.endswith(".mkdir")) and not call.keywords:
            end = source.span(call.func)[1]
            edits = [
                source.insert(source.span(call)[1] - 1, ", exist_ok=True" if call.args else "exist_ok=True")
            ]
            if code == "os.mkdir":
                edits.append(source.replace_range(end - len("mkdir"), end, "makedirs"))
            yield Candidate(f"{code}(exist_ok=True)", "the folder is there already", 0.9, tuple(edits))
            return


@recipe(
    "encoding", "UnicodeDecodeError", example='open(path) -> open(path, encoding="latin-1"), as elsewhere'
)
def encoding_elsewhere(case: Case) -> Iterator[Candidate | Finding]:
    """Open a file with the encoding that the project's other ``open`` calls declare."""
    place = next((p for p in case.places if any(map(_opens_text, p.nodes(ast.Call)))), case.place)
    if place is None:
        return
    function = _enclosing_function(place)
    calls = [
        call
        for call in place.source.find(ast.Call)
        if _opens_text(call) and scope.enclosing_function(place.source, call) is function
    ]
    encodings = _declared_encodings(case)
    failed = re.match(r"'([\w-]+)' codec", case.message)
    usable = [name for name in encodings if not failed or name.lower().replace("_", "-") != failed[1].lower()]
    if len(usable) == len(encodings) == 1 and len(calls) == 1:
        comma = ", " if calls[0].args else ""
        title = f'encoding="{usable[0]}"'
        edit = place.source.insert(place.source.span(calls[0])[1] - 1, f"{comma}{title}")
        yield Candidate(title, "the project's other files are opened so", 0.8, (edit,), Risk.MEDIUM)
    else:
        yield Finding(
            f"a file is not in the encoding it is read with, and which it is in is not told ({place})"
        )


def _enclosing_function(place: Place) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """Return the function that contains the failing line."""
    return next((scope.enclosing_function(place.source, node) for node in place.nodes(ast.expr)), None)


def _declared_encodings(case: Case) -> set[str]:
    """Return the encodings with which the project opens text files."""
    sources = filter(None, map(case.project.source, case.project.mentions("encoding")))
    return {
        str(keyword.value.value)
        for source in sources
        for call in source.find(ast.Call)
        if called_name(call.func) in ("open", "read_text", "write_text")
        for keyword in call.keywords
        if keyword.arg == "encoding" and isinstance(keyword.value, ast.Constant)
    }


def _opens_text(call: ast.Call) -> bool:
    """Return whether a call opens or reads text without an encoding."""
    if called_name(call.func) not in ("open", "read_text") or any(
        keyword.arg == "encoding" for keyword in call.keywords
    ):
        return False
    return not any(
        isinstance(argument, ast.Constant)
        and isinstance(argument.value, str)
        and argument.value in ("rb", "wb", "ab")
        for argument in call.args
    )


@recipe("empty-state", "JSONDecodeError", example="an empty state file is named, not guessed at")
def empty_state(case: Case) -> Iterator[Candidate | Finding]:
    """Write into an empty JSON file the value that the code uses when there is no file."""
    place = case.place
    if not place:
        return
    if not case.match(r"Expecting value: line 1 column 1 \(char 0\)"):
        yield from _invalid_json(case)
        return
    empty = _empty_json_files(case, place)
    values = _initial_values(place)
    if len(empty) == 1 and len(values) == 1 and (value := values.pop()) in ("{}", "[]"):
        # The file may hold blanks.
        edit = Edit(empty[0], 0, len(case.project.read(empty[0]) or ""), f"{value}\n")
        why = "the code takes that when there is no file"
        yield Candidate(f"{empty[0]} begins as {value}", why, 0.75, (edit,), Risk.MEDIUM)
    else:
        problem = f"{empty[0]} is empty" if len(empty) == 1 else "what was read as JSON is empty or none"
        yield Finding(f"{problem}, and what it should hold is not told ({place})")


def _empty_json_files(case: Case, place: Place) -> list[str]:
    """Return the empty files of the project whose names the failing file contains: ``"state.json"``."""
    names = {
        os.path.basename(node.value)
        for node in place.source.find(ast.Constant)
        if isinstance(node.value, str) and node.value.endswith(".json")
    }
    files = [file for file in case.project.files if os.path.basename(file) in names]
    return [file for file in files if not (case.project.read(file) or "").strip()]


def _initial_values(place: Place) -> set[str]:
    """Return the literals that the failing function returns: ``return {}`` if the file does not exist."""
    home = _enclosing_function(place) or place.source.tree
    return {
        ast.unparse(node.value)
        for node in (ast.walk(home) if home else ())
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Dict | ast.List)
    }


def _invalid_json(case: Case) -> Iterator[Finding]:
    """Report the project's file that is no JSON, if the message fits it."""
    for file in case.project.files:
        text = case.project.read(file) if file.endswith(".json") else None
        try:
            json.loads(text or "{}")
        except json.JSONDecodeError as error:
            if str(error) == case.message:
                yield Finding(
                    f"{file}:{error.lineno} is no JSON: {error.msg}; what it should say is not told"
                )


@recipe("binary-mode", "TypeError", example='tomllib.load(open(p)) -> tomllib.load(open(p, "rb"))')
def binary_mode(case: Case) -> Iterator[Candidate | Finding]:
    """Open a file in binary mode where its reader needs bytes."""
    if not case.match(r"File must be opened in binary mode.*"):
        return
    for place in case.places:
        function = _enclosing_function(place)
        calls = [
            call
            for call in place.source.find(ast.Call)
            if called_name(call.func) == "open" and scope.enclosing_function(place.source, call) is function
        ]
        if len(calls) == 1:
            yield from _in_binary_mode(place, calls[0])
            return


def _in_binary_mode(place: Place, call: ast.Call) -> Iterator[Candidate]:
    """Set the mode of an ``open`` call to ``"rb"`` and drop the encoding, which only text has."""
    source, method = place.source, isinstance(call.func, ast.Attribute)
    modes = call.args[0 if method else 1 :][:1] + [k.value for k in call.keywords if k.arg == "mode"]
    keywords = [
        source.code(keyword)
        for keyword in call.keywords
        if keyword.arg not in ("mode", "encoding", "newline")
    ]
    if modes and not (isinstance(modes[0], ast.Constant) and modes[0].value in ("r", "rt")):
        return
    first = [] if method else [source.code(call.args[0])]
    new = f"{source.code(call.func)}({', '.join([*first, chr(34) + 'rb' + chr(34), *keywords])})"
    yield Candidate('mode "rb"', "what reads it wants bytes", 0.93, (source.replace(call, new),))
