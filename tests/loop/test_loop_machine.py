"""The machine, told as histories: what happens on the left, what it has done about it on the right."""

from __future__ import annotations

import signal
from dataclasses import replace

import pytest

from otorepair_like import events
from otorepair_like.agents.protocol import Opinion
from otorepair_like.attempt import Verdict
from otorepair_like.events import Amounts
from otorepair_like.loop.machine import commands, inputs
from otorepair_like.loop.machine.states import IllegalStepError
from tests.support.loop_story import APPLIED, DOUBT, KEY, NOT, NOTHING, OTHER, up


def test_a_clean_exit_ends_the_run_with_0() -> None:
    story = up()
    assert story.then(inputs.ChildDown(0)) == []
    assert story.then(inputs.ChildGone()) == ["Finish"]
    assert story.commands == [commands.Finish(0, "the program ended")]


def test_a_crash_is_repaired_restarted_and_proven_by_staying_up() -> None:
    story = up()
    assert story.crash() == ["BeginAttempt"]
    assert story.then(APPLIED) == []
    assert story.then(inputs.ChildGone()) == ["StartChild"]
    story.then(inputs.ChildUp(11))
    assert story.until_due() == ["KeepChange"]
    assert story.command(commands.KeepChange).judgement.verdict is Verdict.VERIFIED  # type: ignore[union-attr]
    assert story.now == pytest.approx(3.4, abs=0.5)


def test_the_old_tree_is_gone_before_the_next_one_starts() -> None:
    story = up()
    story.crash()
    assert "StartChild" not in story.then(APPLIED)
    assert story.then(inputs.ChildGone()) == ["StartChild"]


def test_an_agent_that_changes_nothing_trips_the_breaker_after_three_attempts() -> None:
    story = up()
    story.crash()
    story.then(inputs.ChildGone())
    assert story.then(NOT) == ["BeginAttempt"]
    assert story.then(NOT) == ["BeginAttempt"]
    assert story.then(NOT) == ["UndoChange", "Finish"]
    assert story.commands[-1].code == 4  # type: ignore[union-attr]
    assert "BreakerTripped" in story.told


def test_a_repair_that_does_not_help_is_taken_back_before_the_next_attempt() -> None:
    story = up()
    story.crash()
    story.then(inputs.ChildGone())
    story.then(APPLIED)
    story.then(inputs.ChildUp(11))
    assert story.crash() == ["UndoChange", "BeginAttempt"]


def test_a_different_error_is_progress_and_the_change_is_held() -> None:
    story = up()
    story.crash()
    story.then(inputs.ChildGone())
    story.then(APPLIED)
    story.then(inputs.ChildUp(11))
    assert story.crash(OTHER) == ["HoldChange", "BeginAttempt"]
    story.then(inputs.ChildGone())
    story.then(APPLIED)
    story.then(inputs.ChildUp(12))
    assert story.until_due() == ["KeepChange"]


def test_a_living_child_that_does_not_reload_is_restarted_for_the_proof() -> None:
    story = up()
    assert story.then(inputs.Saw(KEY)) == ["BeginAttempt"]
    assert story.then(APPLIED) == ["StopChild"]
    story.then(inputs.ChildDown(-15))
    assert story.then(inputs.ChildGone()) == ["StartChild"]
    story.then(inputs.ChildUp(11))
    assert story.until_due() == ["KeepChange"]


def test_a_child_that_reloads_itself_is_left_to_do_so() -> None:
    story = up(reloads=True)
    story.then(inputs.Saw(KEY))
    assert story.then(APPLIED) == ["AwaitReload"]
    assert story.then(inputs.Reloaded()) == []
    assert story.until_due() == ["KeepChange"]


def test_a_reloader_that_does_not_act_is_restarted_and_that_is_said() -> None:
    story = up(reloads=True)
    story.then(inputs.Saw(KEY))
    story.then(APPLIED)
    assert story.until_due() == ["StopChild"]
    assert story.told == ["Notice", "Restarting"]


def test_a_child_that_dies_of_what_is_being_worked_on_becomes_a_crash() -> None:
    story = up()
    story.then(inputs.Saw(KEY))
    assert story.crash() == []
    story.then(inputs.ChildGone())
    assert story.then(APPLIED) == ["StartChild"]


