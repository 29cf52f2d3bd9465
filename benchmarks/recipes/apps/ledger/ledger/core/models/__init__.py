from .account import Account, AccountKind
from .entry import Entry, Posting
from .money import Money

__all__ = ["Account", "AccountKind", "Entry", "Money", "Posting"]
