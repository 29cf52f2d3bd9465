"""A record of the probe and the printed failure become one incident."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otorepair_like.detect import Detector
from otorepair_like.detect.probe.correlate import PATIENCE
from otorepair_like.detect.probe.record import MalformedError, parse
from otorepair_like.incident import Incident
from tests.support.probe import Ended, run_probed

PROGRAMS = {
    "plain": "def total(prices):\n    return prices['pear']\ntotal({'apple': 1})\n",
    "cause": "try:\n    int('x')\nexcept ValueError as error:\n    raise RuntimeError('cannot load\\nit') from error\n",
    "context": "try:\n    int('x')\nexcept ValueError:\n    {}['x']\n",
    "group": "def leaf():\n    raise KeyError('a')\ntry:\n    leaf()\nexcept KeyError as error:\n    one = error\n"
    "raise ExceptionGroup('many', [one, ExceptionGroup('in', [OSError(2, 'gone'), one])])\n",
    "syntax": "import broken\n",
    "own type": "class Empty(Exception):\n    pass\nraise Empty\n",
    "suggestion": "def first(): pass\nfrist()\n",
    "recursion": "def down(n):\n    return down(n + 1)\ndown(0)\n",
    "note": "error = ValueError('x')\nerror.add_note('see the manual')\nraise error\n",
    "library": "import json\njson.loads('{')\n",
}


def program(folder: Path, text: str) -> Ended:
    (folder / "broken.py").write_text("def f(:\n    pass\n")
    (folder / "app.py").write_text(text)
    return run_probed(folder, "app.py")


def told(folder: Path, *lines: bytes, stderr: str = "", records_first: bool = True) -> list[Incident]:
    """Return all incidents of a program with this output and these records."""
    detector, seen = Detector(folder), []
    for step in ("take", "feed") if records_first else ("feed", "take"):
        if step == "feed" and stderr:
            seen += detector.feed("stderr", stderr.encode(), 1.0)
        elif step == "take":
            for line in lines:
                detector.take(line, 1.0)
    while (due := detector.due()) is not None:
        seen += detector.tick(due)
    return seen


@pytest.mark.parametrize("name", PROGRAMS)
def test_text_and_record_are_one_incident_with_the_texts_identity(tmp_path: Path, name: str) -> None:
    ended = program(tmp_path, PROGRAMS[name])
    (text,) = told(tmp_path, stderr=ended.stderr)
    (both,) = told(tmp_path, *ended.lines, stderr=ended.stderr)
    assert both.facts
    assert replace(both, facts=None) == text


@pytest.mark.parametrize("name", [name for name in PROGRAMS if name != "suggestion"])
def test_a_record_alone_has_the_identity_its_text_would_have(tmp_path: Path, name: str) -> None:
    ended = program(tmp_path, PROGRAMS[name])
    (text,) = told(tmp_path, stderr=ended.stderr)
    (alone,) = told(tmp_path, *ended.lines)
    assert (alone.type, alone.message, alone.chain) == (text.type, text.message, text.chain)
    assert (alone.fingerprint, alone.loose_fingerprint) == (text.fingerprint, text.loose_fingerprint)
    assert alone.place == text.place


def test_facts_are_what_the_program_knew(tmp_path: Path) -> None:
    ended = program(tmp_path, PROGRAMS["plain"])
    (incident,) = told(tmp_path, *ended.lines, stderr=ended.stderr)
    facts = incident.facts
    assert facts
    assert (facts.how, facts.type) == ("main", "KeyError")
    assert facts.keys == (("prices", ("'apple'",)),)
    scope = facts.scopes[-1]
    assert (scope.function, scope.line, scope.column, scope.end_column) == ("total", 2, 11, 25)
    assert [(held.name, held.type, held.value) for held in scope.variables] == [
        ("prices", "dict", "{'apple': 1}")
    ]


def test_a_record_waits_a_moment_for_its_text(tmp_path: Path) -> None:
    ended = program(tmp_path, PROGRAMS["plain"])
    detector = Detector(tmp_path)
    detector.take(ended.lines[0], 10.0)
    assert detector.due() == 10.0 + PATIENCE
    assert detector.tick(10.0 + PATIENCE - 0.01) == []
    (alone,) = detector.tick(10.0 + PATIENCE)
    assert alone.certain
    assert alone.evidence[-1] == "KeyError: 'pear'"
    assert detector.due() is None


def test_a_text_that_comes_late_is_the_same_sighting(tmp_path: Path) -> None:
    ended = program(tmp_path, PROGRAMS["plain"])
    detector = Detector(tmp_path)
    detector.take(ended.lines[0], 10.0)
    (alone,) = detector.tick(12.0)
    assert detector.feed("stderr", ended.stderr.encode(), 13.0) + detector.flush(13.0) == []
    assert detector.crash(1, 13.0).fingerprint == alone.fingerprint


def test_a_record_that_comes_late_is_there_when_the_child_dies(tmp_path: Path) -> None:
    ended = program(tmp_path, PROGRAMS["plain"])
    detector = Detector(tmp_path)
    (seen,) = detector.feed("stderr", ended.stderr.encode(), 1.0) + detector.tick(1.2)
    detector.take(ended.lines[0], 1.3)
    assert detector.due() is None
    crash = detector.crash(1, 1.4)
    assert crash.fingerprint == seen.fingerprint
    assert crash.facts


def test_a_program_that_prints_its_own_words_dies_of_what_it_told(tmp_path: Path) -> None:
    ended = program(
        tmp_path, "import sys\nsys.excepthook = lambda *given: print('Oops')\n" + PROGRAMS["plain"]
    )
    detector = Detector(tmp_path)
    detector.feed("stderr", b"Oops, something went wrong\n", 1.0)
    detector.take(ended.lines[0], 1.1)
    crash = detector.crash(1, 1.2)
    assert (crash.title, crash.exit_status) == ("KeyError: 'pear'", 1)


def test_the_last_childs_record_is_not_the_next_ones(tmp_path: Path) -> None:
    ended = program(tmp_path, PROGRAMS["plain"])
    detector = Detector(tmp_path)
    detector.take(ended.lines[0], 1.0)
    detector.restart(1.5)
    assert detector.due() is None
    detector.take(ended.lines[0], 2.0)  # read before the news of the start, but told after it
    detector.restart(1.9)
    assert len(detector.tick(5.0)) == 1


def test_another_failure_is_not_met(tmp_path: Path) -> None:
    ended = program(tmp_path, PROGRAMS["plain"])
    other = ended.stderr.replace("pear", "plum")
    text, alone = told(tmp_path, *ended.lines, stderr=other)
    assert (text.message, text.facts) == ("'plum'", None)
    assert alone.message == "'pear'"


LOGGED = """\
import logging, sys
log = logging.getLogger("{name}")
log.addHandler({handler})
log.propagate = False
try:
    {{}}["pear"]
