"""The benchmark behind the README's figures runs and tells what it measured."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).resolve().parents[2] / "benchmarks" / "loop.py"


@pytest.mark.timeout(240)  # a busy machine measures slowly, and is not measured here
def test_it_measures_pairs_and_tells_their_ratio() -> None:
    asked = [sys.executable, BENCHMARK, "startup", "restart", "--runs", "1", "--json"]
    told = json.loads(subprocess.run(asked, check=True, capture_output=True, timeout=200).stdout)
    assert [row["name"] for row in told["rows"]] == [
        "start to first output",
        "whole run that ends at once",
        "crash to restarted",
    ]
    for row in told["rows"]:
        assert len(row["without"]) == len(row["with_it"]) == told["runs"] == 1
        assert row["ratio"] == row["with_it"][0] / row["without"][0] > 0


def test_an_unknown_measure_is_refused_by_name() -> None:
    done = subprocess.run([sys.executable, BENCHMARK, "magic"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no measure magic" in done.stderr
