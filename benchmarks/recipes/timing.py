"""How fast the whole program heals, and that undo restores everything: ``python -m benchmarks.recipes.timing``.

Every nth seeded slip is healed by the installed ``otorepair``; times are told by its events and by when the lines of
its child arrive here, what the child needs itself (its later runs) is taken off.
Then ``otorepair undo`` takes all back.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import otorepair_like
from benchmarks.recipes.breakage import HERE, Breakage, breakages
from benchmarks.recipes.run import APPS, contents

OTOREPAIR = str(Path(sys.executable).with_name("otorepair"))


@dataclass(frozen=True, slots=True)
class Healing:
    """One breakage: seconds from the error's last line to the repaired file and to the verdict; ``None``: not healed.

    Args:
        undone: whether undo restored every byte; ``None``: nothing was applied.
    """

    name: str
    on_disk: float | None
    verified: float | None
    undone: bool | None


def heal(app: str, breakage: Breakage, python: str) -> Healing:
    """Break a fresh copy of the application and run it below otorepair."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / app
        shutil.copytree(HERE / "apps" / app, folder)
        breakage.apply(folder)
        broken = contents(folder)
        events, lines = _watched(app, folder, python)
        applied = [each for each in events if each["event"] == "ChangeApplied"]
        on_disk = verified = undone = None
        if applied:
            failed = next(
                each["incident"]["evidence"][-1] for each in events if each["event"] == "IncidentSeen"
            )
            at = next(when for line, when in lines if failed.strip() in line)
            on_disk = applied[0]["time"] - at
            ended = [each for each in events if each["event"] == "AttemptEnded"][-1]
            if ended["attempt"]["verdict"] == "verified":
                runs = [each["up"] for each in events if each["event"] == "ChildExited"]
                verified = ended["time"] - at - sum(runs[1:])
            undone = _undo(folder, broken, applied)
        return Healing(f"{app}: {breakage.name}", on_disk, verified, undone)


def _watched(app: str, folder: Path, python: str) -> tuple[list[dict[str, Any]], list[tuple[str, float]]]:
    """The events of a run, and its other lines with the time of their arrival."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("OTOREPAIR", "PYTHON"))}
    env |= {"PYTHONDONTWRITEBYTECODE": "1"}
    command = [OTOREPAIR, "--backend", "recipes", "--json", "--", python, str(HERE / "drivers" / f"{app}.py")]
    events: list[dict[str, Any]] = []
    lines: list[tuple[str, float]] = []
    with subprocess.Popen(
        command, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        for line in process.stderr or ():
            if line.startswith('{"event"'):
                events.append(json.loads(line))
            else:
                lines.append((line, time.time()))
    return events, lines


def _undo(folder: Path, broken: dict[str, bytes], applied: list[dict[str, Any]]) -> bool:
    """Take back these changes, newest first; whether all is as it was broken but what the program writes itself."""
    for each in reversed(applied):
        subprocess.run([OTOREPAIR, "undo", each["attempt"]], cwd=folder, capture_output=True, check=False)
    now = contents(folder)
    names = broken.keys() | {name for each in applied for name in each["files"]}
    return all(now.get(name) == broken.get(name) for name in names if not name.startswith("var/"))


def show(name: str, seconds: list[float], floor: str) -> None:
    """One line of the table."""
    if seconds:
        last = sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * 0.95))]
        print(f"{name:44} {statistics.median(seconds):5.2f} / {last:5.2f} s   (floor {floor})")


def main() -> None:
    """Heal and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=int, default=9, help="every nth slip only")
    parser.add_argument("--python", default=sys.executable, help="interpreter that has the frameworks")
    options = parser.parse_args()
    compileall.compile_dir(str(Path(otorepair_like.__file__).parent), quiet=1)  # as an installer does
    work = [(app, each) for app in APPS for each in breakages(app) if each.kind == "slip"][:: options.every]
    healed = [heal(app, each, os.path.abspath(options.python)) for app, each in work]
    for each in healed:
        if each.verified is None or each.undone is False:
            print(each)
    print(f"{len(healed)} slips, {sum(each.verified is not None for each in healed)} verified")
    show(
        "error line -> repaired file on disk", [e.on_disk for e in healed if e.on_disk is not None], "0.6 / 2"
    )
    show(
        "error line -> verified, without the child",
        [e.verified for e in healed if e.verified is not None],
        "1 / 3",
    )
    undone = [each.undone for each in healed if each.undone is not None]
    print(f"{'undo restores the tree':44} {sum(undone)} of {len(undone)}")


if __name__ == "__main__":
    main()
