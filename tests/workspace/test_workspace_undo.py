"""What is kept of an attempt, and taking it back and putting it in again later."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from otorepair_like.attempt import Attempt, Verdict
from otorepair_like.errors import ApplyError, OtorepairError
from otorepair_like.incident import Incident
from otorepair_like.repair import evidence as evidences
from otorepair_like.repair.evidence import Evidence
from otorepair_like.workspace.apply import Applied, apply
from otorepair_like.workspace.change_set import ChangeSet, FileChange
from otorepair_like.workspace.private_copy import PrivateCopy
from otorepair_like.workspace.undo import redo, undo
from tests.support.repair_trees import tree_hash, write

FILE = 0o100644
MAIN = "app/main.py"


@pytest.fixture
def applied(workspace: Path, journal: Path) -> Applied:
    before = (workspace / MAIN).read_bytes()
    edit = FileChange(MAIN, before, before.replace(b'os.environ["PORT"]', b"8000"), FILE, FILE)
    return apply(
        ChangeSet.of([edit, FileChange("new/x.py", None, b"x = 1\n", None, FILE)]), workspace, journal
    )


@pytest.fixture
def evidence(applied: Applied) -> Evidence:
    attempt = Attempt(
        "a1f3b2", 0.0, "python app.py", "f", "l", "KeyError", "'PORT'", MAIN, 3, "claude", "haiku",
        Verdict.VERIFIED, "up for 3 s", applied.changes.diff(), 2.5, 0.01, 900,
    )  # fmt: skip
    incident = evidences.of_incident(Incident("KeyError", "'PORT'", evidence=("KeyError: 'PORT'", "```")))
    return Evidence(
        attempt,
        incident,
        "Repair it",
        ({"text": "hi"},),
        ("fine",),
        "minimal",
        ("up",),
        applied.changes,
        applied.folders,
    )


def test_undo_and_redo_go_back_and_forth_and_keep_later_edits(workspace, journal, applied):
    after = tree_hash(workspace)
    (workspace / MAIN).write_text("# later\n" + (workspace / MAIN).read_text())
    undone = undo(applied.changes, workspace, journal, applied.folders)
    assert undone.paths == (MAIN, "new/x.py")
    assert (workspace / MAIN).read_text().startswith('# later\nimport os\n\nport = os.environ["PORT"]\n')
    assert not (workspace / "new").exists()
    with pytest.raises(ApplyError, match="nothing to undo: it is undone already"):
        undo(applied.changes, workspace, journal)
    redo(applied.changes, workspace, journal)
    (workspace / MAIN).write_text((workspace / MAIN).read_text().removeprefix("# later\n"))
    assert tree_hash(workspace) == after
    with pytest.raises(ApplyError, match="nothing to redo"):
        redo(applied.changes, workspace, journal)


def test_an_undo_of_lines_changed_since_is_refused_as_a_whole(workspace, journal, applied):
    (workspace / MAIN).write_text((workspace / MAIN).read_text().replace("8000", "9000"))
    before = tree_hash(workspace)
    with pytest.raises(ApplyError, match=f"you have since changed the same lines of {MAIN}"):
        undo(applied.changes, workspace, journal, applied.folders)
    assert tree_hash(workspace) == before


def test_evidence_is_read_back_as_written_and_undoes_exactly(workspace, journal, evidence, tmp_path):
    folder = evidences.write(tmp_path / "attempts", evidence)
    assert evidences.read(tmp_path / "attempts", "a1f") == evidence
    assert [path.stat().st_mode & 0o777 for path in folder.iterdir()] == [0o600, 0o600]
    kept = evidences.read(tmp_path / "attempts", "a1f3b2")
    undo(kept.changes, workspace, journal, kept.folders)
    assert "environ" in (workspace / MAIN).read_text()


def test_the_report_reads_well_and_quotes_what_failed_in_a_fence_it_cannot_close(evidence: Evidence):
    text = evidences.report(evidence)
    assert text.startswith("# Attempt a1f3b2: verified\n\n`KeyError: 'PORT'`\n")
    assert "- Verdict: verified: `up for 3 s`\n" in text
    assert "````text\nKeyError: 'PORT'\n```\n````" in text
    assert "```diff\ndiff --git" in text


@pytest.mark.parametrize("damage", ["edited", "cut", "nothing left"])
def test_evidence_that_was_changed_is_not_used(tmp_path: Path, evidence: Evidence, damage: str):
    path = evidences.write(tmp_path, evidence) / "evidence.json"
    content = json.loads(path.read_text())
    content["body"]["changes"][0]["before"] = "ZXZpbA=="
    path.write_text(
        {"edited": json.dumps(content), "cut": path.read_text()[:200], "nothing left": ""}[damage]
    )
    with pytest.raises(OtorepairError, match="cannot use"):
        evidences.read(tmp_path, "a1f3b2")


@pytest.mark.parametrize("identity", ["ffff", "", "../a1f3b2"])
def test_evidence_that_is_not_there_is_said(tmp_path: Path, evidence: Evidence, identity: str):
    evidences.write(tmp_path, evidence)
    with pytest.raises(OtorepairError, match="no evidence"):
        evidences.read(tmp_path, identity)


def test_what_changed_since_the_last_good_run_is_the_first_suspect(
    workspace: Path, private_copy: PrivateCopy
):
    private_copy.sync()
    assert not private_copy.since_good()
    private_copy.mark_good()
    write(workspace, {MAIN: b"broken\n", "added.py": b"1\n"})
    (workspace / "app/util.py").unlink()
    private_copy.sync()
    suspects = private_copy.since_good()
    assert {change.path: str(change.kind) for change in suspects.files} == {
        MAIN: "modified",
        "added.py": "created",
        "app/util.py": "deleted",
    }
    assert b"environ" in (suspects.files[1].before or b"")
