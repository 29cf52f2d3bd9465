"""The three tables of the machine: which state follows which event. Anything else is illegal.

The form, a table with the rules above it, follows h11's ``_state.py``.

- **Child**: one process tree at a time. ``STARTING``: it was started, but ``ChildUp`` is still to come. ``DOWN``: its
  leader ended by itself and the rest is being swept. ``STOPPING``: we are ending it. Only from ``NONE`` may it be
  started, so the old tree is always gone first.
- **Repair**: one attempt at a time. ``WORKING`` ends with a change that is
  applied (``PROVING``) or without one (``IDLE``).
- **Run**: ``OPEN`` repairs; ``WAITING`` has given up a crash and waits for the user; ``ENDING`` only cleans up.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TypeVar


class ChildState(Enum):
    """The state of the program."""

    NONE = auto()
    STARTING = auto()
    UP = auto()
    DOWN = auto()
    STOPPING = auto()


class RepairState(Enum):
    """The state of the repair."""

    IDLE = auto()
    TRIAGING = auto()
    WORKING = auto()
    PROVING = auto()


class RunState(Enum):
    """The state of the run."""

    OPEN = auto()
    WAITING = auto()
    ENDING = auto()


class IllegalStepError(Exception):
    """An event that cannot happen in this state; nothing was changed."""


CHILD: dict[tuple[ChildState, str], ChildState] = {
    (ChildState.NONE, "start"): ChildState.STARTING,
    (ChildState.STARTING, "up"): ChildState.UP,
    (ChildState.STARTING, "stop"): ChildState.STOPPING,
    (ChildState.UP, "down"): ChildState.DOWN,
    (ChildState.UP, "stop"): ChildState.STOPPING,
    (ChildState.DOWN, "stop"): ChildState.STOPPING,
    (ChildState.DOWN, "gone"): ChildState.NONE,
    (ChildState.STOPPING, "stop"): ChildState.STOPPING,
    (ChildState.STOPPING, "up"): ChildState.STOPPING,
    (ChildState.STOPPING, "down"): ChildState.STOPPING,
    (ChildState.STOPPING, "gone"): ChildState.NONE,
}

REPAIR: dict[tuple[RepairState, str], RepairState] = {
    (RepairState.IDLE, "triage"): RepairState.TRIAGING,
    (RepairState.TRIAGING, "opinion"): RepairState.IDLE,
    (RepairState.TRIAGING, "cancel"): RepairState.IDLE,
    (RepairState.IDLE, "attempt"): RepairState.WORKING,
    (RepairState.WORKING, "applied"): RepairState.PROVING,
    (RepairState.WORKING, "over"): RepairState.IDLE,
    (RepairState.WORKING, "cancel"): RepairState.IDLE,
    (RepairState.PROVING, "judged"): RepairState.IDLE,
    (RepairState.PROVING, "cancel"): RepairState.IDLE,
}

RUN: dict[tuple[RunState, str], RunState] = {
    (RunState.OPEN, "wait"): RunState.WAITING,
    (RunState.WAITING, "resume"): RunState.OPEN,
    (RunState.OPEN, "end"): RunState.ENDING,
    (RunState.WAITING, "end"): RunState.ENDING,
    (RunState.ENDING, "end"): RunState.ENDING,
}


S = TypeVar("S", bound=Enum)


def follow(table: dict[tuple[S, str], S], state: S, event: str) -> S:
    """Return the state after ``event``.

    Raises:
        IllegalStepError: the table has no such step.
    """
    try:
        return table[state, event]
    except KeyError:
        raise IllegalStepError(f"{type(state).__name__}.{state.name} has no {event!r}") from None
