"""One SQLite file: created when missing, upgraded when old, set aside when corrupt."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from otorepair_like.errors import StoreError
from otorepair_like.memory.folder import is_plain_file
from otorepair_like.memory.rows import SCHEMAS, VERSION

if TYPE_CHECKING:
    import sqlite3

T = TypeVar("T")

_BUSY: Final = 5.0
"""Seconds to wait for another otorepair's write."""
_SUFFIXES: Final = ("-wal", "-shm", "-journal", "")
"""Suffixes of SQLite's files; the main file comes last, so that it is never next to the log of another one."""


class Database:
    """One connection. Its methods raise :class:`StoreError` if the file cannot be used.

    Args:
        file: the main file; its folder exists.
        fill: writes the first rows of a new file, in the transaction that creates it.
        say: called with one line for the user when a corrupt file was set aside.
    """

    def __init__(
        self, file: Path, fill: Callable[[sqlite3.Connection], None], say: Callable[[str], None]
    ) -> None:
        self._file, self._fill, self._say = file, fill, say
        self._connection = self._connect()
        self.do(self._prepare)

    def do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Return the result of ``work``; repeat it on a new file if this one turns out to be corrupt."""
        import sqlite3

        try:
            try:
                return work(self._connection)
            except sqlite3.DatabaseError as error:
                if not _is_corrupt(error):
                    raise
                self._replace_corrupt_file()
                return work(self._connection)
        except (sqlite3.Error, OSError) as error:
            raise self._unusable(error) from None

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _connect(self) -> sqlite3.Connection:
        import sqlite3

        for suffix in _SUFFIXES:
            path = self._part(suffix)
            if path.is_symlink() or (path.exists() and not is_plain_file(path)):
                raise StoreError(f"cannot use {path}", "it is not a regular file", "remove it")
        try:
            with contextlib.suppress(FileExistsError):  # its mode is that of SQLite's other files, too
                os.close(os.open(self._file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            # Autocommit: several statements begin a transaction themselves.
            return sqlite3.connect(self._file, timeout=_BUSY, isolation_level=None, check_same_thread=False)
        except (sqlite3.Error, OSError) as error:
            raise self._unusable(error) from None

    def _prepare(self, db: sqlite3.Connection) -> None:
        import sqlite3

        db.execute("PRAGMA trusted_schema = OFF")
        version = _version(db)
        if version > VERSION:
            raise StoreError(
                f"cannot read {self._file}", "a newer otorepair wrote it", "upgrade, or remove it"
            )
        if version < VERSION:
            with db:
                db.execute("BEGIN IMMEDIATE")
                self._upgrade(db, _version(db))  # another otorepair may have upgraded it meanwhile
        db.execute("PRAGMA synchronous = NORMAL")
        with contextlib.suppress(sqlite3.OperationalError):
            db.execute("PRAGMA journal_mode = WAL")  # locked: another otorepair sets it, too

    def _upgrade(self, db: sqlite3.Connection, version: int) -> None:
        """Upgrade the tables from ``version``; 0: there are none."""
        for statement in (statement for schema in SCHEMAS[version:] for statement in schema):
            db.execute(statement)
        if version == 0:
            self._fill(db)
        db.execute(f"PRAGMA user_version = {VERSION}")

    def _replace_corrupt_file(self) -> None:
        """Set the corrupt file aside; under a lock, since two otorepairs may find it corrupt at once."""
        import fcntl

        folder = os.open(self._file.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            self._connection.close()
            if self._is_still_corrupt():
                aside = f".corrupt-{int(time.time())}"
                for suffix in _SUFFIXES:
                    if self._part(suffix).exists():
                        self._part(suffix).rename(self._part(aside + suffix))
                self._say(f"the history was corrupt: set aside as {self._part(aside)}, a new one was created")
            self._connection = self._connect()
            self._prepare(self._connection)
        finally:
            os.close(folder)

    def _is_still_corrupt(self) -> bool:
        import sqlite3

        connection = self._connect()
        try:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok")
        except sqlite3.DatabaseError as error:
            return _is_corrupt(error)
        finally:
            connection.close()

    def _part(self, suffix: str) -> Path:
        return self._file.with_name(self._file.name + suffix)

    def _unusable(self, error: Exception) -> StoreError:
        remedy = "make room or make it writable, or remove it"
        return StoreError(f"cannot use the history {self._file}", str(error), remedy)


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _is_corrupt(error: sqlite3.Error) -> bool:
    import sqlite3

    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without the extended code
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
