"""Marks of a proof: tells otorepair when the statements it names run, and how they are left. Read in the child.

Only a process that is started while a repair is being proven reads this. The marks go into the code as it is compiled
(:meth:`Marks.watch_imports`), so that nothing else of the program is slower: no trace function looks on. The script
that Python was started with is compiled without asking anybody, so its functions get their marked code as soon as they
exist (:meth:`Marks.watch_main`). Nothing is imported but built-in modules, as in ``otorepair_report.py``.
"""

from __future__ import annotations

import _ast
import builtins
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType, FrameType
    from typing import Any

NAME = "__otorepair_mark__"
"""Under which the marked code finds :meth:`Marks.mark`."""
ONLY_AST = 0x400
"""``ast.PyCF_ONLY_AST``."""
OWN_NAMES = 0x2
"""``inspect.CO_NEWLOCALS``: a function's code."""
ENTERED, LEFT, RAISED = 0, 1, 2
STOPS = (StopIteration, StopAsyncIteration, GeneratorExit, KeyboardInterrupt, SystemExit)
"""How statements are left that work: in an iteration, or because the program is ended."""
HEADERS = {"If": "test", "While": "test", "For": "iter", "AsyncFor": "iter", "Match": "subject"}


def install(text: str, tell: Callable[[bytes], None]) -> None:
    """Begin: ``text`` has the proof's token in its first line, then ``LINE PATH`` of each statement."""
    token, *lines = text.splitlines()
    places: dict[str, list[tuple[int, int]]] = {}
    for number, entry in enumerate(lines):
        line, _, path = entry.partition(" ")
        places.setdefault(os.path.realpath(path), []).append((number, int(line)))
    marks = Marks(token, places, tell)
    setattr(builtins, NAME, marks.mark)
    marks.watch_imports()
    marks.watch_main()


class Marks:
    """Marks for one proof.

    Args:
        token: which proof this is.
        places: number and line of each statement, by file. Number 0 is the one that failed, the others led to it.
        tell: takes a line for otorepair.
    """

    def __init__(
        self, token: str, places: dict[str, list[tuple[int, int]]], tell: Callable[[bytes], None]
    ) -> None:
        self._token, self._places, self._tell = token, places, tell
        self._told: set[tuple[int, int]] = set()

    def mark(self, number: int, state: int, value: Any = None, kind: Any = None) -> Any:
        """Tell once that a statement was entered, left or raised; return ``value``."""
        if (number, state) not in self._told:
            if state == RAISED and issubclass(kind or sys.exc_info()[0] or Exception, STOPS):
                return value
            self._told.add((number, state))
            try:
                self._tell(f'\n{{"ran":"{self._token}","place":{number},"state":{state}}}\n'.encode())
            except Exception:  # noqa: BLE001, S110 - the proof has one witness less
                pass
        return value

    def code(self, path: str) -> CodeType | None:
        """The code of a file with its marks; ``None``: it has none."""
        places = self._places.get(os.path.realpath(path))
        if not places:
            return None
        with open(path, "rb") as file:
            tree = compile(file.read(), path, "exec", ONLY_AST, dont_inherit=True)
        for number, line in places:
            insert(tree, line, number)
        return compile(tree, path, "exec", dont_inherit=True)

    def watch_imports(self) -> None:
        """Give the marked code to whoever loads one of the files; it is not kept in a ``.pyc``."""
        loader = sys.modules["_frozen_importlib_external"].SourceLoader
        before, marks = loader.get_code, self

        def get_code(self: Any, fullname: str) -> Any:
            try:
                code = marks.code(self.get_filename(fullname))
            except Exception:  # noqa: BLE001 - the loader says itself what is wrong with a file
                code = None
            return before(self, fullname) if code is None else code

        get_code.__code__ = get_code.__code__.replace(co_filename=before.__code__.co_filename)
        loader.get_code = get_code

    def watch_main(self) -> None:
        """See to the script, if it is one of the files, unless somebody traces already."""
        script = os.path.realpath(sys.argv[0]) if sys.argv and sys.argv[0] else ""
        if script in self._places and sys.gettrace() is None:
            sys.settrace(Script(self, script, self._places[script]).called)


