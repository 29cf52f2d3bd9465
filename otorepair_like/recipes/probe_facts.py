"""What the program itself told of its failure, asked as recipes ask: members, keys, types, columns.

It is data of a program that may lie: only names that could stand in source, and plain keys, are taken.
"""

from __future__ import annotations

import ast

from otorepair_like.incident import Facts, Frame, Scope


class Told:
    """Facts of one incident; where it has none, every answer is "unknown".

    Args:
        facts: what the probe told.
    """

    def __init__(self, facts: Facts | None) -> None:
        self._facts = facts

    def members(self, missing: str) -> frozenset[str] | None:
        """What the object has that lacks the attribute ``missing``: its ``dir()``; ``None``: not told."""
        return self._names(missing) if self._facts and self._facts.subject else None

    def parameters(self, function: str, wrong: str = "") -> list[str] | None:
        """What the function takes that was called wrongly, in order, by the name its error message calls it."""
        if not self._facts or self._facts.subject != f"function {function}":
            return None
        names = [name for name in self._facts.names if name.isidentifier()]
        return None if wrong in names else names

    def keys(self, mapping: str, missing: str) -> frozenset[str] | None:
        """The texts that are keys of a mapping, by the expression that names it; ``None``: not told."""
        for name, shown in self._facts.keys if self._facts else ():
            if name == mapping:
                keys = frozenset(filter(None, map(_plain_text, shown)))
                return None if missing in keys else keys
        return None

    def types(self, file: str, line: int, function: str) -> dict[str, str]:
        """The types of the variables of a frame, as tracebacks name types."""
        found = self._scope(file, line, function)
        return {each.name: each.type for each in found.variables} if found else {}

    def extent(self, frame: Frame) -> tuple[int, int, int] | None:
        """End line, column and end column of what failed in a frame, as ``ast`` counts; ``None``: not told."""
        found = self._scope(frame.file, frame.line or 0, frame.function)
        if not found or found.end_line is None or found.column is None or found.end_column is None:
            return None
        return found.end_line, found.column, found.end_column

    def _names(self, missing: str) -> frozenset[str] | None:
        names = frozenset(name for name in self._facts.names if name.isidentifier()) if self._facts else None
        return names if names and missing not in names else None

    def _scope(self, file: str, line: int, function: str) -> Scope | None:
        for scope in reversed(self._facts.scopes if self._facts else ()):
            if (scope.file, scope.line) == (file, line) and scope.function in (function, ""):
                return scope
        return None


def _plain_text(shown: str) -> str:
    """The text a key's ``repr`` means; ``""`` if it is none, or could not stand in any quotes."""
    try:
        key = ast.literal_eval(shown)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return ""
    plain = isinstance(key, str) and key.isprintable() and not {'"', "'", "\\", "{", "}"}.intersection(key)
    return key if plain and not key.endswith("...") else ""
