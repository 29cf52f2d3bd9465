"""What the keys and Ctrl-C mean to the machine."""

from __future__ import annotations

import pytest

from otorepair_like import events
from otorepair_like.loop.machine import commands, inputs
from tests.support.loop_story import APPLIED, KEY, NOT, NOTHING, Story, up


def given_up(**policy: object) -> Story:
    story = up(interactive=True, **policy)
    story.crash()
    story.then(inputs.ChildGone())
    story.then(NOTHING)
    assert "Waiting" in story.told
    return story


def notices(story: Story) -> list[str]:
    told = [command.event for command in story.commands if isinstance(command, commands.Tell)]
    return [event.text for event in told if isinstance(event, events.Notice)]


def test_q_ends_a_healthy_run_with_0_and_kills_at_the_second() -> None:
    story = up()
    assert story.then(inputs.QuitWanted()) == ["StopChild"]
    assert story.then(inputs.QuitWanted(), after=0.01) == ["KillChild"]
    story.then(inputs.ChildDown(-9))
    story.then(inputs.ChildGone())
    assert story.commands == [commands.Finish(0, "you asked for it")]


def test_q_over_a_crash_that_stands_gives_it_up() -> None:
    story = given_up()
    story.then(inputs.QuitWanted())
    assert story.commands == [commands.Finish(4, "not repaired: KeyError: 'PORT'")]


def test_q_takes_back_what_is_not_proven_yet() -> None:
    story = up(reloads=True)
    story.then(inputs.Saw(KEY))
    story.then(APPLIED)
    assert story.then(inputs.QuitWanted()) == ["CancelWork", "UndoChange", "StopChild"]


def test_f_tries_a_crash_again_that_was_given_up() -> None:
    story = given_up()
    assert story.then(inputs.FixWanted(KEY)) == ["BeginAttempt"]
    assert story.then(APPLIED) == ["StartChild"]


@pytest.mark.parametrize("step", [inputs.Saw(KEY), inputs.ChildDown(1, KEY)])
def test_f_says_when_it_cannot_be(step: inputs.Input) -> None:
    story = up()
    story.then(step)
    assert story.then(inputs.FixWanted(KEY)) == []
    assert notices(story) == ["not now: a repair is running, or the program is about to start"]


def test_paused_a_crash_waits_until_healing_goes_on() -> None:
    story = up(interactive=True)
    story.then(inputs.PauseWanted())
    assert story.crash() == ["UndoChange"]
    assert "Waiting" in story.told
    story.then(inputs.ChildGone())
    assert story.then(inputs.PauseWanted()) == ["BeginAttempt"]
    assert story.then(NOT) == ["BeginAttempt"]


def test_a_child_that_says_nothing_to_a_ctrl_c_ignores_it_and_the_next_one_ends_it() -> None:
    story = up()
    assert story.then(inputs.CtrlC()) == []
    assert story.until_due() == []
    assert notices(story) == ["the program ignores Ctrl-C; press Ctrl-C again to stop it"]
    assert story.machine.deadline is None
    assert story.then(inputs.CtrlC(), after=60) == ["StopChild", "KillChild"]


def test_a_prompt_that_answers_a_ctrl_c_does_not_ignore_it() -> None:
    story = up()
    story.then(inputs.CtrlC())
    story.then(inputs.Spoke())
    assert story.machine.deadline is None
    assert story.then(inputs.CtrlC(), after=60) == []


def test_a_new_child_has_ignored_nothing() -> None:
    story = given_up()
    story.then(inputs.RestartWanted())
    story.then(inputs.ChildUp(11))
    story.then(inputs.CtrlC())
    story.until_due()
    story.then(inputs.RestartWanted())
    story.then(inputs.ChildDown(-15))
    story.then(inputs.ChildGone())
    story.then(inputs.ChildUp(12))
    assert story.then(inputs.CtrlC(), after=60) == []


def test_c_stops_the_attempt_and_nothing_more_is_tried_until_a_file_changes() -> None:
    story = up(interactive=True)
    story.then(inputs.Saw(KEY))
    assert story.then(inputs.StopAttemptWanted()) == ["CancelWork", "UndoChange", "UndoChange"]
    assert story.ignored() == "you stopped the attempt"
    assert story.then(inputs.Saw(KEY)) == []
    story.then(inputs.FilesChanged())
    assert story.then(inputs.Saw(KEY)) == ["BeginAttempt"]


def test_c_during_a_proof_undoes_the_change_and_runs_the_old_code_again() -> None:
    story = up(interactive=True)
    story.then(inputs.Saw(KEY))
    story.then(APPLIED)
    story.then(inputs.ChildDown(-15))
    story.then(inputs.ChildGone())
    story.then(inputs.ChildUp(11))
    assert story.then(inputs.StopAttemptWanted())[:2] == ["CancelWork", "UndoChange"]
    assert story.then(inputs.ChildDown(-15)) == []
    assert story.then(inputs.ChildGone()) == ["StartChild"]


def test_c_says_when_nothing_runs() -> None:
    story = up(interactive=True)
    assert story.then(inputs.StopAttemptWanted()) == []
    assert notices(story) == ["no attempt is running"]
