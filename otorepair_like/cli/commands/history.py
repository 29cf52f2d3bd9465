"""``otorepair history``: lists the attempts in a workspace and their verdicts."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from otorepair_like.attempt import Attempt
from otorepair_like.errors import UsageError
from otorepair_like.memory.folder import NAME
from otorepair_like.memory.store import FILE, SEED, Store
from otorepair_like.ui.history import detail, table, to_json
from otorepair_like.ui.spans import ScreenLine, draw
from otorepair_like.ui.style import Style, decide


def history(workspace: Path, attempt_id: str | None, *, as_json: bool, color: str, limit: int) -> int:
    """Print the history of ``workspace`` to stdout and return the exit code.

    Args:
        attempt_id: the beginning of an attempt's id or of a failure's fingerprint; shows those attempts in full.
        color: ``auto``, ``always`` or ``never``.
        limit: the most attempts to list, newest first; ignored with ``attempt_id``.

    Raises:
        UsageError: no attempt has that id.
        StoreError: the history cannot be read.
    """
    attempts = _read(workspace, attempt_id, limit)
    if attempt_id and not attempts:
        raise UsageError(
            f"no attempt {attempt_id!r}",
            f"in the history of {workspace.resolve()}",
            "see 'otorepair history'",
        )
    style = decide(color, sys.stdout.isatty(), os.environ, sys.stdout.encoding)
    if as_json:
        print(to_json(attempts))
    elif not attempts:
        print(f"otorepair: no attempts yet in {workspace.resolve()}", file=sys.stderr)
    elif attempt_id:
        for attempt in attempts:
            print_lines(detail(attempt), style)
            print()
    else:
        print_lines(table(attempts), style)
    sys.stdout.flush()  # notice a reader that left here, not at interpreter exit
    return 0


def _read(workspace: Path, attempt_id: str | None, limit: int) -> list[Attempt]:
    with open_store(workspace) as store:
        if store is None:
            return []
        return store.find(attempt_id.removeprefix("#")) if attempt_id else store.recent(limit)


@contextmanager
def open_store(workspace: Path) -> Iterator[Store | None]:
    """Open the history of ``workspace`` to read it; ``None`` if there is none, and no file is created.

    Raises:
        StoreError: it cannot be read.
    """
    folder = workspace / NAME
    if not any((folder / name).exists() for name in (FILE, SEED)):
        yield None
        return
    store = Store.open(workspace, say=lambda text: print(f"otorepair: {text}", file=sys.stderr))
    try:
        yield store
    finally:
        store.close()


def print_lines(lines: Iterable[ScreenLine], style: Style) -> None:
    """Print ``lines`` to stdout, each on one line of the terminal."""
    columns = os.get_terminal_size(sys.stdout.fileno()).columns - 1 if style.interactive else None
    encoding = sys.stdout.encoding or "utf-8"
    for line in lines:
        text = draw(line, color=style.color, columns=columns, more="...")
        print(text.encode(encoding, "backslashreplace").decode(encoding))
