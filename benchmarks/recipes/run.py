"""Break applications, let the recipes repair them, and count what is right: ``python -m benchmarks.recipes.run``.

Each breakage is handled as the loop would: run, take the incident, one attempt of the recipes, run again; an attempt
that leaves the same failure is taken back, one that leads to another failure is kept and goes on. An application is
healed if everything it prints is what it printed before it was broken.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import anyio

from benchmarks.recipes.breakage import HERE, Breakage, breakages
from benchmarks.recipes.figures import Outcome, by_family, figures, times
from benchmarks.recipes.hiding import hides
from benchmarks.recipes.random_slips import random_slips
from otorepair_like.agents.protocol import Reason, Task
from otorepair_like.detect import Detector
from otorepair_like.incident import Incident
from otorepair_like.recipes import Recipes
from otorepair_like.supervise.python_probe import PythonProbe

APPS = (
    "cli", "worker", "flask_shop", "django_notes", "fastapi_todo",
    "ledger", "clinic", "fleet", "events", "courier", "station", "quiz", "backup",
)  # fmt: skip
PREFIXES = (
    "INVENTORY_", "WORKER_", "TODO_", "LEDGER_", "CLINIC_", "FLEET_", "EVENTS_", "COURIER_", "STATION_", "QUIZ_",
)  # fmt: skip
"""Of the variables of the environment that the applications read."""

MOST_ATTEMPTS = 8


@dataclass(slots=True)
class Run:
    """One run of an application: what it printed, and the incident if it failed."""

    printed: str
    incident: Incident | None


def run(app: str, folder: Path, python: str, *, probed: bool = True) -> Run:
    """Use everything the application has; ``probed``: as the loop does it, so that failures tell of themselves."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(PREFIXES)}
    env["PYTHONDONTWRITEBYTECODE"] = "1"
    probe = PythonProbe() if probed else None
    try:
        done = subprocess.run(
            [python, str(HERE / "drivers" / f"{app}.py")],
            cwd=folder, env=probe.environment(env) if probe else env, capture_output=True, timeout=30, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Run("", Incident("Timeout", "it hangs", fingerprint="hang"))
    finally:
        records = probe.read() if probe else []
        if probe:
            probe.close()
    detector = Detector(folder)
    for record in records:
        detector.take(record, 0.0)
    seen = detector.feed("stderr", done.stderr, 0.0) + detector.flush(1.0)
    real = [each for each in seen if each.frames or each.type]
    if done.returncode == 0 and not real:
        return Run(done.stdout.decode(), None)
    return Run(done.stdout.decode(), real[0] if real else detector.crash(done.returncode, 2.0))


def contents(folder: Path) -> dict[str, bytes]:
    """Every file, by relative path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def restore(folder: Path, before: dict[str, bytes]) -> None:
    """Take everything back."""
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        if str(path.relative_to(folder)) not in before:
            path.unlink()
    for name, raw in before.items():
        (folder / name).write_bytes(raw)


def handle(app: str, breakage: Breakage, healthy: str, python: str, *, probed: bool = True) -> Outcome:
    """Break, repair as the loop would, judge."""
    outcome = Outcome(app, breakage.name, breakage.family, breakage.kind, "open")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / app
        shutil.copytree(HERE / "apps" / app, folder)
        breakage.apply(folder)
        broken = contents(folder)
        state = clean_run(app, folder, python, probed)
        if state.incident is None:
            outcome.result = "no failure" if state.printed != healthy else "no effect"
            return outcome
        outcome.hides = hides(state.incident, folder, python)
        touched = repair(app, folder, python, state, outcome, probed)
        if not touched:
            outcome.result = "untouched"
            restore(folder, broken)
        elif state.incident is not None:
            restore(folder, broken)  # what leads nowhere is taken back as a whole
        else:
            outcome.result = "correct" if state.printed == healthy else "wrong"
    return outcome


def clean_run(app: str, folder: Path, python: str, probed: bool) -> Run:
    """Run it without leaving a trace."""
    before = contents(folder)
    folders = {path for path in folder.rglob("*") if path.is_dir()}
    state = run(app, folder, python, probed=probed)
    restore(folder, before)
    for path in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        if path not in folders:
            path.rmdir()
    return state


def repair(app: str, folder: Path, python: str, state: Run, outcome: Outcome, probed: bool) -> bool:
    """Attempts until it runs or nothing is left; whether anything was kept."""
    recipes = Recipes(folder, python)
    tried: dict[str, list[str]] = {}
    kept = False
    for _ in range(MOST_ATTEMPTS):
        incident = state.incident
        if incident is None:
            break
        before = contents(folder)
        task = Task(incident, "", folder, 10.0, tuple(tried.get(incident.fingerprint, ())))
        begun = time.monotonic()
        finished = anyio.run(recipes.repair, task, lambda _: None)
        outcome.seconds.append(time.monotonic() - begun)
        outcome.told = finished.text
        outcome.said = f"{outcome.said} | {incident.title} => {finished.text}".strip(" |")
        if finished.reason is not Reason.OK:
            break
        after = clean_run(app, folder, python, probed)
        if after.incident is not None and after.incident.fingerprint == incident.fingerprint:
            tried.setdefault(incident.fingerprint, []).append(diff(before, contents(folder)))
            restore(folder, before)
            continue
        kept = True
        outcome.low = outcome.low and not finished.probation
        state.printed, state.incident = after.printed, after.incident
    return kept


def diff(before: dict[str, bytes], after: dict[str, bytes]) -> str:
    """The unified diff of two trees."""
    import difflib

    parts: list[str] = []
    for name in sorted(before.keys() | after.keys()):
        old, new = (
            tree.get(name, b"").decode("utf-8", "replace").splitlines(keepends=True)
            for tree in (before, after)
        )
        parts += difflib.unified_diff(old, new, f"a/{name}", f"b/{name}")
    return "".join(parts)


def main() -> None:
    """Run the breakages and print what came of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--app", action="append", choices=APPS, help="only this application; may be repeated")
    parser.add_argument("--only", default="", help="only breakages whose name holds this")
    parser.add_argument(
        "--random", type=int, default=0, metavar="N", help="N random slips for each application"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the random slips")
    parser.add_argument("--every", type=int, default=1, help="every nth breakage only")
    parser.add_argument("--python", default=sys.executable, help="interpreter that has the frameworks")
    parser.add_argument(
        "--no-probe", action="store_true", help="from what is printed alone, as for a log of elsewhere"
    )
    parser.add_argument("--floors", action="store_true", help="fail where a floor is not kept")
    parser.add_argument("--json", help="write the outcomes to this file")
    options = parser.parse_args()
    options.python = os.path.abspath(options.python)
    work, healthy = [], {}
    for app in options.app or APPS:
        picked = random_slips(app, options.random, options.seed) if options.random else breakages(app)
        work += [(app, each) for each in picked if options.only in each.name]
        with tempfile.TemporaryDirectory() as temporary:
            shutil.copytree(HERE / "apps" / app, Path(temporary) / app)
            state = run(app, Path(temporary) / app, options.python)
            if state.incident is not None:
                raise SystemExit(f"{app} does not run unbroken: {state.incident}")
            healthy[app] = state.printed
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        jobs = [
            threads.submit(handle, a, each, healthy[a], options.python, probed=not options.no_probe)
            for a, each in work[:: options.every]
        ]
        outcomes = [job.result() for job in jobs]
    by_name = {(app, each.name): each for app, each in work}
    for each in outcomes:
        good = {"slip": "correct", "trap": "untouched", "fault": "untouched"}[each.kind]
        untold = each.kind == "trap" and by_name[each.app, each.name].says not in each.told
        if each.result != good or untold or options.only:
            print(f"{each.app}: {each.name} [{each.kind}] {each.result}: {each.said}")
    table = figures(outcomes, by_name)
    print("\n| measure | reached | floor |\n| --- | --- | --- |", *table, sep="\n")
    print(f"\n{len(outcomes)} breakages. {by_family(outcomes)}; {times(outcomes)}.")
    if options.json:
        Path(options.json).write_text(
            json.dumps([asdict(each) for each in outcomes], indent=1), encoding="utf-8"
        )
    if options.floors and (low := [each.name for each in table if not each.holds]):
        raise SystemExit(f"below the floor: {'; '.join(low)}")


if __name__ == "__main__":
    main()