class Script:
    """The script's own statements: traced until its functions have their marks and its last place is passed.

    Args:
        path: of the script, resolved.
        places: number and line of each.
    """

    def __init__(self, marks: Marks, path: str, places: list[tuple[int, int]]) -> None:
        self._marks, self._path, self._places = marks, path, places
        self._waiting: list[tuple[CodeType, CodeType]] = []
        self._direct: list[tuple[int, int, int]] = []
        self._inside: tuple[int, int, int] | None = None

    def called(self, frame: FrameType, _event: str, _: Any) -> Any:
        """Trace function of the process: interested in one frame."""
        code = frame.f_code
        if code.co_name != "<module>" or os.path.realpath(code.co_filename) != self._path:
            return None
        try:
            self._begin(code)
        except Exception:  # noqa: BLE001 - Python says itself what is wrong with the file
            sys.settrace(None)
            return None
        return self._stepped

    def _begin(self, code: CodeType) -> None:
        marked = self._marks.code(code.co_filename)
        assert marked is not None, "the script has places"  # noqa: S101
        for old, new in zip(functions(code), functions(marked)):  # noqa: B905 - Python 3.8 has no strict
            if any(old.co_firstlineno <= line <= last_line(old) for _, line in self._places):
                self._waiting.append((old, new))
        with open(code.co_filename, "rb") as file:
            tree = compile(file.read(), code.co_filename, "exec", ONLY_AST, dont_inherit=True)
        for number, line in self._places:
            found = statement_at(tree, line)
            if found and not found[2]:
                statement = found[0][found[1]]
                self._direct.append((number, statement.lineno, statement.end_lineno))

    def _stepped(self, frame: FrameType, event: str, value: Any) -> Any:
        """Trace function of the script's frame."""
        if self._inside:
            self._pass_on(event, frame.f_lineno, value)
        if event == "line":
            self._give_marks(frame.f_lineno)
            for place in self._direct:
                if place[1] <= frame.f_lineno <= place[2] and self._inside != place:
                    self._inside = place
                    self._marks.mark(place[0], ENTERED)
                    if place[0]:
                        self._direct.remove(
                            place
                        )  # it led there; it may go on for as long as the program runs
                        self._inside = None
                    break
        if not (self._waiting or self._direct):
            sys.settrace(None)
            return None
        return self._stepped

    def _pass_on(self, event: str, line: int, value: Any) -> None:
        """The statement that failed is left, or is not."""
        assert self._inside  # noqa: S101
        number, first, last = self._inside
        if event == "exception":
            self._marks.mark(number, RAISED, kind=value[0])
            self._inside = None
        elif event == "return" or not first <= line <= last:
            self._marks.mark(number, LEFT)
            self._direct.remove(self._inside)
            self._inside = None

    def _give_marks(self, line: int) -> None:
        """Give marked code to the functions that exist by now."""
        done = [pair for pair in self._waiting if not pair[0].co_firstlineno <= line <= last_line(pair[0])]
        if not done:
            return
        import gc

        for old, new in done:
            for holder in gc.get_referrers(old):
                if type(holder).__name__ == "function" and holder.__code__ is old:
                    holder.__code__ = new
                    if (old, new) in self._waiting:
                        self._waiting.remove((old, new))


# --- code -----------------------------------------------------------------------------------------------------------


def functions(code: CodeType) -> Iterator[CodeType]:
    """The outermost functions in a code, methods too."""
    for constant in code.co_consts:
        if type(constant) is type(code):
            if constant.co_flags & OWN_NAMES:
                yield constant
            else:
                yield from functions(constant)


def last_line(code: CodeType) -> int:
    """Last line of a code and those in it."""
    lines = [line for _, _, line in code.co_lines() if line] if hasattr(code, "co_lines") else []
    inner = [last_line(constant) for constant in code.co_consts if type(constant) is type(code)]
    return max([code.co_firstlineno, *lines, *inner])


def statement_at(tree: Any, line: int, in_function: bool = False) -> tuple[list[Any], int, bool] | None:
    """The innermost statement at a line: the list it is in, its place there, and whether a function has it."""
    for field in getattr(tree, "_fields", ()):
        inner = getattr(tree, field)
        if not isinstance(inner, list):
            continue
        for index, node in enumerate(inner):
            deeper = in_function or "FunctionDef" in type(node).__name__
            if isinstance(node, (_ast.stmt, _ast.excepthandler)) or type(node).__name__ == "match_case":
                if found := statement_at(node, line, deeper):
                    return found
                if isinstance(node, _ast.stmt) and first_line(node) <= line <= (node.end_lineno or 0):
                    return inner, index, in_function
    return None


def first_line(statement: Any) -> int:
    """First line of a statement, decorators included."""
    lines: list[int] = [statement.lineno, *(one.lineno for one in getattr(statement, "decorator_list", ()))]
    return min(lines)


def insert(tree: Any, line: int, number: int) -> None:
    """Put marks around the statement at a line."""
    found = statement_at(tree, line)
    if not found:
        return
    body, index, _ = found
    statement = body[index]
    kind, ends = type(statement).__name__, False
    if kind == "Return":
        statement.value = call(statement, number, LEFT, statement.value or none(statement))
    elif kind in HEADERS:
        header = HEADERS[kind]
        setattr(statement, header, call(statement, number, LEFT, getattr(statement, header)))
    elif kind in ("With", "AsyncWith"):
        statement.body.insert(0, mark(statement, number, LEFT))
    else:
        ends = True
    body[index] = at(
        statement,
        _ast.Try(
            body=[mark(statement, number, ENTERED), statement],
            handlers=[
                at(
                    statement,
                    _ast.ExceptHandler(
                        type=None,
                        name=None,
                        body=[
                            mark(statement, number, RAISED),
                            at(statement, _ast.Raise(exc=None, cause=None)),
                        ],
                    ),
                )
            ],
            orelse=[mark(statement, number, LEFT)] if ends else [],
            finalbody=[],
        ),
    )


def mark(place: Any, number: int, state: int) -> Any:
    """A statement that marks."""
    return at(place, _ast.Expr(value=call(place, number, state)))


def call(place: Any, number: int, state: int, value: Any = None) -> Any:
    """An expression that marks, and has the value of the one given."""
    name = at(place, _ast.Name(id=NAME, ctx=_ast.Load()))
    numbers = [at(place, _ast.Constant(value=one, kind=None)) for one in (number, state)]
    arguments = [*numbers, value] if value is not None else numbers
    return at(place, _ast.Call(func=name, args=arguments, keywords=[]))


def none(place: Any) -> Any:
    """The expression ``None``."""
    return at(place, _ast.Constant(value=None, kind=None))


def at(place: Any, node: Any) -> Any:
    """A node with the place of another."""
    node.lineno, node.col_offset = place.lineno, place.col_offset
    node.end_lineno, node.end_col_offset = place.end_lineno, place.end_col_offset
    return node
