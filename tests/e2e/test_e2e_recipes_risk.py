"""What a recipe holds for certain is applied, what it guesses is on probation, what is daring is only shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.otorepair import Run, running
from tests.support.packages import install
from tests.support.supervise import until

APP = """\
import os, sys, time, traceback
class UnknownUnitError(Exception):
    pass
def length(number, unit):
    if unit not in ("m", "ft"):
        raise UnknownUnitError(f"no unit {unit!r}")
    return f"{number / scale:g} {unit}"
def show():
    print(length(3, "UNIT"), flush=True)
scale = 1
show()
while True:
    time.sleep(0.05)
    if os.path.exists(sys.argv[1]):
        scale = 0
        try:
            show() if "repaired" in open(sys.argv[1]).read() else 1 / 0
        except ZeroDivisionError:
            traceback.print_exc()
            os.remove(sys.argv[1])
"""


@pytest.fixture
def trouble(home: Path) -> Path:
    """A file that has the program fail otherwise when it is there."""
    return home / "trouble"


@contextmanager
def program(unit: str, workspace: Path, home: Path, *options: str) -> Iterator[Run]:
    """The program with a unit that its library does not know, and the package installed that has recipes for it."""
    (workspace / "app.py").write_text(APP.replace("UNIT", unit))
    site = install("recipe_package", home / "site")
    command = [
        "--backend",
        "recipes",
        "--healthy-after",
        "0.5",
        *options,
        f"python app.py {home / 'trouble'}",
    ]
    with running(command, workspace, home, {"PYTHONPATH": site}) as run:
        yield run


def test_what_is_certain_is_applied_and_stays(workspace: Path, home: Path, trouble: Path) -> None:
    with program("metre", workspace, home, "--json") as run:
        assert run.event("AttemptEnded")["attempt"]["verdict"] == "verified"
        assert run.event("ChangeApplied")["probation"] == ""
        trouble.touch()
        run.event("IncidentSeen", 2)
        run.event("AttemptEnded", 2)
    assert "failed" not in run.verdicts()
    assert (workspace / "app.py").read_text() == APP.replace('"UNIT"', "'m'")


def test_a_guess_is_on_probation_and_a_failure_in_its_lines_undoes_it(
    workspace: Path, home: Path, trouble: Path
) -> None:
    with program("foot", workspace, home, "--json") as run:
        assert run.event("AttemptEnded")["attempt"]["verdict"] == "verified"
        assert "foot -> ft" in run.event("ChangeApplied")["probation"]
        assert "'ft'" in (workspace / "app.py").read_text()
        trouble.write_text("elsewhere in the file")
        run.event("IncidentSeen", 2)
        until(lambda: not trouble.exists(), "a failure that has nothing to do with the repair")
        assert run.verdicts()[0] == "verified"
        assert "'ft'" in (workspace / "app.py").read_text()
        trouble.write_text("in what was repaired")
        reasons = lambda: " ".join(ended["proof"] for ended in run.events("AttemptEnded"))  # noqa: E731
        until(lambda: "on probation, and then: ZeroDivisionError" in reasons(), "the repair undone")
    assert (workspace / "app.py").read_text() == APP.replace("UNIT", "foot")


def test_the_screen_says_that_a_guess_is_on_probation(workspace: Path, home: Path) -> None:
    with program("foot", workspace, home) as run:
        run.shows(r"on probation, because it is a guess: foot -> ft \(what the library calls it\)")
        run.shows("verified")


def test_what_is_daring_is_shown_and_not_applied(workspace: Path, home: Path) -> None:
    with program("ell", workspace, home) as run:
        assert run.wait() == 4
    assert '-     print(length(3, "ell"), flush=True)' in run.err.text
    assert "+     print(length(3, 'm'), flush=True)" in run.err.text
    assert "risk: high, so it is shown only" in run.err.text
    assert "verified" not in run.err.text
    assert (workspace / "app.py").read_text() == APP.replace("UNIT", "ell")


def test_what_a_package_does_not_know_it_says(workspace: Path, home: Path) -> None:
    with program("cubit", workspace, home) as run:
        assert run.wait() == 4
    assert "the library has no unit 'cubit'" in run.err.text
