"""Accounts, entries, balances."""

__version__ = "2.1"
