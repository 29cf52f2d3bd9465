"""Where a proof looks after a change: the statement that failed, moved or replaced, and those that led to it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from otorepair_like.incident import Facts, Frame, Incident
from otorepair_like.repair.proof.proof_places import Touched, places_of, touched_by, touches
from otorepair_like.workspace.change_set import ChangeSet, FileChange

BEFORE = """\
def read(text):
    return float(text)


def mean(words):
    total = 0
    for word in words:
        total += read(word)
    return total / len(words)


print(mean(["12.5", "13,1"]))
"""
FRAMES = (
    Frame("app.py", 12, "<module>", own=True),
    Frame("/usr/lib/python3/lib.py", 3, "lib"),
    Frame("app.py", 8, "mean", own=True),
    Frame("app.py", 2, "read", own=True),
)
FACTS = Facts("main", "", "ValueError", "/usr/bin/python", "3.11.0")
FAILURE = Incident("ValueError", "no number", frames=FRAMES, language="python", facts=FACTS)


def seen(after: str, workspace: Path, incident: Incident = FAILURE) -> list[str]:
    """Return the places after ``app.py`` was changed, as lines of the new text; the innermost first."""
    (workspace / "app.py").write_text(after)
    change = ChangeSet((FileChange("app.py", BEFORE.encode(), after.encode()),))
    places = places_of(incident, change, workspace)
    assert all(place.path == str(workspace / "app.py") for place in places)
    return [after.splitlines()[place.line - 1].strip() if place.line else "gone" for place in places]


@pytest.mark.parametrize(
    ("old", "new", "innermost"),
    [
        ("float(text)", 'float(text.replace(",", "."))', 'return float(text.replace(",", "."))'),
        ("    return float", "    # a comment\n    return float", "return float(text)"),
        (
            "    return float(text)",
            "    try:\n        return float(text)\n    except ValueError:\n        return 20.0",
            "return float(text)",
        ),
        (
            "    return float(text)",
            "    if ',' in text:\n        return 0\n    return float(text)",
            "return float(text)",
        ),
        (
            "    return float(text)",
            "    clean = text.strip()\n    return float(clean)",
            "return float(clean)",
        ),
    ],
    ids=["edited", "moved down", "in a try", "behind a gate", "rewritten"],
)
def test_the_statement_that_failed_is_found_again(tmp_path: Path, old: str, new: str, innermost: str) -> None:
    lines = seen(BEFORE.replace(old, new), tmp_path)
    assert lines == [innermost, "total += read(word)", 'print(mean(["12.5", "13,1"]))']


@pytest.mark.parametrize(
    ("old", "new", "gated"),
    [
        (
            "        total += read(word)",
            "        if word.isdigit():\n            total += read(word)",
            [False, True, False],
        ),
        ("return float(text)", "return float(text) if text else 0", [False, False, False]),
        (
            'print(mean(["12.5", "13,1"]))',
            'print(mean([w for w in ["12.5", "13,1"] if w.isdigit()]))',
            [False, False, True],
        ),
    ],
    ids=["if", "a default", "a filter"],
)
def test_a_statement_behind_a_new_condition_may_have_run_for_other_input_only(
    tmp_path: Path, old: str, new: str, gated: list[bool]
) -> None:
    after = BEFORE.replace(old, new)
    change = ChangeSet((FileChange("app.py", BEFORE.encode(), after.encode()),))
    assert [place.gated for place in places_of(FAILURE, change, tmp_path)] == gated


def test_a_statement_that_is_gone_is_said_to_be(tmp_path: Path) -> None:
    after = BEFORE.replace("        total += read(word)\n", "        pass\n").replace(
        "    return float(text)\n", "    pass\n"
    )
    assert seen(after, tmp_path)[-1] == 'print(mean(["12.5", "13,1"]))'
    without = BEFORE.replace("print(mean", "")
    assert seen(without.replace('(["12.5", "13,1"]))\n', ""), tmp_path)[-1] == "gone"


def test_what_raises_on_purpose_and_what_is_imported_is_not_asked_to_run_again(tmp_path: Path) -> None:
    refusing = BEFORE.replace("return float(text)", "raise ValueError(text)")
    (tmp_path / "app.py").write_text(refusing)
    places = places_of(FAILURE, ChangeSet(), tmp_path)
    assert [place.line for place in places] == [8, 12]
    (tmp_path / "app.py").write_text("import nothing\n")
    loading = replace(FAILURE, frames=(Frame("app.py", 1, "<module>", own=True),))
    assert places_of(loading, ChangeSet(), tmp_path) == ()


def test_nobody_sees_what_a_program_without_the_probe_runs(tmp_path: Path) -> None:
    assert seen(BEFORE, tmp_path, replace(FAILURE, facts=None)) == []
    assert seen(BEFORE, tmp_path, replace(FAILURE, language="node")) == []
    assert seen(BEFORE, tmp_path, replace(FAILURE, type="SyntaxError")) == []


def test_a_failure_touches_a_change_by_the_lines_it_wrote() -> None:
    after = BEFORE.replace("float(text)", "int(text)")
    lines = touched_by(ChangeSet((FileChange("app.py", BEFORE.encode(), after.encode()),)))
    assert lines == (Touched("app.py", 2, 2),)
    assert touches(FAILURE, lines)
    assert not touches(replace(FAILURE, frames=FRAMES[:3]), lines)
