"""The engine's parts: spelling, scopes, splices, imports, the interpreter."""

from __future__ import annotations

import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otorepair_like.recipes.engine import changed_lines
from otorepair_like.recipes.project import Project
from otorepair_like.recipes.python.imports import add_import
from otorepair_like.recipes.python.interpreter import Interpreter
from otorepair_like.recipes.python.scope import unbound_names
from otorepair_like.recipes.python.source import Edit, Source
from otorepair_like.recipes.spelling import nearest


@pytest.mark.parametrize(
    ("wrong", "known", "meant"),
    [
        ("resutl", {"result", "results"}, ["result"]),
        ("userName", {"user_name"}, ["user_name"]),
        ("max_price", {"min_price"}, []),
        ("item2", {"item1", "item3"}, []),
        ("decode", {"encode"}, []),
        ("set_user", {"get_user"}, []),
        ("user", {"User"}, []),
        ("ab", {"ac"}, []),
        ("total_su", {"total_sum", "total_sun"}, ["total_sum", "total_sun"]),
    ],
)
def test_nearness_counts_slips_not_letters(wrong, known, meant):
    assert nearest(wrong, known) == meant


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import os\nprint(os, sys)\n", ["sys"]),
        ("def f(a, *b, c=1, **d):\n    return a, b, c, d, e\n", ["e"]),
        ("x = [y for y in ys for z in y]\n", ["ys"]),
        ("x = [task for task in task]\n", ["task"]),
        ("class A:\n    b = 1\n    def f(self):\n        return b\n", ["b"]),
        ("try:\n    pass\nexcept E as e:\n    print(e)\n", ["E"]),
        ("def f():\n    global g\n    g = 1\nprint(g)\n", []),
        ("if (n := 1):\n    print(n)\n", []),
        ("print([m := 1 for _ in 'x'], m)\n", []),
        ("match x():\n    case {'a': a, **rest}:\n        print(a, rest)\n", ["x"]),
        ("from os import *\nprint(anything)\n", []),
    ],
)
def test_unbound_names_follow_the_scopes(text, names):
    assert [node.id for node in unbound_names(Source("a.py", text.encode()))] == names


@given(st.text(alphabet="aé\n\r\t𝄞\"' ", max_size=60), st.data())
def test_a_splice_changes_what_it_covers_and_nothing_else(text, data):
    source = Source("a.py", text.encode())
    start = data.draw(st.integers(0, len(source.text)))
    end = data.draw(st.integers(start, len(source.text)))
    new = source.with_edits([Edit("a.py", start, end, "X")]).decode()
    assert new == source.text[:start] + "X" + source.text[end:]


@pytest.mark.parametrize(
    ("text", "module", "name", "result"),
    [
        ("x = 1\n", "json", "", "import json\n\nx = 1\n"),
        (
            "#!/usr/bin/env python\n# note\nx = 1\n",
            "json",
            "",
            "#!/usr/bin/env python\n# note\nimport json\n\nx = 1\n",
        ),
        ('"""Doc."""\nx = 1\n', "json", "", '"""Doc."""\n\nimport json\nx = 1\n'),
        ("import os\nimport sys\n", "re", "", "import os\nimport re\nimport sys\n"),
        ("import flask\n", "os", "", "import os\n\nimport flask\n"),
        ("import os\n", "flask", "Flask", "import os\n\nfrom flask import Flask\n"),
        ("from a import b\n", "a", "c", "from a import b, c\n"),
        ("from a import (\n    b,\n)\n", "a", "c", "from a import (\n    b,\n    c,\n)\n"),
        ("from a import (b, d)\n", "a", "c", "from a import (b, d, c)\n"),
        (
            "from __future__ import annotations\n",
            "os",
            "",
            "from __future__ import annotations\n\nimport os\n",
        ),
        ("import os\r\nx = 1\r\n", "re", "", "import os\r\nimport re\r\nx = 1\r\n"),
    ],
)
def test_an_import_goes_where_a_reader_expects_it(text, module, name, result):
    source = Source("a.py", text.encode())
    edit = add_import(source, module, name)
    assert edit
    assert source.with_edits([edit]).decode() == result


def test_a_change_is_the_same_whatever_its_headers():
    one = "--- a/app.py\n+++ b/app.py\n@@ -1 +1 @@\n-x = 1\n+x = 2\n"
    two = "diff --git a/app.py b/app.py\nindex 1..2 100644\n" + one.replace("-1 +1", "-1,2 +1,2") + " y\n"
    assert changed_lines(one) == changed_lines(two)


@pytest.mark.parametrize(
    ("printed", "inside"),
    [
        ("{root}/pkg/a.py", "pkg/a.py"),
        ("pkg/a.py", "pkg/a.py"),
        ("./pkg/a.py", "pkg/a.py"),
        ("/builds/ann/pkg/a.py", "pkg/a.py"),
        ("/usr/lib/python3/site-packages/pkg/a.py", None),
        ("<string>", None),
        ("../pkg/a.py", None),
    ],
)
def test_paths_of_a_trace_are_found_in_the_copy(tmp_path, printed, inside):
    (tmp_path / "copy" / "pkg").mkdir(parents=True)
    (tmp_path / "copy" / "pkg" / "a.py").write_text("x = 1\n")
    workspace = tmp_path / "workspace"
    assert Project(tmp_path / "copy", workspace).locate(printed.format(root=workspace)) == inside


def test_the_interpreter_knows_libraries_and_never_the_users_modules(tmp_path, monkeypatch):
    (tmp_path / "json.py").write_text("raise SystemExit('imported')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    interpreter = Interpreter(sys.executable)
    assert "dumps" in (interpreter.members("json") or ())
    assert interpreter.members("no_such_module") is None
    assert "suffix" in (interpreter.class_members(["pathlib"], "Path") or ())
    assert not interpreter.compiles({"a.py": b"x = ("})
    assert interpreter.compiles({"a.py": b"x = 1"})


def test_an_interpreter_without_time_answers_nothing_at_once():
    begun = time.monotonic()
    assert Interpreter(sys.executable, 0.0).members("json") is None
    assert Interpreter("/no/such/python").members("json") is None
    assert time.monotonic() - begun < 1.0
