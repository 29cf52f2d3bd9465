import math
from dataclasses import dataclass
from typing import Protocol


class Pricing(Protocol):
    def price(self, distance: float) -> float: ...


@dataclass(frozen=True, slots=True)
class Tariff:
    base: float
    per_km: float
    minimum: float = 3.0

    def price(self, distance: float) -> float:
        return max(self.minimum, self.base + self.per_km * math.ceil(distance))


TARIFFS: dict[str, Tariff] = {
    "electric": Tariff(base=1.5, per_km=0.4),
    "diesel": Tariff(base=2.0, per_km=0.7, minimum=4.0),
}


def tariff_for(fuel: str) -> Pricing:
    return TARIFFS[fuel]
