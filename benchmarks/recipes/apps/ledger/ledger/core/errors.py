class LedgerError(Exception):
    """Anything the user can do something about."""

    exit_code = 3


class UnknownAccount(LedgerError):
    def __init__(self, code: str) -> None:
        super().__init__(f"no account {code}")
        self.code = code


class Unbalanced(LedgerError):
    pass
