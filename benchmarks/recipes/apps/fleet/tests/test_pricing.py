from app.domain.pricing import Tariff


def test_tariff():
    assert Tariff(base=2.0, per_km=0.5).price(4) == 4.0
