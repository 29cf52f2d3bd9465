import logging
from collections import defaultdict
from datetime import date
from typing import Iterable

from ...io.database import Database
from ..errors import UnknownAccount
from ..models import Account, Entry, Money

logger = logging.getLogger(__name__)
HISTORY_LIMIT = 50


class Book:
    """All accounts and what was booked on them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._accounts: dict[str, Account] = {}
        self.reload()

    def reload(self) -> None:
        self._accounts = {account.code: account for account in self.database.load_accounts()}

    def account(self, code: str) -> Account:
        try:
            return self._accounts[code]
        except KeyError:
            raise UnknownAccount(code) from None

    def post(self, entry: Entry) -> int:
        entry.check()
        for posting in entry.postings:
            self.account(posting.account)
        number = self.database.insert_entry(entry)
        logger.info("booked %s as %d", entry.memo, number)
        return number

    def balances(self) -> dict[str, Money]:
        totals: dict[str, Money] = defaultdict(lambda: Money(0))
        for posting in self.database.postings():
            totals[posting.account] = totals[posting.account] + posting.amount
        return dict(totals)

    def between(self, first: date, last: date) -> Iterable[Entry]:
        for entry in self.database.entries(limit=HISTORY_LIMIT):
            if first <= entry.booked <= last:
                yield entry

    def largest(self) -> tuple[str, Money]:
        balances = self.balances()
        code = max(balances, key=lambda each: balances[each])
        return code, balances[code]
