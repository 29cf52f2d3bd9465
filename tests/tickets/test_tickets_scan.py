"""The failed tests in the output of test runs: of real ones where the runner is here, else of recorded ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otorepair_like.tickets.scan import failed_tests, scan
from otorepair_like.tickets.scan.failure import TestFailure
from otorepair_like.tickets.scan.summary import ran_no_tests

DATA = Path(__file__).resolve().parents[1] / "data" / "detect"
RECORDED = {
    case["id"]: case["text"]
    for name in ("cases.jsonl", "held.jsonl")
    for case in map(json.loads, (DATA / name).read_text("utf-8").splitlines())
}
NOTHING = [
    (5, "collected 0 items\n\n==== no tests ran in 0.01s ====\n"),
    (5, "no tests ran in 0.00s\n"),
    (0, "=================== 3 skipped in 0.01s ===================\n"),
    (0, "\n----------\nRan 0 tests in 0.000s\n\nOK\n"),
    (1, "No tests found, exiting with code 1\n"),
    (0, "?   \texample.com/app\t[no test files]\n"),
    (0, "running 0 tests\n\ntest result: ok. 0 passed; 0 failed\n"),
    (0, "\n  0 passing (1ms)\n"),
    (0, "1..0 # skipped\n"),
]
SOMETHING = [
    (0, "==== 3 passed, 1 skipped in 0.01s ====\n"),
    (1, "FAILED tests/test_a.py::test_b - assert 1 == 2\n1 failed in 0.02s\n"),
    (0, "Ran 4 tests in 0.1s\n\nOK\n"),
    (0, "ok  \texample.com/app\t0.003s\n?   \texample.com/cmd\t[no test files]\n"),
    (0, "running 2 tests\ntest a ... ok\n\ntest result: ok. 2 passed\n\nrunning 0 tests\n"),
    (0, "All checks passed!\n"),
    (0, ""),
]
CART = """\
import pytest

class TestCart:
    def test_total(self):
        print("FAILED noise - printed by the test")
        assert sum([1, 2]) == 4

@pytest.mark.parametrize("name", ["a b", "c - d"])
def test_name(name):
    raise KeyError(name)

@pytest.fixture
def db():
    raise ConnectionError("db down")

def test_db(db):
    pass

def test_fine():
    pass
