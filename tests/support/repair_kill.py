"""Kills a process, or fills its disk, at every single step that touches the disk; looks at what comes of it.

Run as ``python -m tests.support.repair_kill SCENARIO FOLDER``. Steps are Python's own audit events (PEP 578), so
nothing of the code under test is replaced. Prints JSON: how many steps were tried, and what was wrong after which.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import stat
import sys
from collections.abc import Callable
from pathlib import Path

from otorepair_like.errors import ApplyError
from otorepair_like.workspace.apply import Applied, apply, recover
from otorepair_like.workspace.change_set import ChangeSet, FileChange
from tests.support.repair_trees import tree_hash, write

TOUCHES = frozenset(
    {
        "open",
        "os.rename",
        "os.remove",
        "os.link",
        "os.symlink",
        "os.mkdir",
        "os.rmdir",
        "os.chmod",
        "shutil.rmtree",
    }
)
REFUSED, STEPS = 7, 66
FILE, SCRIPT = stat.S_IFREG | 0o644, stat.S_IFREG | 0o755
CHANGES = ChangeSet.of(
    [
        FileChange("app/main.py", b"one\ntwo\nthree\nfour\n", b"one\nTWO\nthree\nfour\n", FILE, FILE),
        FileChange("app/gone.py", b"gone\n", None, FILE, None),
        FileChange("run.sh", b"#!/bin/sh\n", b"#!/bin/sh\nexit 0\n", SCRIPT, SCRIPT),
        FileChange("app/new/deep/file.py", None, b"new\n", None, FILE),
    ]
)


class Tree:
    """A workspace that can be made again and again."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "w"
        self.journal = self.root / ".otorepair/journal.json"

    def fresh(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)
        write(self.root, {c.path: c.before for c in CHANGES.files if c.before is not None})
        (self.root / "run.sh").chmod(0o755)
        main = self.root / "app/main.py"
        main.write_bytes(main.read_bytes() + b"five, by the user\n")

    def apply(self) -> Applied:
        return apply(CHANGES, self.root, self.journal)

    def recover(self) -> str | None:
        return recover(self.root, self.journal)

    def litter(self) -> list[str]:
        kept = {self.journal.name + ".lock"}
        return sorted(p.name for p in self.journal.parent.glob("*") if p.name not in kept)


def in_a_child(at_step: Callable[[int, str, tuple[object, ...]], None], action: Callable[[], object]) -> int:
    """Run ``action`` in a process of its own, ``at_step`` called before every step; its wait status.

    The child exits with 7 when ``action`` raised an ApplyError.
    """
    child = os.fork()
    if child == 0:
        count = 0

        def hook(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal count
            if event in TOUCHES:
                count += 1
                at_step(count, event, arguments)

        sys.addaudithook(hook)
        try:
            action()
        except ApplyError as error:
            os._exit(REFUSED if "nothing was changed" in str(error) else 1)
        except BaseException:  # noqa: BLE001 - a child of fork must never come back
            os._exit(2)
        os._exit(0)
    return os.waitpid(child, 0)[1]


def killed_at(step: int, action: Callable[[], object]) -> bool:
    """Run ``action`` and kill it at its ``step``; whether it got there."""

    def at_step(count: int, event: str, arguments: tuple[object, ...]) -> None:
        if count == step:
            os.kill(os.getpid(), signal.SIGKILL)

    status = in_a_child(at_step, action)
    assert status in (0, signal.SIGKILL), status
    return status != 0


def failing(step: int, for_ever: bool, action: Callable[[], object]) -> int:
    """Run ``action`` with a failing disk at its ``step``, once, or for every new file from then on."""

    def at_step(count: int, event: str, arguments: tuple[object, ...]) -> None:
        makes = event in ("os.mkdir", "os.link", "os.symlink") or (
            event == "open" and isinstance(arguments[2], int) and bool(arguments[2] & os.O_CREAT)
        )
        if count == step or (for_ever and count > step and makes):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "app/main.py")

    return os.waitstatus_to_exitcode(in_a_child(at_step, action))


