"""The thread that writes otorepair's own text, so that a terminal that was halted halts nobody else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress


class Writer:
    """Takes text without waiting for it to be written.

    Args:
        show: writes some text and, after it, the passing status line; may raise OSError when nobody reads it.
    """

    def __init__(self, show: Callable[[str, str | None], None]) -> None:
        self._show = show
        self._text = ""
        self._status: str | None = None
        self._news = False
        self._writing = False
        self._change = threading.Condition()
        threading.Thread(target=self._run, name="pen", daemon=True).start()

    def write(self, text: str) -> None:
        """Have ``text`` written after all that was given before."""
        with self._change:
            self._text += text
            self._tell()

    def set_status(self, status: str | None) -> None:
        """Have ``status`` shown from now on; ``None``: nothing."""
        with self._change:
            self._status = status
            self._tell()

    def close(self, timeout: float) -> None:
        """Wait until everything is written, at most ``timeout`` seconds."""
        with self._change:
            self._change.wait_for(lambda: not self._news and not self._writing, timeout)

    def _tell(self) -> None:
        self._news = True
        self._change.notify_all()

    def _run(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._news)
                text, status = self._text, self._status
                self._text, self._news, self._writing = "", False, True
            with suppress(OSError):
                self._show(text, status)
            with self._change:
                self._writing = False
                self._change.notify_all()
