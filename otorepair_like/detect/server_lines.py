"""Recognise the lines of reloaders and access logs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

# uvicorn (WatchFiles, StatReload), Django, werkzeug, nodemon, vite, node --watch, tsc --watch,
# air, cargo-watch, watchexec.
_RELOAD: Final = re.compile(
    r"WatchFiles detected changes|WatchGodReload detected|StatReload detected|Watching for file changes"
    r"|changed, reloading|Detected change in|Restarting with \w+|[Rr]eloading\.\.\.$"
    r"|\[nodemon\] (?:restarting due to changes|starting)"
    r"|\[vite\].{0,12}(?:server restarted|page reload|hmr update|hot updated|changed, restarting server)"
    r"|Restarting '[^']+'|Completed running '|File change detected\. Starting incremental compilation"
    r"|\[Running: |\[\[?Running |building\.\.\.$|Code change detected, (?:new )?worker"
)
_METHODS: Final = r"GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS"
_REQUEST: Final = re.compile(rf'(?:^|[\s"\]])(?:{_METHODS}) /\S*')
# uvicorn, gunicorn, werkzeug, Django, http.server: "METHOD /path HTTP/1.1" 500;
# next, morgan, tornado: METHOD /path 500, 500 METHOD /path
_QUOTED: Final = re.compile(rf'"(?P<method>{_METHODS}) (?P<path>\S+)(?: HTTP/[\d.]+)?" (?P<status>\d{{3}})\b')
_PLAIN: Final = re.compile(rf"(?:^|\s)(?P<method>{_METHODS}) (?P<path>/\S*) (?P<status>\d{{3}})\b")
_TURNED: Final = re.compile(rf"(?:^|\s)(?P<status>\d{{3}}) (?P<method>{_METHODS}) (?P<path>/\S*)")


_FAILED: Final = 500


def said_reload(line: str) -> bool:
    """Return whether a line says that the program reloads itself after a file change."""
    return _RELOAD.search(line) is not None


def is_request(line: str) -> bool:
    """Return whether a line is of an access log."""
    return _REQUEST.search(line) is not None


def failed_request(lines: Iterable[str]) -> tuple[str, str] | None:
    """Return method and path of the last request in these lines that was answered with 5xx.

    >>> failed_request(['127.0.0.1 - - [21/Nov/2026 00:25:34] "GET /err HTTP/1.1" 500 751'])
    ('GET', '/err')
    """
    for line in reversed(list(lines)):
        for method, path, status in _answers(line):
            if status >= _FAILED:
                return method, path
    return None


def answered(line: str) -> tuple[str, str, int] | None:
    """Return method, path and status of the request in a line of an access log; ``None`` for any other line."""
    return next(_answers(line), None)


def _answers(line: str) -> Iterator[tuple[str, str, int]]:
    for pattern in (_QUOTED, _PLAIN, _TURNED):
        if match := pattern.search(line):
            yield match["method"], match["path"], int(match["status"])
