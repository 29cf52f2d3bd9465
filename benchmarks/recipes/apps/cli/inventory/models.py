"""What is kept."""

from dataclasses import dataclass, field
from datetime import date


@dataclass
class Item:
    name: str
    price: float
    quantity: int = 0
    tags: list = field(default_factory=list)

    @property
    def value(self):
        return self.price * self.quantity

    def describe(self, currency):
        label = f"{self.name} x{self.quantity}"
        return f"{label}: {self.value:.2f} {currency}"

    def is_low(self, limit):
        return self.quantity < limit


@dataclass
class Movement:
    item: str
    change: int
    day: date

    def line(self):
        sign = "+" if self.change > 0 else "-"
        return sign + str(abs(self.change)) + " " + self.item
