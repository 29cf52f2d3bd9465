"""An incident: one failure seen in a child's output or exit.

Every room speaks of incidents: ``detect`` makes them, ``agents`` and ``repair`` work on them, ``memory`` keeps
them, ``ui`` shows them. That is why the word lives on the ground floor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ENVIRONMENT_KINDS: Final = (
    "port_in_use",
    "missing_module",
    "missing_binary",
    "no_space",
    "permission",
    "connection_refused",
    "missing_variable",
)
"""Causes that no edit of the source cures (:attr:`Incident.environment`)."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One line of a stack trace.

    Args:
        file: the path as it was printed, or that of the source that a source map or a JVM package's name leads to.
        line: line number, from 1; ``None`` where the trace has none.
        function: the function's name, ``""`` where the trace has none.
        source: the source line as it was printed, stripped; ``""`` where the trace has none.
        own: whether the file is the user's own, not a library's, a runtime's or a generated one.
        column: column number, from 1, where a JavaScript runtime printed it; else ``None``.
    """

    file: str
    line: int | None = None
    function: str = ""
    source: str = ""
    own: bool = False
    column: int | None = None


_LINE_DIGITS: Final = 9
"""A number with more digits is no line number."""


def make_frame(
    file: str, line: str | int | None = None, function: str = "", source: str = "", *, own: bool = True
) -> Frame:
    """Return the frame that a printed line describes; ``own=False`` where the trace itself shows a library's file."""
    number = None if line is None or len(str(line)) > _LINE_DIGITS else int(line)
    return Frame(file, number, function.strip(), source.strip(), own)


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable as the program held it.

    Args:
        name: its name.
        type: its type, as tracebacks name types.
        value: what ``repr`` would show, shortened; ``[secret]`` where the name tells of one.
    """

    name: str
    type: str
    value: str


@dataclass(frozen=True, slots=True)
class Scope:
    """One of the user's own frames, seen from inside the program.

    Args:
        file, line, function: as in :class:`Frame`.
        end_line, column, end_column: of the expression that failed, counted as ``ast`` does (columns in bytes of
            UTF-8, from 0); ``None`` before Python 3.11.
        variables: its local variables, some of them; of a module only data.
    """

    file: str
    line: int
    function: str
    end_line: int | None = None
    column: int | None = None
    end_column: int | None = None
    variables: tuple[Variable, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """What a Python program itself told of a failure, by the probe. It is data of the program: do not believe it.

    Args:
        how: how it left: ``"main"``, ``"thread"``, ``"unraisable"`` (nobody could be told, as in ``__del__``),
            ``"logged"`` or ``"printed"``.
        where: the thread's or the logger's name; else ``""``.
        type: the exact type, such as ``shop.cart.EmptyCart``.
        python: path of the interpreter.
        version: its version, such as ``3.12.1``.
        scopes: own frames of all exceptions of the chain, in the order of their printing.
        subject: what lacks an attribute or a name: a type, ``module json`` or ``class Cart``.
        names: the attributes ``subject`` has; for a ``NameError`` the names that were in scope.
        keys: for a ``KeyError``: mappings in reach without that key, as the code calls them, each with its keys
            (their ``repr``).
        request: method and path (with query) of the web request that was being answered.
    """

    how: str
    where: str
    type: str
    python: str
    version: str
    scopes: tuple[Scope, ...] = ()
    subject: str = ""
    names: tuple[str, ...] = ()
    keys: tuple[tuple[str, tuple[str, ...]], ...] = ()
    request: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """One failure seen.

    Args:
        type: outermost exception type or error code, such as ``KeyError`` or ``TS2304``; ``""`` if none was printed.
        message: what it says, without the type.
        frames: oldest call first, the place of the failure last, whatever the language prints.
        stream: ``"stdout"`` or ``"stderr"``; ``"output"`` where the two are one, as at a terminal.
        language: ``"python"``, ``"node"``, ``"go"`` …; ``""`` when unknown.
        root_type, root_message: of the first exception of a chain, or a group's first leaf; else as type, message.
        chain: every (type, message) of the chain, root first.
        severity: ``"fatal"`` (ends the process), ``"error"`` or ``"warning"``.
        handled: whether the program caught and logged it on purpose.
        certain: ``False`` where rules alone cannot tell whether this is a real error; triage decides.
        environment: ``""`` or one of :data:`ENVIRONMENT_KINDS`.
        evidence: the printed lines of the failure, decoded, without colours.
        before: up to 30 lines printed before it.
        exit_status: the child's exit status if it died of this (negative: the signal that ended it).
        time: seconds since the epoch, when its last line was seen.
        fingerprint: strict identity: what "the same failure" means. Twelve hex digits.
        loose_fingerprint: type, masked message and top own file: what "alike" means.
        count: how often it was seen in one burst.
        first_line, last_line: place in its stream, lines counted from 1; 0 when unknown.
        facts: what the program itself told; ``None`` where it told nothing.
    """

    type: str
    message: str
    frames: tuple[Frame, ...] = ()
    stream: str = "stderr"
    language: str = ""
    root_type: str = ""
    root_message: str = ""
    chain: tuple[tuple[str, str], ...] = ()
    severity: str = "error"
    handled: bool = False
    certain: bool = True
    environment: str = ""
    evidence: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    exit_status: int | None = None
    time: float = 0.0
    fingerprint: str = ""
    loose_fingerprint: str = ""
    count: int = 1
    first_line: int = 0
    last_line: int = 0
    facts: Facts | None = None

    @property
    def own_frame(self) -> Frame | None:
        """The innermost frame in the user's own code; the innermost frame of all if none is known to be."""
        own = [frame for frame in self.frames if frame.own]
        return own[-1] if own else (self.frames[-1] if self.frames else None)

    @property
    def title(self) -> str:
        """``KeyError: 'PORT'``, on one line."""
        text = ": ".join(part for part in (self.type, self.message) if part)
        return " ".join(text.split()) or "failure"

    @property
    def place(self) -> str:
        """``app/main.py:12``, or ``""``."""
        frame = self.own_frame
        if frame is None:
            return ""
        return frame.file if frame.line is None else f"{frame.file}:{frame.line}"
