"""Three-way merges, by table and by property."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otorepair_like.workspace.merge import ConflictError, merge

LINES = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n", b"\n"]), max_size=8).map(b"".join)


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "merged"),
    [
        (b"1\n2\n3\n4\n5\n", b"0\n1\n2\n3\n4\n5\n", b"1\n2\n3\n4\nfive\n", b"0\n1\n2\n3\n4\nfive\n"),
        (b"1\n2\n3\n", b"1\n2\n3\n", b"1\n3\n", b"1\n3\n"),
        (b"1\n2\n3\n", b"1\n3\n", b"1\n3\n", b"1\n3\n"),
        (b"1\n2\n3", b"one\n2\n3", b"1\n2\n3\n", b"one\n2\n3\n"),
        (b"1\r\n2\r\n3\r\n", b"1\r\n2\r\n3\r\n4\r\n", b"one\r\n2\r\n3\r\n", b"one\r\n2\r\n3\r\n4\r\n"),
        (None, b"x", b"x", b"x"),
        (b"x", None, None, None),
        (b"\0", b"\0", b"\1", b"\1"),
    ],
)
def test_what_one_side_changed_is_taken_from_that_side(base, ours, theirs, merged):
    assert merge(base, ours, theirs) == merged


@pytest.mark.parametrize(
    ("base", "ours", "theirs"),
    [
        (b"1\n2\n3\n", b"1\ntwo\n3\n", b"1\nTWO\n3\n"),
        (b"1\n2\n", b"one\n2\n", b"1\ntwo\n"),
        (b"1\n", b"2\n", None),
        (b"1\n", None, b"2\n"),
        (None, b"1\n", b"2\n"),
        (b"a\0\nb\n\nc", b"A\0\nb\n\nc", b"a\0\nb\n\nC"),
    ],
)
def test_changes_of_the_same_place_and_of_binary_files_are_a_conflict(base, ours, theirs):
    with pytest.raises(ConflictError):
        merge(base, ours, theirs)


@settings(max_examples=300, deadline=None)
@given(LINES, LINES, LINES)
def test_a_merge_is_symmetric_and_taking_it_back_leaves_the_other_side(base, ours, theirs):
    try:
        merged = merge(base, ours, theirs)
    except ConflictError:
        with pytest.raises(ConflictError):
            merge(base, theirs, ours)
        return
    assert merged == merge(base, theirs, ours)
    assert merge(base, ours, base) == ours
    assert merge(base, base, theirs) == theirs
