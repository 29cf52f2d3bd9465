"""Facts that only the program can report: they decide failures that the text alone does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from otorepair_like.agents.protocol import Reason
from otorepair_like.incident import Facts
from otorepair_like.recipes.probe_facts import ProbeFacts

REPAIRED = {
    "an attribute of an object that was made on the way": (
        """
        class Settings:
            def __init__(self, **values):
                self.__dict__.update(values)
            def __getattr__(self, name):
                raise AttributeError(name)
        print(Settings(**{"si" "ze": 5}).siez)
        """,
        ".size",
    ),
    "a key of a dictionary that came from elsewhere": (
        """
        import json
        order = json.loads('{"quan' 'tity": 3, "pri' 'ce": 2}')
        print(order["quantitiy"])
        """,
        'order["quantity"]',
    ),
    "a key of an attribute": (
        """
        import json
        class Shop:
            def __init__(self, text):
                self.prices = json.loads(text)
            def price(self):
                return self.prices["aple"]
        print(Shop('{"app' 'le": 3}').price())
        """,
        'self.prices["apple"]',
    ),
    "a keyword of the one of two functions that is called": (
        """
        import sys
        if sys.argv[0]:
            def area(width, height):
                return width * height
        else:
            def area(with_, high):
                return with_ * high
        print(area(widht=2, height=3))
        """,
        "area(width=2",
    ),
    "pairs of a dictionary whose type nothing in the text tells": (
        """
        import json
        def show(prices):
            for name, price in prices:
                print(name, price)
        show(json.loads('{"apple": 3}'))
        """,
        "prices.items()",
    ),
    "a text that is known as one only when it runs": (
        """
        import json
        title, count = json.loads('["total: ", 3]')
        print(title + count.real + " pieces")
        """,
        "str(count.real)",
    ),
}


@pytest.mark.parametrize("name", REPAIRED)
def test_what_the_program_tells_decides(program, name):
    text, repaired = REPAIRED[name]
    app = program(text)
    assert app.repair().reason is Reason.NOTHING, "the text alone must not be enough, or this proves nothing"
    app.probed = True
    app.repaired()
    assert repaired in app.read()


def test_of_two_places_on_a_line_the_one_that_failed_is_changed(program):
    text = """
        class Box:
            size = 1
        class Bag:
            siez = 2 * Box.size
        print(sum([
            Bag().siez, Box().siez,
        ]))
    """
    app = program(text)
    app.probed = True
    assert app.repaired() == "3"
    assert "Bag().siez, Box().size," in app.read()


def test_two_keys_that_are_equally_near_are_shown(program):
    app = program("""
        import json
        sums = json.loads('{"total_sum": 1, "total_sun": 2}')
        print(sums["total_su"])
    """)
    app.probed = True
    said = app.untouched()
    assert "total_sum" in said
    assert "total_sun" in said


@pytest.mark.parametrize("key", ['a"b', "a'b", "a\\b", "{x}", "a\nb"])
def test_a_key_that_could_break_out_of_its_quotes_is_never_written(key):
    facts = Facts("main", "", "KeyError", "", "", keys=(("d", (repr(key), "'plain'")),))
    assert ProbeFacts(facts).keys("d", "x") == {"plain"}


def test_a_name_that_is_none_is_never_written():
    facts = Facts("main", "", "AttributeError", "", "", subject="Box", names=("size", "x); import os"))
    assert ProbeFacts(facts).members("siez") == {"size"}
    assert ProbeFacts(replace(facts, names=("siez",))).members("siez") is None, "it contradicts itself"
