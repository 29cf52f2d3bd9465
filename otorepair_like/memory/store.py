"""The history on disk: one SQLite file. Several otorepairs may use it at once, and it may be deleted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from otorepair_like.attempt import Attempt
from otorepair_like.incident import Incident
from otorepair_like.memory.closed_incident import ClosedIncident
from otorepair_like.memory.closed_incident import from_row as closed_from_row
from otorepair_like.memory.closed_incident import to_row as closed_to_row
from otorepair_like.memory.database import Database
from otorepair_like.memory.folder import make_folder
from otorepair_like.memory.rows import (
    CLOSE,
    CLOSED,
    DELETE,
    FIND,
    FORGET,
    INSERT,
    KEEP_RULE,
    RECENT,
    RULES,
    SIMILAR,
    VERIFIED,
    from_row,
    rule_from_row,
    rule_to_row,
    to_row,
)
from otorepair_like.memory.rules import PROMOTED_AT_MOST, Rule, State, learn, merge
from otorepair_like.memory.seed import read_seed
from otorepair_like.memory.similar import rank
from otorepair_like.redact import Redactor

if TYPE_CHECKING:
    import sqlite3

FILE: Final = "otorepair.db"
SEED: Final = "history.json"
_CANDIDATES: Final = 200
"""Attempts at similar failures whose messages are compared."""


class Store:
    """The history of one workspace, in ``.otorepair/otorepair.db``. Create it with :meth:`open`.

    Its methods may be called from any thread, one at a time. They raise :class:`StoreError` if the file cannot be used.
    """

    def __init__(self, folder: Path, redact: Callable[[str], str], say: Callable[[str], None]) -> None:
        self._folder, self._redact, self._say = folder, redact, say
        self._database = Database(folder / FILE, self._import_seed, say)

    @classmethod
    def open(
        cls,
        workspace: Path,
        *,
        redact: Callable[[str], str] | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> Store:
        """Open the history of ``workspace``; create it if needed, from an older ``history.json`` if there is one.

        Args:
            redact: masks secrets in everything that is kept; default: only what is shaped like a credential.
            say: called with one line for the user when a file was set aside or not imported.

        Raises:
            StoreError: it cannot be opened or created.
        """
        return cls(make_folder(workspace), redact or Redactor(), say)

    def add(self, attempt: Attempt) -> None:
        """Save ``attempt`` with secrets masked; replace an earlier one with its id."""

        def put(db: sqlite3.Connection) -> None:
            with db:
                db.execute("BEGIN IMMEDIATE")
                db.execute(DELETE, (attempt.id,))
                db.execute(INSERT, to_row(attempt, self._redact))

        self._database.do(put)

    def recent(self, limit: int) -> list[Attempt]:
        """Return the last ``limit`` attempts, newest first."""
        return self._select(RECENT, limit)

    def find(self, id_prefix: str) -> list[Attempt]:
        """Return the attempts whose id or fingerprint begins with ``id_prefix``, newest first."""
        return self._select(FIND, id_prefix) if id_prefix else []

    def relevant(self, incident: Incident, limit: int = 5) -> list[Attempt]:
        """Return at most ``limit`` past attempts that may help with ``incident``.

        Those at the same failure come first, then those at similar failures, then the newest of all.
        """
        similar = self._select(
            SIMILAR, incident.fingerprint, incident.loose_fingerprint, incident.type, max(limit, _CANDIDATES)
        )
        pool = dict.fromkeys([*self.recent(limit), *similar])
        return rank(incident, sorted(pool, key=lambda attempt: -attempt.time), limit)

    def rules(self) -> list[Rule]:
        """Return the rules that a person promoted or dropped, then those that the history proposes."""
        verified = self._select(VERIFIED)
        return merge(self._kept_rules(), learn(verified))

    def keep_rule(self, rule: Rule) -> None:
        """Save ``rule`` with the state a person gave it."""
        self._database.do(lambda db: db.execute(KEEP_RULE, rule_to_row(rule, self._redact, self._folder)))

    def lessons(self) -> list[str]:
        """Return the newest promoted rules in words, for a prompt; at most :data:`PROMOTED_AT_MOST`."""
        promoted = [str(rule) for rule in self._kept_rules() if rule.state is State.PROMOTED]
        return promoted[-PROMOTED_AT_MOST:]

    def close_incident(self, closed: ClosedIncident, keep: int) -> None:
        """Save the end of a failure with secrets masked; only the newest ``keep`` stay."""
        masked = [self._redact(value) if isinstance(value, str) else value for value in closed_to_row(closed)]

        def put(db: sqlite3.Connection) -> None:
            with db:
                db.execute(CLOSE, masked)
                db.execute(FORGET, (keep,))

        self._database.do(put)

    def closed_incidents(self, id_prefix: str = "", limit: int = 1) -> list[ClosedIncident]:
        """Return the newest failures that were closed; ``id_prefix``: the beginning of their fingerprint."""
        rows = self._database.do(lambda db: db.execute(CLOSED, (id_prefix, limit)).fetchall())
        return [closed for row in rows if (closed := closed_from_row(row)) is not None]

    def _kept_rules(self) -> list[Rule]:
        rows = self._database.do(lambda db: db.execute(RULES).fetchall())
        return [rule for row in rows if (rule := rule_from_row(row, self._folder)) is not None]

    def close(self) -> None:
        """Close the file. The store cannot be used afterwards."""
        self._database.close()

    def _select(self, query: str, *values: object) -> list[Attempt]:
        rows = self._database.do(lambda db: db.execute(query, values).fetchall())
        return [attempt for row in rows if (attempt := from_row(row)) is not None]

    def _import_seed(self, db: sqlite3.Connection) -> None:
        path = self._folder / SEED
        if not path.exists() and not path.is_symlink():
            return
        try:
            attempts = read_seed(path)
        except (OSError, ValueError) as error:
            self._say(f"{path} was not imported: {getattr(error, 'strerror', None) or error}")
            return
        db.executemany(INSERT, (to_row(attempt, self._redact) for attempt in attempts))
