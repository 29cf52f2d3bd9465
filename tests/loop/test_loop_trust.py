"""The machine with what was proven before a change was applied, with probation, and with what was there before."""

from __future__ import annotations

from otorepair_like.attempt import Verdict
from otorepair_like.loop.machine import commands, inputs
from otorepair_like.repair.plan.attempted import CopyProof
from tests.support.loop_story import APPLIED, KEY, NOT, OTHER, Story, over, up


def proven_in_copy(**proof: object) -> Story:
    """A crash, a change that was looked at before it was applied, and the program up again."""
    story = up(agents=("claude",))
    story.crash()
    story.then(inputs.ChildGone())
    story.then(over(applied=True, copy_proof=CopyProof(**proof)))  # type: ignore[arg-type]
    story.then(inputs.ChildUp(11))
    return story


def test_what_the_users_commands_said_before_is_told_with_the_verdict() -> None:
    story = proven_in_copy(note="pytest succeeded")
    assert story.until_due() == ["KeepChange"]
    assert story.verdict() is Verdict.VERIFIED
    assert "pytest succeeded" in story.command(commands.KeepChange).judgement.proof  # type: ignore[union-attr]


def test_a_command_that_looked_at_nothing_leaves_it_unproven() -> None:
    story = proven_in_copy(note="pytest ran no tests", empty=True)
    story.until_due()
    assert story.verdict() is Verdict.UNPROVEN


def test_a_program_that_ends_well_ends_the_run_once_its_repair_is_kept() -> None:
    story = proven_in_copy(note="pytest succeeded")
    assert story.then(inputs.ChildDown(0)) == ["KeepChange"]
    assert story.then(inputs.ChildGone()) == ["Finish"]
    assert story.commands[-1] == commands.Finish(0, "the program ended")


def test_a_kept_repair_whose_failure_comes_again_is_taken_back_once() -> None:
    story = up(agents=("claude",))
    story.repaired()
    assert story.until_due() == ["KeepChange"]
    assert story.then(inputs.Saw(KEY), after=100) == ["UndoKept", "BeginAttempt"]
    story.then(NOT)
    assert "UndoKept" not in story.then(NOT)


def test_a_failure_that_was_there_before_is_not_blamed_on_the_repair() -> None:
    story = up(agents=("claude",))
    story.then(inputs.Saw(OTHER))
    story.then(over(applied=False, stop="cannot be repaired"))
    story.repaired()
    assert story.then(inputs.Saw(OTHER)) == []
    assert story.until_due() == ["KeepChange"]


def test_a_child_that_took_long_to_die_must_live_for_twice_as_long() -> None:
    story = up(agents=("claude",))
    story.crash(after=5.0)
    story.then(inputs.ChildGone())
    story.then(APPLIED)
    story.then(inputs.ChildUp(11))
    began = story.now
    story.until_due()
    assert abs(story.now - began - 10.0) < 0.01


def test_one_that_worked_for_hours_need_not() -> None:
    story = up(agents=("claude",))
    story.crash(after=7200.0)
    story.then(inputs.ChildGone())
    story.then(APPLIED)
    story.then(inputs.ChildUp(11))
    began = story.now
    story.until_due()
    assert abs(story.now - began - 3.0) < 0.01
