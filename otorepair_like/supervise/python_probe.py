"""The probe: the hook by which Python programs report their exceptions, and the pipe it writes to.

The pipe has a name and is not inherited: reloaders close descriptors they do not know before they start the real
program, daemons close all of them, and a program that counts its descriptors finds none of ours. The hook opens it
when there is something to report, never waits, and writes each exception as one line (``hook/otorepair_report.py``).
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HOOK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "hook")
"""The folder that goes first on ``PYTHONPATH``."""
VARIABLE = "_OTOREPAIR_PROBE"
"""Holds the path of the pipe; who inherits it is probed."""
LONGEST = 64 * 1024
"""Bytes of a line; the hook writes less."""
AT_ONCE = 1024 * 1024
"""Bytes taken in one go, so that a flood cannot hold the loop."""
RECORDS = 64
"""Lines of these that are looked at: three processes' worth of what the hook tells in a second."""


class PythonProbe:
    """A named pipe in a folder of its own.

    Raises:
        OSError: there is no place for it.
    """

    @classmethod
    def open(cls) -> PythonProbe | None:
        """One, or ``None`` where there is no place for it: what is printed has to do then."""
        try:
            return cls()
        except OSError:
            return None

    def __init__(self) -> None:
        place = os.environ.get("TMPDIR") or "/tmp"  # noqa: S108 - a folder of our own with an unguessable name
        self._folder = os.path.join(place, f"otorepair-{os.urandom(8).hex()}")
        self.path = os.path.join(self._folder, "probe")
        self._marks = os.path.join(self._folder, "marks")
        os.mkdir(self._folder, 0o700)
        os.mkfifo(self.path, 0o600)
        self._reader = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        self._writer = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)  # or each record would end with an EOF
        self._rest = b""

    def environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        """``environ`` for a child that is to be probed."""
        path = environ.get("PYTHONPATH")
        return {**environ, "PYTHONPATH": f"{HOOK}:{path}" if path else HOOK, VARIABLE: self.path}

    def mark(self, token: str, places: Iterable[tuple[str, int]]) -> None:
        """Have processes that are started from now on tell when statements run: path and line of each.

        They tell of it in lines with ``token``; see ``hook/otorepair_marks.py``.
        """
        lines = [token, *(f"{line} {path}" for path, line in places if "\n" not in path)]
        draft = self._marks + ".draft"
        try:
            with open(draft, "w", encoding="utf-8") as file:
                file.write("\n".join(lines))
            os.replace(draft, self._marks)
        except (OSError, UnicodeError):
            self.unmark()  # nothing will be seen to run, and the proof says so

    def unmark(self) -> None:
        """Have nobody tell any more."""
        try:
            os.unlink(self._marks)
        except OSError:
            pass

    def fileno(self) -> int:
        """The descriptor that is readable when there is something to :meth:`read`."""
        return self._reader

    def read(self) -> list[bytes]:
        """The lines that are complete by now, without those that are too long or too many. Does not wait."""
        data = self._rest
        while len(data) < AT_ONCE:
            try:
                data += os.read(self._reader, LONGEST)
            except OSError:
                break
        *lines, rest = data.split(b"\n")
        self._rest = (
            rest if len(rest) <= LONGEST else b"-"
        )  # no line of ours: dropped with what belongs to it
        return [line for line in lines if line and len(line) <= LONGEST][:RECORDS]

    def close(self) -> None:
        """Remove it. Can be called again."""
        if self._reader >= 0:
            os.close(self._reader)
            os.close(self._writer)
            self._reader = -1
            self.unmark()
            try:
                os.unlink(self.path)
                os.rmdir(self._folder)
            except OSError:
                pass  # somebody else did
