import asyncio
import sqlite3
from typing import Any


class Storage:
    """sqlite behind async methods."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._lock = asyncio.Lock()

    async def open(self) -> None:
        self._connection = sqlite3.connect(self._path, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._connection.executescript(
            """
            CREATE TABLE vehicles (id INTEGER PRIMARY KEY, plate TEXT, fuel TEXT, range_km INTEGER);
            CREATE TABLE trips (
                id INTEGER PRIMARY KEY,
                vehicle_id INTEGER,
                distance_km REAL,
                started TEXT,
                minutes INTEGER,
                price REAL
            );
            """
        )

    async def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    async def fetch_all(self, sql: str, *params: Any) -> list[dict[str, Any]]:
        async with self._lock:
            rows = self._connection.execute(sql, params).fetchall()
        return [dict(row) for row in rows]

    async def fetch_one(self, sql: str, *params: Any) -> dict[str, Any] | None:
        rows = await self.fetch_all(sql, *params)
        return rows[0] if rows else None

    async def insert(self, sql: str, *params: Any) -> int:
        async with self._lock:
            cursor = self._connection.execute(sql, params)
            self._connection.commit()
        return cursor.lastrowid
