"""The facts that the program reported about its failure, in the form recipes need: members, keys, types, columns.

A program may lie, so only valid identifiers and plain keys are accepted.
"""

from __future__ import annotations

import ast

from otorepair_like.incident import Facts, Frame, FrameFacts


class ProbeFacts:
    """The facts of one incident. Every answer is "unknown" where it has none.

    Args:
        facts: the probe's report.
    """

    def __init__(self, facts: Facts | None) -> None:
        self._facts = facts

    def members(self, missing: str) -> frozenset[str] | None:
        """Return the ``dir()`` of the object that lacks the attribute ``missing``; ``None``: not reported."""
        return self._names(missing) if self._facts and self._facts.subject else None

    def parameters(self, function: str, wrong: str = "") -> list[str] | None:
        """Return the parameters of a wrongly called function, in order; ``function`` as the message names it."""
        if not self._facts or self._facts.subject != f"function {function}":
            return None
        names = [name for name in self._facts.names if name.isidentifier()]
        return None if wrong in names else names

    def keys(self, mapping: str, missing: str) -> frozenset[str] | None:
        """Return the text keys of a mapping, by the expression that names it; ``None``: not reported."""
        for name, shown in self._facts.keys if self._facts else ():
            if name == mapping:
                keys = frozenset(filter(None, map(_plain_text, shown)))
                return None if missing in keys else keys
        return None

    def types(self, file: str, line: int, function: str) -> dict[str, str]:
        """Return the types of the variables of a frame, named as in tracebacks."""
        scope = self._scope(file, line, function)
        return {variable.name: variable.type for variable in scope.variables} if scope else {}

    def extent(self, frame: Frame) -> tuple[int, int, int] | None:
        """Return end line, column and end column of the failing expression, as ``ast`` counts, if reported."""
        scope = self._scope(frame.file, frame.line or 0, frame.function)
        if not scope or scope.end_line is None or scope.column is None or scope.end_column is None:
            return None
        return scope.end_line, scope.column, scope.end_column

    def _names(self, missing: str) -> frozenset[str] | None:
        names = frozenset(name for name in self._facts.names if name.isidentifier()) if self._facts else None
        return names if names and missing not in names else None

    def _scope(self, file: str, line: int, function: str) -> FrameFacts | None:
        """Return the reported variables of one frame."""
        for scope in reversed(self._facts.scopes if self._facts else ()):
            if (scope.file, scope.line) == (file, line) and scope.function in (function, ""):
                return scope
        return None


def _plain_text(shown: str) -> str:
    """Return the text key that a ``repr`` stands for; ``""`` if it is none, or does not fit into any quotes."""
    try:
        key = ast.literal_eval(shown)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return ""
    is_plain = isinstance(key, str) and key.isprintable() and not {'"', "'", "\\", "{", "}"}.intersection(key)
    return key if is_plain and not key.endswith("...") else ""
