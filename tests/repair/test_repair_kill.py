"""Power cuts and full disks at every step: nothing is lost, and nothing stays half done."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from otorepair_like.errors import ApplyError
from otorepair_like.repair.apply import apply
from otorepair_like.repair.changes import ChangeSet, FileChange
from tests.support.repair_trees import tree_hash
from tests.support.supervise import ROOT


@pytest.mark.parametrize(
    ("scenario", "least"), [("apply", 40), ("take_back", 40), ("recover", 100), ("full", 80), ("swap", 60)]
)
def test_killed_or_out_of_space_at_every_step_no_byte_is_lost(scenario: str, least: int, tmp_path: Path):
    command = [sys.executable, "-m", "tests.support.repair_kill", scenario, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=50)
    report = json.loads(done.stdout)
    assert report["wrong"] == []
    assert report["litter"] == []
    assert report["steps"] >= least


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not bind root")
def test_a_folder_without_permission_is_said_and_leaves_the_tree(workspace: Path, journal: Path):
    change = FileChange("app/new.py", None, b"1\n", None, 0o100644)
    (workspace / "app").chmod(0o500)
    before = tree_hash(workspace)
    try:
        with pytest.raises(ApplyError, match=r"app.*Permission denied; nothing was changed"):
            apply(ChangeSet((change,)), workspace, journal)
    finally:
        (workspace / "app").chmod(0o700)
    (workspace / "app").chmod(0o500)
    assert tree_hash(workspace) == before


def test_a_read_only_file_is_replaced_and_stays_read_only(workspace: Path, journal: Path):
    util = workspace / "app/util.py"
    util.chmod(0o444)
    change = FileChange("app/util.py", util.read_bytes(), b"new\n", 0o100444, 0o100444)
    applied = apply(ChangeSet((change,)), workspace, journal)
    assert (util.read_bytes(), util.stat().st_mode & 0o777) == (b"new\n", 0o444)
    applied.take_back()
    assert util.stat().st_mode & 0o777 == 0o444
