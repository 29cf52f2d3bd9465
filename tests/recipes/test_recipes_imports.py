"""Imports that fail, and files that are missing."""

from __future__ import annotations

import pytest

TOOLS = "def load():\n    return 3\n"

REPAIRED = {
    "module": ("from utlis import load\nprint(load())\n", {"utils.py": TOOLS}),
    "module of the library": ("import jsno\nprint(json.loads('3'))\n", {}),
    "module, used by the same name": ("import jsonn\nprint(jsonn.loads('3'))\n", {}),
    "case": ("import Json\nprint(Json.loads('3'))\n", {}),
    "moved within the project": ("from utils import load\nprint(load())\n", {"core/utils.py": TOOLS}),
    "moved, the module itself": (
        "import utils\nprint(utils.load())\n", {"core/__init__.py": "", "core/utils.py": TOOLS},
    ),
    "name moved to another module": (
        "from a import load\nprint(load())\n", {"a.py": "x = 1\n", "b.py": TOOLS},
    ),
    "one of two names moved": (
        "from a import x, load\nprint(load() * x)\n", {"a.py": "x = 1\n", "b.py": TOOLS},
    ),
    "too many dots": (
        "from pkg.views import load\nprint(load())\n",
        {"pkg/__init__.py": "", "pkg/views.py": "from ..tools import load\n", "pkg/tools.py": TOOLS},
    ),
    "relative in a script": ("from .tools import load\nprint(load())\n", {"tools.py": TOOLS}),
    "misspelt relative": (
        "from pkg.views import load\nprint(load())\n",
        {"pkg/__init__.py": "", "pkg/views.py": "from .toosl import load\n", "pkg/tools.py": TOOLS},
    ),
    "collections": ("from collections import Mapping\nprint(3 if issubclass(dict, Mapping) else 0)\n", {}),
    "collections as attribute": ("import collections\nprint(3 if isinstance({}, collections.Mapping) else 0)\n", {}),
    "python 2": ("import ConfigParser\nConfigParser.ConfigParser()\nprint(3)\n", {}),
    "iteritems": ("for k, v in {'a': 3}.iteritems():\n    print(v)\n", {}),
    "izip": ("import itertools\nfor a, b in itertools.izip([3], [1]):\n    print(a)\n", {}),
    "circular": (
        "import a\nprint(a.f())\n",
        {
            "a.py": "from b import g\n\ndef f():\n    return g()\n\ndef h():\n    return 3\n",
            "b.py": "from a import h\n\ndef g():\n    '''Three.'''\n    return h()\n",
        },
    ),
    "folder of a file": ("with open('out/deep/a.txt', 'w') as f:\n    f.write('x')\nprint(3)\n", {}),
    "folder of a path": (
        "from pathlib import Path\ntarget = Path('out') / 'a.txt'\ntarget.write_text('x')\nprint(3)\n", {},
    ),
    "folder of a database": ("import sqlite3\nsqlite3.connect('var/app.db')\nprint(3)\n", {}),
    "parents": ("import os\nos.mkdir('a/b')\nprint(3)\n", {}),
    "folder is there": ("import os\nos.makedirs('data')\nprint(3)\n", {"data/x": "1"}),
    "name of a file": ("print(open('data/numbres.txt').read().strip())\n", {"data/numbers.txt": "3\n"}),
    "empty state": (
        "import json, os\ndef load():\n    if not os.path.exists('state.json'):\n        return {}\n"
        "    with open('state.json') as f:\n        return json.load(f)\nprint(load().get('n', 3))\n",
        {"state.json": "\n"},
    ),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", REPAIRED)
def test_it_is_repaired(program, case):
    text, files = REPAIRED[case]
    app = program(text)
    for name, content in files.items():
        app.write(name, content)
    assert app.repaired() == "3"


def test_a_package_that_is_not_installed_is_named(program):
    assert "pip install opencv-python" in program("import cv2\n").untouched()


def test_a_file_that_hides_a_library_is_named(program):
    app = program("import random\nprint(random.choice([3]))\n", **{"random.py": "x = 1\n"})
    assert "rename" in app.untouched()


def test_a_module_that_is_gone_is_named_with_what_took_its_place(program):
    text = "raise ModuleNotFoundError(\"No module named 'distutils'\", name='distutils')\n"
    assert "setuptools" in program(text).untouched()


def test_a_file_that_is_read_and_not_there_is_not_invented(program):
    assert "numbers.txt" in program("print(open('numbers.txt').read())\n").untouched()


def test_the_other_names_of_an_import_stay(program):
    app = program("from a import x, load, y\nprint(load(), x, y)\n", **{"a.py": "x = y = 1\n", "b.py": TOOLS})
    assert app.repaired() == "3 1 1"
    assert "from a import x, y\n" in app.read()
    assert "from b import load\n" in app.read()
