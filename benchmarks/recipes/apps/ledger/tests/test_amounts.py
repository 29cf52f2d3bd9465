from ledger.core.models.money import Money


def test_adds():
    assert Money(100) + Money(50) == Money(150)


def test_formats():
    assert Money(12345).formatted() == "123.45"
