"""The three families everyone meets on the first day: a variable, a slip, an import."""

from __future__ import annotations

import anyio
import pytest

from otorepair_like.agents.protocol import Reason, Task

READS_PORT = """
    import os
    port = int(os.environ["PORT"])
    print("listening on", port)
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".env.example", "HOST=0.0.0.0\nPORT=9000  # of the server\n"),
        ("README.md", "Start it with `PORT=9000 python app.py`.\n"),
        ("docker-compose.yml", "services:\n  web:\n    environment:\n      PORT: '9000'\n"),
        ("compose.yaml", "services:\n  web:\n    environment:\n      - PORT=9000\n"),
        ("Dockerfile", "FROM python\nENV PORT=9000\n"),
        ("worker.py", 'import os\nurl = os.environ.get("PORT", "9000")\n'),
        ("defaults.py", "DEFAULT_PORT = 9000\n"),
    ],
)
def test_a_missing_variable_gets_the_default_the_project_names(program, name, text):
    app = program(READS_PORT, **{name: text})
    assert app.repaired() == "listening on 9000"
    assert 'os.environ.get("PORT", "9000")' in app.read()


def test_a_well_known_variable_gets_the_usual_value_when_nothing_names_one(program):
    assert program(READS_PORT).repaired() == "listening on 8000"


def test_a_variable_without_any_source_is_left_alone_with_the_remedy(program):
    said = program('import os\nprint(os.environ["SHOP_REGION"])\n').untouched()
    assert "export SHOP_REGION=" in said


@pytest.mark.parametrize(
    "name", ["API_TOKEN", "SECRET_KEY", "DB_PASSWORD", "STRIPE_KEY", "SENTRY_DSN", "PRIVATE_PEM"]
)
def test_a_secret_is_never_invented_even_when_an_example_is_there(program, name):
    app = program(f'import os\nprint(os.environ["{name}"])\n', **{".env.example": f"{name}=abc123\n"})
    assert "secret" in app.untouched()


def test_an_example_with_a_password_in_it_is_no_default(program):
    app = program(
        'import os\nprint(os.environ["DATABASE_URL"])\n',
        **{".env.example": "DATABASE_URL=pg://me:pw1@db/shop\n"},
    )
    assert "password" in app.untouched()


def test_two_sources_that_disagree_are_both_named(program):
    app = program(
        READS_PORT, **{".env.example": "PORT=9000\n", "README.md": "Run `PORT=7000 python app.py`\n"}
    )
    said = app.untouched()
    assert "9000" in said
    assert "7000" in said


def test_a_placeholder_is_no_default(program):
    app = program('import os\nprint(os.environ["REGION"])\n', **{".env.example": "REGION=<your region>\n"})
    assert "export REGION=" in app.untouched()


def test_a_misspelt_name_is_corrected_and_nothing_else_changes(program):
    text = (
        "# -*- coding: utf-8 -*-\r\ndef total(prices):\r\n\tresult = sum(prices)   # ümlaut\r\n"
        "\treturn reslut\r\nprint(total([1, 2]))"
    )
    app = program()
    app.write("app.py", text)
    assert app.repaired() == "3"
    assert app.read() == text.replace("reslut", "result")


def test_an_encoding_and_a_mark_at_the_start_survive(program):
    app = program()
    raw = "# coding: latin-1\nname = 'Zoë'\nprint(len(nmae))\n".encode("latin-1")
    (app.folder / "app.py").write_bytes(raw)
    assert app.repaired() == "3"
    assert (app.folder / "app.py").read_bytes() == raw.replace(b"nmae", b"name")
    marked = b"\xef\xbb\xbfcount = 3\nprint(conut)\n"
    (app.folder / "app.py").write_bytes(marked)
    assert app.repaired() == "3"
    assert (app.folder / "app.py").read_bytes() == marked.replace(b"conut", b"count")


def test_two_equally_near_names_are_both_shown_and_neither_is_taken(program):
    said = program("total_sum = 1\ntotal_sun = 2\nprint(total_su)\n").untouched()
    assert "total_sum" in said
    assert "total_sun" in said


@pytest.mark.parametrize(
    "text",
    [
        "min_price = 1\nprint(max_price)\n",
        "item1 = 1\nprint(item2)\n",
        "user = 'ann'\nprint(User)\n",
        "def encode(text): return text\nprint(decode('x'))\n",
        "x_pos = 1\nprint(y_pos)\n",
        "def total(): return 1\nprint(totl + 1)\n",
    ],
)
def test_the_nearest_name_is_not_always_the_right_one(program, text):
    program(text).untouched()


def test_a_member_of_the_class_misses_its_self(program):
    app = program("""
        class Cart:
            def __init__(self):
                self.items = [1, 2]
            def total(self):
                return sum(self.items)
            def show(self):
                return total()
        print(Cart().show())
    """)
    with pytest.raises(AssertionError, match="missing 1 required"):
        program("""
            class Cart:
                def total(self):
                    return 3
                def show(self):
                    return Cart.total()
            print(Cart().show())
        """).repaired()
    app = program("""
        class Cart:
            def total(self):
                return 3
            def show(self):
                return total()
        print(Cart().show())
    """)
    assert app.repaired() == "3"


def test_a_misspelt_attribute_of_an_own_class(program):
    app = program("""
        class Base:
            def __init__(self):
                self.quantity = 2
        class Order(Base):
            price = 5
        print(Order().quantitty * Order().price)
    """)
    assert app.repaired() == "10"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("print('a,b'.splt(','))", "['a', 'b']"),
        ("xs = []\nxs.apend(1)\nprint(xs)", "[1]"),
        ("import math\nprint(math.florr(2.5))", "2"),
        ("from pathlib import Path\nprint(Path('/a/b.txt').suffx)", ".txt"),
    ],
)
def test_a_misspelt_attribute_of_a_library(program, text, says):
    assert program(text).repaired() == says


def test_an_attribute_that_other_code_spells_right_is_corrected_where_it_is_defined(program):
    app = program("""
        class Order:
            def __init__(self):
                self.quantiti = 2
        def double(order):
            return order.quantity * 2
        order = Order()
        print(order.quantity + double(order))
    """)
    assert app.repaired() == "6"
    assert "quantiti " not in app.read()


def test_a_misspelt_name_in_an_import(program):
    app = program(
        "from tools import make_tabel\nprint(make_tabel())\n",
        **{"tools.py": "def make_table():\n    return 4\n"},
    )
    assert app.repaired() == "4"
    assert "make_tabel" not in app.read()


def test_a_misspelt_key_of_a_literal_dictionary(program):
    app = program("order = {'quantity': 2, 'price': 3}\nprint(order['quantitiy'])\n")
    assert app.repaired() == "2"


def test_a_missing_standard_import_goes_where_it_belongs(program):
    app = program('"""An app."""\n\nimport sys\n\nprint(json.dumps([1]), sys.maxsize > 1)\n')
    assert app.repaired() == "[1] True"
    assert app.read().startswith('"""An app."""\n\nimport json\nimport sys\n\nprint')


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("print(Path('a').name)", "from pathlib import Path"),
        ("print(defaultdict(int)['a'])", "from collections import defaultdict"),
        ("print(datetime.now().year > 2000)", "from datetime import datetime"),
        ("print(datetime.date(2020, 1, 1))", "import datetime"),
        ("print(os.path.join('a', 'b'))", "import os"),
    ],
)
def test_the_form_of_the_import_follows_the_use(program, text, line):
    app = program(text)
    app.repaired()
    assert app.read().startswith(line + "\n")


def test_an_import_follows_the_siblings(program):
    app = program(
        "print(helper())\n",
        **{
            "tools.py": "def helper():\n    return 5\n",
            "other.py": "from tools import helper\n",
        },
    )
    assert app.repaired() == "5"


def test_a_name_another_module_defines_is_imported_from_there(program):
    app = program("print(area(2))\n", **{"shapes.py": "def area(x):\n    return x * x\n"})
    assert app.repaired() == "4"


def test_two_modules_that_define_it_leave_the_choice_to_a_person(program):
    app = program(
        "print(area(2))\n", **{"a.py": "def area(x): return x\n", "b.py": "def area(x): return 2 * x\n"}
    )
    said = app.untouched()
    assert "from a import area" in said
    assert "from b import area" in said


def test_several_slips_in_one_file_are_repaired_at_once(program):
    app = program("prices = [1, 2]\ntotal = sum(pricse)\nlabel = json.dumps(totla)\nprint(lable)\n")
    assert app.repaired(attempts=1) == "3"


def test_what_was_tried_without_success_is_not_tried_again(program):
    app = program(READS_PORT)
    before = app.read()
    app.repair()
    app.tried = (
        '--- a/app.py\n+++ b/app.py\n@@ -1,3 +1,3 @@\n import os\n-port = int(os.environ["PORT"])\n'
        '+port = int(os.environ.get("PORT", "8000"))\n print("listening on", port)\n',
    )
    app.write("app.py", before)
    assert app.repair().reason is Reason.NOTHING


def test_a_test_is_never_edited(program):
    app = program(
        "import sys\nsys.path.insert(0, 'tests')\nimport test_it\n",
        **{"tests/test_it.py": "value = 1\nassert valeu == 1\n"},
    )
    assert "test" in app.untouched()


def test_an_exception_nobody_knows_is_named(program):
    assert "RuntimeError" in program("raise RuntimeError('no more tea')").untouched()


def test_an_analysis_without_time_ends_at_once(program):
    app = program(READS_PORT)
    finished = anyio.run(app.recipes.repair, Task(app.fail(), "", app.folder, 0.0), lambda event: None)
    assert finished.reason is Reason.NOTHING
    assert "longer than 0 s" in finished.text
