"""``otorepair why``: why a failure was not repaired, or how it was, and what a person can do."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from otorepair_like.attempt import Attempt
from otorepair_like.cli.commands.history import open_store
from otorepair_like.errors import UsageError
from otorepair_like.memory.closed_incident import ClosedIncident
from otorepair_like.reasons import remedy
from otorepair_like.ui.render import short_id
from otorepair_like.ui.text import one_line, safe

SHOWN = 5
"""Attempts that are shown, the newest ones."""


def why(workspace: Path, identity: str, *, as_json: bool) -> int:
    """Print what became of a failure, the newest one if none is named, and return the exit code.

    Raises:
        UsageError: no such failure is known.
        StoreError: the history cannot be read.
    """
    prefix = identity.removeprefix("#")
    with open_store(workspace) as store:
        found = store.closed_incidents(prefix) if store else []
        if not found:
            named = f"no failure {identity!r}" if identity else "no failure yet"
            raise UsageError(
                named, f"in the history of {workspace.resolve()}", "run 'otorepair COMMAND' first"
            )
        tried = store.find(found[0].fingerprint)[:SHOWN] if store else []
    if as_json:
        print(json.dumps({**asdict(found[0]), "attempts": [attempt.id for attempt in tried]}, indent=2))
    else:
        print("\n".join(map(safe, _lines(found[0], tried, workspace))))
    sys.stdout.flush()  # a reader that left is noticed here
    return 0


def _lines(closed: ClosedIncident, tried: Sequence[Attempt], workspace: Path) -> Iterator[str]:
    place = closed.place.removeprefix(f"{workspace.resolve()}/")
    yield "  ".join(filter(None, (closed.title, place, short_id(closed.fingerprint))))
    if closed.reason is None:
        yield f"{closed.verdict}: {one_line(closed.detail)}"
    else:
        yield f"not repaired: {one_line(closed.detail)}"
        yield f"what you can do: {remedy(closed.reason)}"
    for attempt in tried:
        who = f"{attempt.agent} {attempt.model}".strip()
        yield f"  {attempt.id}  {who}  {attempt.verdict}: {one_line(attempt.reason)}"
    if tried:
        yield "'otorepair show ID' shows an attempt whole"
