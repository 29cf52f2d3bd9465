"""Whether a failure that moved has moved on: to a later place of the path that the program takes. Pure.

A change that only has the program fail elsewhere may have led it astray. The frames of the user's own code are compared
from the outermost one in: where they part, the line must be a later one.
"""

from __future__ import annotations

from typing import Final

from otorepair_like.incident import Frame, Incident
from otorepair_like.similarity import ratio

_SYNTAX: Final = ("SyntaxError", "IndentationError", "TabError")

_ALIKE: Final = 0.5
"""Share of what two statements have in common from which on one is an edited version of the other."""

_Extent = tuple[int, int, int, int]
"""Line, column, end line and end column."""


def moved_on(before: Incident, after: Incident) -> bool:
    """Whether ``after`` happened later on the path that led to ``before``; also if they cannot be compared."""
    old, new = _own(before), _own(after)
    if not old or not new or before.language != after.language:
        return True
    if before.type in _SYNTAX or after.type in _SYNTAX:
        return _compiles_further(before, old[-1], after, new)
    for one, other in zip(old, new, strict=False):
        if (one.file, one.function) != (other.file, other.function):
            return True  # another path
        if not _same_statement(one, other):
            return (other.line or 0) > (one.line or 0)
    return len(old) != len(new) or _later_in_statement(before, after)


def _same_statement(one: Frame, other: Frame) -> bool:
    """Whether two frames stand at one statement: it may have been moved by an insertion, or edited where it is."""
    if one.source == other.source:
        return bool(one.source) or one.line == other.line
    return one.line == other.line and ratio(one.source, other.source) >= _ALIKE


def _own(incident: Incident) -> list[Frame]:
    return [frame for frame in incident.frames if frame.own and frame.line is not None]


def _compiles_further(before: Incident, place: Frame, after: Incident, new: list[Frame]) -> bool:
    """A file that does not compile has not run: what runs is later, and what does not must be so further down."""
    if after.type not in _SYNTAX:
        return True
    if before.type not in _SYNTAX:
        return new[-1].file not in {frame.file for frame in _own(before)}  # it had run
    return new[-1].file != place.file or (new[-1].line or 0) > (place.line or 0)


def _later_in_statement(before: Incident, after: Incident) -> bool:
    """Whether what failed in the same statement is evaluated later: to the right, or around what failed before."""
    old, new = _extent(before), _extent(after)
    if old is None or new is None or before.type == after.type:
        return True
    around = new[:2] <= old[:2] and new[2:] >= old[2:] and new != old
    return around or new[:2] > old[:2]


def _extent(incident: Incident) -> _Extent | None:
    """The expression that failed, relative to its line, as the program told."""
    scopes = incident.facts.scopes if incident.facts else ()
    for scope in scopes[-1:]:
        if scope.end_line is not None and scope.column is not None and scope.end_column is not None:
            return 0, scope.column, scope.end_line - scope.line, scope.end_column
    return None
