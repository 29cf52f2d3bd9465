"""Two messages of the same failure, and two of different ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otorepair_like.similarity import message_ratio, ratio, same_failure

STILL = "the same error again: KeyError: 'PORT'"


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (STILL, STILL, True),
        ("exited 1 after 0.3 s", "exited 2 after 12.5 s", True),
        ("TimeoutError: no answer from 10.0.0.7:8000", "TimeoutError: no answer from 10.0.0.8:8123", True),
        ("KeyError: 'PORT'", "KeyError: 'HOST'", False),
        ("KeyError: 'PORT'", "NameError: 'PORT'", False),
        ("GET / still answers 500", "ModuleNotFoundError: No module named 'x'", False),
    ],
)
def test_messages_describe_one_failure_by_types_names_and_words(first: str, second: str, same: bool) -> None:
    assert same_failure(first, second) is same


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_ratio_lies_between_zero_and_one_and_is_one_for_equal_texts(first: str, second: str) -> None:
    assert 0 <= ratio(first, second) <= 1
    assert ratio(first, first) == 1
    assert ratio(first, second) == ratio(second, first)


def test_numbers_do_not_make_messages_different() -> None:
    assert ratio("no user 1", "no user 23456789") < 1
    assert message_ratio("no user 1", "no user 23456789") == 1
