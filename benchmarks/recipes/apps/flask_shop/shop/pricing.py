"""What things cost."""

from decimal import ROUND_HALF_UP, Decimal

TAX = Decimal("0.19")
DISCOUNTS = {"tea": 10, "cup": 0}


def to_money(amount):
    return Decimal(str(amount)).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def with_tax(net):
    return to_money(net * (1 + TAX))


def discount(title, net):
    percent = DISCOUNTS.get(title, 0)
    return net * (100 - percent) / 100


def total(title, price, quantity=1):
    net = discount(title, Decimal(str(price)) * quantity)
    return with_tax(net)


class Cart:
    def __init__(self):
        self.lines = []

    def add(self, title, price, quantity=1):
        self.lines.append((title, price, quantity))

    def total(self):
        amount = Decimal(0)
        for title, price, quantity in self.lines:
            amount += total(title, price, quantity)
        return amount

    @property
    def size(self):
        return sum(quantity for _, _, quantity in self.lines)
