"""A failure that moved is progress only if it moved on: real programs, before and after a change."""

from __future__ import annotations

from pathlib import Path

import pytest

from otorepair_like.detect import Detector
from otorepair_like.incident import Incident
from otorepair_like.repair.proof.progress import moved_on
from tests.support.probe import run_probed


def failure(folder: Path, text: str) -> Incident:
    """What a program of this text dies of."""
    (folder / "app.py").write_text(text)
    ended = run_probed(folder, "app.py")
    detector = Detector(folder)
    for line in ended.lines:
        detector.take(line, 0.0)
    detector.feed("stderr", ended.stderr.encode(), 0.0)
    return detector.crash(ended.code, 1.0)


CALLS = "def load(x):\n    a = {}\n    return a[x]\n\ndef main():\n    first = load('k')\n    second = nmae\n\nmain()\n"


@pytest.mark.parametrize(
    ("before", "after", "later"),
    [
        ("print(a)\nprint(b)\n", "print(1)\nprint(b)\n", True),
        ("x = 1\nprint(b)\n", "x = y\nprint(1)\n", False),
        ("print(a)\n", "import nothing_there\nprint(a)\n", False),
        ("print(a)\n1 / 0\n", "import os\na = 1\nprint(a)\n1 / 0\n", True),
        (CALLS, CALLS.replace("a = {}", "a = {'k': 1}"), True),
        (CALLS, CALLS.replace("a = {}", "a = b"), False),
        (CALLS, CALLS.replace("a[x]", "a.get(x).y"), True),
        ("f(\n", "print(b)\n", True),
        ("x = 1\nf(1))\n", "x = (1\nf(1)\n", False),
        ("f(1))\nprint(2\n", "print(1)\nprint(2\n", True),
        ("import os\nprint(a)\n", "import os\nprint(1))\n", False),
        ("print(a, b)\n", "print(1, b)\n", True),
        ("d = {}\nprint(a, d['x'])\n", "d = {}\nprint(1, d['x'])\n", True),
        ("d = {}\nprint(d['x'].upper(), 1)\n", "d = {'y': 1}\nprint(d['y'].upper(), 1)\n", True),
        ("def f(n):\n    return n.real + n\nprint(a)\n", "def f(n):\n    return n.x\nprint(f(1))\n", True),
    ],
)
def test_a_failure_has_moved_on_if_it_is_later_on_the_path(tmp_path, before, after, later):
    assert moved_on(failure(tmp_path, before), failure(tmp_path, after)) is later


def test_failures_that_cannot_be_compared_are_not_held_against_a_change():
    assert moved_on(Incident("E1", ""), Incident("E2", ""))
