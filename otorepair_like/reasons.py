"""Reasons why nothing (more) was done about a failure: all of them, in one place, with what a person can do."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class NotRepaired(StrEnum):
    """A reason why a failure was not repaired."""

    REPAIR_OFF = "repair_off"
    PAUSED = "paused"
    DOUBTFUL = "doubtful"
    UNSURE = "unsure"
    HARMLESS = "harmless"
    GAVE_UP_BEFORE = "gave_up_before"
    NO_AGENT = "no_agent"
    ATTEMPTS = "attempts"
    BUDGET = "budget"
    ADVISED = "advised"
    STOPPED = "stopped"
    RUN_ENDED = "run_ended"
    USER_EDIT = "user_edit"
    AT_STOP = "at_stop"
    AT_PROOF = "at_proof"
    WITH_UNDONE = "with_undone"
    PROGRAM_DOWN = "program_down"


WORDS: Final = {
    NotRepaired.REPAIR_OFF: ("repair is off", "choose a --backend to have failures repaired"),
    NotRepaired.PAUSED: ("repair is paused", "press p to go on"),
    NotRepaired.DOUBTFUL: (
        "it may not be an error, and no agent can be asked",
        "choose an agent with --backend, or press f to repair it",
    ),
    NotRepaired.UNSURE: ("triage could not tell whether it is an error", "press f to repair it"),
    NotRepaired.HARMLESS: ("triage judged it harmless", "press f to have it repaired all the same"),
    NotRepaired.GAVE_UP_BEFORE: (
        "repair of it is paused until a file changes",
        "change a file, or press f to try again",
    ),
    NotRepaired.NO_AGENT: (
        "no agent or recipe can fix this",
        "repair it yourself, or name another agent with --backend",
    ),
    NotRepaired.ATTEMPTS: (
        "the attempts failed",
        "change a file, or press f to try again; --attempts sets how many",
    ),
    NotRepaired.BUDGET: ("the budget is spent", "raise it with --max-cost and the like, or start a new run"),
    NotRepaired.ADVISED: ("a model advised to stop", "read its advice; press f to try again"),
    NotRepaired.STOPPED: ("you stopped the attempt", "change a file, or press f to try again"),
    NotRepaired.RUN_ENDED: ("the run ended first", "start the program again"),
    NotRepaired.USER_EDIT: ("you changed a file, so it was looked at anew", "nothing"),
    NotRepaired.AT_STOP: (
        "it came while the program was being stopped",
        "nothing; it counts when it comes again",
    ),
    NotRepaired.AT_PROOF: (
        "it came while a repair was being proven",
        "nothing; it counts when it comes again",
    ),
    NotRepaired.WITH_UNDONE: ("it came with a change that was undone", "nothing; the change is gone"),
    NotRepaired.PROGRAM_DOWN: ("the program is down", "nothing; it counts when it comes again"),
}
"""Each reason as a sentence, and what a person can do about it."""


def sentence(reason: NotRepaired) -> str:
    """Return ``reason`` in plain words."""
    return WORDS[reason][0]


def remedy(reason: NotRepaired) -> str:
    """Return what a person can do about ``reason``."""
    return WORDS[reason][1]
