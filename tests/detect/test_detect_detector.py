"""The detector as the loop uses it: bytes in at given times, incidents out."""

from __future__ import annotations

from pathlib import Path

import pytest

from otorepair_like.detect import Detector
from otorepair_like.incident import Incident

WORKSPACE = Path("/home/me/shop")

TRACEBACK = b"""\
Traceback (most recent call last):
  File "/home/me/shop/app.py", line 9, in <module>
    main()
    ^^^^^^
  File "/home/me/shop/cart.py", line 4, in main
    return prices["pear"]
           ~~~~~~^^^^^^^^
KeyError: 'pear'
"""

CHAINED = b"""\
Traceback (most recent call last):
  File "/home/me/shop/app.py", line 3, in load
    int("x")
ValueError: invalid literal for int() with base 10: 'x'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/home/me/shop/app.py", line 9, in <module>
    load()
  File "/home/me/shop/app.py", line 5, in load
    raise RuntimeError("cannot load") from error
RuntimeError: cannot load
"""


def all_of(text: bytes, workspace: Path = WORKSPACE) -> list[Incident]:
    detector = Detector(workspace)
    return detector.feed("stderr", text, 0.0) + detector.flush(0.0)


def only(text: bytes, workspace: Path = WORKSPACE) -> Incident:
    incidents = all_of(text, workspace)
    assert len(incidents) == 1, [incident.title for incident in incidents]
    return incidents[0]


def test_make_says_nothing_new_of_a_command_that_said_why_it_failed() -> None:
    panic = b"panic: boom\n\ngoroutine 1 [running]:\nmain.main()\n\t/home/me/shop/main.go:5 +0x1d\nexit status 2\n"
    make = b"make: *** [Makefile:2: run] Error 2\n"
    assert only(panic + make).title == "panic: boom"
    assert only(make).message == "[Makefile:2: run] Error 2"


def test_two_sources_that_differ_in_a_number_are_two() -> None:
    """``web-1`` is not ``web-2``: each traceback is read completely, although their lines alternate."""
    one = TRACEBACK.splitlines()
    other = TRACEBACK.replace(b"pear", b"plum").splitlines()
    mixed = b"".join(b"web-1 | " + a + b"\nweb-2 | " + b + b"\n" for a, b in zip(one, other, strict=True))
    assert sorted(incident.message for incident in all_of(mixed)) == ["'pear'", "'plum'"]


def test_a_source_nobody_lists_is_learned_from_the_line_above() -> None:
    lines = (
        b"TypeError: x is not a function",
        b"    at total (/home/me/shop/cart.js:4:9)",
        b"    at run (/home/me/shop/a.js:1:2)",
    )
    incident = only(b"".join(b"shop-7d4b9c api " + line + b"\n" for line in lines))
    assert (incident.type, incident.place) == ("TypeError", "/home/me/shop/cart.js:4")


def test_a_line_in_capitals_needs_no_colon() -> None:
    assert only(b"CRITICAL reactor 4 melts down\n").message == "CRITICAL reactor 4 melts down"


def test_a_whole_traceback_is_told_after_a_few_milliseconds_of_silence() -> None:
    detector = Detector(WORKSPACE)
    assert detector.due() is None
    assert detector.feed("stderr", TRACEBACK, 10.0) == []
    due = detector.due()
    assert due is not None
    assert due <= 10.01
    (incident,) = detector.tick(due)
    assert detector.due() is None
    assert incident.title == "KeyError: 'pear'"
    assert incident.place == "/home/me/shop/cart.py:4"
    assert incident.certain
    assert not incident.handled
    assert incident.own_frame is not None
    assert incident.own_frame.source == 'return prices["pear"]'


