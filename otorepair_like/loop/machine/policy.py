"""Settings that hold for a whole run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunPolicy:
    """Settings that hold for a whole run.

    Args:
        healthy_after: seconds health must last to prove a repair.
        interactive: whether a person is there to change a file after we gave up.
        reloads: whether the program reloads itself when a file changes.
        ready: whether the user said how to see that the program is up; then health begins there.
        replay_all: whether requests that may change something are asked again too.
        watches: whether we restart the program when a file changes.
    """

    healthy_after: float = 3.0
    interactive: bool = False
    reloads: bool = False
    watches: bool = False
    ready: bool = False
    replay_all: bool = False
