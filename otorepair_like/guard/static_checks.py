"""Asks the project's own static checkers: a repair may add nothing to their complaints.

A checker counts if the project has settings for it and it is installed. It looks at the changed files in the private
copy, once as they are and once as they were; what it says afterwards, line numbers aside, must have been said before.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from otorepair_like.guard.finding import GuardFinding, refused
from otorepair_like.guard.parsing import data
from otorepair_like.trust.programs import absolute_path
from otorepair_like.trust.projects import is_trusted_folder
from otorepair_like.workspace import tree
from otorepair_like.workspace.change_set import ChangeSet, put

_CHECKERS: Final = {
    "ruff": ("check", "--quiet", "--no-cache", "--output-format", "concise"),
    "ty": ("check", "--quiet", "--output-format", "concise"),
}
_TIME_LIMIT: Final = 10.0
"""Seconds for one run; a checker that takes longer has no say."""
_SAID: Final = re.compile(r"^(.+?):(\d+):(?:\d+:)? (.+)$")
"""``path:line:column: what``, as both print it."""


def new_findings(changes: ChangeSet, folder: Path, workspace: Path) -> list[GuardFinding]:
    """Return the complaints of the project's checkers about ``changes`` that they did not have before.

    Args:
        folder: the private copy, with ``changes`` in it; as it was when this returns.
        workspace: where a virtual environment may hold the checkers; it is asked if the user trusts it.
    """
    python = ChangeSet(tuple(c for c in changes.files if c.path.endswith((".py", ".pyi")) and c.regular))
    programs = list(_installed(folder, workspace)) if python else []
    if not programs:
        return []
    after = [_ask(program, python, folder) for program in programs]
    put(python.inverse(), folder)
    try:
        before = [_ask(program, python, folder) for program in programs]
    finally:
        put(python, folder)
    return [finding for new, old in zip(after, before, strict=True) for finding in _added(new, old)]


def _installed(folder: Path, workspace: Path) -> Iterator[tuple[str, ...]]:
    tools = data("pyproject.toml", _content(folder / "pyproject.toml")).get("tool")
    for name, arguments in _CHECKERS.items():
        has_file = any((folder / file).is_file() for file in (f"{name}.toml", f".{name}.toml"))
        if not has_file and not (isinstance(tools, dict) and name in tools):
            continue
        local = (
            [str(workspace / venv / "bin") for venv in (".venv", "venv")]
            if is_trusted_folder(workspace)
            else []
        )
        places = [*local, absolute_path(os.environ.get("PATH", os.defpath))]
        if program := shutil.which(name, path=os.pathsep.join(places)):
            yield program, *arguments


def _content(path: Path) -> bytes:
    try:
        return tree.read(path)
    except OSError:
        return b""


def _ask(program: tuple[str, ...], changes: ChangeSet, folder: Path) -> list[tuple[str, int, str]]:
    """Return the complaints of ``program`` about the changed files, as (path, line, text)."""
    paths = [path for path in changes.paths if os.path.isfile(folder / path)]
    if not paths:
        return []
    try:
        done = subprocess.run(
            [*program, "--", *paths],
            cwd=folder,
            capture_output=True,
            timeout=_TIME_LIMIT,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return []
    found = map(_SAID.match, done.stdout.decode(errors="replace").splitlines())
    return [(one[1], int(one[2]), one[3]) for one in found if one]


def _added(after: list[tuple[str, int, str]], before: list[tuple[str, int, str]]) -> Iterator[GuardFinding]:
    known = Counter((path, what) for path, _, what in before)
    for path, line, what in after:
        known[path, what] -= 1
        if known[path, what] < 0:
            yield refused("static", path, what[:200], line)