def test_a_chain_that_comes_slowly_is_one_incident() -> None:
    detector = Detector(WORKSPACE)
    told, now = [], 0.0
    for line in CHAINED.splitlines(keepends=True):
        told += detector.feed("stderr", line, now)
        now += 0.003
    (incident,) = told + detector.tick(now + 1)
    assert incident.title == "RuntimeError: cannot load"
    assert (incident.root_type, incident.root_message) == (
        "ValueError",
        "invalid literal for int() with base 10: 'x'",
    )
    assert [kind for kind, _ in incident.chain] == ["ValueError", "RuntimeError"]


def test_an_unfinished_traceback_is_told_within_a_second_though_others_keep_talking() -> None:
    detector = Detector(WORKSPACE)
    detector.feed("stderr", TRACEBACK.rpartition(b"KeyError")[0], 0.0)
    now = 0.0
    while detector.due() is not None:
        now += 0.05
        detector.feed("stderr", b"INFO:     still serving\n", now)
    assert now <= 1.0


def test_a_mere_error_line_waits_for_what_follows() -> None:
    detector = Detector(WORKSPACE, settle=0.3)
    assert detector.feed("stderr", b"Error: cannot reach the shop\n", 0.0) == []
    assert detector.tick(0.2) == []
    (incident,) = detector.tick(0.4)
    assert incident.title == "Error: cannot reach the shop"
    assert not incident.certain


def test_an_error_line_before_a_traceback_is_its_echo() -> None:
    incident = only(b"ERROR in app: Exception on /pay [GET]\n" + TRACEBACK + b"ERROR: giving up\n")
    assert incident.type == "KeyError"


def test_only_the_named_streams_are_searched_but_both_are_remembered() -> None:
    detector = Detector(WORKSPACE)
    detector.feed("stdout", b"hello\n\x1b[31mred\x1b[0m\n" + TRACEBACK, 0.0)
    assert detector.flush(1.0) == []
    assert detector.tail("stdout", 100)[:2] == ("hello", "red")
    assert detector.tail("stdout", 1) == ("KeyError: 'pear'",)


def test_the_tail_holds_a_hundred_lines_of_each_stream() -> None:
    detector = Detector(WORKSPACE)
    detector.feed("stderr", b"first\n", 0.0)
    for number in range(5000):
        detector.feed("stdout", b"%d\n" % number, 0.0)
    assert len(detector.tail("stdout", 500)) == 100
    assert detector.tail("stdout", 2) == ("4998", "4999")
    assert detector.tail("stderr", 100) == ("first",)


@pytest.mark.parametrize(
    "harmless",
    [
        TRACEBACK.replace(b"KeyError: 'pear'", b"KeyboardInterrupt"),
        TRACEBACK.replace(b"KeyError: 'pear'", b"asyncio.exceptions.CancelledError"),
        b"WARNING:root:retrying\n" + TRACEBACK,
        TRACEBACK.replace(b"Traceback", b"Stack").replace(b"KeyError: 'pear'\n", b""),
        b"INFO:     0 errors\nGET /errors 200\nerror_handler ready\n",
    ],
)
def test_what_only_looks_like_an_error_is_none(harmless: bytes) -> None:
    assert all_of(harmless) == []


def test_a_crash_is_the_failure_that_was_seen_with_the_same_fingerprint() -> None:
    detector = Detector(WORKSPACE)
    seen = detector.feed("stderr", b"starting\n" + TRACEBACK, 0.0) + detector.tick(0.5)
    crash = detector.crash(1, 1.0)
    assert crash.fingerprint == seen[0].fingerprint
    assert crash.exit_status == 1
    assert crash.severity == "fatal"
    assert crash.before == ("starting",)


def test_a_crash_without_a_trace_is_told_by_its_last_words() -> None:
    detector = Detector(WORKSPACE)
    detector.feed("stderr", b"loading\nthe shop is shut: no licence file\nbye\n", 0.0)
    crash = detector.crash(3, 1.0)
    assert crash.title == "bye"
    assert crash.evidence == ("loading", "the shop is shut: no licence file", "bye")
    assert crash.fingerprint


@pytest.mark.parametrize(("status", "title"), [(3, "exit status 3"), (-11, "killed by SIGSEGV")])
def test_a_silent_crash_is_told_by_its_status(status: int, title: str) -> None:
    assert Detector(WORKSPACE).crash(status, 0.0).title == title


