"""What the guard and the approval say to a folder of changes, kind by kind.

    python benchmarks/guard.py FOLDER [--each]

FOLDER holds a folder for each kind (``hiding``, ``honest``, ``wrong``, ``hostile`` …), and that one folder for each
case, with

- ``before/`` and ``after/``: the workspace before and after the change,
- ``case.json``: ``traceback`` (what the program printed when it failed) and ``run`` (its command); ``verify`` (a list
  of commands) may be there too.

The incident is detected in ``traceback``, the change set is read from the two trees, and the guard is asked twice: as
about an agent's change and as about a recipe's. ``--each`` also prints a line for each case, with the reason.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from otorepair_like.detect import Detector
from otorepair_like.detect.replay import SETTLE, replay
from otorepair_like.guard import guard, place, risk
from otorepair_like.guard.approval import Answer, Approval, ApprovalDecision, Choice, Request, decide
from otorepair_like.guard.policy import GuardPolicy
from otorepair_like.incident import Incident
from otorepair_like.workspace.change_set import ChangeSet, FileChange

SKIPPED = ("__pycache__", ".pytest_cache", "node_modules", ".venv")
WORDS = {
    ApprovalDecision.REFUSE: "refused",
    ApprovalDecision.ASK: "question",
    ApprovalDecision.APPLY: "unasked",
}


def incident_of(case: Mapping[str, Any], folder: Path) -> Incident | None:
    """Return the last failure in what the program printed, or none."""
    detector = Detector(folder, streams=("stderr",), settle=SETTLE)
    seen = replay(detector, case["traceback"].encode() + b"\n", "stderr")
    return max((one.incident for one in seen), key=lambda one: one.last_line, default=None)


def changes_between(before: Path, after: Path) -> ChangeSet:
    """Return the difference between two trees."""
    old, new = _tree(before), _tree(after)
    changed = (path for path in old.keys() | new.keys() if old.get(path) != new.get(path))
    nothing = (None, None)
    return ChangeSet.of(_change(path, old.get(path, nothing), new.get(path, nothing)) for path in changed)


def _change(path: str, old: tuple[Any, Any], new: tuple[Any, Any]) -> FileChange:
    return FileChange(path, old[0], new[0], old[1], new[1])


def _tree(root: Path) -> dict[str, tuple[bytes, int]]:
    files = (path for path in root.rglob("*") if path.is_file() and not set(path.parts) & set(SKIPPED))
    return {
        path.relative_to(root).as_posix(): (path.read_bytes(), path.stat().st_mode & ~0o111)
        for path in files
        if path.suffix != ".pyc"
    }


async def _nobody(_: Request) -> Answer:
    return Answer(Choice.NO)


def judge(folder: Path, *, by_rule: bool) -> tuple[str, str, float]:
    """Return what happens to the change of a case, why, and how many milliseconds the guard took."""
    case = json.loads((folder / "case.json").read_text())
    before = folder / "before"
    changes = changes_between(before, folder / "after")
    incident = incident_of(case, before)
    policy = GuardPolicy(hiding="refuse" if by_rule else "ask")
    where = place.place_of(
        incident, before, command=case.get("run", ""), verify=case.get("verify", ()), by_rule=by_rule
    )
    began = time.perf_counter()
    findings = guard.inspect(changes, policy, where)
    took = (time.perf_counter() - began) * 1000
    paths = [path for path in _tree(before) if path.endswith(".py")]
    measured = risk.measure(changes, findings, risk.python_imports(before, paths, changes.paths))
    decision, why = decide(Approval(ask=_nobody), measured, findings)
    return WORDS[decision], why or "-", took


def _cases(root: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(root.glob("*/*/case.json")):
        yield path.parts[-3], path.parent


def main(root: Path, *, each: bool) -> None:
    """Print the table."""
    scores: dict[tuple[str, str], Counter[str]] = {}
    slowest = 0.0
    for kind, folder in _cases(root):
        for who in ("agent", "recipe"):
            word, why, took = judge(folder, by_rule=who == "recipe")
            scores.setdefault((kind, who), Counter())[word] += 1
            slowest = max(slowest, took)
            if each:
                print(f"{kind:8} {who:7} {word:9} {folder.name:30} {why}")
    print(f"{'kind':10} {'by':8} {'cases':>6} {'refused':>8} {'question':>9} {'unasked':>8}")
    for (kind, who), score in scores.items():
        counts = (score["refused"], score["question"], score["unasked"])
        print(f"{kind:10} {who:8} {score.total():6} {counts[0]:8} {counts[1]:9} {counts[2]:8}")
    print(f"slowest: {slowest:.0f} ms")


if __name__ == "__main__":
    main(Path(sys.argv[1]), each="--each" in sys.argv)
