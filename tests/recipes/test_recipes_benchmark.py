"""A tenth of the benchmark, over all families: correct repairs stay correct, and no candidate hides a failure."""

from __future__ import annotations

import functools
import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.recipes.breakage import Breakage, breakages
from benchmarks.recipes.figures import Figure, Outcome, figures
from benchmarks.recipes.run import APPS, HERE, handle, run

NEEDS = {
    "flask_shop": "flask",
    "clinic": "sqlalchemy",
    "django_notes": "django",
    "events": "django",
    "fastapi_todo": "fastapi",
    "fleet": "fastapi",
    "quiz": "fastapi",
    "ledger": "click",
}
OPEN = {
    ("ledger", "classmethod renamed"),
    ("station", "missing run"),
    ("events", "date of a number"),
}
"""Slips that no recipe decides yet."""
SAMPLE = [(app, each) for app in APPS for each in breakages(app)[4::10] if (app, each.name) not in OPEN]


@functools.cache
def healthy(app: str) -> str:
    """Return the output of an application that is not broken."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / app
        shutil.copytree(HERE / "apps" / app, folder)
        state = run(app, folder, sys.executable)
    assert state.incident is None, state.incident
    return state.printed


@pytest.mark.parametrize(("app", "breakage"), SAMPLE, ids=[f"{app}-{each.name}" for app, each in SAMPLE])
def test_a_breakage_ends_as_it_should(app: str, breakage: Breakage):
    if app in NEEDS and not find_spec(NEEDS[app]):
        pytest.skip(f"{NEEDS[app]} is not installed")
    outcome = handle(app, breakage, healthy(app), sys.executable)
    assert outcome.result == ("correct" if breakage.kind == "slip" else "untouched"), outcome.said
    assert breakage.says in outcome.told
    assert outcome.hides == []


def test_the_table_tells_what_is_below_its_floor():
    right, bad = (
        Outcome("a", "one", "names", "slip", "correct"),
        Outcome("a", "two", "names", "slip", "wrong"),
    )
    told = {(each.app, each.name): Breakage(each.name, "names", ()) for each in (right, bad)}
    assert all(each.holds for each in figures([right], told))
    low = [each.name for each in figures([right, bad], told) if not each.holds]
    assert low == [
        "correct, of those that a recipe can decide",
        "wrong, of all that were changed",
        "wrong, of those of low risk",
    ]
    assert str(Figure("wrong", 1, 50, 0.02, most=True)) == "| wrong | 1 of 50 (2.0%) | at most 2% |"