"""
CART_FAILS = {
    "test_cart.py::TestCart::test_total",
    "test_cart.py::test_name[a b]",
    "test_cart.py::test_name[c - d]",
    "test_cart.py::test_db",
    "test_broken.py",
}


@pytest.mark.parametrize(("status", "output"), NOTHING)
def test_a_suite_that_ran_no_test_is_recognised(status: int, output: str) -> None:
    assert ran_no_tests(status, output)


@pytest.mark.parametrize(("status", "output"), SOMETHING)
def test_a_suite_that_ran_tests_and_a_command_that_is_no_suite_are_not_taken_for_one(
    status: int, output: str
) -> None:
    assert not ran_no_tests(status, output)


@pytest.mark.parametrize(
    ("output", "names"),
    [
        ("FAILED tests/test_a.py::test_b - assert 1 == 2\n1 failed\n", {"tests/test_a.py::test_b"}),
        ("ERROR tests/test_a.py\n", {"tests/test_a.py"}),
        ("FAIL: test_sum (app.Sums)\n", {"test_sum (app.Sums)"}),
        ("Ran 2 tests in 0.1s\n\nFAILED (errors=1)\n", set()),
        ("--- FAIL: TestSum (0.00s)\n    --- FAIL: TestSum/zero (0.00s)\n", {"TestSum", "TestSum/zero"}),
        ("not ok 2 - adds\nok 3 - takes\n", {"adds"}),
        ("not ok 2 - adds # TODO later\nnot ok 3 divides\n", {"divides"}),
        ("test sums::adds ... FAILED\ntest sums::takes ... ok\n", {"sums::adds"}),
        ("  ✕ adds (3 ms)\n  ✓ takes\n", {"adds"}),
        (" × src/a.test.ts > adds 5ms\n", {"src/a.test.ts > adds"}),
        (
            " × adds 5ms\n FAIL  src/a.test.ts > adds\nAssertionError: expected 1 to be 2\n",
            {"src/a.test.ts > adds"},
        ),
        ("\x1b[31mFAILED\x1b[0m tests/test_a.py::\x1b[1mtest_b\x1b[0m\n", {"tests/test_a.py::test_b"}),
        ("all is well\n", set()),
    ],
)
def test_the_failed_tests_are_named(output: str, names: set[str]) -> None:
    assert failed_tests(output) == names


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("js-node-test", TestFailure("y", "not ok", "in node:test")),
        (
            "phpunit",
            TestFailure(
                r"Tests\CartTest::testTotal", "Failure", "Failed asserting that 20 matches expected 30."
            ),
        ),
        ("ex-test", TestFailure("test adds (T)", "Failure", "Assertion with == failed")),
        ("go-test", TestFailure("TestAdd", "FAIL", "want 3 got -1")),
        ("rs-test", TestFailure("adds")),
        (
            "py-unittest-error",
            TestFailure(
                "test_x (__main__.T.test_x)",
                "FileNotFoundError",
                "[Errno 2] No such file or directory: 'nope'",
            ),
        ),
    ],
)
def test_recorded_runs_tell_type_and_message(case: str, expected: TestFailure) -> None:
    [failure] = scan(RECORDED[case])
    assert (failure.name, failure.type, failure.message) == (expected.name, expected.type, expected.message)
    assert failure.lines


def test_what_cargo_printed_of_a_test_is_kept_with_it() -> None:
    [failure] = scan(RECORDED["rs-test"])
    assert "assertion `left == right` failed" in failure.lines


@pytest.fixture
def cart(tmp_path: Path) -> Path:
    (tmp_path / "test_cart.py").write_text(CART)
    (tmp_path / "test_broken.py").write_text("import nothing_there\n")
    return tmp_path


def run_pytest(folder: Path, *options: str) -> str:
    """Return what a real pytest prints about the tests in ``folder``."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--continue-on-collection-errors"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(
        [*command, *options], cwd=folder, env=environ, capture_output=True, text=True, timeout=50
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("style", ["auto", "short", "line", "native", "no"])
def test_pytest_names_its_failures_in_every_style(cart: Path, style: str) -> None:
    assert failed_tests(run_pytest(cart, f"--tb={style}", "--color=yes")) == CART_FAILS


def test_pytest_tells_type_message_and_place_by_the_id_of_the_test(cart: Path) -> None:
    (cart / "test_other.py").write_text("def test_fine():\n    print(undefined)\n")
    (cart / "test_third.py").write_text("def test_fine():\n    raise OSError('disk')\n")
    failures = {failure.name: failure for failure in scan(run_pytest(cart))}
    total = failures["test_cart.py::TestCart::test_total"]
    assert (total.type, total.message) == ("AssertionError", "assert 3 == 4")
    assert [(frame.file, frame.line) for frame in total.frames] == [("test_cart.py", 6)]
    assert failures["test_broken.py"].message == "No module named 'nothing_there'"
    assert failures["test_cart.py::test_db"].type == "ConnectionError"
    assert failures["test_other.py::test_fine"].type == "NameError"
    assert failures["test_third.py::test_fine"].type == "OSError"


def test_pytest_without_a_summary_is_read_by_its_sections(cart: Path) -> None:
    names = failed_tests(run_pytest(cart, "-rN"))
    assert names == {"TestCart.test_total", "test_name[a b]", "test_name[c - d]", "test_db", "test_broken.py"}


def test_a_conftest_that_cannot_be_imported_is_named(cart: Path) -> None:
    (cart / "conftest.py").write_text("import nothing_there\n")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=cart, capture_output=True, text=True, timeout=50)
    [failure] = scan(done.stdout + done.stderr)
    assert failure.name == str(cart / "conftest.py")
    assert failure.type == "ModuleNotFoundError"


def test_unittest_tells_each_failure(tmp_path: Path) -> None:
    (tmp_path / "test_sums.py").write_text(
        "import unittest\n\nclass Sums(unittest.TestCase):\n"
        "    def test_adds(self):\n        self.assertEqual(1 + 1, 3)\n"
        "    def test_divides(self):\n        1 / 0\n"
        "    def test_takes(self):\n        pass\n"
    )
    command = [sys.executable, "-m", "unittest"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=50)
    failures = {failure.name.split()[0]: failure for failure in scan(done.stderr)}
    assert failures.keys() == {"test_adds", "test_divides"}
    assert (failures["test_adds"].type, failures["test_adds"].message) == ("AssertionError", "2 != 3")
    assert failures["test_divides"].type == "ZeroDivisionError"
    assert failures["test_divides"].frames[-1].line == 7


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from([*RECORDED.values()]) | st.text(max_size=80), max_size=4).map("\n".join))
def test_any_output_is_scanned_and_each_test_named_once(output: str) -> None:
    names = [failure.name for failure in scan(output)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "line",
    ["1 " + "1111 " * 60, "=" * 20_000, "not ok 1 " + " " * 20_000 + "x", "_" * 20_000, "FAILED a[" + "] - [" * 4000],
)  # fmt: skip
def test_no_line_takes_long(line: str) -> None:
    started = time.perf_counter()
    scan(f"=== FAILURES ===\n{line}\n{line}!\n=== short test summary info ===\n{line}\n")
    assert time.perf_counter() - started < 5
