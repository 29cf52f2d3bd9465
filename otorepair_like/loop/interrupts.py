"""What the user means by Ctrl-C, and how often. Pure."""

from __future__ import annotations

BY_CTRL_C = 10.0
"""Seconds after a Ctrl-C within which an end of the child without an error is what the user wanted."""
INSISTENT, WITHIN = 3, 1.5
"""Ctrl-C typed so often within so many seconds, while the child lives on, ends it at once."""
SAME_KEYSTROKE = 0.2
"""Seconds; a wrapper above us that passes a Ctrl-C on to us and to our group sends it twice."""


class Interrupts:
    """Remembers when the user asked for the end."""

    def __init__(self) -> None:
        self._typed: list[float] = []
        self._signalled = float("-inf")

    def signalled(self, now: float) -> bool:
        """A signal came to us; whether it is another one, and not the same keystroke passed on twice."""
        another = now - self._signalled > SAME_KEYSTROKE
        if another:
            self._signalled = now
        return another

    def typed(self, now: float) -> bool:
        """Ctrl-C was typed and the child has it; whether the user insists.

        A debugger or a prompt goes on after a Ctrl-C, so one or two of them do not mean the end.
        """
        self._typed = [at for at in self._typed if now - at < WITHIN] + [now]
        return len(self._typed) >= INSISTENT

    def recently(self, now: float) -> bool:
        """Whether an end of the child now is what the user wanted."""
        return bool(self._typed) and now - self._typed[-1] < BY_CTRL_C
