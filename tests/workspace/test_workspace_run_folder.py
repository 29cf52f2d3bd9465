"""The folder of a run, and what is left of runs that were killed."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from otorepair_like.workspace.run_folder import PREFIX, UNLOCKED, private_home


def test_folders_of_killed_runs_are_removed_and_those_of_living_ones_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("otorepair-demo-x", f"{PREFIX}starting", f"{PREFIX}older"):
        (tmp_path / name / "copy").mkdir(parents=True)
    os.utime(tmp_path / f"{PREFIX}older", (0, os.path.getmtime(tmp_path) - UNLOCKED - 1))
    with private_home() as living:
        shutil.copytree(living, tmp_path / f"{PREFIX}killed")  # its lock is nobody's
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # as another process sees it
        with private_home() as home:
            assert tempfile.gettempdir() == str(home)
            assert home.stat().st_mode & 0o077 == 0
            there = {path.name for path in tmp_path.iterdir()}
    assert there == {"otorepair-demo-x", f"{PREFIX}starting", living.name, home.name}
    assert not home.exists()
    assert not living.exists()
