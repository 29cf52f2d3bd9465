"""Every rule takes time in proportion to what changed: lines of one character repeated, and of one pair of them."""

from __future__ import annotations

import string
import time

import pytest

from otorepair_like.guard import guard
from otorepair_like.guard.place import ChangePlace
from otorepair_like.guard.policy import GuardPolicy
from otorepair_like.workspace.change_set import ChangeSet, FileChange

FILE, LENGTH, MOST_SECONDS = 0o100644, 2000, 1.0
PIECES = (
    *"aZ0",
    *string.punctuation,
    *" \t\n\f",
    "é",
    "\u00ad",
    "a ",
    "a.",
    "a=",
    "a:",
    "a(",
    "if ",
    "a-",
    '"a"',
    "'a',",
    "a|",
    "//",
    "/*",
)
"""What a line is made of."""
PATHS = (
    "a.py",
    "a.js",
    "a.ts",
    "a.go",
    "a.json",
    "a.yml",
    "a.toml",
    "a.html",
    "a.sh",
    "a.txt",
    "Makefile",
    "package.json",
    "requirements.txt",
    "pyproject.toml",
)
WRAPS = {"a.py": ("x = '''{}'''\n", "# {}\n", "{}\n"), "a.json": ('{{"a": "{}"}}\n', "{}\n")}


@pytest.mark.parametrize("path", PATHS)
def test_a_long_line_of_the_same_is_judged_at_once(path: str):
    place = ChangePlace(files=(path,), words=frozenset({"a"}), message="NameError\nname 'a' is not defined")
    slow = []
    for piece in PIECES:
        for wrap in WRAPS.get(path, ("{}\n",)):
            line = wrap.format((piece * LENGTH)[:LENGTH])
            change = FileChange(path, b"a = 1\n", ("a = 2\n" + line).encode(), FILE, FILE)
            began = time.process_time()
            guard.inspect(ChangeSet((change,)), GuardPolicy(), place)
            took = time.process_time() - began
            if took > MOST_SECONDS:
                slow.append((piece, wrap, round(took, 2)))
    assert slow == []


def test_what_is_too_large_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch):
    change = FileChange("a.py", b"a = 1\n", b"a = [" + b"1," * 3_000_000 + b"]\n", FILE, FILE)
    began = time.process_time()
    found = {finding.rule for finding in guard.inspect(ChangeSet((change,)), GuardPolicy(), ChangePlace())}
    assert "too-large" in found
    assert time.process_time() - began < MOST_SECONDS


def test_what_is_not_looked_through_in_time_is_a_question(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(guard, "TIME_LIMIT", 0.0)
    change = FileChange("a.py", b"a = 1\n", b"a = 2\n", FILE, FILE)
    found = guard.inspect(ChangeSet((change,)), GuardPolicy(), ChangePlace())
    assert "deadline" in {finding.rule for finding in found}
