"""Power cuts and full disks at every step: nothing is lost, and nothing stays half done."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from otorepair_like.errors import ApplyError
from otorepair_like.workspace.apply import apply
from otorepair_like.workspace.change_set import ChangeSet, FileChange
from tests.support.repair_trees import tree_hash
from tests.support.supervise import ROOT

NOBODY = 65534


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


@pytest.fixture
def common() -> Iterator[Path]:
    """A workspace of a common user's, whom permissions bind, and for the test that user's rights."""
    folder = Path(tempfile.mkdtemp())
    privileged = os.geteuid() == 0
    if privileged:
        os.chown(folder, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    try:
        (folder / "w/app").mkdir(parents=True)
        (folder / "w/app/main.py").write_text("x = 1\n")
        yield folder / "w"
    finally:
        if privileged:
            os.seteuid(0)
        shutil.rmtree(folder)


@pytest.mark.parametrize("name", ["app/new.py", "app/main.py"])
def test_a_folder_without_permission_is_said_and_leaves_the_tree(common: Path, name: str):
    before = None if name == "app/new.py" else b"x = 1\n"
    change = FileChange(name, before, b"1\n", None if before is None else 0o100644, 0o100644)
    tree = tree_hash(common)
    (common / "app").chmod(0o500)
    try:
        with pytest.raises(ApplyError, match=r"app.*Permission denied; nothing was changed"):
            apply(ChangeSet((change,)), common, common / ".otorepair/journal.json")
    finally:
        (common / "app").chmod(0o755)
    (lock,) = (common / ".otorepair").iterdir()  # nothing half done
    lock.unlink()
    lock.parent.rmdir()
    assert tree_hash(common) == tree


def test_a_read_only_file_is_replaced_and_stays_read_only(workspace: Path, journal: Path):
    util = workspace / "app/util.py"
    util.chmod(0o444)
    change = FileChange("app/util.py", util.read_bytes(), b"new\n", 0o100444, 0o100444)
    applied = apply(ChangeSet((change,)), workspace, journal)
    assert (util.read_bytes(), util.stat().st_mode & 0o777) == (b"new\n", 0o444)
    applied.take_back()
    assert util.stat().st_mode & 0o777 == 0o444
