"""Tell the user's edits from files that the program writes while it runs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from otorepair_like import events

SOURCE = re.compile(
    r"(?i).*\.("
    r"astro|c|cc|cfg|cjs|conf|cpp|cs|css|cts|erb|ex|exs|fs|go|graphql|h|heex|hpp|html|ini|java|j2"
    r"|jinja|jinja2|js|jsx|kt|kts|less|lua|mjs|mts|php|pl|properties|proto|py|pyi|rb|rs|sass|scala"
    r"|scss|sh|sql|svelte|swift|tmpl|toml|ts|tsx|twig|vue|xml|yaml|yml"
    r")"
)
"""Files that people write and programs read."""

YOUNG: Final = 2.0
"""Seconds after a start within which a change that comes each time is the program's own doing."""
STARTS: Final = 4
"""Starts in a row after which the file counts as the program's own."""


class UserEdits:
    """Tells edits from data.

    A file of :data:`SOURCE` counts each time. Any other counts once in the run: a program that keeps failing and
    writing a file of its own would otherwise restart the repair forever.

    A file that changes right after each start is the program's own: it would restart it forever.

    Args:
        everything: all files count each time, because the user named what to watch.
    """

    def __init__(self, everything: bool = False) -> None:
        self._everything = everything
        self._counted: set[str] = set()
        self._at_start: dict[str, set[float]] = {}
        """The starts, in a row, right after which each file changed."""
        self._newly_known: list[str] = []

    def of_the_user(
        self, paths: Sequence[str], started: float = float("-inf"), now: float = 0.0
    ) -> list[str]:
        """Return those of ``paths`` that count as an edit now.

        Args:
            started: when the program was started last.
            now: the time, by the same clock.
        """
        own = self._written_at_start(paths, started, now)
        counting = [
            path
            for path in paths
            if path not in own and (self._everything or SOURCE.fullmatch(path) or path not in self._counted)
        ]
        self._counted.update(paths)
        return counting

    def notices(self, paths: Sequence[str]) -> list[events.Notice]:
        """Return what is to be told of the last change, of which ``paths`` are the user's."""
        told = [
            events.Notice(
                text=f"{path} is written by the program itself at each start: its changes restart it no more"
            )
            for path in self._newly_known
        ]
        if paths:
            more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
            told.append(events.Notice(text=f"changed: {paths[0]}{more}", level=1))
        return told

    def _written_at_start(self, paths: Sequence[str], started: float, now: float) -> set[str]:
        """Return those of ``paths`` that the program writes right after each start."""
        self._newly_known = []
        if now - started >= YOUNG:
            for path in paths:
                self._at_start.pop(path, None)
            return set()
        known = {path for path in paths if len(self._at_start.get(path, ())) >= STARTS}
        for path in paths:
            self._at_start.setdefault(path, set()).add(started)
        self._newly_known = [
            path for path in paths if path not in known and len(self._at_start[path]) >= STARTS
        ]
        return known | set(self._newly_known)
