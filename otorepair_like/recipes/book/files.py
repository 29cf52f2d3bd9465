"""A file or folder that is not there, or is not what it was taken for."""

from __future__ import annotations

import ast
import json
import os
import re
from collections import Counter
from collections.abc import Iterator

from otorepair_like.recipes.case import Case, Place
from otorepair_like.recipes.python import scope
from otorepair_like.recipes.python.functions import called_name
from otorepair_like.recipes.python.imports import add_import
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
    found = case.match(r"\[Errno 2\] No such file or directory: '(.+?)'(?: -> '.*')?")
    database = case.match(r"unable to open database file.*")
    place = case.place
    if not place or not (found or database):
        return
    for call in place.nodes(ast.Call):
        name = called_name(call.func)
        if name == "mkdir" and found:
            yield from _mkdir_parents(place, call)
            return
        if _writes(call) or (name == "connect" and database):
            yield from _make_folder(place, call)
            return
    if found:
        yield from _near_file(case, place, found[1])


def _writes(call: ast.Call) -> bool:
    """Whether a call opens a file to write, or writes one."""
    name = called_name(call.func)
    if name in ("write_text", "write_bytes", "touch"):
        return True
    is_method = isinstance(call.func, ast.Attribute)
    modes = [
        *call.args[0 if is_method else 1 :][:1],
        *(each.value for each in call.keywords if each.arg == "mode"),
    ]
    return name == "open" and any(
        isinstance(mode, ast.Constant) and isinstance(mode.value, str) and mode.value[:1] in ("w", "a", "x")
        for mode in modes
    )


def _make_folder(place: Place, call: ast.Call) -> Iterator[Candidate | Finding]:
    """A statement before this one that makes the folder."""
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
        told = f"{code[0]}{folder}{code[-1]}" if literal else f"os.path.dirname({code})"
        new = f"os.makedirs({told}, exist_ok=True)"
        if "os" not in scope.visible(source, call) and (imported := add_import(source, "os")):
            edits.append(imported)
    edits.append(source.insert(at, f"{blanks}{new}{source.newline}"))
    yield Candidate(new, "the folder of a file that is written is not there", 0.88, tuple(edits))


def _mkdir_parents(place: Place, call: ast.Call) -> Iterator[Candidate]:
    """``mkdir`` of a folder whose parents are missing."""
    source = place.source
    if isinstance(call.func, ast.Attribute) and source.code(call.func) == "os.mkdir":
        end = source.span(call.func)[1]
        edit = source.replace_range(end - len("mkdir"), end, "makedirs")
        yield Candidate("os.mkdir -> os.makedirs", "its parents are not there", 0.9, (edit,))
    elif not any(each.arg == "parents" for each in call.keywords):
        comma = ", " if call.args or call.keywords else ""
        edit = source.insert(source.span(call)[1] - 1, f"{comma}parents=True")
        yield Candidate("mkdir(parents=True)", "its parents are not there", 0.9, (edit,))


