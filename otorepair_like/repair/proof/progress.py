"""Progress of a repair: is the new failure later on the same code path? Pure.

A change after which the program only fails elsewhere may be wrong. The frames of the user's own code are compared from
the outermost one in: at the first difference the line must be a later one.
"""

from __future__ import annotations

from typing import Final

from otorepair_like.incident import Frame, Incident
from otorepair_like.similarity import ratio

_SYNTAX: Final = ("SyntaxError", "IndentationError", "TabError")

_ALIKE: Final = 0.5
"""Similarity from which on one statement counts as an edited version of the other."""

_Extent = tuple[int, int, int, int]
"""Line, column, end line and end column."""


def moved_on(before: Incident, after: Incident) -> bool:
    """Return whether ``after`` happened later on the path that led to ``before``; true if they cannot be compared."""
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
    """Return whether two frames are at one statement, which an insertion may have moved, or a repair edited."""
    if one.source == other.source:
        return bool(one.source) or one.line == other.line
    return one.line == other.line and ratio(one.source, other.source) >= _ALIKE


def _own(incident: Incident) -> list[Frame]:
    return [frame for frame in incident.frames if frame.own and frame.line is not None]


def _compiles_further(before: Incident, place: Frame, after: Incident, new: list[Frame]) -> bool:
    """Return whether ``after`` is later, where a file did not compile: code that ran is, and so is an error below."""
    if after.type not in _SYNTAX:
        return True
    if before.type not in _SYNTAX:
        return new[-1].file not in {frame.file for frame in _own(before)}  # it had run
    return new[-1].file != place.file or (new[-1].line or 0) > (place.line or 0)


def _later_in_statement(before: Incident, after: Incident) -> bool:
    """Return whether the same statement failed in a part that is evaluated later: to the right, or around the first."""
    old, new = _extent(before), _extent(after)
    if old is None or new is None or before.type == after.type:
        return True
    around = new[:2] <= old[:2] and new[2:] >= old[2:] and new != old
    return around or new[:2] > old[:2]


def _extent(incident: Incident) -> _Extent | None:
    """Return the extent of the expression that failed, relative to its line, as the program reported it."""
    scopes = incident.facts.scopes if incident.facts else ()
    for scope in scopes[-1:]:
        if scope.end_line is not None and scope.column is not None and scope.end_column is not None:
            return 0, scope.column, scope.end_line - scope.line, scope.end_column
    return None
