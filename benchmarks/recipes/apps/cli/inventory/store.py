"""Items in sqlite."""

import sqlite3

from inventory.config import DATA
from inventory.models import Item

SCHEMA = """
CREATE TABLE IF NOT EXISTS items (
    name TEXT PRIMARY KEY,
    price REAL,
    quantity INTEGER,
    tags TEXT
);
"""


class Store:
    def __init__(self, path=None):
        self.path = path or DATA / "items.db"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.connection = sqlite3.connect(self.path)
        self.connection.executescript(SCHEMA)

    def add(self, item):
        row = (item.name, item.price, item.quantity, ",".join(item.tags))
        self.connection.execute("INSERT OR REPLACE INTO items (name, price, quantity, tags) VALUES (?, ?, ?, ?)", row)
        self.connection.commit()

    def find(self, name):
        rows = self.connection.execute("SELECT name, price, quantity, tags FROM items WHERE name = ?", (name,))
        found = rows.fetchone()
        return self._item(found) if found else None

    def all(self):
        rows = self.connection.execute("SELECT name, price, quantity, tags FROM items ORDER BY name")
        return [self._item(row) for row in rows]

    def _item(self, row):
        name, price, quantity, tags = row
        return Item(name, price, quantity, tags.split(",") if tags else [])

    def close(self):
        self.connection.close()