def _near_file(case: Case, place: Place, missing: str) -> Iterator[Candidate | Finding]:
    """A literal that names a file next to which there is one of nearly that name."""
    tail = missing.replace("\\", "/")
    name = os.path.basename(tail)
    folder = os.path.dirname(tail)
    here = [
        file
        for file in case.project.files
        if folder.endswith(os.path.dirname(file)) or not os.path.dirname(file)
    ]
    stems = {os.path.basename(file): file for file in here}
    stem, dot, ending = name.rpartition(".")
    near = (
        nearest(
            stem, {each.rpartition(".")[0] for each in stems if each.endswith(dot + ending)}, styles=False
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
    """Making a folder that is there already is no failure."""
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
    place = next(
        (each for each in case.places if any(_opens_text(call) for call in each.nodes(ast.Call))), None
    )
    place = place or next(iter(case.places), None)
    if place is None:
        return
    declared: Counter[str] = Counter()
    for file in case.project.mentions("encoding"):
        source = case.project.source(file)
        for call in source.find(ast.Call) if source else ():
            if called_name(call.func) in ("open", "read_text", "write_text"):
                declared.update(
                    str(each.value.value)
                    for each in call.keywords
                    if each.arg == "encoding" and isinstance(each.value, ast.Constant)
                )
    function = next((scope.enclosing_function(place.source, node) for node in place.nodes(ast.expr)), None)
    calls = [
        call
        for call in place.source.find(ast.Call)
        if _opens_text(call) and scope.enclosing_function(place.source, call) is function
    ]
    failed = re.match(r"'([\w-]+)' codec", case.message)
    usable = [name for name in declared if not failed or name.lower().replace("_", "-") != failed[1].lower()]
    if len(usable) == len(declared) == 1 and len(calls) == 1:
        comma = ", " if calls[0].args else ""
        edit = place.source.insert(place.source.span(calls[0])[1] - 1, f'{comma}encoding="{usable[0]}"')
        yield Candidate(
            f'encoding="{usable[0]}"', "the project's other files are opened so", 0.8, (edit,), Risk.MEDIUM
        )
    else:
        yield Finding(
            f"a file is not in the encoding it is read with, and which it is in is not told ({place})"
        )


def _opens_text(call: ast.Call) -> bool:
    """A call that opens or reads text without saying in which encoding."""
    if called_name(call.func) not in ("open", "read_text") or any(
        each.arg == "encoding" for each in call.keywords
    ):
        return False
    return not any(
        isinstance(each, ast.Constant) and isinstance(each.value, str) and each.value in ("rb", "wb", "ab")
        for each in call.args
    )


@recipe("empty-state", "JSONDecodeError", example="an empty state file is named, not guessed at")
def empty_state(case: Case) -> Iterator[Candidate | Finding]:
    """An empty JSON file gets the value the code itself takes when there is no file."""
    if case.place and not case.match(r"Expecting value: line 1 column 1 \(char 0\)"):
        yield from _broken_data(case)
        return
    if not case.place:
        return
    place = case.place
    function = next((scope.enclosing_function(place.source, node) for node in place.nodes(ast.expr)), None)
    home = function or place.source.tree
    names = {
        node.value
        for each in (home, place.source.tree)
        for node in (ast.walk(each) if each else ())
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.endswith(".json")
    }
    empty = [
        file
        for file in case.project.files
        if os.path.basename(file) in {os.path.basename(n) for n in names}
        and not (case.project.read(file) or "").strip()
    ]
    starts = (
        {
            ast.unparse(node.value)
            for node in ast.walk(home)
            if isinstance(node, ast.Return) and isinstance(node.value, ast.Dict | ast.List)
        }
        if home
        else set()
    )
    if len(empty) == 1 and len(starts) == 1 and (start := starts.pop()) in ("{}", "[]"):
        edit = place.source.insert(0, "")
        size = len(case.project.read(empty[0]) or "")
        edit = type(edit)(empty[0], 0, size, f"{start}\n")
        yield Candidate(
            f"{empty[0]} begins as {start}",
            "the code takes that when there is no file",
            0.75,
            (edit,),
            Risk.MEDIUM,
        )
    else:
        told = f"{empty[0]} is empty" if len(empty) == 1 else "what was read as JSON is empty or none"
        yield Finding(f"{told}, and what it should hold is not told ({place})")


def _broken_data(case: Case) -> Iterator[Finding]:
    """The file of the project that is no JSON, at the place that the message tells."""
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
    """A file that is read as text where its reader wants bytes."""
    wants = case.match(r"File must be opened in binary mode.*")
    if not wants:
        return
    for place in case.places:
        home = next((scope.enclosing_function(place.source, node) for node in place.nodes(ast.expr)), None)
        calls = [
            call
            for call in place.source.find(ast.Call)
            if called_name(call.func) == "open" and scope.enclosing_function(place.source, call) is home
        ]
        if len(calls) != 1:
            continue
        yield from _opened_in(place, calls[0])
        return


def _opened_in(place: Place, call: ast.Call) -> Iterator[Candidate]:
    """The call of ``open`` with mode ``"rb"``, and without the encoding that only texts have."""
    source, method = place.source, isinstance(call.func, ast.Attribute)
    modes = call.args[0 if method else 1 :][:1] + [k.value for k in call.keywords if k.arg == "mode"]
    keywords = [
        source.code(each) for each in call.keywords if each.arg not in ("mode", "encoding", "newline")
    ]
    if modes and not (isinstance(modes[0], ast.Constant) and modes[0].value in ("r", "rt")):
        return
    first = [] if method else [source.code(call.args[0])]
    new = f"{source.code(call.func)}({', '.join([*first, chr(34) + 'rb' + chr(34), *keywords])})"
    yield Candidate('mode "rb"', "what reads it wants bytes", 0.93, (source.replace(call, new),))
