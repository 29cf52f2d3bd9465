class DomainError(Exception):
    status = 400
    code = "domain"


class NotFound(DomainError):
    status = 404
    code = "not_found"

    def __init__(self, what: str, key: int) -> None:
        super().__init__(f"{what} {key} does not exist")


class OutOfRange(DomainError):
    code = "range"
