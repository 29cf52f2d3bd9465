"""The machine when things happen at a bad time: it goes on, ends once, and every failure is told."""

from __future__ import annotations

import pytest

from otorepair_like.attempt import Verdict
from otorepair_like.loop.machine import commands, inputs
from otorepair_like.reasons import NotRepaired
from otorepair_like.repair.proof.proof_places import Touched
from tests.support.loop_story import (
    APPLIED,
    BEFORE,
    DOUBT,
    KEY,
    NOT,
    NOTHING,
    OTHER,
    Story,
    in_proof,
    over,
    up,
)


def test_a_file_changed_during_a_proof_counts_although_the_program_ends_well() -> None:
    story = in_proof(watches=True)
    story.then(inputs.FilesChanged())
    assert story.then(inputs.ChildDown(0)) == ["KeepChange"]
    assert story.then(inputs.ChildGone()) == ["StartChild"]


def test_without_watching_a_program_that_ends_well_ends_the_run_whatever_was_edited() -> None:
    story = in_proof()
    story.then(inputs.FilesChanged())
    story.then(inputs.ChildDown(0))
    assert story.then(inputs.ChildGone()) == ["Finish"]


@pytest.mark.parametrize("end", [inputs.ChildDown(0), inputs.ChildDown(1, KEY), inputs.ChildDown(1, OTHER)])
def test_a_program_that_ends_before_it_reloads_is_started_to_prove_the_repair(end: inputs.ChildDown) -> None:
    story = up(reloads=True)
    story.then(inputs.Saw(KEY))
    story.then(APPLIED)
    assert story.then(end) == []
    assert story.then(inputs.ChildGone()) == ["StartChild"]
    story.then(inputs.ChildUp(11))
    assert story.until_due() == ["KeepChange"]


def test_a_program_that_is_on_its_way_is_not_started_once_more() -> None:
    story = up(watches=True)
    story.then(inputs.FilesChanged())
    story.then(inputs.ChildDown(-15))
    assert story.then(inputs.ChildGone()) == ["StartChild"]
    assert story.then(inputs.FilesChanged()) == ["StopChild"]
    assert story.then(inputs.ChildUp(11)) == []
    story.then(inputs.ChildDown(-15))
    assert story.then(inputs.ChildGone()) == ["StartChild"]


def test_a_program_that_is_on_its_way_is_stopped_and_gone_before_the_run_is_over() -> None:
    story = Story()
    assert story.then(inputs.Interrupted(2)) == ["StopChild"]
    assert story.then(inputs.ChildUp(10)) == []
    story.then(inputs.ChildDown(-2))
    assert story.then(inputs.ChildGone()) == ["Finish"]


def test_a_start_that_was_put_off_is_made_once() -> None:
    story = up(attempts=9, interactive=True)
    story.crash()
    story.then(APPLIED)
    story.then(inputs.ChildGone())
    story.then(inputs.ChildUp(11))
    story.crash()  # the second short life
    story.then(NOTHING)
    story.then(inputs.ChildGone())
    assert story.then(inputs.RestartWanted()) == []
    assert story.machine.deadline is not None
    assert story.then(inputs.FilesChanged()) == ["StartChild"]
    story.then(inputs.ChildUp(12))
    assert story.machine.deadline is None


def test_a_change_that_is_held_does_not_outlive_a_restart_unjudged() -> None:
    story = in_proof(watches=True)
    assert story.crash(OTHER) == ["HoldChange", "BeginAttempt"]
    story.then(inputs.ChildGone())
    story.then(inputs.FilesChanged())
    assert story.then(NOT) == ["UndoChange", "StartChild"]


def test_after_a_change_that_made_it_worse_the_first_failure_is_tried_again() -> None:
    story = in_proof()
    assert story.crash(BEFORE) == ["UndoChange", "BeginAttempt"]
    assert story.command(commands.BeginAttempt).ticket.incident is KEY  # type: ignore[union-attr]
    assert story.seen() == [("ImportError", "")]
    assert story.closed() == [NotRepaired.WITH_UNDONE]


def test_a_living_program_whose_held_changes_are_taken_back_is_restarted() -> None:
    story = in_proof()
    assert story.then(inputs.Saw(OTHER)) == ["HoldChange", "BeginAttempt"]
    assert story.then(NOTHING) == ["UndoChange", "StopChild"]


def test_a_living_program_is_restarted_without_a_repair_that_failed_on_probation() -> None:
    story = up()
    story.crash()
    story.then(inputs.ChildGone())
    story.then(over(applied=True, probation=(Touched("app.py", 1, 99),)))
    story.then(inputs.ChildUp(11))
    assert story.until_due() == ["KeepChange"]
    assert story.then(inputs.Saw(DOUBT)) == ["UndoKept", "StopChild"]


