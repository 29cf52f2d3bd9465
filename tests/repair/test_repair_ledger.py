"""The ledger keeps, holds and undoes real changes; the history that fails is said once."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from otorepair_like import events
from otorepair_like.attempt import Attempt, Verdict
from otorepair_like.errors import StoreError
from otorepair_like.memory.folder import EVIDENCE
from otorepair_like.repair import evidence as evidences
from otorepair_like.repair.evidence import Evidence
from otorepair_like.repair.history import RepairHistory
from otorepair_like.repair.ledger import ChangeLedger
from otorepair_like.repair.plan.plan import ChangeDecision
from otorepair_like.repair.proof.proof import Judgement
from otorepair_like.workspace.apply import apply
from otorepair_like.workspace.change_set import ChangeSet, FileChange

VERIFIED = Judgement(Verdict.VERIFIED, progress=False, proof="app/main.py:3 ran again")
FAILED = Judgement(Verdict.FAILED, progress=False, proof="the same error again")
FURTHER = Judgement(Verdict.FAILED, progress=True, proof="a different error came")


class FakeStore:
    """Keeps attempts, until it breaks."""

    def __init__(self) -> None:
        self.attempts: list[Attempt] = []
        self.broken = self.closed = False

    def add(self, attempt: Attempt) -> None:
        if self.broken:
            raise StoreError("cannot write the history", "disk full", "free some space")
        self.attempts.append(attempt)

    def lessons(self) -> list[str]:
        if self.broken:
            raise StoreError("cannot read the history", "disk full", "free some space")
        return ["use ports above 1024"]

    def close(self) -> None:
        self.closed = True


class Desk:
    """A ledger with a workspace, a store and a bus."""

    def __init__(self, workspace: Path) -> None:
        self.workspace, self.folder = workspace, workspace / ".otorepair"
        self.folder.mkdir()
        self.store, self.told, self.released = FakeStore(), list[events.Event](), 0
        bus = events.Bus()
        bus.subscribe(self.told.append)
        self.history = RepairHistory(self.store, bus)  # type: ignore[arg-type]
        self.ledger = ChangeLedger(self.folder, self.history, bus, self.release)

    def release(self) -> None:
        self.released += 1

    def change(self, name: str, old: str, new: str, key: str = "a" * 12, path: str = "app/main.py") -> None:
        """Apply a change to a file, as the attempt ``name`` at the ticket ``key``."""
        before = (self.workspace / path).read_bytes()
        mode = (self.workspace / path).stat().st_mode
        after = before.replace(old.encode(), new.encode())
        changes = ChangeSet((FileChange(path, before, after, mode, mode),))
        applied = apply(changes, self.workspace, self.folder / "journal.json")
        attempt = Attempt(
            name, 0.0, "cmd", key, "", "E", "", "", 1, "claude", "", Verdict.UNPROVEN, "", changes.diff(), 0.0
        )
        self.ledger.add(key, Evidence(attempt, {}, "", changes=applied.changes), applied, time.monotonic())

    @property
    def text(self) -> str:
        return (self.workspace / "app/main.py").read_text()

    def ended(self) -> list[tuple[str, Verdict]]:
        return [(e.attempt.id, e.attempt.verdict) for e in self.told if isinstance(e, events.AttemptEnded)]

    def evidence(self, name: str) -> Evidence:
        return evidences.read(self.folder / EVIDENCE, name)


@pytest.fixture
def desk(workspace: Path) -> Desk:
    return Desk(workspace)


def test_a_kept_change_stays_and_is_written_down(desk: Desk) -> None:
    desk.change("a00001", "PORT", "ADDRESS")
    assert desk.evidence("a00001").attempt.verdict is Verdict.UNPROVEN, "should we be killed now"
    desk.ledger.settle(ChangeDecision.KEEP, VERIFIED)
    assert "ADDRESS" in desk.text
    assert desk.ended() == [("a00001", Verdict.VERIFIED)]
    assert [attempt.reason for attempt in desk.store.attempts] == [VERIFIED.proof]
    assert desk.evidence("a00001").stands
    assert desk.released == 1


def test_held_changes_are_undone_together_newest_first(desk: Desk, workspace: Path) -> None:
    before = desk.text
    desk.change("a00001", "PORT", "ADDRESS")
    desk.ledger.settle(ChangeDecision.HOLD, FURTHER)
    assert desk.released == 0, "still one unproven change in the workspace"
    desk.change("a00002", "ADDRESS", "HOST")
    desk.ledger.settle(ChangeDecision.UNDO, FAILED)
    assert desk.text == before
    assert desk.ended() == [("a00002", Verdict.FAILED), ("a00001", Verdict.FAILED)]
    assert desk.evidence("a00001").proof[-2:] == (FURTHER.proof, FAILED.proof)


def test_held_changes_are_kept_with_the_one_they_led_to(desk: Desk) -> None:
    desk.change("a00001", "PORT", "ADDRESS")
    desk.ledger.hold(FURTHER)
    desk.change("a00002", "print", "repr")
    desk.ledger.keep(VERIFIED)
    assert desk.ended() == [("a00001", Verdict.VERIFIED), ("a00002", Verdict.VERIFIED)]
    assert "ADDRESS" in desk.text
    assert "repr" in desk.text


def test_an_undo_leaves_lines_that_the_user_has_changed_since(desk: Desk, workspace: Path) -> None:
    desk.change("a00001", "PORT", "ADDRESS")
    (workspace / "app/main.py").write_text(desk.text.replace("ADDRESS", "MINE"))
    desk.ledger.undo(FAILED)
    assert "MINE" in desk.text
    (attempt,) = desk.store.attempts
    assert attempt.reason == f"{FAILED.proof}; left alone, you changed them meanwhile: app/main.py"


def test_a_relapse_undoes_what_was_kept_for_that_ticket_only(desk: Desk) -> None:
    desk.change("a00001", "PORT", "ADDRESS", key="a" * 12)
    desk.ledger.keep(VERIFIED)
    desk.change("a00002", "double", "twice", key="b" * 12, path="app/util.py")
    desk.ledger.keep(VERIFIED)
    desk.ledger.undo_kept("a" * 12, FAILED)
    assert "PORT" in desk.text
    assert "twice" in (desk.workspace / "app/util.py").read_text()
    assert desk.ended()[-1] == ("a00001", Verdict.FAILED)


def test_a_person_undoes_the_newest_kept_repair(desk: Desk) -> None:
    assert desk.ledger.undo_newest() == "this run has no repair to undo"
    before = desk.text
    desk.change("a00001", "PORT", "ADDRESS")
    desk.ledger.keep(VERIFIED)
    assert "ADDRESS" in desk.ledger.last_diff
    assert desk.ledger.undo_newest() == "undid a00001: app/main.py"
    assert desk.text == before
    assert desk.evidence("a00001").undone
    assert desk.ledger.undo_newest() == "this run has no repair to undo"


def test_the_end_of_the_run_undoes_what_was_not_judged(desk: Desk) -> None:
    before = desk.text
    desk.change("a00001", "PORT", "ADDRESS")
    desk.ledger.close()
    assert desk.text == before
    assert desk.ended() == [("a00001", Verdict.INTERRUPTED)]
    desk.ledger.close()
    assert len(desk.ended()) == 1


def test_evidence_that_cannot_be_kept_is_said_and_the_change_stays(desk: Desk) -> None:
    (desk.folder / EVIDENCE).write_text("a file where the folder should be")
    desk.change("a00001", "PORT", "ADDRESS")
    notices = [event.text for event in desk.told if isinstance(event, events.Notice)]
    assert notices[0].startswith("cannot keep the evidence of a00001: ")
    assert "ADDRESS" in desk.text


def test_a_history_that_fails_is_said_once_and_the_run_goes_on(desk: Desk) -> None:
    assert desk.history.lessons() == ["use ports above 1024"]
    desk.store.broken = True
    assert desk.history.lessons() == ()
    desk.change("a00001", "PORT", "ADDRESS")
    desk.ledger.keep(VERIFIED)
    notices = [event.text for event in desk.told if isinstance(event, events.Notice)]
    assert notices == ["cannot read the history: disk full; free some space"]
    assert desk.ended() == [("a00001", Verdict.VERIFIED)]


def test_a_run_without_a_history_knows_nothing_and_closes(workspace: Path) -> None:
    history = RepairHistory(None, events.Bus())
    assert history.lessons() == ()
    history.close()
