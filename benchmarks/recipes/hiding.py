"""Whether any recipe ever offers a patch that only hides a failure: ``python -m benchmarks.recipes.hiding``.

Every candidate for every seeded breakage, not only the one that is tried first, is shown to the guard.
"""

from __future__ import annotations

import argparse
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.recipes.breakage import HERE, Breakage, breakages
from benchmarks.recipes.run import APPS, run
from otorepair_like.agents.recipes import TIME_LIMIT, engine
from otorepair_like.agents.recipes.project import Project
from otorepair_like.agents.recipes.witness import Witness
from otorepair_like.repair.changes import ChangeSet, FileChange
from otorepair_like.repair.guard import inspect
from otorepair_like.repair.policy import Policy

_MODE = stat.S_IFREG | 0o644


def candidates(app: str, breakage: Breakage, python: str) -> list[ChangeSet]:
    """Every change that the recipes offer for a breakage."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / app
        shutil.copytree(HERE / "apps" / app, folder)
        breakage.apply(folder)
        incident = run(app, folder, python).incident
        if incident is None:
            return []
        analysis = engine.analyse(incident, Project(folder), Witness(python, TIME_LIMIT))
        return [ChangeSet.of(_changes(each.files, folder)) for each in analysis.proposals]


def _changes(files: engine.Files, folder: Path) -> Iterator[FileChange]:
    for name, after in files.items():
        before = (folder / name).read_bytes() if (folder / name).exists() else None
        yield FileChange(name, before, after, None if before is None else _MODE, _MODE)


def refusals(changes: ChangeSet) -> list[str]:
    """What the guard says of a recipe's change: nothing, it is to be hoped."""
    return [str(finding) for finding in inspect(changes, Policy(hiding="refuse"))]


def main() -> None:
    """Look at all of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", default=sys.executable, help="interpreter that has the frameworks")
    python = os.path.abspath(parser.parse_args().python)
    work = [(app, each) for app in APPS for each in breakages(app)]
    with ThreadPoolExecutor(2) as threads:
        offered = list(threads.map(lambda one: candidates(*one, python), work))
    refused = 0
    for (app, breakage), changes in zip(work, offered, strict=True):
        for said in filter(None, map(refusals, changes)):
            refused += 1
            print(f"{app}: {breakage.name}: {'; '.join(said)}")
    print(
        f"{len(work)} breakages, {sum(map(len, offered))} candidates, {refused} that the guard speaks against"
    )


if __name__ == "__main__":
    main()