except KeyError:
    log.error("it failed", exc_info=True)
"""


@pytest.mark.parametrize(
    ("name", "alone"),
    [("django.request", True), ("uvicorn.error", True), ("asyncio", True), ("shop.cart", False)],
)
def test_a_swallowed_log_is_a_failure_only_from_who_catches_everything(
    tmp_path: Path, name: str, alone: bool
) -> None:
    ended = program(tmp_path, LOGGED.format(name=name, handler="logging.NullHandler()"))
    assert len(told(tmp_path, *ended.lines, stderr=ended.stderr)) == alone


def test_what_the_user_logs_on_purpose_keeps_its_judgement(tmp_path: Path) -> None:
    handler = "logging.StreamHandler()"
    ended = program(
        tmp_path,
        LOGGED.format(name="shop.cart", handler=handler).replace(
            handler + ")",
            handler + ")\nlog.handlers[0].setFormatter(logging.Formatter(logging.BASIC_FORMAT))",
        ),
    )
    (text,) = told(tmp_path, stderr=ended.stderr)
    (both,) = told(tmp_path, *ended.lines, stderr=ended.stderr)
    assert both.facts
    assert both.handled == text.handled is True


def test_a_caught_and_printed_exception_is_no_failure_of_its_own(tmp_path: Path) -> None:
    ended = program(
        tmp_path,
        "import io, traceback\ntry:\n    1/0\nexcept Exception:\n    traceback.print_exc(file=io.StringIO())\n",
    )
    assert ended.record["how"] == "printed"
    assert told(tmp_path, *ended.lines) == []


def test_tests_fail_on_purpose(tmp_path: Path) -> None:
    ended = program(tmp_path, LOGGED.format(name="django.request", handler="logging.NullHandler()"))
    record = json.loads(ended.lines[0]) | {"tests": True}
    assert told(tmp_path, json.dumps(record).encode()) == []


def test_a_client_that_left_is_no_failure(tmp_path: Path) -> None:
    ended = program(tmp_path, PROGRAMS["plain"])
    record = json.loads(ended.lines[0])
    record["error"] |= {"type": "ConnectionResetError", "message": "gone"}
    record["error"]["frames"][-1][0] = "/usr/lib/python3.11/socketserver.py"
    assert told(tmp_path, json.dumps(record).encode()) == []


def test_secrets_are_masked_again_and_escapes_taken_out(tmp_path: Path) -> None:
    ended = program(tmp_path, PROGRAMS["plain"])
    record = json.loads(ended.lines[0])
    record["error"]["frames"][-1][6] = [["db_key", "str", "'abc'"], ["name", "str", "\x1b[31mred\r\n"]]
    (incident,) = told(tmp_path, json.dumps(record).encode())
    assert incident.facts
    assert [held.value for held in incident.facts.scopes[-1].variables] == ["[secret]", "red"]


def test_a_source_that_is_no_file_is_not_read(tmp_path: Path) -> None:
    ended = program(tmp_path, PROGRAMS["plain"])
    record = json.loads(ended.lines[0])
    record["error"]["frames"][0][0] = "/dev/zero"
    record["error"]["frames"][-1][0] = "a\0b"
    assert told(tmp_path, json.dumps(record).encode())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=7) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_whatever_comes_is_a_record_or_malformed(line: bytes) -> None:
    with pytest.raises(MalformedError):
        parse(line)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_one_wrong_part_makes_no_more_than_no_record(data: st.DataObject) -> None:
    record: dict[str, Any] = {
        "how": "main", "where": "", "python": "p", "version": "3", "tests": False, "request": None,
        "error": {
            "type": "E", "message": "m", "notes": [], "subject": "", "names": ["a"], "keys": [["d", ["k"]]],
            "frames": [["app.py", "f", 1, 1, 0, 1, [["x", "int", "1"]]]], "leaves": [],
        },
    }  # fmt: skip
    place = record if data.draw(st.booleans()) else record["error"]
    place[data.draw(st.sampled_from(sorted(place)))] = data.draw(JSON)
    detector = Detector(Path("/nowhere"))
    detector.take(json.dumps(record).encode(), 1.0)
    detector.tick(9.0)


@pytest.mark.parametrize("line", [b"[" * 100_000, b'{"how":' * 50_000, b"\xff\xfe", b"", b"nan"])
def test_deep_and_broken_lines_are_dropped(line: bytes) -> None:
    with pytest.raises(MalformedError):
        parse(line)
