"""What the output of a test run proves."""

from __future__ import annotations

import pytest

from otorepair_like.tickets.test_output import failures, looked_at_nothing

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


@pytest.mark.parametrize(("status", "output"), NOTHING)
def test_a_suite_that_ran_no_test_is_known(status: int, output: str) -> None:
    assert looked_at_nothing(status, output)


@pytest.mark.parametrize(("status", "output"), SOMETHING)
def test_a_suite_that_ran_tests_and_a_command_that_is_no_suite_are_not_taken_for_one(
    status: int, output: str
) -> None:
    assert not looked_at_nothing(status, output)


@pytest.mark.parametrize(
    ("output", "names"),
    [
        ("FAILED tests/test_a.py::test_b - assert 1 == 2\n1 failed\n", {"tests/test_a.py::test_b"}),
        ("ERROR tests/test_a.py\n", {"tests/test_a.py"}),
        ("FAIL: test_sum (app.Sums)\n", {"test_sum (app.Sums)"}),
        ("--- FAIL: TestSum (0.00s)\n", {"TestSum"}),
        ("not ok 2 - adds\nok 3 - takes\n", {"adds"}),
        ("test sums::adds ... FAILED\ntest sums::takes ... ok\n", {"sums::adds"}),
        ("  ✕ adds (3 ms)\n  ✓ takes\n", {"adds"}),
        ("all is well\n", set()),
    ],
)
def test_the_failed_tests_are_named(output: str, names: set[str]) -> None:
    assert failures(output) == names
