"""Values of the wrong type, where the surrounding code shows the intended type."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from otorepair_like.recipes.book.environment import documented_values, is_secret
from otorepair_like.recipes.case import Case, Place
from otorepair_like.recipes.python import scope
from otorepair_like.recipes.python.functions import called_name
from otorepair_like.recipes.python.source import Edit
from otorepair_like.recipes.recipe import Candidate, Finding, Risk, recipe

_TAKES_BYTES: Final = frozenset(
    {
        "write",
        "send",
        "sendall",
        "sendto",
        "sha256",
        "sha1",
        "md5",
        "sha512",
        "b64encode",
        "update",
        "compress",
        "crc32",
    }
)


def wrap_in_call(place: Place, node: ast.expr, function: str) -> Edit:
    """Wrap ``node`` in a call."""
    return place.source.replace(node, f"{function}({place.source.code(node)})")


_TEXT_AND_NUMBER: Final = "|".join(
    (
        r"can only concatenate str \(not \"\w+\"\) to str",
        r"unsupported operand type\(s\) for [^:]+: '(?:str' and '(?:int|float)|(?:int|float)' and 'str)'",
        r"'[<>]=?' not supported between instances of '(?:str' and '(?:int|float)|(?:int|float)' and 'str)'",
        r"'str' object cannot be interpreted as an integer",
    )
)


@recipe("text-and-number", "TypeError", example='"total: " + total -> "total: " + str(total)')
def text_and_number(case: Case) -> Iterator[Candidate | Finding]:
    """Convert one side where a text is added to something else, or a number is compared with text that was read."""
    place = case.place
    if not place or not case.match(_TEXT_AND_NUMBER):
        return
    # ``PORT = os.environ["PORT"]``: convert at the source, so that every use is a number
    conversions = list(_convert_input(place)) or list(_convert_argument(case)) or list(_convert_setting(case))
    if conversions:
        yield conversions[0]
    elif operand := _operand_to_convert(place):
        node, why = operand
        yield Candidate(f"str({place.source.code(node)})", why, 0.88, (wrap_in_call(place, node, "str"),))
    else:
        yield _mixed_types(case, place)


def _operand_to_convert(place: Place) -> tuple[ast.expr, str] | None:
    """Return the operand of a sum that must become text, and the reason."""
    sums = [node for node in place.nodes(ast.BinOp) if isinstance(node.op, ast.Add)]
    in_text = any(_is_text(operand) for node in sums for operand in _operands(place, node))
    texts = _text_names(place)
    for node in sorted(sums, key=lambda node: place.source.span(node)[1]):
        left, right = node.left, node.right
        # ``line + len(items) + " items"``, where ``line`` holds text
        if in_text and not _is_text(right) and not isinstance(right, ast.Name) and called_name(left) in texts:
            return right, "it is part of a text"
        # ``"total: " + total``
        if _is_text(left) and not _is_text(right):
            return right, "it is added to a text"
        # ``total + " items"``; in ``a + b + " items"`` any operand of the sum may be the number
        if _is_text(right) and not _is_text(left) and not isinstance(left, ast.BinOp):
            return left, "a text is added to it"
    return None


def _mixed_types(case: Case, place: Place) -> Finding:
    """Report the types that do not fit."""
    other = re.search(r"\(not \"(\w+)\"\)", case.message)
    if other and other[1] == "bytes":
        return Finding(f"bytes and text are mixed; whether to encode or decode is not told ({place})")
    partner = f"a value of type {other[1]}" if other else "a number"
    return Finding(f"a text meets {partner}, and nothing says which of them is wrong ({place})")


def _convert_argument(case: Case) -> Iterator[Candidate]:
    """Add ``type=int`` to ``request.args.get("page", 1)``: its default is a number."""
    for place in case.places:
        for call in place.source.find(ast.Call):
            match call:
                case ast.Call(
                    func=ast.Attribute(attr="get", value=ast.Attribute(attr="args" | "form")),
                    args=[_, ast.Constant(value=int(number))],
                    keywords=[],
                ) if not isinstance(number, bool):
                    names = {n.id for n in place.nodes(ast.Name)}
                    above = scope.enclosing_statement(place.source, call)
                    target = called_name(above.targets[0]) if isinstance(above, ast.Assign) else ""
                    if target in names or call in place.nodes(ast.Call):
                        edit = place.source.insert(place.source.span(call)[1] - 1, ", type=int")
                        yield Candidate("type=int", "its default is a number", 0.85, (edit,), Risk.MEDIUM)


def _operands(place: Place, node: ast.expr) -> Iterator[ast.expr]:
    """Yield all operands of the whole sum that contains a sum."""
    top: ast.AST = node
    while isinstance(above := place.source.parents.get(top), ast.BinOp) and isinstance(above.op, ast.Add):
        top = above
    waiting: list[ast.AST] = [top]
    while waiting:
        part = waiting.pop()
        if isinstance(part, ast.BinOp):
            waiting += [part.left, part.right]
        elif isinstance(part, ast.expr):
            yield part


def _text_names(place: Place) -> set[str]:
    """Return the names that hold texts: as the program reported, else those bound to nothing but plain texts here."""
    kinds: dict[str, list[bool]] = {}
    for node in place.source.find(ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Name):
                kinds.setdefault(target.id, []).append(_is_text(node.value))
    texts = {name for name, are_texts in kinds.items() if all(are_texts)}
    return (texts - place.types.keys()) | {name for name, kind in place.types.items() if kind == "str"}


def _is_text(node: ast.expr) -> bool:
    """Return whether an expression is plainly a text: a literal, an f-string, ``str(…)``, or a sum with one."""
    match node:
        case ast.Constant(value=str()) | ast.JoinedStr():
            return True
        case ast.Call(func=ast.Name(id="str")):
            return True
        case ast.IfExp(body=body, orelse=orelse):
            return _is_text(body) and _is_text(orelse)
        case ast.BinOp(left=left, op=ast.Add()):
            return _is_text(left) or _is_text(node.right)
    return False


def _convert_input(place: Place) -> Iterator[Candidate]:
    """Convert a name of the failing line that was read as text: from the environment, the keyboard or ``sys.argv``."""
    source = place.source
    names = {node.id for node in place.nodes(ast.Name)}
    for node in source.find(ast.Assign):
        target = node.targets[0]
        if not isinstance(target, ast.Name) or target.id not in names or not _reads_input(node.value):
            continue
        if (
            scope.enclosing_function(source, node) is not None
            and source.line_of(source.span(node)[0]) > place.line
        ):
            continue
        default = (
            node.value.args[1] if isinstance(node.value, ast.Call) and len(node.value.args) > 1 else None
        )
        whole = default is None or (
            isinstance(default, ast.Constant) and re.fullmatch(r"-?\d+", str(default.value))
        )
        kind = "int" if whole else "float"
        edit = wrap_in_call(place, node.value, kind)
        yield Candidate(
            f"{target.id} = {kind}(…)", "it is read as text and used as a number", 0.8, (edit,), Risk.MEDIUM
        )


def _convert_setting(case: Case) -> Iterator[Candidate]:
    """Convert the one setting of the project that is read as text although its default is a number."""
    settings = []
    for file in case.project.mentions("os"):
        source = case.project.source(file)
        for node in source.tree.body if source and source.tree else ():
            match node:
                case ast.Assign(
                    targets=[ast.Name()], value=ast.Call(args=[_, ast.Constant(value=str(default))]) as call
                ):
                    if source and _reads_input(call) and re.fullmatch(r"-?\d+", default):
                        settings.append((source, node, call))
    if len(settings) == 1:
        source, node, call = settings[0]
        edit = source.replace(call, f"int({source.code(call)})")
        title = f"{called_name(node.targets[0])} = int(…)"
        yield Candidate(title, "its default is a number, and it is read as text", 0.75, (edit,), Risk.MEDIUM)


def _reads_input(node: ast.expr) -> bool:
    """Return whether an expression reads text from outside the program."""
    text = ast.unparse(node)
    return bool(re.match(r"(?:os\.)?(?:environ\.get|getenv)\(|input\(|sys\.argv\[|(?:os\.)?environ\[", text))


@recipe("variable-not-set", "TypeError", example='int(os.getenv("PORT")) -> int(os.getenv("PORT", "8000"))')
def variable_not_set(case: Case) -> Iterator[Candidate | Finding]:
    """Add the documented default to an ``os.getenv`` that gave ``None``."""
    place = case.place
    if not place or "NoneType" not in case.message:
        return
    reads = [node for node in place.nodes(ast.Call) if _variable(node)]
    names = {node.id for node in place.nodes(ast.Name)}
    assigned = (
        assignment.value
        for assignment in place.source.find(ast.Assign)
        if called_name(assignment.targets[0]) in names
    )
    reads += [value for value in assigned if isinstance(value, ast.Call) and _variable(value)]
    for node in reads[:1]:
        name = _variable(node)
        values = documented_values(case.project, name)
        if is_secret(name) or len(values) != 1:
            yield Finding(
                f"{name} is not set, and no single default is named for it: export {name}=… and restart"
            )
            return
        value, file = next(iter(values.items()))
        edit = place.source.insert(place.source.span(node)[1] - 1, f", {_quoted(place, node, value)}")
        yield Candidate(f'default "{value}" for {name}', f"named in {file}", 0.9, (edit,))


def _variable(node: ast.Call) -> str:
    """Return ``X`` for ``os.getenv("X")`` and ``os.environ.get("X")`` without a default."""
    match node:
        case ast.Call(func=function, args=[ast.Constant(value=str(name))], keywords=[]):
            return name if re.fullmatch(r"(os\.)?(getenv|environ\.get)", ast.unparse(function)) else ""
    return ""


def _quoted(place: Place, node: ast.Call, value: str) -> str:
    """Return the default in the quotes of the call."""
    quote = place.source.code(node.args[0])[-1]
    return repr(value) if quote in value or "\\" in value else f"{quote}{value}{quote}"


@recipe("list-and-tuple", "TypeError", example="[1] + (2,) -> [1] + list((2,))")
def list_and_tuple(case: Case) -> Iterator[Candidate | Finding]:
    """Convert the right one of two added sequences to the kind of the left one."""
    match = case.match(r"can only concatenate (list|tuple) \(not \"(list|tuple)\"\) to (?:list|tuple)")
    for node in case.place.nodes(ast.BinOp) if match and case.place else ():
        if match and case.place and isinstance(node.op, ast.Add):
            yield Candidate(
                f"{match[1]}(…)",
                "it is added to one",
                0.88,
                (wrap_in_call(case.place, node.right, match[1]),),
            )
            return


@recipe("join", "TypeError", example='", ".join(numbers) -> ", ".join(map(str, numbers))')
def join_numbers(case: Case) -> Iterator[Candidate | Finding]:
    """Convert the items of a ``join`` to text."""
    match = case.match(
        r"sequence item \d+: expected str instance, (int|float|bool|Decimal|UUID|\w*Path) found"
    )
    for node in case.place.nodes(ast.Call) if match and case.place else ():
        if case.place and called_name(node.func) == "join" and len(node.args) == 1:
            code = case.place.source.code(node.args[0])
            edit = case.place.source.replace(node.args[0], f"map(str, {code})")
            yield Candidate("map(str, …)", "join takes texts", 0.9, (edit,))
            return


@recipe("bytes-and-text", "TypeError", example='sock.sendall("x") -> sock.sendall("x".encode())')
def bytes_and_text(case: Case) -> Iterator[Candidate | Finding]:
    """Encode a text where bytes are sent, written or hashed; convert a number where text is written."""
    place = case.place
    wants_bytes = case.match(
        r"a bytes-like object is required, not 'str'|(?:Strings|Unicode-objects) must be encoded before hashing"
    )
    wants_text = case.match(r"write\(\) argument must be str, not (?:int|float)")
    if not place or not (wants_bytes or wants_text):
        return
    for call in place.nodes(ast.Call):
        if called_name(call.func) not in _TAKES_BYTES or not call.args:
            continue
        argument = call.args[0]
        if wants_text:
            yield Candidate("str(…)", "a text is written", 0.88, (wrap_in_call(place, argument, "str"),))
            return
        code = place.source.code(argument)
        inner = (
            f"({code})" if isinstance(argument, ast.BinOp | ast.IfExp | ast.BoolOp | ast.Compare) else code
        )
        edit = place.source.replace(argument, f"{inner}.encode()")
        yield Candidate(f"{code}.encode()", f"{called_name(call.func)}() takes bytes", 0.88, (edit,))
        return
    yield Finding(f"bytes and text are mixed; whether to encode or decode is not told ({place})")


@recipe("whole-number", "TypeError", example="range(n / 2) -> range(n // 2)")
def whole_number(case: Case) -> Iterator[Candidate | Finding]:
    """Turn ``/`` into ``//`` in a range, an index or a slice."""
    if not case.place or not (
        case.match(r"'float' object cannot be interpreted as an integer")
        or case.match(r"(?:list|tuple|string) indices must be integers(?: or slices)?, not '?float'?")
        or case.match(r"slice indices must be integers.*")
    ):
        return
    divisions = [node for node in case.place.nodes(ast.BinOp) if isinstance(node.op, ast.Div)]
    if not divisions:
        names = {node.id for node in case.place.nodes(ast.Name)}
        values = [
            assignment.value
            for assignment in case.place.source.find(ast.Assign)
            if called_name(assignment.targets[0]) in names
        ]
        divisions = [
            value for value in values if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Div)
        ]
    if not divisions:
        read = list(_convert_setting(case))
        yield from read
        if read:
            return
    if len(divisions) != 1:
        yield Finding(
            f"a whole number is needed, and where it stopped being one is not on this line ({case.place})"
        )
        return
    if not isinstance(divisions[0].right, ast.Constant):
        yield Finding(
            f"a whole number is needed; whether {ast.unparse(divisions[0])} is to be rounded up or down, or should be "
            f"another sum, is a question of the algorithm ({case.place})"
        )
        return
    source = case.place.source
    start, end = source.span(divisions[0].left)[1], source.span(divisions[0].right)[0]
    at = start + source.text[start:end].index("/")
    yield Candidate("/ -> //", "a whole number is needed", 0.9, (source.insert(at, "/"),))


