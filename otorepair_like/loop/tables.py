"""The three tables of the machine: which state follows which event. Anything else is illegal.

The form, a table with the rules above it, is learned from h11's ``_state.py``.

- **Child**: one process tree at a time. ``DOWN``: its leader ended by itself and the rest is being swept. ``STOPPING``:
  we are ending it. Only from ``NONE`` may it be started, so the old tree is always gone first.
- **Repair**: one attempt at a time. ``WORKING`` ends with a change that is
  applied (``PROVING``) or without one (``IDLE``).
- **Run**: ``OPEN`` heals; ``WAITING`` has given up a crash and waits for the user; ``ENDING`` only cleans up.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TypeVar


class Child(Enum):
    """Where the child is."""

    NONE = auto()
    UP = auto()
    DOWN = auto()
    STOPPING = auto()


class Repair(Enum):
    """Where the repair is."""

    IDLE = auto()
    TRIAGING = auto()
    WORKING = auto()
    PROVING = auto()


class Run(Enum):
    """Where the run is."""

    OPEN = auto()
    WAITING = auto()
    ENDING = auto()


class IllegalStepError(Exception):
    """An event that cannot happen in this state; nothing was changed."""


CHILD: dict[tuple[Child, str], Child] = {
    (Child.NONE, "up"): Child.UP,
    (Child.UP, "down"): Child.DOWN,
    (Child.UP, "stop"): Child.STOPPING,
    (Child.DOWN, "stop"): Child.STOPPING,
    (Child.DOWN, "gone"): Child.NONE,
    (Child.STOPPING, "stop"): Child.STOPPING,
    (Child.STOPPING, "down"): Child.STOPPING,
    (Child.STOPPING, "gone"): Child.NONE,
}

REPAIR: dict[tuple[Repair, str], Repair] = {
    (Repair.IDLE, "triage"): Repair.TRIAGING,
    (Repair.TRIAGING, "opinion"): Repair.IDLE,
    (Repair.TRIAGING, "cancel"): Repair.IDLE,
    (Repair.IDLE, "attempt"): Repair.WORKING,
    (Repair.WORKING, "applied"): Repair.PROVING,
    (Repair.WORKING, "over"): Repair.IDLE,
    (Repair.WORKING, "cancel"): Repair.IDLE,
    (Repair.PROVING, "judged"): Repair.IDLE,
    (Repair.PROVING, "cancel"): Repair.IDLE,
}

RUN: dict[tuple[Run, str], Run] = {
    (Run.OPEN, "wait"): Run.WAITING,
    (Run.WAITING, "resume"): Run.OPEN,
    (Run.OPEN, "end"): Run.ENDING,
    (Run.WAITING, "end"): Run.ENDING,
    (Run.ENDING, "end"): Run.ENDING,
}


S = TypeVar("S", bound=Enum)


def follow(table: dict[tuple[S, str], S], state: S, event: str) -> S:
    """The state after ``event``.

    Raises:
        IllegalStepError: the table has no such step.
    """
    try:
        return table[state, event]
    except KeyError:
        raise IllegalStepError(f"{type(state).__name__}.{state.name} has no {event!r}") from None
