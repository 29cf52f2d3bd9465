"""What an attempt costs besides the agent, on a repository of 5,000 files, and what the guard lets through.

    python benchmarks/repair.py [--rerun]

Prints medians and least times in milliseconds: on a busy machine the least says more. ``--rerun`` also runs every
hiding patch, to show how many a mere "run it again" accepts.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from otorepair_like.guard.guard import inspect
from otorepair_like.guard.parsing import python
from otorepair_like.guard.policy import GuardPolicy
from otorepair_like.guard.risk import python_imports
from otorepair_like.workspace.apply import Applied, apply
from otorepair_like.workspace.change_set import ChangeSet, FileChange
from otorepair_like.workspace.private_copy import PrivateCopy
from otorepair_like.workspace.undo import undo
from tests.support.guard_cases import cases
from tests.support.guard_programs import PROGRAMS, hiding

FILES, ROUNDS, FILE = 5000, 7, 0o100644
MODULE = "import os\n\n\n" + "".join(f"def f{n}(x):\n    return x + {n}\n\n\n" for n in range(40))


def milliseconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1000


def times(action: Callable[[], object], prepare: Callable[[], object] = lambda: None) -> list[float]:
    taken = []
    for _ in range(ROUNDS):
        prepare()
        taken.append(milliseconds(action))
    return taken


def make_repository(root: Path) -> list[Path]:
    paths = [root / f"package{n // 50}/module{n % 50}.py" for n in range(FILES)]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(MODULE)
    for command in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *command], cwd=root, check=True)
    return paths


def edit(paths: list[Path]) -> None:
    for path in paths:
        path.write_text(path.read_text() + "y = 1\n")


def fsync_floor(folder: Path, files: int) -> list[float]:
    """What the disk itself takes: a durable journal and ``files`` durable files."""

    def write() -> None:
        for number in range(files + 1):
            path = folder / f"floor{number}"
            path.write_text(MODULE)
            for target in (path, folder):
                handle = os.open(target, os.O_RDONLY)
                os.fsync(handle)
                os.close(handle)

    return times(write)


def show(name: str, taken: list[float], wanted: str = "") -> None:
    print(f"{name:52} {statistics.median(taken):8.1f} {min(taken):8.1f}  {wanted}")


def trees(folder: Path) -> None:
    root = folder / "w"
    paths = make_repository(root)
    shop = PrivateCopy(root, folder / "home")
    print(f"{FILES} files of {len(MODULE)} bytes; ms, median and least of {ROUNDS}")
    show("first copy (in the background)", [milliseconds(shop.refresh)])
    time.sleep(0.1)  # past the clock tick within which a file is read again, as in real life
    show("copy in step, nothing changed", times(shop.refresh))
    show(
        "copy in step, 10 files changed",
        times(shop.sync, lambda: (shop.refresh(), edit(paths[:10]))),
        "wanted: 50",
    )
    show("the same after an attempt worked in it", times(shop.sync, lambda: edit(paths[:10])))
    listing = ["git", "ls-files", "-co", "--exclude-standard"]
    list_files = lambda: subprocess.run(listing, cwd=root, stdout=subprocess.DEVNULL, check=True)  # noqa: E731
    show("git ls-files alone", times(list_files))
    copy = shop.sync()
    edit([copy / path.relative_to(root) for path in paths[20:28]])
    show("change set of 8 files from disk", times(shop.changes))
    show("stray writes", times(shop.stray_writes))
    changes = shop.changes()
    show("guard, 8 files", times(lambda: inspect(changes, GuardPolicy()), python.cache_clear), "wanted: 50")
    show("blast radius", times(lambda: python_imports(shop.root, shop.paths(), changes.paths)))
    journal = root / ".otorepair" / "journal.json"
    applied: list[Applied] = []
    took_apply, took_back, took_undo = [], [], []
    for _ in range(ROUNDS):
        took_apply.append(milliseconds(lambda: applied.append(apply(changes, root, journal))))
        took_back.append(milliseconds(lambda: applied.pop().take_back()))
        apply(changes, root, journal)
        took_undo.append(milliseconds(lambda: undo(changes, root, journal)))
    floor = fsync_floor(journal.parent, len(changes.files))
    show("the disk: 9 durable files", floor)
    beyond = min(took_apply) - min(floor)
    show("apply, 8 files", took_apply, f"beyond the disk: {beyond:.1f}, wanted: 20")
    show("take back, 8 files", took_back)
    show("undo, 8 files", took_undo)
    shop.close()


def patch(name: str, before: str, after: str) -> ChangeSet:
    return ChangeSet((FileChange(f"app/{name}.py", before.encode(), after.encode(), FILE, FILE),))


def survives(source: str) -> bool:
    """Whether a program runs without a failure, or is still up after 2 seconds."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            command = [sys.executable, "-c", source]
            done = subprocess.run(command, cwd=folder, capture_output=True, timeout=2, check=False)
        except subprocess.TimeoutExpired:
            return True
    return done.returncode == 0


def patches(*, rerun: bool) -> None:
    hidden = [(p, source) for p in PROGRAMS for _, source in hiding(p)]
    honest = [(p, p.repaired(*change)) for p in PROGRAMS for change in p.honest]
    through = [not inspect(patch(p.name, p.source, source), GuardPolicy()) for p, source in hidden]
    kept = [not inspect(patch(p.name, p.source, source), GuardPolicy()) for p, source in honest]
    print(f"\n{len(hidden)} patches that only hide a failure: the guard lets {sum(through)} through")
    print(f"{len(honest)} repairs of the cause: the guard keeps {sum(kept)}")
    for kind in ("hides", "mends"):
        some = [inspect(case.changes, GuardPolicy()) for case in cases(kind)]
        noticed = sum(map(bool, some))
        print(f"{len(some)} changes of realistic programs, each {kind} a failure: the guard flags {noticed}")
    if rerun:
        with ThreadPoolExecutor(2) as pool:
            accepted = sum(pool.map(survives, (source for _, source in hidden)))
        mended = sum(survives(source) for _, source in honest)  # one by one: some take the same port
        print(f"running again alone accepts {accepted} of the hiding patches and {mended} of the repairs")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        trees(Path(name))
    patches(rerun="--rerun" in sys.argv)
