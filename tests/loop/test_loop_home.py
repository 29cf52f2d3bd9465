"""The folder of a run, and what is left of runs that were killed."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from otorepair_like.loop.home import private_home


def test_folders_of_killed_runs_are_removed_and_those_of_living_ones_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead = subprocess.Popen(["true"])
    dead.wait()
    names = {
        "left": f"otorepair-{dead.pid}-abc",
        "alive": f"otorepair-{os.getpid()}-abc",
        "other": "otorepair-demo-x",
    }
    for name in names.values():
        (tmp_path / name / "copy").mkdir(parents=True)
    with private_home() as home:
        assert home.stat().st_mode & 0o077 == 0
        there = {path.name for path in tmp_path.iterdir()}
    assert there == {names["alive"], names["other"], home.name}
    assert not home.exists()
