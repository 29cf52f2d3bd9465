"""Which changed files are the user's work, and not what the child writes while it runs."""

from __future__ import annotations

import re
from collections.abc import Sequence

SOURCE = re.compile(
    r"(?i).*\.("
    r"astro|c|cc|cfg|cjs|conf|cpp|cs|css|cts|erb|ex|exs|fs|go|graphql|h|heex|hpp|html|ini|java|j2"
    r"|jinja|jinja2|js|jsx|kt|kts|less|lua|mjs|mts|php|pl|properties|proto|py|pyi|rb|rs|sass|scala"
    r"|scss|sh|sql|svelte|swift|tmpl|toml|ts|tsx|twig|vue|xml|yaml|yml"
    r")"
)
"""Files that people write and programs read."""


class UserEdits:
    """Tells edits from data.

    A file of :data:`SOURCE` counts each time. Any other counts once in the run: a program that fails again and again
    while it keeps a file of its own would else begin the repair anew for ever.

    Args:
        everything: all files count each time, because the user named what to watch.
    """

    def __init__(self, everything: bool = False) -> None:
        self._everything = everything
        self._counted: set[str] = set()

    def of_the_user(self, paths: Sequence[str]) -> list[str]:
        """Those of ``paths`` that count as an edit now."""
        counting = [
            path for path in paths if self._everything or SOURCE.fullmatch(path) or path not in self._counted
        ]
        self._counted.update(paths)
        return counting
