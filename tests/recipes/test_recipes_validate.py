"""Candidates are checked before they are written: their imports exist, their names are bound, they compile."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import anyio
import pytest

from otorepair_like.agents.protocol import Task
from otorepair_like.incident import Frame, Incident
from otorepair_like.recipes import Recipes
from otorepair_like.recipes.engine import analyse
from otorepair_like.recipes.project import OutOfTimeError, Project
from otorepair_like.recipes.python import validate
from otorepair_like.recipes.python.interpreter import Interpreter


@pytest.mark.parametrize(
    ("text", "stands"),
    [
        ("import json\n", True),
        ("import jsn\n", False),
        ("from json import dumps\n", True),
        ("from json import dmups\n", False),
        ("import pkg.prices\n", True),
        ("import pkg.prcies\n", False),
        ("from pkg import prices\n", True),
        ("from pkg.prices import total\n", True),
        ("from pkg.prices import totla\n", False),
        ("from pkg.any import anything\n", True),
        ("from .prices import total\n", True),
        ("from .prcies import total\n", False),
        ("from . import prices\n", True),
        ("x = (\n", False),
    ],
)
def test_what_a_candidate_imports_must_be_there(tmp_path, text, stands):
    (tmp_path / "pkg").mkdir()
    for name, content in {
        "pkg/__init__.py": "",
        "pkg/prices.py": "def total(): return 1\n",
        "pkg/any.py": "from os.path import *\n",
        "pkg/app.py": "x = 1\n",
    }.items():
        (tmp_path / name).write_text(content)
    answer = validate.is_valid({"pkg/app.py": text.encode()}, Project(tmp_path), Interpreter(sys.executable))
    assert answer is stands


@pytest.mark.parametrize("checker", ["ruff", "pyflakes"])
def test_a_fast_checker_of_the_projects_environment_is_asked(tmp_path, checker):
    bin_ = tmp_path / "venv" / "bin"
    bin_.mkdir(parents=True)
    (bin_ / "python").symlink_to(sys.executable)
    (bin_ / checker).write_text(
        f"#!{sys.executable}\nimport sys\n"
        'if "total" in sys.stdin.read():\n    print("-:1:1: undefined name total")\n'
    )
    (bin_ / checker).chmod(0o755)
    (tmp_path / "app.py").write_text("x = 1\n")
    project, interpreter = Project(tmp_path), Interpreter(str(bin_ / "python"))
    assert not validate.is_valid({"app.py": b"x = lambda: total\n"}, project, interpreter)
    assert validate.is_valid({"app.py": b"x = lambda: 2\n"}, project, interpreter)


def test_an_import_that_is_not_there_is_not_proposed(program):
    """The sibling imports a name from a module that no longer has it."""
    app = program(
        "print(total(3))\n",
        **{
            "old.py": "def load():\n    from prices import total\n    return total\n",
            "prices.py": "def brutto(net):\n    return net\n",
        },
    )
    assert "total" in app.untouched()


def test_a_failure_of_the_same_tree_is_analysed_once(program):
    app = program("value = 1\nprint(vlaue)\n")
    incident = app.fail()
    first = app.repair(incident)
    app.write("app.py", "value = 1\nprint(vlaue)\n")
    kept = dict(app.recipes._analyses)
    assert app.repair(incident) == first
    assert app.recipes._analyses == kept
    app.write("app.py", "vlaue = 1\nprint(vlaue)\n")
    app.repair(incident)
    assert len(app.recipes._analyses) == 2, "another tree, another analysis"


def test_a_long_analysis_ends_in_time(tmp_path):
    (tmp_path / "app.py").write_text("print(x)\n")
    with pytest.raises(OutOfTimeError):
        Project(tmp_path, deadline=time.monotonic() - 1).source("app.py")
    incident = Incident("NameError", "name 'x' is not defined", (Frame("app.py", 1, own=True),))
    finished = anyio.run(Recipes(tmp_path).repair, Task(incident, "", tmp_path, 0.0), lambda event: None)
    assert "took" in finished.text


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> Path:
    """A project of 300 modules."""
    root = tmp_path_factory.mktemp("large")
    for number in range(300):
        folder = root / f"part{number % 20}"
        folder.mkdir(exist_ok=True)
        functions = (f"def work_{number}_{k}(a, b=2):\n    return [a, b, a + b]\n\n" for k in range(20))
        (folder / f"module{number}.py").write_text("import os, json\n\n" + "\n".join(functions))
    return root


@pytest.mark.parametrize("name", ["work_70_3", "nothing_like_it"])
def test_a_project_of_300_files_is_analysed_in_time(large, name):
    (large / "app.py").write_text(f"print({name}(1))\n")
    recipes = Recipes(large, sys.executable)
    recipes.warm(large)
    took = []
    for number in range(2):
        incident = Incident(
            "NameError",
            f"name '{name}' is not defined",
            (Frame("app.py", 1, own=True),),
            fingerprint=str(number),
        )
        begun = time.monotonic()
        finished = anyio.run(recipes.repair, Task(incident, "", large, 10.0), lambda event: None)
        took.append(time.monotonic() - begun)
        assert "too" not in finished.text
        os.utime(large / "app.py")
        (large / "app.py").write_text(f"print({name}(1))\n")
    assert max(took) < 5.0
    analysis = analyse(incident, Project(large), Interpreter(sys.executable))
    assert bool(analysis.proposals) == (name != "nothing_like_it")