def test_readiness_of_the_code_before_a_repair_proves_nothing() -> None:
    story = up(reloads=True, ready=True)
    story.then(inputs.Saw(KEY))
    assert story.then(APPLIED) == ["AwaitReload"]
    story.then(inputs.BecameReady())
    assert story.until_due() == ["StopChild"]
    story = up(ready=True)
    story.then(inputs.Saw(KEY))
    assert story.then(APPLIED) == ["StopChild"]
    story.then(inputs.BecameReady())
    assert story.machine.deadline is None
    story.then(inputs.ChildDown(-15))
    assert story.then(inputs.ChildGone()) == ["StartChild"]


def test_a_failure_that_has_to_wait_is_told_at_once_and_only_once() -> None:
    story = up()
    story.then(inputs.Saw(KEY))
    story.then(inputs.Saw(OTHER))
    assert story.seen() == [("NameError", "another failure is worked on")]
    assert story.then(NOTHING) == ["UndoChange", "BeginAttempt"]
    assert story.seen() == []
    assert story.closed() == [NotRepaired.NO_AGENT]


def test_a_failure_that_is_repaired_is_closed_with_the_verdict() -> None:
    story = in_proof()
    story.until_due()
    assert story.closed() == [Verdict.VERIFIED]


def test_the_end_of_a_failure_that_waits_is_told_when_the_run_ends_first() -> None:
    story = up()
    story.then(inputs.Saw(KEY))
    story.then(inputs.Saw(OTHER))
    story.then(inputs.Interrupted(2))
    assert story.closed() == [NotRepaired.RUN_ENDED, NotRepaired.RUN_ENDED]


def test_failures_are_closed_with_a_word_when_a_file_changes() -> None:
    story = up(watches=True)
    story.then(inputs.Saw(KEY))
    story.then(inputs.Saw(OTHER))
    story.then(inputs.FilesChanged())
    assert story.then(NOT) == ["StopChild"]
    assert story.closed() == [NotRepaired.USER_EDIT, NotRepaired.USER_EDIT]


def test_one_failure_that_is_ignored_does_not_hold_up_those_that_wait_behind_it() -> None:
    story = up()
    story.then(inputs.Saw(KEY))
    story.then(inputs.Saw(DOUBT))
    story.then(inputs.Saw(OTHER))
    assert story.then(NOTHING) == ["UndoChange", "BeginAttempt"]
    assert story.closed() == [NotRepaired.NO_AGENT, NotRepaired.DOUBTFUL]


def test_what_a_program_prints_while_it_is_stopped_is_told_and_not_repaired() -> None:
    story = up(watches=True)
    story.then(inputs.FilesChanged())
    assert story.then(inputs.Saw(KEY)) == []
    assert story.closed() == [NotRepaired.AT_STOP]


def test_another_failure_that_the_program_dies_of_during_an_attempt_is_told_at_once() -> None:
    story = up()
    story.then(inputs.Saw(KEY))
    story.crash(OTHER)
    assert story.seen() == [("NameError", "another failure is worked on")]


def test_what_triage_is_asked_about_is_told_at_once() -> None:
    story = up(triage=True, agents=("recipes", "claude"))
    assert story.then(inputs.Saw(DOUBT)) == ["AskTriage"]
    assert story.seen() == [("", "an agent is asked whether it is an error")]


def test_a_pause_does_not_make_a_proof_deaf() -> None:
    story = in_proof()
    story.then(inputs.PauseWanted())
    assert story.then(inputs.Saw(KEY)) == ["UndoChange", "UndoChange", "StopChild"]
    assert story.closed() == [NotRepaired.PAUSED]


def test_giving_up_a_program_that_a_change_had_die_ends_with_4() -> None:
    story = up(attempts=1, interactive=True)
    story.then(inputs.Saw(KEY))
    story.then(APPLIED)
    story.then(inputs.ChildDown(-15))
    story.then(inputs.ChildGone())
    story.then(inputs.ChildUp(11))
    story.crash(BEFORE)
    story.then(inputs.ChildGone())
    assert story.then(inputs.QuitWanted()) == ["Finish"]
    assert story.commands[-1].code == 4  # type: ignore[union-attr]


def test_when_a_chain_of_held_changes_fails_the_first_failure_is_what_stands_again() -> None:
    story = in_proof()
    assert story.crash(OTHER) == ["HoldChange", "BeginAttempt"]
    story.then(inputs.ChildGone())
    story.then(APPLIED)
    story.then(inputs.ChildUp(12))
    assert story.crash(OTHER) == ["UndoChange", "BeginAttempt"]
    assert story.command(commands.BeginAttempt).ticket.incident is KEY  # type: ignore[union-attr]


def test_a_crash_that_goes_with_the_repair_of_another_failure_is_closed_with_it() -> None:
    story = up()
    story.then(inputs.Saw(KEY))
    story.crash(OTHER)
    story.then(inputs.ChildGone())
    story.then(APPLIED)
    story.then(inputs.ChildUp(11))
    assert story.until_due() == ["KeepChange"]
    assert story.closed() == [Verdict.VERIFIED, Verdict.VERIFIED]
