"""Of two names that may be meant, neither is taken; what stood there before outweighs what is near."""

from __future__ import annotations

import subprocess

import pytest

from otorepair_like.recipes.committed import committed_files
from otorepair_like.recipes.spelling import nearest

SETTINGS = "FREE_SHIPPING = 50\nSHIPPING_FEE = 4\n"
JOB = """
    class Job:
        def __init__(self):
            self.started, self.starts = 5, 9
    print(Job().start)
"""
LEVELS = """
    from enum import Enum
    class Level(Enum):
        COLD, WARM, WARNING = range(3)
    print(Level.WARN)
"""


@pytest.mark.parametrize(
    ("name", "known", "meant"),
    [
        ("SHIPPING_FREE", ["FREE_SHIPPING", "SHIPPING_FEE"], {"FREE_SHIPPING", "SHIPPING_FEE"}),
        ("start", ["starts", "started"], {"starts", "started"}),
        ("WARN", ["WARM", "WARNING"], {"WARM", "WARNING"}),
        ("users_2024", ["user_2024", "users_2023"], {"user_2024", "users_2023"}),
        ("quantit", ["quantity", "quantity_sold"], {"quantity"}),
        ("itmes", ["items", "item_count"], {"items"}),
        ("totla", ["total", "total_net"], {"total"}),
        ("msg", ["msgs", "message"], {"msgs", "message"}),
        ("usr_nmae", ["usr_name", "user_names"], {"usr_name"}),
    ],
)
def test_a_name_that_is_near_in_another_way_is_a_rival(name, known, meant):
    assert set(nearest(name, known)) == meant


@pytest.mark.parametrize(
    ("app", "files", "named"),
    [
        ("from rates import SHIPPING_FREE\nprint(SHIPPING_FREE)", {"rates.py": SETTINGS}, "FREE_SHIPPING"),
        (JOB, {}, "starts and started"),
        (LEVELS, {}, "WARM and WARNING"),
        (
            "import pickl\nprint(pickl.dumps(1))",
            {"pickling.py": "def dumps(thing): return 'jar'"},
            "pickling",
        ),
        ("import code_s\nprint(code_s.NAMES)", {}, "code_s"),
        ("name = 'Ann'\nprint('Dear + name)", {}, "it may mean"),
        ("a, b = 1, 2\nc = max((a + b * 2, 3)", {}, "never closed"),
        ("print(verify('x'))", {}, "verify"),
        ("import os\nprint(resolve(os.curdir))", {}, "resolve"),
    ],
)
def test_decoys_are_left_alone_and_named(program, app, files, named):
    made = program(app, **files)
    made.probed = True
    assert named in made.untouched()


@pytest.mark.parametrize(
    ("app", "edit"),
    [
        ('n = 3\nprint("Total: " + str(n))\n', ('"Total: "', '"Total: ')),
        (
            'row = {"full name": 1, "fullnames": 2}\nprint(row["full name"])\n',
            ('row["full name"]', 'row["fullname"]'),
        ),
        ("print(round((1.26 * 2), 1))\n", ("2), 1))", "2, 1))")),
        ("left, lift = 1, 2\nprint(left)\n", ("print(left)", "print(laft)")),
    ],
)
def test_a_slip_since_the_healthy_run_is_undone_to_the_letter(program, app, edit):
    made = program(app)
    before = made.read()
    made.edit("app.py", edit).repaired()
    assert made.read() == before


@pytest.mark.parametrize(
    ("app", "edit", "named"),
    [
        (
            'rates = {"vat": 20, "tax_date": 3}\nprint(rates["vat"])\n',
            ('rates["vat"]', 'rates["tax_rate"]'),
            "vat became tax_rate",
        ),
        (
            "def login(name):\n    return name\nprint(login('ann'))\n",
            ("return name", "return verify(name)"),
            "verify",
        ),
        ("from enum import Enum\nprint(len('ab'))\n", ("len(", "verify("), "verify"),
        ("from shutil import which\nprint(str('ab'))\n", ("str(", "move("), "move"),
    ],
)
def test_a_larger_edit_is_named_and_nothing_nearer_is_taken(program, app, edit, named):
    assert named in program(app).edit("app.py", edit).untouched()


@pytest.mark.parametrize(
    "app",
    [
        "print(json.dumps(1))\n",
        "print(Path('a'))\n",
        "print(randint(1, 1))\n",
        "import jsno\nprint(json.dumps(1))\n",
        "from jsno import dumps\nprint(dumps(1))\n",
    ],
)
def test_what_only_a_library_is_called_is_still_imported(program, app):
    program(app).repaired()


def test_a_rename_stays_with_objects_of_its_type(program):
    app = program(
        """
        class Form:
            def __init__(self):
                self.about_me = "hello"
        class User:
            about_me = ""
        def save(form, user):
            user.about_me = form.about_me
            return form.about_me + user.about_me
        print(save(Form(), User()))
        """
    )
    app.probed = True
    assert app.edit("app.py", ("self.about_me", "self.about_text")).repaired(attempts=2) == "hellohello"
    assert "user.about_me = form.about_text" in app.read()


def test_the_last_commit_serves_where_no_healthy_run_is_known(program):
    app = program('totla = 1\ntotals = 2\nn = 3\nprint("Total: " + str(n))\n')
    before = app.read()

    def git(*words: str) -> None:
        subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *words], cwd=app.folder, check=True
        )

    git("init", "-q")
    git("add", "app.py")
    git("commit", "-qm", "first")
    app.write("new.py", "x = 1\n")
    app.write("app.py", before.replace('"Total: "', '"Total: '))
    assert committed_files(app.folder, app.folder, ["new.py", "app.py"]) == {"app.py": before.encode()}
    assert app.repaired() == "Total: 3"
    assert app.read() == before


def test_without_a_repository_nothing_is_committed(tmp_path):
    (tmp_path / "app.py").write_text("x = 1\n")
    assert committed_files(tmp_path, tmp_path, ["app.py"]) == {}
