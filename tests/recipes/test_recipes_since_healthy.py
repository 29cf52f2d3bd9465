"""Changes since the program last ran well decide between two suspects: the definition or the use."""

from __future__ import annotations

import pytest

APP = """
    from prices import total

    class Cart:
        limit = 9
        def show(self, order):
            return min(self.limit, order["amount"])

    ORDER = {"amount": 3}
    print(total(net=Cart().show(ORDER)))
"""
PRICES = """
    def total(net):
        gross = net * 2
        return gross
"""


@pytest.fixture
def app(program):
    return program(APP, **{"prices.py": PRICES})


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("prices.py", "return gross", "return gorss"),
        ("prices.py", "def total", "def totla"),
        ("app.py", "order[", "oder["),
        ("app.py", "import total", "import totl"),
        ("app.py", "self.limit", "self.limti"),
        ("app.py", "net=", "ent="),
        ("app.py", 'order["amount"]', 'order["amuont"]'),
        ("app.py", '{"amount"', '{"amonut"'),
    ],
)
def test_a_slip_in_what_was_changed_last_is_undone(app, file, old, new):
    before = app.read(file)
    assert app.edit(file, (old, new)).repaired() == "6"
    assert app.read(file) == before


@pytest.mark.parametrize(
    ("file", "old", "new", "repaired", "now"),
    [
        ("prices.py", "def total(", "def add_tax(", "app.py", "print(add_tax(net"),
        ("prices.py", "(net)", "(without_tax)", "prices.py", "gross = without_tax * 2"),
        ("prices.py", "gross = ", "with_tax = ", "prices.py", "return with_tax"),
        ("app.py", "limit = 9", "ceiling = 9", "app.py", "self.ceiling"),
        ("app.py", '{"amount"', '{"pieces"', "app.py", 'order["pieces"]'),
    ],
)
def test_a_half_done_rename_is_finished(app, file, old, new, repaired, now):
    assert app.edit(file, (old, new)).repaired(attempts=2) == "6"
    assert now in app.read(repaired)
    assert new in app.read(file), "the rename itself stays"


def test_of_two_near_names_the_one_that_stood_there_is_taken(program):
    app = program("total_sum = 1\ntotal_sun = 2\nprint(total_sum)\n")
    assert app.edit("app.py", ("print(total_sum)", "print(total_su)")).repaired() == "1"


def test_a_word_that_is_no_slip_of_the_former_one_is_not_undone(program):
    app = program("import math\nprint(math.floor(2.5))\n")
    app.edit("app.py", ("floor", "nearest_even"))
    app.untouched()


def test_what_was_written_new_is_repaired_as_ever(app):
    app.edit("prices.py", ("return gross", "rate = 1\n    return gross * rtae"))
    assert app.repaired() == "6"


def test_of_several_repairs_of_a_broken_line_the_one_that_stood_there_is_tried_first(program):
    app = program('print([n for n in (1, 2)], "a" if True else "b", {"a": (1)}["a"])\n')
    before = app.read()
    app.edit("app.py", ('(1)}["a"])', '(1}["a"])'))
    app.repaired()
    assert app.read() == before
