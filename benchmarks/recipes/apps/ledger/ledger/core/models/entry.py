from dataclasses import dataclass, field
from datetime import date

from ..errors import Unbalanced
from .money import Money


@dataclass
class Posting:
    account: str
    amount: Money


@dataclass
class Entry:
    booked: date
    memo: str
    postings: list[Posting] = field(default_factory=list)

    def add(self, account: str, amount: Money) -> "Entry":
        self.postings.append(Posting(account, amount))
        return self

    def check(self) -> None:
        balance = Money(0)
        for posting in self.postings:
            balance = balance + posting.amount
        if balance.cents != 0:
            raise Unbalanced(f"{self.memo}: off by {balance.formatted()}")
