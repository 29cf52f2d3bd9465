"""The marks of a proof in real programs: what runs is told, and the program does not notice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.probe import clean_environment, probe, run_plain

LIB = """\
def read(text):
    return float(text)


def guarded(text):
    if text == "skip":
        return 0
    return read(text)


class Sums:
    @staticmethod
    def of(words):
        total = 0
        for word in words:
            try:
                total += guarded(word)
            except ValueError:
                continue
        return total
"""
APP = """\
import sys

from lib import Sums


def main():
    print(Sums.of(sys.argv[1:]))


main()
print(sys.gettrace(), sys.argv)
"""
PLACES = [("lib.py", 2), ("lib.py", 8), ("lib.py", 17), ("app.py", 7), ("app.py", 10)]
ENTERED, LEFT, RAISED = range(3)


def told(
    folder: Path, *arguments: str, places: list[tuple[str, int]] = PLACES
) -> tuple[str, dict[int, set[int]]]:
    """Run Python with marks; return what it printed, and the states of each place."""
    with probe() as opened:
        opened.mark("token", [(str(folder / name), line) for name, line in places])
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=folder,
            env=opened.environment(clean_environment()),
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        states: dict[int, set[int]] = {}
        for line in opened.read():
            told = json.loads(line)
            assert told.pop("ran", "token") == "token"
            if "place" in told:
                states.setdefault(told["place"], set()).add(told["state"])
    return done.stdout + done.stderr, states


@pytest.fixture
def program(tmp_path: Path) -> Path:
    (tmp_path / "lib.py").write_text(LIB)
    (tmp_path / "app.py").write_text(APP)
    return tmp_path


@pytest.mark.parametrize("start", [["app.py"], ["-m", "app"]], ids=["a script", "a module"])
def test_what_runs_to_its_end_is_told(program: Path, start: list[str]) -> None:
    _, states = told(program, *start, "1", "2")
    assert sorted(states) == [0, 1, 2, 3, 4]
    assert all(LEFT in states[place] for place in range(4))
    assert all(RAISED not in state for state in states.values())


@pytest.mark.parametrize("start", [["app.py"], ["-m", "app"]], ids=["a script", "a module"])
def test_what_is_skipped_or_swallowed_is_seen(program: Path, start: list[str]) -> None:
    assert sorted(told(program, *start, "skip")[1]) == [1, 2, 3, 4][1:]
    _, states = told(program, *start, "1", "none")
    assert states[0] == {ENTERED, LEFT, RAISED}


def test_the_program_prints_and_ends_as_without_marks(program: Path) -> None:
    for words in (["1", "2"], ["none"], []):
        assert told(program, "app.py", *words)[0] == run_plain(program, "app.py", *words).stdout


def test_a_traceback_is_the_same_and_no_marked_code_is_kept(program: Path) -> None:
    (program / "app.py").write_text("import lib\n\n\ndef main():\n    lib.guarded('x')\n\n\nmain()\n")
    plain = run_plain(program, "app.py")
    places = [("lib.py", 2), ("lib.py", 8), ("app.py", 5), ("app.py", 8)]
    printed, states = told(program, "app.py", places=places)
    assert printed == plain.stderr
    assert RAISED in states[0]
    assert told(program, "app.py", places=[])[1] == {}
    compiled = [path.read_bytes() for path in (program / "__pycache__").iterdir()]
    assert not any(b"otorepair" in data for data in compiled)


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("for x in [1]:\n    pass\n", 1),
        ("if [1]:\n    pass\n", 1),
        ("while []:\n    pass\n", 1),
        ("with open(__file__) as f:\n    pass\n", 1),
        ("x = (\n    1 +\n    2\n)\n", 3),
        ("@str\ndef f(): pass\n", 1),
        ("try:\n    pass\nfinally:\n    x = 1\n", 4),
        ("assert True\n", 1),
        ("def g():\n    x = yield 1\nnext(g())\nlist(g())\n", 2),
    ],
)
def test_every_kind_of_statement_can_be_marked(tmp_path: Path, source: str, line: int) -> None:
    (tmp_path / "part.py").write_text(source)
    assert LEFT in told(tmp_path, "-c", "import part", places=[("part.py", line)])[1][0]


def test_a_program_that_is_not_being_proven_starts_as_ever(program: Path) -> None:
    with probe() as opened:
        opened.mark("token", [])
        opened.unmark()
        opened.unmark()
        assert os.listdir(os.path.dirname(opened.path)) == ["probe"]
