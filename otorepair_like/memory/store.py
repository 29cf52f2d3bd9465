"""The history on disk: one sqlite file, safe with several otorepairs at once, against ^C, and to delete."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from otorepair_like.attempt import Attempt
from otorepair_like.incident import Incident
from otorepair_like.memory.database import Database
from otorepair_like.memory.folder import make_folder
from otorepair_like.memory.rows import (
    ALIKE,
    DELETE,
    FIND,
    INSERT,
    KEEP_RULE,
    RECENT,
    RULES,
    VERIFIED,
    from_row,
    rule_from_row,
    rule_to_row,
    to_row,
)
from otorepair_like.memory.rules import PROMOTED_AT_MOST, Rule, State, learn, merged
from otorepair_like.memory.seed import read_seed
from otorepair_like.memory.similar import rank
from otorepair_like.redact import Redactor

if TYPE_CHECKING:
    import sqlite3

FILE: Final = "otorepair.db"
SEED: Final = "history.json"
_CANDIDATES: Final = 200
"""Attempts at failures of the same type whose messages are compared."""


class Store:
    """The history of one workspace, in ``.otorepair/otorepair.db``. Made by :meth:`open`.

    Its methods may be called from any thread, one at a time, and raise :class:`StoreError` where the disk or
    another program is in the way.
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
        """Open the history of ``workspace``; if there is none make it, and import an older ``history.json``.

        Args:
            redact: masks secrets in all that is kept; by default those that show by their shape.
            say: is told, in one line, what had to be set aside or left out.

        Raises:
            StoreError: it cannot be opened or made.
        """
        return cls(make_folder(workspace), redact or Redactor(), say)

    def add(self, attempt: Attempt) -> None:
        """Keep ``attempt``, secrets masked, in the place of what was kept under its id."""

        def put(db: sqlite3.Connection) -> None:
            with db:
                db.execute("BEGIN IMMEDIATE")
                db.execute(DELETE, (attempt.id,))
                db.execute(INSERT, to_row(attempt, self._redact))

        self._database.do(put)

    def recent(self, limit: int) -> list[Attempt]:
        """The last ``limit`` attempts, newest first."""
        return self._select(RECENT, limit)

    def find(self, id_prefix: str) -> list[Attempt]:
        """Attempts whose id, or whose incident's fingerprint, begins with ``id_prefix``; newest first."""
        return self._select(FIND, id_prefix) if id_prefix else []

    def relevant(self, incident: Incident, limit: int = 5) -> list[Attempt]:
        """At most ``limit`` past attempts that may help with ``incident``, the most relevant first.

        First those at the same fingerprint, then those at similar failures, then the newest of all.
        """
        alike = self._select(
            ALIKE, incident.fingerprint, incident.loose_fingerprint, incident.type, max(limit, _CANDIDATES)
        )
        pool = dict.fromkeys([*self.recent(limit), *alike])
        return rank(incident, sorted(pool, key=lambda attempt: -attempt.time), limit)

    def rules(self) -> list[Rule]:
        """The rules that a person has judged, then those that the history proposes."""
        verified = self._select(VERIFIED)
        return merged(self._kept_rules(), learn(verified))

    def keep_rule(self, rule: Rule) -> None:
        """Keep what a person thinks of ``rule``."""
        self._database.do(lambda db: db.execute(KEEP_RULE, rule_to_row(rule, self._redact)))

    def lessons(self) -> list[str]:
        """The promoted rules in words, for a prompt; the newest, at most :data:`PROMOTED_AT_MOST`."""
        promoted = [str(rule) for rule in self._kept_rules() if rule.state is State.PROMOTED]
        return promoted[-PROMOTED_AT_MOST:]

    def _kept_rules(self) -> list[Rule]:
        rows = self._database.do(lambda db: db.execute(RULES).fetchall())
        return [rule for row in rows if (rule := rule_from_row(row)) is not None]

    def close(self) -> None:
        """Close the file; the store cannot be used afterwards."""
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