def test_errors_during_an_attempt_wait_for_their_turn() -> None:
    story = up()
    story.then(inputs.Saw(KEY))
    assert story.then(inputs.Saw(KEY)) == []
    assert story.then(inputs.Saw(OTHER)) == []
    assert story.then(NOTHING) == ["UndoChange", "BeginAttempt"]
    assert story.command(commands.BeginAttempt).ticket.incident is OTHER  # type: ignore[union-attr]


def test_a_tripped_fingerprint_of_a_living_child_pauses_until_a_file_changes() -> None:
    story = up()
    story.then(inputs.Saw(KEY))
    assert story.then(NOTHING) == ["UndoChange"]
    assert story.then(inputs.Saw(KEY)) == []
    story.then(inputs.FilesChanged())
    assert story.then(inputs.Saw(KEY)) == ["BeginAttempt"]


def test_a_child_that_runs_code_taken_back_is_restarted_when_nothing_more_is_tried() -> None:
    story = up(attempts=1)
    story.then(inputs.Saw(KEY))
    story.then(APPLIED)
    story.then(inputs.ChildDown(-15))
    story.then(inputs.ChildGone())
    story.then(inputs.ChildUp(11))
    assert story.then(inputs.Saw(KEY)) == ["UndoChange", "UndoChange", "StopChild"]


def test_doubtful_output_is_triaged_once_and_remembered() -> None:
    story = up(triage=True, agents=("recipes", "claude"))
    assert story.then(inputs.Saw(DOUBT)) == ["AskTriage"]
    assert story.then(inputs.Opined(Opinion(False, "a message", 0.9))) == []
    assert story.then(inputs.Saw(DOUBT)) == []
    assert story.ignored() == "triage judged it harmless"


def test_what_triage_takes_for_an_error_is_repaired() -> None:
    story = up(triage=True, agents=("recipes", "claude"))
    story.then(inputs.Saw(DOUBT))
    assert story.then(inputs.Opined(Opinion(True, "it is one", 0.9))) == ["BeginAttempt"]


def test_unsure_is_told_and_never_taken_for_no_error() -> None:
    story = up(triage=True, agents=("recipes", "claude"))
    story.then(inputs.Saw(DOUBT))
    assert story.then(inputs.Opined(Opinion(None, "not logged in"))) == []
    assert story.ignored() == "triage could not tell whether it is an error"
    assert story.crash(replace(DOUBT, certain=True)) == ["BeginAttempt"]


def test_triage_can_be_asked_about_everything() -> None:
    story = up(triage=True, triage_all=True, agents=("recipes", "claude"))
    assert story.then(inputs.Saw(KEY)) == ["AskTriage"]
    assert story.then(inputs.Opined(Opinion(True))) == ["BeginAttempt"]


def test_a_crash_skips_triage() -> None:
    story = up(triage=True, agents=("recipes", "claude"))
    story.then(inputs.Saw(DOUBT))
    assert story.crash() == ["CancelWork", "UndoChange", "BeginAttempt"]


def test_what_a_recipe_cannot_cure_at_once_goes_to_the_agent() -> None:
    story = up(agents=("recipes", "claude"))
    story.crash()
    story.then(inputs.ChildGone())
    story.then(APPLIED)
    story.then(inputs.ChildUp(11))
    story.crash()
    assert story.command(commands.BeginAttempt).step.agent == 1  # type: ignore[union-attr]


def test_a_recipe_with_nothing_to_offer_costs_no_attempt() -> None:
    story = up(agents=("recipes", "claude"))
    story.crash()
    story.then(NOTHING)
    begin = story.command(commands.BeginAttempt)
    assert (begin.step.agent, begin.step.number) == (1, 1)  # type: ignore[union-attr]


def test_a_held_port_is_not_sent_to_a_code_agent() -> None:
    story = up(agents=("claude",))
    assert story.crash(replace(KEY, environment="port_in_use")) == ["UndoChange"]


def test_errors_that_keep_changing_use_up_the_run() -> None:
    story = up(limits=Amounts(attempts=4))
    begun = 0
    for number in range(10):
        story.then(inputs.Saw(replace(KEY, fingerprint=f"{number:012x}")))
        while "BeginAttempt" in [type(c).__name__ for c in story.commands]:
            begun += 1
            story.then(NOT)
    assert begun == 4


def test_a_child_that_dies_on_start_is_started_with_growing_pauses() -> None:
    story = up(attempts=99, limits=Amounts(attempts=99))
    pauses = []
    for pid in range(11, 17):
        story.crash()
        story.then(APPLIED)
        story.then(inputs.ChildGone())
        pauses += [
            c.event.pause
            for c in story.commands
            if isinstance(c, commands.Tell) and isinstance(c.event, events.Restarting)
        ]
        if story.machine.child.start_at is not None:
            assert story.until_due() == ["StartChild"]
        story.then(inputs.ChildUp(pid))
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0]


