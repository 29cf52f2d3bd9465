import json
import sqlite3
from contextlib import closing, contextmanager
from datetime import date

from ..core.models import Account, AccountKind, Entry, Money, Posting

SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (code TEXT PRIMARY KEY, title TEXT NOT NULL, kind TEXT NOT NULL, labels TEXT);
CREATE TABLE IF NOT EXISTS entries (number INTEGER PRIMARY KEY, booked TEXT NOT NULL, memo TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS postings (entry INTEGER NOT NULL, account TEXT NOT NULL, cents INTEGER NOT NULL);
"""


class Database:
    def __init__(self, path):
        self.path = path
        with self.connect() as connection:
            connection.executescript(SCHEMA)

    @contextmanager
    def connect(self):
        with closing(sqlite3.connect(self.path)) as connection:
            connection.row_factory = sqlite3.Row
            yield connection
            connection.commit()

    def save_account(self, account):
        with self.connect() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO accounts (code, title, kind, labels) VALUES (?, ?, ?, ?)",
                (account.code, account.title, account.kind.value, json.dumps(account.labels)),
            )

    def load_accounts(self):
        with self.connect() as connection:
            rows = connection.execute("SELECT code, title, kind, labels FROM accounts ORDER BY code").fetchall()
        return [
            Account(row["code"], row["title"], AccountKind(row["kind"]), json.loads(row["labels"])) for row in rows
        ]

    def insert_entry(self, entry):
        with self.connect() as connection:
            cursor = connection.execute(
                "INSERT INTO entries (booked, memo) VALUES (?, ?)", (entry.booked.isoformat(), entry.memo)
            )
            connection.executemany(
                "INSERT INTO postings (entry, account, cents) VALUES (?, ?, ?)",
                [(cursor.lastrowid, posting.account, posting.amount.cents) for posting in entry.postings],
            )
            return cursor.lastrowid

    def postings(self):
        with self.connect() as connection:
            for row in connection.execute("SELECT account, cents FROM postings ORDER BY entry"):
                yield Posting(row["account"], Money(row["cents"]))

    def entries(self, limit):
        with self.connect() as connection:
            query = "SELECT number, booked, memo FROM entries ORDER BY booked LIMIT ?"
            for row in connection.execute(query, (limit,)).fetchall():
                yield Entry(date.fromisoformat(row["booked"]), row["memo"])
