"""Style, text, diff and JSON lines."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otorepair_like import events
from otorepair_like.redact import Redactor
from otorepair_like.ui import diff
from otorepair_like.ui.jsonlines import JsonLines
from otorepair_like.ui.style import ASCII, SYMBOLS, Style, decide
from otorepair_like.ui.text import cut, duration, money, one_line, safe, width
from tests.support import stories

ALL, NONE = Style(True, True, True), Style(False, False, False)


@pytest.mark.parametrize(
    ("color", "tty", "environ", "encoding", "expected"),
    [
        ("auto", True, {}, "utf-8", ALL),
        ("auto", True, {"TERM": "xterm"}, "UTF8", ALL),
        ("auto", False, {}, "utf-8", NONE),
        ("auto", True, {"NO_COLOR": "1"}, "utf-8", NONE),
        ("auto", True, {"NO_COLOR": ""}, "utf-8", ALL),
        ("auto", True, {"TERM": "dumb"}, "utf-8", NONE),
        ("auto", False, {"FORCE_COLOR": "1"}, "utf-8", Style(True, False, False)),
        ("auto", False, {"FORCE_COLOR": "0"}, "utf-8", NONE),
        ("auto", True, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, "utf-8", ALL),
        ("auto", True, {"FORCE_COLOR": "1", "TERM": "dumb"}, "utf-8", Style(True, False, False)),
        ("always", False, {}, "utf-8", Style(True, False, False)),
        ("always", False, {"NO_COLOR": "1"}, "utf-8", Style(True, False, False)),
        ("never", True, {}, "utf-8", Style(False, True, True)),
        ("never", True, {"FORCE_COLOR": "1"}, "utf-8", Style(False, True, True)),
        ("auto", True, {}, "latin-1", Style(True, False, True)),
        ("auto", True, {}, None, Style(True, False, True)),
    ],
)
def test_the_style_of_a_stream(
    color: str, tty: bool, environ: dict[str, str], encoding: str | None, expected: Style
) -> None:
    assert decide(color, tty, environ, encoding) == expected


def test_the_plain_marks_are_ascii() -> None:
    assert all(mark.isascii() for marks in ASCII for mark in ([marks] if isinstance(marks, str) else marks))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0 s"),
        (0, "0 s"),
        (0.04, "0 s"),
        (0.35, "0.3 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (21.4, "21 s"),
        (59.7, "1 min 0 s"),
        (125, "2 min 5 s"),
        (3599.6, "1 h 0 min"),
        (3780, "1 h 3 min"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_money() -> None:
    assert [money(0.0), money(0.001), money(0.034), money(12.3)] == ["$0.00", "<$0.01", "$0.03", "$12.30"]


def test_unsafe_characters_are_spelt_out() -> None:
    assert safe("a\x1b[2J\t\x9b\u202e\udc80\U000e0041ä漢") == r"a\x1b[2J    \x9b\u202e\udc80\U000e0041ä漢"
    assert one_line(" two\n lines\x07 ") == r"two lines\x07"


@given(st.text(), st.integers(1, 50))
def test_a_text_that_is_cut_fits(text: str, columns: int) -> None:
    assert width(cut(text, columns, "…")) <= columns
    assert cut(text, 10_000, "…") == text


def test_a_diff_is_parsed_by_its_hunks_and_not_by_its_looks() -> None:
    files = diff.parse(stories.MANY_FILES)
    assert [(one.name, one.note, one.count("+"), one.count("-")) for one in files] == [
        ("app/new.py", "new", 2, 0),
        ("app/old.py", "deleted", 0, 2),
        ("logo.png", "binary", 0, 0),
        ("run.sh", "mode", 0, 0),
        ("app/two.py", "", 2, 2),
    ]
    assert files[0].hunks == [["+import os", "+++ counter"]]


def test_a_diff_without_gits_headers_is_parsed_too() -> None:
    text = "--- old/x.py\t2024-01-01\n+++ new/x.py\t2024-01-02\n@@ -1 +1 @@\n-a\n+b\n"
    text += "--- a/y\n+++ /dev/null\n@@ -1 +0,0 @@\n-c"
    assert [(one.name, one.note) for one in diff.parse(text)] == [("new/x.py", ""), ("y", "deleted")]
    (one,) = diff.parse("diff --git a/a b.py b/c d.py\nrename from a b.py\nrename to c d.py\n")
    assert (one.name, one.note) == ("c d.py", "renamed")


@given(
    st.lists(
        st.sampled_from(
            [
                *stories.MANY_FILES.split("\n"),
                "+++ x",
                "--- x",
                "@@ -1,9 +9,99999999999 @@",
                "",
                "-",
                "diff --git ",
            ]
        )
    )
)
def test_any_text_is_taken_for_a_diff(lines: list[str]) -> None:
    list(diff.block("\n".join(lines), SYMBOLS, 5))


def test_every_event_is_one_line_of_json_without_secrets() -> None:
    written: list[str] = []
    reader = JsonLines(written.append, Redactor({"hunter22": "PASS"}))
    bus = events.Bus(clock=lambda: 5.0, run="5f0c1d2e3a4b")
    bus.subscribe(reader)
    story = [
        *stories.healed(),
        *stories.given_up(),
        *stories.living(),
        *stories.hostile(),
        *stories.escalated(),
        *stories.asked(),
    ]
    happened = [step for step in story if isinstance(step, events.Event)]
    for event in (*happened, events.Notice(text='it is "hunter22"\n')):
        bus.publish(event)
    assert {json.loads(text)["event"] for text in written} == set(events.kinds())
    assert all(text.isascii() and text.index("\n") == len(text) - 1 for text in written)
    assert json.loads(written[-1]) == {
        "event": "Notice",
        "seq": len(written),
        "time": 5.0,
        "run": "5f0c1d2e3a4b",
        "text": 'it is "[secret:PASS]"\n',
        "level": 0,
    }
    assert not any("hunter22" in text for text in written)
    seen = next(json.loads(text) for text in written if "IncidentSeen" in text)
    assert seen["incident"]["frames"][0]["file"] == "/srv/shop/app/main.py"
