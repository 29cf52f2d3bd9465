"""An incident: one failure seen in the output or the exit of the program.

``detect`` makes incidents, ``agents`` and ``repair`` work on them, ``memory`` keeps them, ``ui`` shows them.
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
"""Causes that no change of the source can repair (:attr:`Incident.environment`)."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One line of a stack trace.

    Args:
        file: the path as printed, or the path of the source found by a source map or the name of a JVM package.
        line: line number, from 1; ``None`` if the trace has none.
        function: name of the function; ``""`` if the trace has none.
        source: the source line as printed, stripped; ``""`` if the trace has none.
        own: whether the file belongs to the user, not to a library or a runtime, and is not generated.
        column: column number, from 1, if a JavaScript runtime printed it; else ``None``.
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
    """A variable and its value in the program.

    Args:
        name: its name.
        type: name of its type, as in a traceback.
        value: its ``repr``, shortened; ``[secret]`` if the name suggests a secret.
    """

    name: str
    type: str
    value: str


@dataclass(frozen=True, slots=True)
class FrameFacts:
    """One of the user's own frames, as seen from inside the program.

    Args:
        file, line, function: as in :class:`Frame`.
        end_line, column, end_column: extent of the expression that failed, counted as in ``ast`` (columns in bytes of
            UTF-8, from 0); ``None`` before Python 3.11.
        variables: some of its local variables; for a module only data.
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
    """Facts that the probe in a Python program reported about a failure. They come from the program: never trust them.

    Args:
        how: how the exception ended: ``"main"``, ``"thread"``, ``"unraisable"`` (nobody could catch it, as in
            ``__del__``), ``"logged"`` or ``"printed"``.
        where: name of the thread or the logger; else ``""``.
        type: the exact type, such as ``shop.cart.EmptyCart``.
        python: path of the interpreter.
        version: version of the interpreter, such as ``3.12.1``.
        scopes: own frames of all exceptions of the chain, in the order of printing.
        subject: the object without the attribute or name: a type, ``module json`` or ``class Cart``.
        names: the attributes of ``subject``; for a ``NameError`` the names in scope.
        keys: for a ``KeyError``: the mappings in scope without that key, as the code names them, each with the
            ``repr`` of its keys.
        request: method and path (with query) of the web request that was being answered.
    """

    how: str
    where: str
    type: str
    python: str
    version: str
    scopes: tuple[FrameFacts, ...] = ()
    subject: str = ""
    names: tuple[str, ...] = ()
    keys: tuple[tuple[str, tuple[str, ...]], ...] = ()
    request: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """One failure seen.

    Args:
        type: outermost exception type or error code, such as ``KeyError`` or ``TS2304``; ``""`` if none was printed.
        message: the error message, without the type.
        frames: oldest call first, the place of the failure last, whatever the order in the output.
        stream: ``"stdout"`` or ``"stderr"``; ``"output"`` where the two are one, as at a terminal.
        language: ``"python"``, ``"node"``, ``"go"`` …; ``""`` when unknown.
        root_type, root_message: of the first exception of a chain, or the first leaf of a group; else as type, message.
        chain: every (type, message) of the chain, root first.
        severity: ``"fatal"`` (ends the process), ``"error"`` or ``"warning"``.
        handled: whether the program caught and logged it on purpose.
        certain: ``False`` if rules alone cannot tell whether it is a real error; triage decides.
        environment: ``""`` or one of :data:`ENVIRONMENT_KINDS`.
        evidence: the printed lines of the failure, decoded, without colours.
        before: up to 30 lines printed before it.
        exit_status: exit status of the program if this ended it (negative: the signal that ended it).
        time: when its last line was seen, in seconds since the epoch.
        fingerprint: strict identity of the failure: twelve hex digits.
        loose_fingerprint: identity of similar failures, from type, masked message and top own file.
        count: number of sightings in one burst.
        first_line, last_line: place in its stream, lines counted from 1; 0 when unknown.
        facts: facts reported by the probe; ``None`` if there are none.
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
        """Return the innermost frame in the user's own code, or else the innermost frame of all."""
        own = [frame for frame in self.frames if frame.own]
        return own[-1] if own else (self.frames[-1] if self.frames else None)

    @property
    def title(self) -> str:
        """Return type and message on one line, such as ``KeyError: 'PORT'``."""
        text = ": ".join(part for part in (self.type, self.message) if part)
        return " ".join(text.split()) or "failure"

    @property
    def place(self) -> str:
        """Return file and line, such as ``app/main.py:12``, or ``""``."""
        frame = self.own_frame
        if frame is None:
            return ""
        return frame.file if frame.line is None else f"{frame.file}:{frame.line}"
