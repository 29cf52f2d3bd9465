from itertools import groupby
from operator import attrgetter

from ..models import AccountKind
from .book import Book


def by_kind(book: Book, accounts):
    ordered = sorted(accounts, key=lambda account: account.kind.value)
    for kind, group in groupby(ordered, key=attrgetter("kind")):
        yield kind, [account.code for account in group]


def summary_lines(book: Book, accounts, width=24):
    balances = book.balances()
    for kind, codes in by_kind(book, accounts):
        yield kind.value.upper()
        for code in codes:
            balance = balances.get(code)
            shown = balance.formatted() if balance else "-"
            yield f"  {book.account(code).title:<{width}}{shown:>10}"


def net_worth(book: Book, accounts):
    balances = book.balances()
    codes = [account.code for account in accounts if account.kind is AccountKind.ASSET]
    return sum(balances[code].cents for code in codes if code in balances)
