"""Slips of the keyboard that do not compile."""

from __future__ import annotations

import pytest

SLIPS = {
    "colon": ("def f(x)\n    return x\nprint(f(3))\n", "3"),
    "colon before a comment": ("x = 1\nif x  # is set\n    print(x)\n", "1"),
    "else if": ("x = 2\nif x == 1:\n    print(1)\nelse if x == 2:\n    print(2)\n", "2"),
    "comma in a list": ("xs = [1, 2 3]\nprint(sum(xs))\n", "6"),
    "comma at a line's end": ("xs = [\n    1,\n    2\n    3,\n]\nprint(sum(xs))\n", "6"),
    "comma in a dict": ("d = {'a': 1 'b': 2}\nprint(sorted(d))\n", "['a', 'b']"),
    "comma in a call": ("print(max(1 5))\n", "5"),
    "never closed": ("print(len('abc')\n", "3"),
    "never closed in a header": ("if len('abc':\n    print(3)\n", "3"),
    "never closed over lines": ("xs = [\n    1,\n    2,\nprint(xs)\n", "[1, 2]"),
    "additional bracket": ("print(len('abc')))\n", "3"),
    "wrong bracket": ("xs = [1, 2)\nprint(xs)\n", "[1, 2]"),
    "inner bracket": ("print(sum([1, 2))\n", "3"),
    "missing opener before a text": ("print(int'3'))\n", "3"),
    "missing opener in a word": ("def double(n):\n    return n + n\nx = 2\nprint(doublex))\n", "4"),
    "missing opener of an index": ("xs = [1, 3]\nprint(xs-1])\n", "3"),
    "missing opener of a list": ("xs = 1, 2]\nprint(len(xs))\n", "2"),
    "a call that was not closed": ("print('ab'.upper(.lower())\n", "ab"),
    "colon of a dict": ("print({'a' 1, 'b': 2})\n", "{'a': 1, 'b': 2}"),
    "colon of an annotation": ("def f(x int, y=1):\n    return x\nprint(f(3))\n", "3"),
    "comma between targets": ("a b, c = 1, 2, 3\nprint(a)\n", "1"),
    "quote in front": ("print(abc')\n", "abc"),
    "quote before an argument": ("print('a, end='')\n", "a"),
    "quote of a docstring": ('""Doc."""\nprint(3)\n', "3"),
    "quote": ("print('abc)\n", "abc"),
    "quote at the end": ("x = 'abc\nprint(x)\n", "abc"),
    "other quote": ("print('abc\")\n", "abc"),
    "print": ("x = 2\nprint 'x is', x\n", "x is 2"),
    "one = too few": ("x = 2\nif x = 2:\n    print(x)\n", "2"),
    "keyword": ("def f(x):\n    retrun x\nprint(f(3))\n", "3"),
    "import": ("improt json\nprint(json.dumps(1))\n", "1"),
    "and": ("x = 2\nif x > 1 && x < 3:\n    print(x)\n", "2"),
    "increment": ("x = 2\nx++\nprint(x)\n", "3"),
    "typographic quotes": ("print(“abc”)\n", "abc"),
    "non-breaking blank": ("x\u00a0= 3\nprint(x)\n", "3"),
    "f-string quotes": ('d = {\'a\': 3}\nprint(f"{d["a"]}")\n', "3"),
    "f-string brace": ('x = 3\nprint(f"x {x")\n', "x 3"),
    "unexpected indent": ("x = 3\n  print(x)\n", "3"),
    "block of one line": ("x = 3\nif x:\nprint(x)\n", "3"),
    "block of a function": ("def f(x):\ny = x\nreturn y\n\nprint(f(3))\n", "3"),
    "odd indent": ("def f(x):\n    y = x\n   return y\nprint(f(3))\n", "3"),
    "tabs": ("def f(x):\n    y = x\n\treturn y\nprint(f(3))\n", "3"),
    "return outside": ("def f(x):\n    y = x\nreturn y\nprint(f(3))\n", "3"),
    "await": (
        "import asyncio\ndef main():\n    await asyncio.sleep(0)\n    print(3)\n"
        "run = asyncio.run\nrun(globals()['main']())\n",
        "3",
    ),
    "two slips": ("def f(x)\n    return x\nprint(f(3)\n", "3"),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_repaired(program, slip):
    text, says = SLIPS[slip]
    if slip == "f-string quotes" and program('d = {\'a\': 3}\nprint(f"{d["a"]}")\n').run().returncode == 0:
        pytest.skip("this Python reads it")
    app = program()
    (app.folder / "app.py").write_bytes(text.encode())
    assert app.repaired() == says


@pytest.mark.parametrize(
    "text",
    [
        "net, tax = 2, 1\nprint(net * 1 + tax))\n",
        "page = 2\nstart = (page - 1 * 10\n",
        "x = (1 + 2 3)\nprint(x)\n",
        "try:\n    x = 1\nprint(x)\n",
        "def f():\n\nprint(1)\n",
        "x = 1\nif x:\nprint(1)\nprint(2)\n",
        "def f(x):\n        a = 1\n      b = 2\n    return a\n",
    ],
)
def test_what_may_mean_two_programs_is_left_alone(program, text):
    app = program()
    (app.folder / "app.py").write_bytes(text.encode())
    app.untouched()


@pytest.mark.parametrize("text", ['name = title("a".\n', 'name = "a ≠ " + first last\n'])
def test_no_broken_line_makes_the_recipe_fail(program, text):
    assert "defective" not in program(text).untouched()
