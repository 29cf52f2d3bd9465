"""A tenth of the benchmark: what it counts as correct here stays correct."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks.recipes.breakage import Breakage, breakages  # noqa: E402
from benchmarks.recipes.run import HERE, handle, run  # noqa: E402

NEEDS = {"cli": "sqlite3", "worker": "asyncio", "flask_shop": "flask", "django_notes": "django"}
SAMPLE = [(app, each) for app in NEEDS for each in breakages(app)[4::18]]


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each application prints when nothing is broken."""
    import shutil

    printed = {}
    for app in [app for app, module in NEEDS.items() if find_spec(module)]:
        folder = tmp_path_factory.mktemp("apps") / app
        shutil.copytree(HERE / "apps" / app, folder)
        printed[app] = run(app, folder, sys.executable).printed
    return printed


@pytest.mark.parametrize(("app", "breakage"), SAMPLE, ids=[f"{app}-{each.name}" for app, each in SAMPLE])
def test_a_breakage_ends_as_it_should(app: str, breakage: Breakage, healthy: dict[str, str]):
    if app not in healthy:
        pytest.skip(f"{NEEDS[app]} is not installed")
    outcome = handle(app, breakage, healthy[app], sys.executable)
    assert outcome.result == ("correct" if breakage.kind == "slip" else "untouched"), outcome.said
    assert breakage.says in outcome.said
