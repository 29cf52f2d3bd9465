"""The benchmark of supervision runs, row by row, by name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "benchmarks.supervise"]


def test_an_unknown_row_is_refused_and_the_others_are_named() -> None:
    done = subprocess.run([*COMMAND, "magic"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no row magic; there are start relay-pipe" in done.stderr


@pytest.mark.timeout(240)  # a busy machine measures slowly, and is not measured here
def test_a_restart_without_peers_is_measured(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path\n"
        "from benchmarks.supervise import starting\n"
        f"stamps = starting.our_restarts(['/bin/sh', '-c', 'date +%s%N; exit 1'], Path({str(tmp_path)!r}))\n"
        "assert len(stamps) == 20 and stamps == sorted(stamps)\n"
        "print(starting.median_gap(stamps) > 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=200)
    assert (done.stdout, done.stderr) == ("True\n", "")
