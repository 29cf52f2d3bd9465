"""The machine with the user's own commands, with probation, and with what was there before."""

from __future__ import annotations

from dataclasses import replace

from otorepair_like.attempt import Verdict
from otorepair_like.incident import Frame, Incident
from otorepair_like.loop import commands, inputs
from otorepair_like.loop.machine import Machine
from otorepair_like.loop.policy import RunPolicy

KEY = Incident("KeyError", "'a'", frames=(Frame("a.py", 1, own=True),), fingerprint="a" * 12, exit_status=1)
OTHER = replace(KEY, type="NameError", message="b", fingerprint="b" * 12)
APPLIED = inputs.AttemptOver(applied=True)


class Story:
    """A machine with a clock; ``then`` gives the names of the commands, without events."""

    def __init__(self, **policy: object) -> None:
        self.machine = Machine(RunPolicy(**{"agents": ("claude",), **policy}))  # type: ignore[arg-type]
        self.now = 0.0
        self.commands: list[commands.Command] = []
        self.then(inputs.ChildUp(10))

    def then(self, step: inputs.Input, after: float = 0.1) -> list[str]:
        self.now += after
        self.commands = self.machine.handle(step, self.now)
        return [
            type(c).__name__ for c in self.commands if not isinstance(c, commands.Tell | commands.WatchFiles)
        ]

    def crash(self, incident: Incident = KEY, after: float = 0.1) -> list[str]:
        return self.then(inputs.ChildDown(1, incident), after)

    def until_due(self) -> list[str]:
        assert self.machine.deadline is not None
        return self.then(inputs.Tick(), self.machine.deadline - self.now)

    def repaired(self) -> None:
        """A crash, a change, and the child up again."""
        self.crash()
        self.then(inputs.ChildGone())
        self.then(APPLIED)
        self.then(inputs.ChildUp(11))

    def verdict(self) -> Verdict:
        (one,) = [c.judgement.verdict for c in self.commands if isinstance(c, commands.KeepChange)]
        return one


def test_the_users_commands_are_asked_when_all_else_is_well() -> None:
    story = Story(checks=True)
    story.repaired()
    assert story.until_due() == ["RunChecks"]
    assert story.machine.deadline is None
    assert story.then(inputs.Checked(note="pytest succeeded")) == ["KeepChange"]
    assert story.verdict() is Verdict.VERIFIED


def test_a_command_that_says_no_takes_the_change_back() -> None:
    story = Story(checks=True)
    story.repaired()
    story.until_due()
    assert story.then(inputs.Checked(problem="pytest: test_a failed")) == ["TakeBackChange", "BeginAttempt"]


def test_a_command_that_looked_at_nothing_leaves_it_unproven() -> None:
    story = Story(checks=True)
    story.repaired()
    story.until_due()
    story.then(inputs.Checked(note="pytest ran no tests", empty=True))
    assert story.verdict() is Verdict.UNPROVEN


def test_a_failure_while_the_commands_run_is_not_forgiven_and_their_word_comes_too_late() -> None:
    story = Story(checks=True)
    story.repaired()
    story.until_due()
    assert story.crash() == ["TakeBackChange", "BeginAttempt"]
    assert story.then(inputs.Checked(note="pytest succeeded")) == []


def test_a_child_that_ends_well_waits_for_the_commands_before_the_run_ends() -> None:
    story = Story(checks=True)
    story.repaired()
    assert story.then(inputs.ChildDown(0)) == ["RunChecks"]
    assert story.then(inputs.ChildGone()) == []
    assert story.then(inputs.Checked()) == ["KeepChange", "Finish"]
    assert story.commands[-1] == commands.Finish(0, "the child ended")


def test_a_kept_repair_whose_failure_comes_again_is_taken_back_once() -> None:
    story = Story()
    story.repaired()
    assert story.until_due() == ["KeepChange"]
    assert story.then(inputs.Saw(KEY), after=100) == ["RevokeChange", "BeginAttempt"]
    story.then(inputs.AttemptOver(applied=False))
    assert "RevokeChange" not in story.then(inputs.AttemptOver(applied=False))


def test_a_failure_that_was_there_before_is_not_blamed_on_the_repair() -> None:
    story = Story()
    story.then(inputs.Saw(OTHER))
    story.then(inputs.AttemptOver(applied=False, stop="cannot be repaired"))
    story.repaired()
    assert story.then(inputs.Saw(OTHER)) == []
    assert story.until_due() == ["KeepChange"]


def test_a_child_that_took_long_to_die_must_live_for_twice_as_long() -> None:
    story = Story()
    story.crash(after=5.0)
    story.then(inputs.ChildGone())
    story.then(APPLIED)
    story.then(inputs.ChildUp(11))
    began = story.now
    story.until_due()
    assert abs(story.now - began - 10.0) < 0.01


def test_one_that_worked_for_hours_need_not() -> None:
    story = Story()
    story.crash(after=7200.0)
    story.then(inputs.ChildGone())
    story.then(APPLIED)
    story.then(inputs.ChildUp(11))
    began = story.now
    story.until_due()
    assert abs(story.now - began - 3.0) < 0.01