def test_the_first_interrupt_passes_the_signal_on_and_the_second_kills() -> None:
    story = up()
    assert story.then(inputs.Interrupted(2)) == ["StopChild"]
    assert story.then(inputs.Interrupted(2), after=0.01) == []  # the same keystroke, passed on twice
    assert story.then(inputs.Interrupted(2), after=0.5) == ["KillChild"]
    story.then(inputs.ChildDown(-9))
    assert story.then(inputs.ChildGone()) == ["Finish"]
    assert story.commands == [commands.Finish(130, "interrupted", signal.SIGINT)]


def test_an_interrupt_takes_back_what_is_not_proven_yet() -> None:
    story = up()
    story.then(inputs.Saw(KEY))
    story.then(APPLIED)
    story.then(inputs.ChildDown(-15))
    story.then(inputs.ChildGone())
    story.then(inputs.ChildUp(11))
    assert story.then(inputs.Interrupted(15)) == ["CancelWork", "UndoChange", "StopChild"]


def test_a_person_can_mend_it_after_we_gave_up() -> None:
    story = up(interactive=True)
    story.crash()
    story.then(inputs.ChildGone())
    assert story.then(NOTHING) == ["UndoChange"]
    assert story.told == ["BreakerTripped", "IncidentClosed", "Waiting"]
    assert story.then(inputs.FilesChanged()) == ["StartChild"]


def test_without_a_repairer_a_crash_ends_with_the_childs_own_code() -> None:
    story = up(agents=())
    story.crash(status=-9)
    story.then(inputs.ChildGone())
    assert story.commands == [commands.Finish(137, "the program ended")]


def test_an_illegal_step_raises_and_changes_nothing() -> None:
    story = up()
    with pytest.raises(IllegalStepError):
        story.then(inputs.ChildGone())
    with pytest.raises(IllegalStepError):
        story.then(APPLIED)
    assert story.then(inputs.ChildDown(0)) == []


def test_a_change_of_files_during_an_attempt_is_held_until_it_is_over() -> None:
    story = up(watches=True)
    story.then(inputs.Saw(KEY))
    assert story.then(inputs.FilesChanged()) == []
    assert story.then(inputs.FilesChanged()) == []
    assert story.then(NOT) == ["StopChild"]
    story.then(inputs.ChildDown(-15))
    assert story.then(inputs.ChildGone()) == ["StartChild"]


def test_a_watched_child_is_restarted_when_a_file_changes() -> None:
    story = up(watches=True, agents=())
    assert story.then(inputs.FilesChanged()) == ["StopChild"]
    story.then(inputs.ChildDown(-15))
    assert story.then(inputs.ChildGone()) == ["StartChild"]


def test_an_edit_made_while_we_gave_up_counts() -> None:
    story = up(interactive=True)
    story.crash()
    story.then(inputs.ChildGone())
    story.then(inputs.FilesChanged())
    assert story.then(NOTHING) == ["StartChild"]


def test_ctrl_c_that_the_child_takes_is_no_end_but_its_end_is_no_crash() -> None:
    story = up()
    assert story.then(inputs.CtrlC()) == []
    story.then(inputs.ChildDown(-2, replace(KEY, type="", frames=(), message="killed by SIGINT")))
    story.then(inputs.ChildGone())
    assert story.commands == [commands.Finish(130, "the program ended", signal.SIGINT)]


def test_insisting_on_ctrl_c_kills() -> None:
    story = up()
    story.then(inputs.CtrlC())
    story.then(inputs.CtrlC())
    assert story.then(inputs.CtrlC()) == ["StopChild", "KillChild"]


def test_a_child_that_somebody_else_killed_is_no_patient() -> None:
    story = up()
    story.crash(replace(KEY, type="killed by SIGKILL", message="", frames=()), status=-9)
    story.then(inputs.ChildGone())
    assert story.commands == [commands.Finish(137, "the program ended")]


def test_a_users_edit_during_an_attempt_at_a_crash_is_tried_before_the_next_attempt() -> None:
    story = up()
    story.crash()
    story.then(inputs.ChildGone())
    story.then(inputs.FilesChanged())
    assert story.then(NOT) == ["StartChild"]
