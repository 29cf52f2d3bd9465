"""The tables of the history; attempts and rules are converted to rows and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any, Final

from otorepair_like.attempt import Attempt, Verdict
from otorepair_like.memory.rules import Rule, State
from otorepair_like.plain_text import spelt_out
from otorepair_like.trust.seal import is_sealed, seal

VERSION: Final = 4
"""Version of the schema, kept as SQLite's ``user_version``."""

SCHEMAS: Final = (
    (
        """
    CREATE TABLE attempts (
        id TEXT, time REAL, command TEXT, fingerprint TEXT, loose_fingerprint TEXT, type TEXT, message TEXT,
        file TEXT, line INTEGER, agent TEXT, model TEXT, verdict TEXT, reason TEXT, diff TEXT, seconds REAL,
        cost_usd REAL, prompt_chars INTEGER
    )
    """,
        "CREATE INDEX attempts_by_fingerprint ON attempts (fingerprint)",
    ),
    (
        "ALTER TABLE attempts ADD COLUMN tokens INTEGER DEFAULT 0",
        "CREATE TABLE rules (id TEXT PRIMARY KEY, state TEXT, condition TEXT, cure TEXT, evidence TEXT)",
    ),
    (
        """
    CREATE TABLE incidents (
        time REAL, fingerprint TEXT, title TEXT, place TEXT, verdict TEXT, reason TEXT, detail TEXT
    )
    """,
    ),
    ("ALTER TABLE rules ADD COLUMN seal TEXT DEFAULT ''",),
)
"""Statements that upgrade to each version. An attempt's columns are the fields of :class:`Attempt`, in order."""

INSERT: Final = "INSERT INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
VERIFIED: Final = "SELECT * FROM attempts WHERE verdict = 'verified' ORDER BY time, rowid"
KEEP_RULE: Final = "INSERT OR REPLACE INTO rules VALUES (?, ?, ?, ?, ?, ?)"
RULES: Final = "SELECT id, state, condition, cure, evidence, seal FROM rules ORDER BY rowid"
CLOSE: Final = "INSERT INTO incidents VALUES (?, ?, ?, ?, ?, ?, ?)"
FORGET: Final = """
    DELETE FROM incidents WHERE rowid NOT IN (SELECT rowid FROM incidents ORDER BY time DESC LIMIT ?)
"""
CLOSED: Final = """
    SELECT * FROM incidents WHERE substr(fingerprint, 1, length(?1)) = ?1 ORDER BY time DESC, rowid DESC LIMIT ?2
"""
DELETE: Final = "DELETE FROM attempts WHERE id = ?"
RECENT: Final = "SELECT * FROM attempts ORDER BY time DESC, rowid DESC LIMIT ?"
FIND: Final = """
    SELECT * FROM attempts
    WHERE substr(id, 1, length(?1)) = ?1 OR substr(fingerprint, 1, length(?1)) = ?1
    ORDER BY time DESC, rowid DESC
"""
SIMILAR: Final = """
    SELECT * FROM attempts WHERE fingerprint = ?1 OR loose_fingerprint = ?2 OR type = ?3
    ORDER BY fingerprint = ?1 DESC, loose_fingerprint = ?2 DESC, time DESC, rowid DESC LIMIT ?4
"""

_RULE: Final = "rule"
_NAMES: Final = tuple(field.name for field in fields(Attempt))
_NUMBERS: Final = {"time": float, "seconds": float, "prompt_chars": int, "tokens": int}
_OPTIONAL: Final = {"line": int, "cost_usd": float}


def to_row(attempt: Attempt, redact: Callable[[str], str]) -> list[Any]:
    """Return ``attempt`` as a row, with secrets masked."""
    # SQLite refuses lone surrogates, which come from output that is not UTF-8.
    return [
        spelt_out(redact(value).encode("utf-8", "replace").decode()) if isinstance(value, str) else value
        for value in astuple(attempt)
    ]


def from_row(row: tuple[Any, ...]) -> Attempt | None:
    """Return the attempt in ``row``; ``None`` if another program wrote something else there."""
    if len(row) != len(_NAMES):
        return None
    values = dict(zip(_NAMES, row, strict=True))
    for name, value in values.items():
        kind = _OPTIONAL.get(name) or _NUMBERS.get(name, str)
        if not isinstance(value, kind) and not (value is None and name in _OPTIONAL):
            return None
    try:
        values["verdict"] = Verdict(values["verdict"])
    except ValueError:
        return None
    return Attempt(**values)


def rule_to_row(rule: Rule, redact: Callable[[str], str], place: Path) -> list[str]:
    """Return ``rule`` as a row, with secrets masked; sealed for ``place``, as it goes into prompts."""
    values = [rule.id, rule.state.value, rule.condition, rule.repair, " ".join(rule.evidence)]
    row = [spelt_out(redact(value).encode("utf-8", "replace").decode()) for value in values]
    return [*row, seal(_RULE, place, "\0".join(row).encode())]


def rule_from_row(row: tuple[Any, ...], place: Path) -> Rule | None:
    """Return the rule in ``row``; ``None`` if somebody else wrote something there.

    A rule that the user's otorepair did not keep for ``place`` was promoted by nobody.
    """
    *values, given = row
    if not all(isinstance(value, str) for value in values) or values[1] not in list(State):
        return None
    identity, state, condition, repair, evidence = values
    sealed = is_sealed(_RULE, place, "\0".join(values).encode("utf-8", "replace"), given)
    return Rule(
        identity, State(state) if sealed else State.PROPOSED, condition, repair, tuple(evidence.split())
    )
