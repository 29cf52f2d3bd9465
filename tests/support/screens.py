"""Approved screens: what our lines look like, kept as text files that a person has read.

``UPDATE_SCREENS=1`` writes them anew; the difference is then for ``git diff`` and a person's eyes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from otorepair_like.events import Event
from otorepair_like.ui.style import Style
from otorepair_like.ui.terminal import TerminalView

SCREENS = Path(__file__).parents[1] / "data" / "ui"
PLAIN, TTY = Style(False, False, False), Style(True, True, True)


class Tape:
    """Takes what a terminal would show: lines as they are, the passing line in brackets, escapes spelt out."""

    def __init__(self, style: Style, *, verbosity: int = 0, quiet: bool = False, columns: int = 80) -> None:
        self.parts: list[str] = []
        self.now = 1000.0
        self.terminal = TerminalView(
            self.parts.append,
            lambda status: self.parts.append(f"[{status}]\n" if status else "[]\n"),
            color=style.color,
            symbols=style.symbols,
            interactive=style.interactive,
            verbosity=verbosity,
            quiet=quiet,
            columns=lambda: columns,
        )

    def play(self, story: Iterable[Event | float]) -> str:
        """The text of ``story``, where a number lets that many seconds pass."""
        for step in story:
            if isinstance(step, Event):
                self.terminal(step)
            else:
                self.now += step
            self.terminal.tick(self.now)
        return self.text

    @property
    def text(self) -> str:
        """All that was shown so far."""
        return "".join(self.parts).replace("\x1b", "␛")


def approve(name: str, text: str) -> None:
    """Compare ``text`` with the approved ``name``."""
    path = SCREENS / f"{name}.txt"
    if os.environ.get("UPDATE_SCREENS"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")