def killing_apply(tree: Tree, before: str, after: str) -> list[str]:
    """Killed while applying: all or nothing, and nothing if a journal was left."""
    wrong, step = [], 0
    while True:
        step += 1
        tree.fresh()
        killed = killed_at(step, tree.apply)
        left = tree.journal.exists()
        said = tree.recover()
        now = tree_hash(tree.root)
        if now != (before if left else now) or now not in (before, after) or left != bool(said):
            wrong.append(f"apply, step {step}")
        if not killed:
            return [*wrong, f"{step - 1} steps"]


def killing_take_back(tree: Tree, before: str, after: str) -> list[str]:
    """Killed while taking back: it is finished."""
    wrong, step = [], 0
    while True:
        step += 1
        tree.fresh()
        applied = tree.apply()
        killed = killed_at(step, applied.take_back)
        left = tree.journal.exists()
        tree.recover()
        now = tree_hash(tree.root)
        if now not in (before, after) or (left and now != before):
            wrong.append(f"take back, step {step}")
        if not killed:
            return [*wrong, f"{step - 1} steps"]


def killing_recover(tree: Tree, before: str, after: str) -> list[str]:
    """Killed in the middle of applying, and again at every step of the recovery; the third start succeeds."""
    wrong, total = [], 0
    for middle in range(12, 40, 5):
        step, killed = 0, True
        while killed:
            step += 1
            tree.fresh()
            killed_at(middle, tree.apply)
            had = tree.journal.exists()
            killed = killed_at(step, tree.recover)
            tree.recover()
            now = tree_hash(tree.root)
            if now not in (before, after) or (had and now != before) or tree.journal.exists():
                wrong.append(f"recover, step {middle}/{step}")
        total += step - 1
    return [*wrong, f"{total} steps"]


def filling_the_disk(tree: Tree, before: str, after: str) -> list[str]:
    """No space at one step, or from one step on: said in one line, the tree as before, nothing left behind."""
    wrong, total = [], 0
    for for_ever in (False, True):
        step, exit_code = 0, REFUSED
        while step < STEPS:
            step += 1
            tree.fresh()
            exit_code = failing(step, for_ever, tree.apply)
            now = tree_hash(tree.root)
            refused = (
                exit_code == REFUSED and now == before and not tree.journal.exists() and not tree.litter()
            )
            if not refused and not (exit_code == 0 and now == after):
                wrong.append(
                    f"full disk, step {step}, for ever: {for_ever}, exit {exit_code}, {tree.litter()}"
                )
        total += step
    return [*wrong, f"{total} steps"]


def swapping_a_folder(tree: Tree, before: str, after: str) -> list[str]:
    """A folder swapped for a link to elsewhere, at every step: nothing is written elsewhere."""
    elsewhere = tree.root.parent / "elsewhere"
    write(elsewhere, {"main.py": b"one\ntwo\nthree\nfour\nfive, by the user\n", "gone.py": b"gone\n"})
    decoy, wrong = tree_hash(elsewhere), []

    def at_step(count: int, event: str, arguments: tuple[object, ...]) -> None:
        if count == step:
            (tree.root / "app").rename(tree.root / "app.moved")
            (tree.root / "app").symlink_to(elsewhere)

    for step in range(1, STEPS):
        tree.fresh()
        status = os.waitstatus_to_exitcode(in_a_child(at_step, tree.apply))
        if tree_hash(elsewhere) != decoy or status == 2:
            wrong.append(f"swap, step {step}, exit {status}")
    return [*wrong, f"{STEPS - 1} steps"]


SCENARIOS = {
    "swap": swapping_a_folder,
    "full": filling_the_disk,
    "apply": killing_apply,
    "take_back": killing_take_back,
    "recover": killing_recover,
}


def main(scenario: str, folder: str) -> None:
    tree = Tree(Path(folder))
    tree.fresh()
    before = tree_hash(tree.root)
    applied = tree.apply()
    after = tree_hash(tree.root)
    applied.take_back()
    assert tree_hash(tree.root) == before
    *wrong, steps = SCENARIOS[scenario](tree, before, after)
    tree.fresh() if scenario == "swap" else tree.apply()  # whatever was left lying about goes with the next apply
    print(json.dumps({"steps": int(steps.split()[0]), "wrong": wrong, "litter": tree.litter()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
