"""The meaning of a Ctrl-C: does the user want the program to end, or to be killed? Pure."""

from __future__ import annotations

BY_CTRL_C = 10.0
"""Seconds after a Ctrl-C within which an end without an error is what the user wanted."""
AT_ONCE = 2.0
"""Seconds after a Ctrl-C within which any end is what the user wanted."""
INSISTENT, WITHIN = 3, 1.5
"""This many Ctrl-C within so many seconds kill a program that lives on."""
ANSWER_WITHIN = 1.0
"""Seconds of silence after a Ctrl-C that show that the program ignores it; a prompt is printed again at once."""
SAME_KEYSTROKE = 0.2
"""Seconds; a wrapper that passes a Ctrl-C on to us and to our group sends it twice, and it counts once."""


class Interrupts:
    """Remembers when the user asked for the end."""

    def __init__(self) -> None:
        self._typed: list[float] = []
        self._signalled = float("-inf")
        self._ignored = False
        self.answer_by: float | None = None
        """The time at which a program that has not answered the last Ctrl-C is reported to ignore it."""

    def signalled(self, now: float) -> bool:
        """Note a signal to us; return whether it is a new one, not the same keystroke passed on twice."""
        another = now - self._signalled > SAME_KEYSTROKE
        if another:
            self._signalled = now
        return another

    def typed(self, now: float) -> bool:
        """Note a Ctrl-C that the program has received; return whether the user insists.

        A debugger or a prompt goes on after a Ctrl-C, so one or two of them do not mean the end, unless the program
        ignored one and the user was told so.
        """
        self._typed = [at for at in self._typed if now - at < WITHIN] + [now]
        self.answer_by = None if self._ignored else now + ANSWER_WITHIN
        return self._ignored or len(self._typed) >= INSISTENT

    def answered(self) -> None:
        """Note that the program printed something: it handled the Ctrl-C in its own way."""
        self.answer_by = None

    def ignored(self, now: float) -> bool:
        """Return whether the program ignores the last Ctrl-C; true only once."""
        if self.answer_by is None or now < self.answer_by:
            return False
        self.answer_by, self._ignored = None, True
        return True

    def forget(self) -> None:
        """Forget what the program did at a Ctrl-C: it has ended."""
        self.answer_by, self._ignored = None, False

    def just_now(self, now: float) -> bool:
        """Return whether the user wants an end that comes now, even one with an error."""
        return bool(self._typed) and now - self._typed[-1] < AT_ONCE

    def recently(self, now: float) -> bool:
        """Return whether the user wants an end that comes now without an error."""
        return bool(self._typed) and now - self._typed[-1] < BY_CTRL_C
