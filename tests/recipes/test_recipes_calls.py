"""Calls, values and flow: a program that fails on them prints the right output after the repair."""

from __future__ import annotations

import pytest

REPAIRED = {
    "keyword": ("def make(name, size=1):\n    return name * size\nprint(make(nmae='x'))\n", "x"),
    "keyword of a class": (
        "from dataclasses import dataclass\n@dataclass\nclass P:\n    name: str\nprint(P(naem='x').name)\n",
        "x",
    ),
    "keyword of a library": ("import json\nprint(json.dumps([1], indnt=None))\n", "[1]"),
    "no self": ("class A:\n    def f():\n        return 3\nprint(A().f())\n", "3"),
    "no self, with arguments": ("class A:\n    def f(x):\n        return x\nprint(A().f(3))\n", "3"),
    "argument at hand": (
        "def f(a, rate):\n    return a * rate\ndef g(rate):\n    return f(1)\nprint(g(3))\n",
        "3",
    ),
    "property called": ("class A:\n    @property\n    def f(self):\n        return 3\nprint(A().f())\n", "3"),
    "module called": ("import datetime\nprint(datetime(2020, 1, 1).year)\n", "2020"),
    "items": ("d = {'a': 3}\nfor k, v in d.items:\n    print(v)\n", "3"),
    "method not called": ("class A:\n    def f(self):\n        return 2\nprint(A().f + 1)\n", "3"),
    "append[...]": ("xs = []\nxs.append[3]\nprint(xs[0])\n", "3"),
    "pairs of a dict": ("d = {'abc': 3}\nfor k, v in d:\n    print(v)\n", "3"),
    "enumerate": ("for i, name in ['abc']:\n    print(i, name)\n", "0 abc"),
    "one more value": (
        "def f():\n    a, b, c = 1, 2, 3\n    return a, b, c\na, b = f()\nprint(a + b)\n",
        "3",
    ),
    "text + number": ("n = 3\nprint('n is ' + n)\n", "n is 3"),
    "number + text": ("n = 3\nprint(n + ' apples')\n", "3 apples"),
    "three parts": ("n = 3\nprint('n is ' + n + '.')\n", "n is 3."),
    "read as text": (
        "import os\nn = os.environ.get('COUNT', '3')\nfor i in range(n):\n    pass\nprint(i + 1)\n",
        "3",
    ),
    "list + tuple": ("print([1] + (2,))\n", "[1, 2]"),
    "tuple + list": ("print((1,) + [2])\n", "(1, 2)"),
    "join": ("print(','.join([1, 2]))\n", "1,2"),
    "hash": ("import hashlib\nprint(len(hashlib.sha256('x').hexdigest()))\n", "64"),
    "division": ("for i in range(6 / 2):\n    pass\nprint(i + 1)\n", "3"),
    "index": ("xs = [1, 2, 3]\nprint(xs[len(xs) / 2])\n", "2"),
    "global": ("count = 2\ndef f():\n    count += 1\n    return count\nprint(f())\n", "3"),
    "nonlocal": (
        "def f():\n    n = 2\n    def g():\n        n += 1\n        return n\n    return g()\nprint(f())\n",
        "3",
    ),
    "order": ("print(f())\n\ndef f():\n    return 3\n", "3"),
    "return of a value": ("def f(a):\n    a + 1\nprint(f(2) + 0)\n", "3"),
    "return of a name": ("def f(a):\n    b = a + 1\nprint(f(2) + 0)\n", "3"),
    "sort": ("xs = [2, 1]\nxs = xs.sort()\nprint(xs[0])\n", "1"),
    "sorted": ("def f(xs):\n    ys = xs.sort()\n    return ys[0]\nprint(f([2, 1]))\n", "1"),
    "await": (
        "import asyncio\nasync def f():\n    return [3]\nasync def main():\n"
        "    xs = f()\n    print(xs[0])\nasyncio.run(main())\n",
        "3",
    ),
    "await of an attribute": (
        "import asyncio\nasync def f():\n    return 'a'\nasync def main():\n"
        "    print(f().upper())\nasyncio.run(main())\n",
        "A",
    ),
    "deleting in a loop": ("d = {'a': 1, 'b': 2}\nfor k in d:\n    del d[k]\nprint(d)\n", "{}"),
    "one too far": ("xs = [1, 2]\nfor i in range(len(xs) + 1):\n    print(xs[i], end=' ')\n", "1 2"),
    "while too far": (
        "xs = [1, 2]\ni = 0\nwhile i <= len(xs):\n    print(xs[i], end=' ')\n    i += 1\n",
        "1 2",
    ),
    "last": ("xs = [1, 2]\nprint(xs[len(xs)])\n", "2"),
    "null": ("print([true, null])\n", "[True, None]"),
}

LEFT = {
    "sum of what was read": "a, b = 'x', 3\nprint(a + b)\n",
    "an index of the algorithm": "xs = [1, 2]\nprint(xs[5])\n",
    "a neighbour": "xs = [1, 2]\nfor i in range(len(xs)):\n    print(xs[i + 1])\n",
    "bound on one way": "def f(x):\n    if x:\n        y = 1\n    return y\nf(0)\n",
    "too many arguments": "def f(a):\n    return a\nprint(f(1, 2))\n",
    "missing, not at hand": "def f(a, b):\n    return a\nprint(f(1))\n",
    "split of bytes": "print(b'a,b'.split(','))\n",
    "a function of effects": "def f():\n    print('x')\nprint(f() + 1)\n",
    "not in async": "import asyncio\nasync def f():\n    return [3]\ndef main():\n    return f()[0]\nmain()\n",
    "unknown keyword": "def f(a=1):\n    return a\nprint(f(colour=1))\n",
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", REPAIRED)
def test_it_is_repaired(program, case):
    text, says = REPAIRED[case]
    assert program(text).repaired() == says


@pytest.mark.parametrize("case", LEFT)
def test_it_is_left_alone(program, case):
    program(LEFT[case]).untouched()
