"""The recipe that CONTRIBUTING shows is one, in a package as a newcomer would make it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.otorepair import COMMAND
from tests.support.packages import install

PAGE = Path(__file__).resolve().parents[2] / "CONTRIBUTING.md"
SECTION = PAGE.read_text("utf-8").partition("## Adding a recipe")[2]
APP = """\
class UnknownUnitError(Exception):
    pass
def length(number, unit):
    if unit not in ("m", "ft"):
        raise UnknownUnitError(f"no unit {unit!r}")
    return f"{number} {unit}"
print(length(3, "UNIT"))
"""


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """An environment in which the shown package is installed."""
    shown = re.search(r"^```python\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)
    group, point = re.findall(r"`(\[project\.entry-points[^`]+\])`, `([^`]+)`", SECTION)[0]
    assert shown
    assert len([line for line in shown[1].splitlines() if line.strip()]) <= 20
    package = tmp_path / "package"
    package.mkdir()
    (package / "pyproject.toml").write_text(
        f'[project]\nname = "our-units"\nversion = "1"\n{group}\n{point}\n'
    )
    (package / "our_units.py").write_text(shown[1])
    return {**os.environ, "PYTHONPATH": install(package, tmp_path / "site")}


def test_it_is_listed_with_its_example(env: dict[str, str]) -> None:
    said = subprocess.run([COMMAND, "recipes"], env=env, capture_output=True, text=True, check=True).stdout
    assert re.search(
        r"^unit +UnknownUnitError\n +length\(3, \"metre\"\) -> length\(3, \"m\"\)$", said, re.MULTILINE
    )


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("import nothing_there\n", "recipes units of our_units cannot be loaded: ModuleNotFoundError"),
        (
            "from otorepair_like.recipes.recipe import recipe\n"
            "@recipe('bad', 'UnknownUnitError', example='a -> b')\ndef bad(case):\n    yield 1 / 0\n",
            "recipe bad is defective: ZeroDivisionError: division by zero",
        ),
    ],
)
def test_a_broken_package_is_named_and_ends_nothing(
    tmp_path: Path, env: dict[str, str], module: str, said: str
) -> None:
    (tmp_path / "site" / "our_units.py").write_text(module)
    listed = subprocess.run([COMMAND, "recipes"], env=env, capture_output=True, text=True, check=True)
    (tmp_path / "app.py").write_text(APP)
    failed = subprocess.run([sys.executable, "app.py"], cwd=tmp_path, capture_output=True, check=False)
    fix = [COMMAND, "fix", "-"]
    done = subprocess.run(fix, cwd=tmp_path, env=env, input=failed.stderr, capture_output=True, check=False)
    assert done.returncode == 4
    assert said in listed.stderr + done.stderr.decode()


@pytest.mark.parametrize(("unit", "code"), [("metre", 0), ("cubit", 4)])
def test_it_cures_what_it_knows_and_names_what_it_does_not(
    tmp_path: Path, env: dict[str, str], unit: str, code: int
) -> None:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    app = workspace / "app.py"
    app.write_text(APP.replace("UNIT", unit))
    failed = subprocess.run([sys.executable, "app.py"], cwd=workspace, capture_output=True, check=False)
    fix = [COMMAND, "fix", "-", "--apply"]
    done = subprocess.run(fix, cwd=workspace, env=env, input=failed.stderr, capture_output=True, check=False)
    assert done.returncode == code, done.stderr
    assert app.read_text() == APP.replace('"UNIT"', "'m'" if unit == "metre" else f'"{unit}"')
    assert b"the library has no unit 'cubit' (app.py:5)" in done.stderr or unit == "metre"
