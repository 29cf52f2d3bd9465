"""The statements that a proof observes: the one that failed and those that led to it, after the change. Pure.

The lines of a file before and after are matched without their indentation, so that a statement which was only moved
into a block is still found; one that was replaced is found by its likeness among what came in its place.
"""

from __future__ import annotations

import ast
import difflib
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from otorepair_like.incident import Frame, Incident
from otorepair_like.similarity import ratio
from otorepair_like.workspace.change_set import ChangeSet, FileChange

SYNTAX: Final = ("SyntaxError", "IndentationError", "TabError")
_MOST: Final = 40
"""Frames that are looked at; recursion has more, at the same few statements."""
_LARGEST: Final = 1 << 20
"""Bytes of a file that is looked at."""
_OF_THEIR_OWN: Final = ("<lambda>",)
"""Frames whose code runs at another time than the statement that holds it."""


@dataclass(frozen=True, slots=True)
class ProofPlace:
    """A statement that is to be seen.

    Args:
        shown: file and line for people.
        path: of the file, absolute.
        line: after the change; 0: the change took the statement away.
        gated: whether the change put it behind a condition, so that it may have run for other input only.
    """

    shown: str
    path: str
    line: int
    gated: bool = False


@dataclass(frozen=True, slots=True)
class Touched:
    """Lines of a file that a change wrote, ``first`` to ``last``."""

    path: str
    first: int
    last: int


def places_of(incident: Incident, changes: ChangeSet, workspace: Path) -> tuple[ProofPlace, ...]:
    """Return the statements of a Python failure, the one that failed first; none where nobody could see them run.

    Only programs with our probe tell what they run. A file that did not compile, and an import that failed, are proven
    by coming up.
    """
    frames = [frame for frame in incident.frames if frame.own and frame.line is not None]
    frames = [frame for frame in frames if frame.function not in _OF_THEIR_OWN and _is_python(frame.file)]
    probed = incident.facts is not None and incident.language in ("python", "")
    if not frames or not probed or incident.type in SYNTAX:
        return ()
    root, files = Path(os.path.realpath(workspace)), {change.path: change for change in changes.files}
    found: dict[tuple[str, int], ProofPlace] = {}
    for frame in list(reversed(frames))[:_MOST]:
        path = Path(os.path.realpath(root / frame.file))
        name = path.relative_to(root).as_posix() if path.is_relative_to(root) else ""
        if name not in files and not path.is_file():
            continue  # a compiled library names its sources, which are not here
        place = _place(replace(frame, file=name or frame.file), path, files.get(name))
        if place is None:
            continue
        found.setdefault((place.path, place.line), place)
    return tuple(found.values())


def touched_by(changes: ChangeSet) -> tuple[Touched, ...]:
    """Return the lines that ``changes`` wrote, and those around what it took away."""
    touched = []
    for change in changes.files:
        if change.after is None or change.binary:
            continue
        old, new = _lines(change.before), _lines(change.after)
        for tag, _, _, first, last in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if tag != "equal":
                touched.append(Touched(change.path, first + 1, max(last, first + 1)))
    return tuple(touched)


def touches(incident: Incident, touched: tuple[Touched, ...]) -> bool:
    """Return whether a failure has a frame in one of the lines."""
    return any(
        f"/{frame.file}".endswith(f"/{lines.path}") and lines.first <= frame.line <= lines.last
        for frame in incident.frames
        if frame.line is not None
        for lines in touched
    )


def _is_python(file: str) -> bool:
    """Return whether a frame's file is Python itself: templates have frames too."""
    return os.path.splitext(file)[1] in ("", ".py", ".pyw")


def _place(frame: Frame, path: Path, change: FileChange | None) -> ProofPlace | None:
    """Return where the statement of a frame stands now; ``None``: it says nothing."""
    assert frame.line is not None, "only frames with a line have a place"  # noqa: S101
    shown, gated = f"{frame.file}:{frame.line}", False
    if change is None:
        new = _read(path)
        line = frame.line
    elif change.after is None:
        return ProofPlace(shown, str(path), 0)
    else:
        old, new = _lines(change.before), _lines(change.after)
        line = _moved(frame, old, new)
        gated = _gates(new, line) > _gates(old, frame.line)
    if line == 0:
        return ProofPlace(shown, str(path), 0)
    if new and isinstance(_statement(new, line), (ast.Raise, ast.Import, ast.ImportFrom)):
        return None  # what is refused on purpose is not to be refused again; an import is proven by coming up
    return ProofPlace(shown if line == frame.line else f"{frame.file}:{line}", str(path), line, gated)


def _moved(frame: Frame, old: list[str], new: list[str]) -> int:
    """Return the line of the frame's statement in ``new``, or of what came in its place; 0: nothing did."""
    line = (frame.line or 1) - 1
    statement = _statement(old, line + 1)
    first, last = (statement.lineno - 1, statement.end_lineno or line + 1) if statement else (line, line + 1)
    before, after = [text.strip() for text in old], [text.strip() for text in new]
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    candidates: list[int] = []
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal" and i <= line < j:
            return k + line - i + 1
        if tag == "replace" and i < last and j > first:
            candidates += range(k, m)
        elif tag == "equal" and i < last and j > first:
            candidates += range(k + max(first - i, 0), k + min(last, j) - i)
    best = max(candidates, key=lambda at: (ratio(before[line], after[at]), -at), default=None)
    return 0 if best is None else best + 1


def _gates(lines: list[str], line: int) -> int:
    """Return how many conditions a statement is behind: those around it, and those of its comprehensions."""
    statement, tree = _statement(lines, line), _parsed(lines)
    if statement is None or tree is None:
        return 0
    around = sum(
        isinstance(node, (ast.If, ast.Match)) and node.lineno < line <= (node.end_lineno or 0)
        for node in ast.walk(tree)
    )
    simple = not hasattr(statement, "body")
    inner = [node for node in ast.walk(statement) if isinstance(node, ast.comprehension)] if simple else []
    return around + sum(len(node.ifs) for node in inner)


def _parsed(lines: list[str]) -> ast.Module | None:
    try:
        return ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _statement(lines: list[str], line: int) -> ast.stmt | None:
    """Return the innermost statement at a line."""
    tree = _parsed(lines)
    if tree is None:
        return None
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    return max(around, key=lambda node: (node.lineno, -(node.end_lineno or 0)), default=None)


def _lines(content: bytes | None) -> list[str]:
    return (content or b"").decode("utf-8", "replace").split("\n")


def _read(path: Path) -> list[str]:
    try:
        return _lines(path.read_bytes()) if path.stat().st_size <= _LARGEST else []
    except OSError:
        return []