@recipe("path-and-text", "TypeError", example='ROOT + "/data" -> ROOT / "data"')
def path_and_text(case: Case) -> Iterator[Candidate | Finding]:
    """Turn ``+`` into ``/`` between a path and a text that begins with a slash."""
    place = case.place
    if not place or not case.match(r"unsupported operand type\(s\) for \+: '\w*Path' and 'str'"):
        return
    for node in place.nodes(ast.BinOp):
        if not isinstance(node.op, ast.Add):
            continue
        source, right = place.source, node.right
        text = right.values[0] if isinstance(right, ast.JoinedStr) and right.values else right
        if isinstance(text, ast.Constant) and isinstance(text.value, str) and text.value[:1] in ("/", "\\"):
            begin, end = source.span(node.left)[1], source.span(right)[0]
            slash = source.text.index(text.value[0], end)
            edits = (source.replace_range(begin, end, " / "), source.replace_range(slash, slash + 1, ""))
            yield Candidate("+ -> /", "a path and what lies below it", 0.92, edits)
        else:
            yield Finding(
                f"a path and a text are added; below it is path / text, beside it path.with_name ({place})"
            )
        return


@recipe("used-up", "TypeError", example="rows = read(); len(rows) -> rows = list(read())")
def needs_list(case: Case) -> Iterator[Candidate | Finding]:
    """Make a list of a generator, or of the result of ``map`` or ``keys()``."""
    place = case.place
    lazy = r"'?(?:generator|map|filter|zip|enumerate|reversed|dict_\w+|itertools\.\w+|range_iterator)'?"
    if not place or not (
        case.match(rf"object of type {lazy} has no len\(\)")
        or case.match(rf"{lazy} object is not (?:subscriptable|reversible)")
    ):
        return
    source = place.source
    holders = [node.value for node in place.nodes(ast.Subscript)]
    holders += [
        c.args[0] for c in source.find(ast.Call, place.line) if called_name(c.func) == "len" and c.args
    ]
    for node in holders:
        if isinstance(node, ast.Call):
            yield Candidate(
                "list(…)", "it can be counted and indexed then", 0.9, (wrap_in_call(place, node, "list"),)
            )
            return
        home = scope.enclosing_function(source, node)
        values = [
            assignment.value
            for assignment in source.find(ast.Assign)
            if called_name(assignment.targets[0]) == called_name(node)
            and scope.enclosing_function(source, assignment) is home
        ]
        if isinstance(node, ast.Name) and len(values) == 1:
            edit = wrap_in_call(place, values[0], "list")
            if isinstance(values[0], ast.GeneratorExp):
                edit = source.replace(values[0], f"[{source.code(values[0])[1:-1]}]")
            yield Candidate("list(…)", "it can be counted and indexed then", 0.9, (edit,))
            return