def test_an_old_failure_is_not_taken_for_the_crash() -> None:
    detector = Detector(WORKSPACE)
    detector.feed("stderr", TRACEBACK, 0.0)
    detector.tick(1.0)
    detector.feed("stderr", b"served\n" * 200 + b"fatal: disk gone\n", 50.0)
    assert "disk gone" in detector.crash(1, 51.0).title


def test_a_crash_right_after_a_warning_keeps_its_frames() -> None:
    detector = Detector(WORKSPACE)
    assert detector.feed("stderr", b"WARNING:root:old setting\n" + TRACEBACK, 0.0) + detector.tick(1.0) == []
    assert detector.crash(1, 1.0).place == "/home/me/shop/cart.py:4"


def test_a_crash_told_on_the_unsearched_stream_is_found_there() -> None:
    detector = Detector(WORKSPACE)
    detector.feed("stdout", b"working\n" + TRACEBACK, 0.0)
    crash = detector.crash(1, 1.0)
    assert (crash.title, crash.stream) == ("KeyError: 'pear'", "stdout")


def test_a_restart_forgets_the_life_before() -> None:
    detector = Detector(WORKSPACE)
    detector.feed("stderr", TRACEBACK, 0.0)
    detector.restart(1.0)
    assert detector.due() is None
    assert detector.crash(1, 1.0).title == "exit status 1"


def test_a_burst_of_one_failure_is_told_once_and_counted() -> None:
    detector = Detector(WORKSPACE)
    told = []
    for number in range(1000):
        told += detector.feed("stderr", TRACEBACK, number / 1000)
    told += detector.flush(1.0)
    assert 1 <= len(told) <= 2
    assert detector.seen(told[0].fingerprint) == 1000
    assert told[-1].count > 1 or len(told) == 1


def test_a_failure_that_comes_back_later_is_told_again() -> None:
    detector = Detector(WORKSPACE)
    first = detector.feed("stderr", TRACEBACK, 0.0) + detector.tick(0.1)
    again = detector.feed("stderr", TRACEBACK, 0.6) + detector.tick(0.7)
    assert [one.fingerprint for one in first] == [one.fingerprint for one in again]


def test_a_fingerprint_survives_moved_code_and_other_places_but_not_another_key() -> None:
    told = only(TRACEBACK)
    moved = TRACEBACK.replace(b"line 4", b"line 14").replace(b"line 9", b"line 90")
    assert only(moved).fingerprint == told.fingerprint
    relative = TRACEBACK.replace(b"/home/me/shop/", b"")
    assert only(relative).fingerprint == told.fingerprint
    copied = TRACEBACK.replace(b"/home/me/shop/", b"/var/copies/17/shop/")
    assert only(copied, Path("/var/copies/17/shop")).fingerprint == told.fingerprint
    assert only(TRACEBACK.replace(b"'pear'", b"'plum'")).fingerprint != told.fingerprint
    assert len(told.fingerprint) == len(told.loose_fingerprint) == 12


def test_two_sources_in_one_stream_are_told_apart() -> None:
    lines = TRACEBACK.splitlines(keepends=True)
    other = [line.replace(b"pear", b"plum") for line in lines]
    mixed = b"".join(b"web-1    | " + a + b"worker-1 | " + b for a, b in zip(lines, other, strict=True))
    assert sorted(one.message for one in all_of(mixed)) == ["'pear'", "'plum'"]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_any_chunking_gives_the_same(size: int) -> None:
    text = "grüße ✓\r\n\x1b[31m".encode() + CHAINED.replace(b"\n", b"\x1b[0m\r\n\x1b[31m") + b"done\n"
    detector = Detector(WORKSPACE)
    told = []
    for at in range(0, len(text), size):
        told += detector.feed("stderr", text[at : at + size], 0.0)
    assert told + detector.flush(0.0) == all_of(text)
