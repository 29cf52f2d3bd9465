"""What the user means by Ctrl-C, and how often. Pure."""

from __future__ import annotations

BY_CTRL_C = 10.0
"""Seconds after a Ctrl-C within which an end of the child without an error is what the user wanted."""
AT_ONCE = 2.0
"""Seconds after a Ctrl-C within which any end of the child is what the user wanted."""
INSISTENT, WITHIN = 3, 1.5
"""Ctrl-C typed so often within so many seconds, while the child lives on, ends it at once."""
ANSWER_WITHIN = 1.0
"""Seconds of silence after a Ctrl-C from which on a child that lives ignores it; a prompt is printed anew at once."""
SAME_KEYSTROKE = 0.2
"""Seconds; a wrapper above us that passes a Ctrl-C on to us and to our group sends it twice."""


class Interrupts:
    """Remembers when the user asked for the end."""

    def __init__(self) -> None:
        self._typed: list[float] = []
        self._signalled = float("-inf")
        self._ignored = False
        self.answer_by: float | None = None
        """When a child that has not answered the last Ctrl-C is said to ignore it."""

    def signalled(self, now: float) -> bool:
        """A signal came to us; whether it is another one, and not the same keystroke passed on twice."""
        another = now - self._signalled > SAME_KEYSTROKE
        if another:
            self._signalled = now
        return another

    def typed(self, now: float) -> bool:
        """Ctrl-C was typed and the child has it; whether the user insists.

        A debugger or a prompt goes on after a Ctrl-C, so one or two of them do not mean the end, unless the child
        ignored one and the user was told so.
        """
        self._typed = [at for at in self._typed if now - at < WITHIN] + [now]
        self.answer_by = None if self._ignored else now + ANSWER_WITHIN
        return self._ignored or len(self._typed) >= INSISTENT

    def answered(self) -> None:
        """The child printed something: it has heard, and goes on as it likes."""
        self.answer_by = None

    def ignored(self, now: float) -> bool:
        """Whether the last Ctrl-C was ignored; told once."""
        if self.answer_by is None or now < self.answer_by:
            return False
        self.answer_by, self._ignored = None, True
        return True

    def forget(self) -> None:
        """Another child runs, or none: nothing is known of what it does at a Ctrl-C."""
        self.answer_by, self._ignored = None, False

    def just_now(self, now: float) -> bool:
        """Return whether an end of the child now is the user's, even if it says something else on its way out."""
        return bool(self._typed) and now - self._typed[-1] < AT_ONCE

    def recently(self, now: float) -> bool:
        """Whether an end of the child now is what the user wanted."""
        return bool(self._typed) and now - self._typed[-1] < BY_CTRL_C
