from dataclasses import dataclass, field
from enum import Enum


class AccountKind(Enum):
    ASSET = "asset"
    INCOME = "income"
    EXPENSE = "expense"


@dataclass
class Account:
    code: str
    title: str
    kind: AccountKind
    labels: list[str] = field(default_factory=list)

    @property
    def is_asset(self) -> bool:
        return self.kind is AccountKind.ASSET

    def describe(self) -> str:
        labels = ", ".join(sorted(self.labels)) or "none"
        return f"{self.code} {self.title} [{self.kind.value}] labels: {labels}"
