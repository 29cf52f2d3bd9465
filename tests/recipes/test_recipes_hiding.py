"""No recipe ever offers what only hides a failure: a share of the seeded set; the benchmark looks at all of it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.recipes.breakage import Breakage, breakages
from benchmarks.recipes.hiding import candidates, refusals

SAMPLE = [
    (app, each) for app in ("cli", "worker", "flask_shop", "django_notes") for each in breakages(app)[7::40]
]


@pytest.mark.parametrize(("app", "breakage"), SAMPLE, ids=[f"{app}-{each.name}" for app, each in SAMPLE])
def test_the_guard_says_nothing_against_any_candidate(app: str, breakage: Breakage):
    for changes in candidates(app, breakage, sys.executable):
        assert refusals(changes) == []
