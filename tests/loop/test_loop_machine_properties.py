"""The machine in a small world where anything legal may happen at any time: it keeps the world's rules.

A history is a policy and bytes, two for each step. What fails is cut down to the steps it takes, and they are named.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as configure
from hypothesis import strategies as st

from otorepair_like.events import Amounts
from otorepair_like.loop.machine import inputs
from otorepair_like.loop.machine.policy import RunPolicy
from otorepair_like.loop.machine.states import IllegalStepError
from tests.support.loop_story import plan_of
from tests.support.machine_world import WAITS, World

STEPS = 60
"""Of a history, before the world calms down."""
SEEDS = 1500
"""Histories in each part of the long test."""
AGENTS = ((), ("recipes",), ("claude",), ("recipes", "claude"))
LIMITS = (Amounts(), Amounts(attempts=2), Amounts(attempts=4))
SWITCHES = ("interactive", "reloads", "watches", "ready")


@dataclass(frozen=True)
class Settings:
    """What a run can be set to; triage needs an agent that can be asked."""

    agents: tuple[str, ...]
    triage: bool
    always: bool
    attempts: int
    limits: Amounts
    run: RunPolicy

    def world(self) -> World:
        """Return a world with a machine that is set so."""
        triage = self.triage and "claude" in self.agents
        planned = {"triage": triage, "triage_all": triage and self.always}
        plan = plan_of(self.agents, attempts=self.attempts, limits=self.limits, **planned)
        return World(self.run, plan)


def play(settings: Settings, data: bytes) -> World:
    """Let happen what ``data`` chooses, then what is left to be done, then the end."""
    world = settings.world()
    try:
        for place in range(0, len(data) - 1, 2):
            number, wait = divmod(int.from_bytes(data[place : place + 2]), len(WAITS))
            kinds = world.moves()
            number, kind = divmod(number, len(kinds))
            world.take(kinds[kind][number % len(kinds[kind])], WAITS[wait])
            if world.finish and kind == 0:
                break
        world.calm_down()
        if world.finish is None:
            world.take(inputs.Interrupted(15))
            world.calm_down()
        assert world.finish, "asked to end, and it goes on"
    except (AssertionError, IllegalStepError) as error:
        raise AssertionError(f"{error}\n{settings}\n" + "\n".join(map(str, world.history))) from None
    return world


def rule(error: AssertionError) -> str:
    """The rule that was broken."""
    return str(error).partition("\n")[0]


def shortest(settings: Settings, data: bytes, error: AssertionError) -> AssertionError:
    """The failure with as few steps as lead to it."""
    place = 0
    while place < len(data):
        shorter = data[:place] + data[place + 2 :]
        try:
            play(settings, shorter)
        except AssertionError as other:
            if rule(other) == rule(error):
                data, error = shorter, other
                continue
        place += 2
    return error


all_settings = st.builds(
    Settings,
    agents=st.sampled_from(AGENTS),
    triage=st.booleans(),
    always=st.booleans(),
    attempts=st.integers(1, 3),
    limits=st.sampled_from(LIMITS),
    run=st.builds(RunPolicy, **dict.fromkeys(SWITCHES, st.booleans())),
)
histories = st.integers(0, STEPS).flatmap(lambda number: st.binary(min_size=2 * number, max_size=2 * number))


@configure(max_examples=1000, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(settings=all_settings, data=histories)
def test_the_machine_keeps_the_rules_of_the_world(settings: Settings, data: bytes) -> None:
    play(settings, data)


@pytest.mark.parametrize("part", range(4))
def test_it_keeps_them_in_many_long_histories(part: int) -> None:
    for seed in range(part * SEEDS, (part + 1) * SEEDS):
        random = Random(seed)
        run = RunPolicy(**{name: random.random() < 0.4 for name in SWITCHES})  # type: ignore[arg-type]
        triage, always = random.random() < 0.4, random.random() < 0.4
        limits, agents = random.choice(LIMITS), random.choice(AGENTS)
        settings = Settings(agents, triage, always, random.randint(1, 3), limits, run)
        data = random.randbytes(2 * STEPS)
        try:
            play(settings, data)
        except AssertionError as error:
            pytest.fail(f"seed {seed}: {shortest(settings, data, error)}", pytrace=False)
