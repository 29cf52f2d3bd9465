"""Failures in the recorded output of real programs are found and read; healthy output is ignored."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
HELD_MISSED = {"protoc", "jekyll", "k6", "ava-fail", "late-lambda-js"}
HELD_ALARMS = {"b-perl"}
HELD_WRONG = {"type": {"metro"}, "message": {"scala-sbt", "yarn"}, "file": {"cra"}}


@pytest.fixture(scope="module")
def figures() -> ModuleType:
    """Return the measures of the benchmark, so that the tests hold what is published."""
    spec = importlib.util.spec_from_file_location("benchmark_detect", ROOT / "benchmarks" / "detect.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("name", "missed"), [("cases", set()), ("decorated", set())])
def test_no_recorded_failure_is_missed(figures: ModuleType, name: str, missed: set[str]) -> None:
    assert set(figures.recall(figures.load(figures.OWN / f"{name}.jsonl"))[1]) <= missed


@pytest.mark.parametrize(("hard", "alarms"), [(False, set()), (True, {"ben-hot-words"})])
def test_nothing_harmless_is_taken_for_a_failure(figures: ModuleType, hard: bool, alarms: set[str]) -> None:
    cases = figures.load(figures.OWN / "cases.jsonl")
    assert set(figures.false_alarms(cases, hard=hard)[1]) <= alarms


@pytest.mark.parametrize(
    ("field", "wrong"), [("type", {"java-noclass"}), ("message", set()), ("file", set())]
)
def test_type_message_and_place_are_told_rightly(figures: ModuleType, field: str, wrong: set[str]) -> None:
    told = {"type": figures.type_right, "message": figures.message_right, "file": figures.place_right}[field]
    cases = figures.load(figures.OWN / "cases.jsonl")
    assert set(figures.right(cases, field, told)[1]) <= wrong


def test_other_tools_and_formats_are_read_as_well(figures: ModuleType) -> None:
    """Hold the figures that were reached, so that a changed rule shows its cost elsewhere."""
    cases = figures.load(figures.OWN / "held.jsonl")
    assert set(figures.recall(cases)[1]) <= HELD_MISSED
    assert set(figures.false_alarms(cases, hard=False)[1]) == set()
    assert set(figures.false_alarms(cases, hard=True)[1]) <= HELD_ALARMS
    told = {"type": figures.type_right, "message": figures.message_right, "file": figures.place_right}
    wrong = {field: set(figures.right(cases, field, one)[1]) - HELD_MISSED for field, one in told.items()}
    assert all(wrong[field] <= HELD_WRONG[field] for field in told), wrong


def test_structured_failures_are_told_within_milliseconds_and_any_within_a_third_of_a_second(
    figures: ModuleType,
) -> None:
    cases = figures.load(figures.OWN / "cases.jsonl")
    for chatter in (0.0, 0.05):
        sure, every = figures.latencies(cases, chatter=chatter)
        assert sorted(sure)[len(sure) // 2] <= 0.005
        assert max(sure) <= 0.150
        assert max(every) <= 0.300 + 1e-9
