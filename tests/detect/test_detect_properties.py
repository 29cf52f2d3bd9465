"""Any output: detection does not fail, does not depend on chunks, and takes time linear in the size."""

from __future__ import annotations

import json
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otorepair_like.detect import Detector, prefilter, scanner
from otorepair_like.detect.lines import LineCutter, clean
from otorepair_like.incident import Incident

WORKSPACE = Path("/home/me/shop")
DATA = Path(__file__).resolve().parents[1] / "data" / "detect" / "cases.jsonl"
LINES = DATA.read_text(encoding="utf-8").splitlines()
TEXTS = [json.loads(line)["text"].encode("utf-8", "surrogateescape") for line in LINES]
TEXTS = [text for text in TEXTS if len(text) < 1500]

pieces = st.one_of(
    st.sampled_from(TEXTS),
    st.binary(max_size=60),
    st.sampled_from(
        [
            b"\r",
            b"\r\n",
            b"\n",
            b"\x1b[31m",
            b"\x1b]0;title\x07",
            b"\x1b[",
            "é✓".encode(),
            b"\x00",
            b"web-1    | ",
            b"ERROR ",
        ]
    ),
)
outputs = st.lists(pieces, max_size=6).map(b"".join)
relaxed = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


def seen(chunks: list[bytes]) -> list[Incident]:
    detector = Detector(WORKSPACE, streams=("stderr", "stdout"))
    told: list[Incident] = []
    for chunk in chunks:
        told += detector.feed("stderr", chunk, 0.0)
    return told + detector.flush(0.0)


@relaxed
@given(output=outputs, cuts=st.lists(st.integers(min_value=0, max_value=6000), max_size=12))
def test_one_chunking_is_as_good_as_any_other(output: bytes, cuts: list[int]) -> None:
    places = [0, *sorted(cut for cut in cuts if cut < len(output)), len(output)]
    chunks = [output[a:b] for a, b in pairwise(places)]
    assert seen(chunks) == seen([output])


def test_a_message_that_gave_way_within_a_chunk_changes_nothing_after_it() -> None:
    """Found by fuzzing: all lines of the rest of the chunk were examined one by one."""
    output = (
        b'cc1: fatal error: /shop/a.ts:3\n  throw new RangeError("tsx " + a.n);\n        ^\n\n\nRangeError: tsx 1\n'
        b"    at f (/shop/a.ts:3:9)\n    at <anonymous> (/shop.c: No such file\ncompilatv/a.ts:5:1)\n"
        b"    at Object.<anonymous> (/shop/a.ts:5:11)\n    at run (node:internal/eor 1sm/module_j\nob:325:25)\n\n"
        b"Node.js v20.20.2\n"
    )
    for cut in range(len(output)):
        assert seen([output[:cut], output[cut:]]) == seen([output])


@relaxed
@given(output=outputs)
def test_a_byte_at_a_time_gives_the_same_lines(output: bytes) -> None:
    cutter = LineCutter()
    whole = b"".join(cutter.feed(output[at : at + 1]) for at in range(len(output))) + cutter.flush()
    assert [clean(line) for line in whole.split(b"\n")] == [clean(line) for line in output.split(b"\n")]


@relaxed
@given(
    output=outputs,
    status=st.integers(min_value=-64, max_value=255),
    times=st.lists(st.floats(0, 3), max_size=8),
)
def test_any_output_at_any_time_is_survived(output: bytes, status: int, times: list[float]) -> None:
    detector = Detector(WORKSPACE, streams=("stderr", "stdout"))
    step = max(1, len(output) // max(1, len(times)))
    for number, now in enumerate(sorted(times)):
        detector.feed(
            "stdout" if number % 3 == 2 else "stderr", output[number * step : (number + 1) * step], now
        )
        due = detector.due()
        assert due is None or due <= now + 1.001
        detector.tick(now)
    crash = detector.crash(status, 4.0)
    assert crash.exit_status == status
    assert len(crash.fingerprint) == 12
    crash.title.encode()


@relaxed
@given(output=outputs)
@pytest.mark.skipif(prefilter.automaton_filter is None, reason="google-re2 is not installed")
def test_both_filters_let_the_same_lines_through(output: bytes) -> None:
    used = scanner.line_filter
    told = []
    for one in (prefilter.WordFilter, prefilter.automaton_filter):
        scanner.line_filter = one
        told.append(seen([output]))
    scanner.line_filter = used
    assert told[0] == told[1]


def seconds(output: bytes) -> float:
    began = time.process_time()
    seen([output[at : at + 65536] for at in range(0, len(output), 65536)])
    return time.process_time() - began


NASTY = {
    "one long line": b"Error: " + b"x" * 400,
    "spaces": b"Error:" + b" " * 400 + b"\n",
    "brackets": b"ERROR [" * 60 + b"\n",
    "colons": b"a:" * 200 + b" error\n",
    "escapes": b"\x1b[" * 200 + b"\x1b]" * 100 + b"\n",
    "headers": b"Traceback (most recent call last):\n" * 12,
    "frames": b'  File "a.py", line 1, in f\n' * 16,
    "at lines": b"    at f (a.js:1:2)\n" * 20,
    "groups": b"  + Exception Group Traceback (most recent call last):\n  | E: x\n" * 7,
    "errors": b"Error: something went wrong with the thing that was there\n" * 7,
    "carriage returns": b"50% done\r" * 45,
    "json": b'{"level":"error","err":{' * 16 + b"}\n",
    "messages": b"TypeError: a\n\n1 !== 2\n\n" * 18,
    "pytest counts": b"=== FAILURES ===\n1 " + b"1111 " * 70 + b"\n",
}


@pytest.mark.parametrize("name", NASTY)
def test_time_grows_with_the_size_alone(name: str) -> None:
    """Four times the output takes about four times the time: a quadratic pattern would take sixteen."""
    unit = NASTY[name]
    small, large = unit * (60_000 // len(unit)), unit * (240_000 // len(unit))
    seconds(small)
    quick = min(seconds(small) for _ in range(3))
    slow = min(seconds(large) for _ in range(2))
    assert slow < 10 * quick + 0.05


def test_memory_is_bounded_while_a_child_floods_its_streams() -> None:
    detector = Detector(WORKSPACE)
    for number in range(300):
        detector.feed("stderr", bytes(65536), 0.0)
        detector.feed("stdout", b"%d " % number * 20_000, 0.0)
    assert all(len(scanner_._cutter.peek()) <= 1 << 20 for scanner_ in detector._scanners.values())
    detector.feed("stdout", b"\n" * 300_000, 0.0)
    assert sum(len(chunk) for chunk, _ in detector._scanners["stdout"]._recent._chunks) <= 5 << 20
