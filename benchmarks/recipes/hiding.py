"""Whether a recipe offers a patch that only hides a failure: what the guard says of every candidate.

Every candidate counts, not only the one that is tried first.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

from otorepair_like.guard.guard import inspect
from otorepair_like.guard.place import place_of
from otorepair_like.guard.policy import GuardPolicy
from otorepair_like.incident import Incident
from otorepair_like.recipes import TIME_LIMIT, engine
from otorepair_like.recipes.project import Project
from otorepair_like.recipes.python.interpreter import Interpreter
from otorepair_like.workspace.change_set import ChangeSet, FileChange

_MODE = stat.S_IFREG | 0o644


def hides(incident: Incident, folder: Path, python: str) -> list[str]:
    """What the guard says of every change that the recipes offer for a failure of the tree in ``folder``."""
    analysis = engine.analyse(incident, Project(folder), Interpreter(python, TIME_LIMIT))
    changes = (ChangeSet.of(_changes(each.files, folder)) for each in analysis.proposals)
    where = place_of(incident, folder, by_rule=True)
    return [
        str(finding) for each in changes for finding in inspect(each, GuardPolicy(hiding="refuse"), where)
    ]


def _changes(files: engine.Files, folder: Path) -> Iterator[FileChange]:
    for name, after in files.items():
        before = (folder / name).read_bytes() if (folder / name).exists() else None
        yield FileChange(name, before, after, None if before is None else _MODE, _MODE)
