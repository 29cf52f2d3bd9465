from datetime import date

from clinic.helpers import age_on


def test_age():
    assert age_on(date(2000, 5, 1), date(2020, 4, 30)) == 19
