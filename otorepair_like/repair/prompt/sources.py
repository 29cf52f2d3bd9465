"""Source for a prompt: each of the user's files in a trace once, whole if it is short, else its failing functions."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from otorepair_like.incident import Incident
from otorepair_like.redact.files import holds_secrets
from otorepair_like.workspace import tree

WHOLE: Final = 150
"""Lines up to which a file is shown whole."""
_FILES: Final = 5
_AROUND: Final = 8
"""Lines shown before and after a line whose function is not known."""
_MAX_BYTES: Final = 2_000_000
_MAX_LINE: Final = 400

Range = tuple[int, int]
"""First and last line, counted from 1."""


def sources(incident: Incident, workspace: Path, folder: Path) -> Iterator[tuple[str, str]]:
    """Yield title and numbered text of each of the user's files in the trace, innermost first; failing lines marked.

    Args:
        workspace: the user's files, as the trace names them.
        folder: the private copy, from which the source is read.
    """
    own = [frame for frame in incident.frames if frame.own] or list(incident.frames[-1:])
    lines_of: dict[str, list[int]] = {}
    for frame in reversed(own):
        path = relative(frame.file, workspace)
        if path and frame.line is not None and (path in lines_of or len(lines_of) < _FILES):
            lines_of.setdefault(path, []).append(frame.line)
    for path, failing in lines_of.items():
        if text := _read(folder, path):
            yield _title(path, failing), _numbered(path, text, failing)


def relative(file: str, workspace: Path) -> str:
    """Return the path of a frame as seen from the workspace, with ``/``; ``""`` if it lies elsewhere."""
    file = file.removeprefix("file://")
    if os.path.isabs(file):
        for root in (str(workspace), os.path.realpath(workspace)):
            if file.startswith(root + os.sep):
                file = file[len(root) + 1 :]
                break
        else:
            return ""
    path = os.path.normpath(file).replace(os.sep, "/")
    return "" if path.startswith("..") or "\0" in path else path


def guidance(incident: Incident | None, workspace: Path, folder: Path) -> tuple[str, str]:
    """Return path and text of the project's own guidance for agents nearest to the failure; empty if there is none."""
    frame = incident.own_frame if incident else None
    start = relative(frame.file, workspace) if frame else ""
    here = Path(start).parent
    for place in (here, *here.parents):
        for name in ("AGENTS.md", "CLAUDE.md"):
            path = (place / name).as_posix()
            if text := _read(folder, path):
                return path, text
    return "", ""


def _read(folder: Path, path: str) -> str:
    where = folder / path
    st = tree.lstat(where)
    inside = os.path.realpath(where).startswith(os.path.realpath(folder) + os.sep)
    if st is None or not inside or holds_secrets(path) or st.st_size > _MAX_BYTES or not where.is_file():
        return ""
    return tree.read(where).decode(errors="replace")


def _title(path: str, failing: Sequence[int]) -> str:
    lines = ", ".join(str(line) for line in dict.fromkeys(failing))
    return f"{path}, failing at line {lines}"


def _numbered(path: str, text: str, failing: Sequence[int]) -> str:
    lines = text.splitlines()
    ranges = [(1, len(lines))] if len(lines) <= WHOLE else _merged(_extents(path, text, lines, failing))
    parts = []
    for first, last in ranges:
        shown = range(max(1, first), min(len(lines), last) + 1)
        parts.append(
            "\n".join(f"{'>' if n in failing else ' '} {n:5} {lines[n - 1][:_MAX_LINE]}" for n in shown)
        )
    return "\n   …\n".join(parts)


def _extents(path: str, text: str, lines: Sequence[str], failing: Sequence[int]) -> Iterator[Range]:
    """Yield the function around each failing line, or the lines around it where none is known."""
    functions = _python_functions(text) if path.endswith(".py") else []
    for line in failing:
        around = [(a, b) for a, b in functions if a <= line <= b and b - a < WHOLE]
        if not path.endswith(".py"):
            around = [block for block in [_block(lines, line)] if block]
        yield max(around, default=(line - _AROUND, line + _AROUND))


def _python_functions(text: str) -> list[Range]:
    try:
        parsed = ast.parse(text)
    except (SyntaxError, ValueError):
        return []
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    nodes = [node for node in ast.walk(parsed) if isinstance(node, kinds)]
    return [
        (min([node.lineno, *(d.lineno for d in node.decorator_list)]), node.end_lineno or node.lineno)
        for node in nodes
    ]


def _block(lines: Sequence[str], line: int) -> Range | None:
    """Return the outermost block in braces around a line that still is short enough."""
    best: Range | None = None
    opened: list[int] = []
    for number, content in enumerate(lines, 1):
        for character in content:
            if character == "{":
                opened.append(number)
            elif character == "}" and opened:
                first = opened.pop()
                if first <= line <= number and number - first < WHOLE:
                    best = (first, number)  # the outer one closes later
    return best


def _merged(ranges: Iterator[Range]) -> list[Range]:
    merged: list[Range] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(merged[-1][1], last)
        else:
            merged.append((first, last))
    return merged
