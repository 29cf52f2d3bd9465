"""Around the failure every change must be explained: tables of changes that hide one, and of honest ones."""

# ruff: noqa: E501 - a row a line reads best in tables of patches

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from otorepair_like.guard.finding import GuardFinding, Level
from otorepair_like.guard.guard import inspect
from otorepair_like.guard.place import ChangePlace, place_of
from otorepair_like.guard.policy import GuardPolicy
from otorepair_like.incident import Frame, Incident
from otorepair_like.workspace.change_set import ChangeSet, FileChange
from tests.support.repair_trees import write

FILE = 0o100644
TEMPERATURES = """\
import sys


def celsius(text):
    return float(text)


def main():
    words = "12.5 13,1".split()
    print("mean", sum(celsius(word) for word in words) / len(words))


main()
"""
NOT_A_NUMBER = "ValueError\ncould not convert string to float: '13,1'"
SHOP = """\
from fastapi import Depends, FastAPI

app = FastAPI()


@app.get("/orders", dependencies=[Depends(only_admins)])
def orders(user):
    with audit(user):
        rows = load(user, strict=True)
    for row in rows:
        check(row)
        send(row["total"], row["name"])
    if user.is_admin:
        log(user)
    return rows[0]
"""
JS = """\
const rates = require('./rates');

function price(order) {
  const rate = rates.of(order.currency, { strict: true });
  if (order.open) {
    notify(order);
  }
  send(order);
  return rate * order.total;
}

module.exports = { price };
"""


def change(path: str, before: str | None, after: str | None) -> FileChange:
    sides = tuple(None if side is None else side.encode() for side in (before, after))
    return FileChange(path, *sides, *(None if side is None else FILE for side in sides))


def near(
    *changes: FileChange, message: str = "", by_rule: bool = False, **more: object
) -> list[GuardFinding]:
    """What the guard says of a change to the files of a stack trace."""
    files = tuple(each.path for each in changes if each.before is not None)
    words = frozenset(word for each in changes for word in re.findall(r"\w+", (each.before or b"").decode()))
    place = ChangePlace(files=files, words=words, message=message, by_rule=by_rule, **more)  # type: ignore[arg-type]
    policy = GuardPolicy(hiding="refuse" if by_rule else "ask")
    return inspect(ChangeSet.of(changes), policy, place)


def temperatures(*pairs: tuple[str, str]) -> FileChange:
    return edited("temp.py", TEMPERATURES, *pairs)


def edited(path: str, before: str, *pairs: tuple[str, str]) -> FileChange:
    after = before
    for old, new in pairs:
        assert after.count(old) == 1, (old, after)
        after = after.replace(old, new)
    return change(path, before, after)


CALL, CONVERT = "\n\nmain()\n", "return float(text)"
HIDES: Mapping[str, FileChange] = {
    "a handler that raises again only sometimes": temperatures((CALL, '\n\ntry:\n    main()\nexcept Exception as error:\n    if "fatal" in str(error):\n        raise\n    print("mean unknown")\n')),
    "a handler that answers with a value": temperatures((CONVERT, "try:\n        return float(text)\n    except ValueError:\n        return 20.0")),
    "a handler that keeps the error": temperatures((CALL, "\n\ntry:\n    main()\nexcept (ValueError, TypeError, ArithmeticError) as error:\n    outcome = [error]\n")),
    "a handler that leaves": temperatures((CALL, "\n\ntry:\n    main()\nexcept Exception:\n    raise SystemExit\n")),
    "a context manager of one's own": temperatures((CALL, "\n\nclass Clock:\n    def __enter__(self):\n        return self\n\n    def __exit__(self, kind, error, trace):\n        return bool(kind)\n\n\nwith Clock():\n    main()\n")),
    "a hook set by name": temperatures(("import sys\n", "import os\nimport sys\n\n\ndef calm(*error):\n    os._exit(0)\n\n\nsetattr(sys, 'excepthook', calm)\n")),
    "a closed stderr": temperatures(("import sys\n", "import atexit\nimport os\n\nos.close(2)\natexit.register(lambda: os._exit(0))\n")),
    "a condition": temperatures(('    print("mean"', '    if sys.flags.dev_mode:\n        print("mean"')),
    "a filter": temperatures(("for word in words)", 'for word in words if word.replace(".", "").isdigit())')),
    "a number of one's own": temperatures(("def celsius", "class Number(float):\n    def __new__(cls, text):\n        return 20.0 if ',' in text else float(text)\n\n\ndef celsius"), (CONVERT, "return Number(text)")),
    "a value": temperatures((CONVERT, "return 20.0")),
    "a function of nothing": temperatures((CONVERT, "return float(text) if text else 0.0")),
    "an or": temperatures((CONVERT, "return text and float(text) or 20.0")),
    "a call that is none any more": temperatures((CALL, "\n\nmain\n")),
    "a call in a lambda": temperatures((CALL, "\n\nlambda: main()\n")),
    "a part of the data": temperatures(('"12.5 13,1".split()', '"12.5 13,1".split()[:1]')),
    "another class": temperatures((CONVERT, "return Zero(text)")),
    "the name of something else": temperatures(("import sys\n", "import sys\nfrom helpers import calm as float\n")),
    "a decorator": temperatures(("def celsius", "@resilient\ndef celsius")),
    "a decorator dropped": edited("shop.py", SHOP, ('@app.get("/orders", dependencies=[Depends(only_admins)])\n', "")),
    "dependencies dropped": edited("shop.py", SHOP, (", dependencies=[Depends(only_admins)]", "")),
    "dependencies emptied": edited("shop.py", SHOP, ("[Depends(only_admins)]", "[]")),
    "another address": edited("shop.py", SHOP, ('"/orders"', '"/order-list"')),
    "an argument dropped": edited("shop.py", SHOP, (", strict=True", "")),
    "a context manager dropped": edited("shop.py", SHOP, ("    with audit(user):\n        rows = load(user, strict=True)\n", "    rows = load(user, strict=True)\n")),
    "a statement moved under a condition": edited("shop.py", SHOP, ("        log(user)\n    return rows[0]\n", "        log(user)\n        return rows[0]\n")),
    "a statement dropped": edited("shop.py", SHOP, ("        check(row)\n", "")),
    "a loop that ends early": edited("shop.py", SHOP, ("        check(row)\n", "        check(row)\n        break\n")),
    "a return before the rest": edited("shop.py", SHOP, ("    if user.is_admin:\n        log(user)\n    return rows[0]\n", "    return rows[0]\n    if user.is_admin:\n        log(user)\n")),
    "arguments in another order": edited("shop.py", "def f(first, last):\n    return full(first, last)\n", ("full(first, last)", "full(last, first)")),
    "a lenient lookup": edited("shop.py", SHOP, ('row["total"]', 'row.get("total")')),
    "the name of another thing": edited("shop.py", SHOP, ('row["total"]', 'row["name"]')),
    "a default of a parameter": edited("shop.py", SHOP, ("def orders(user)", "def orders(user=None)")),
    "a dict that answers": edited("rates.py", 'RATES = {"single": 70}\n\nprint(RATES["siute"])\n', ('{"single": 70}', 'defaultdict(int, {"single": 70})')),
    "an error for another": edited("shop.py", SHOP, ("    for row in rows:\n", "    if not rows:\n        raise NotFound()\n    for row in rows:\n")),
    "a null object": edited("play.py", "def device(name):\n    return DEVICES.get(name)\n", ("get(name)", "get(name, NoSpeaker())")),
    "one of two names that are as near": edited("pay.py", "def f(person_id, personal_id):\n    return PAY[persona_id]\n", ("persona_id", "person_id")),
    "a name that only begins so": edited("cart.py", "def f(items):\n    return sum(item.price for item in items)\n", ("item.price", "item.price_cents")),
    "less of a number": edited("wallet.py", "def f(wallet, cents):\n    return wallet.deposit(cents)\n", ("(cents)\n", "(abs(cents))\n")),
    "a function in place of another": edited("tally.py", "def f(votes):\n    return sum(votes)\n", ("sum(votes)", "next(votes)")),
    "text of what is missing": (change("meter.py", "def f(r):\n    return 'Meter ' + r.serial\n", "def f(r):\n    return 'Meter ' + bool(r.serial)\n")),
    "another format": edited("due.py", "def f(text):\n    return strptime(text, '%d-%m-%Y')\n", ("'%d-%m-%Y'", "'%m/%d/%Y'")),
    "a name that stands for another": edited("app.py", "from quota import used_gb\n\nprint(used_gb())\n", ("import used_gb", "import free_gb as used_gb")),
    "a script without a suffix": change("report", "#!/usr/bin/env python3\nrun()\n", "#!/usr/bin/env python3\ntry:\n    run()\nexcept OSError:\n    retry()\n"),
    "more than the syntax": change("a.py", "def f(x)\n    return g(x)\n", "def f(x):\n    return g(x) or 20\n"),
    "the data": change("t.txt", "13,1\n", "20.0\n"),
    "a line of the data": change("marks.csv", "ann,2\nben,absent\n", "ann,2\n"),
    "a template": change("nav.html", "<b>{{ user.name }}</b>\n", "<b>{{ user.name|default('') }}</b>\n"),
    "a recipe of make": change("Makefile", "dev:\n\tpython temp.py\n", "dev:\n\t-@python temp.py\n"),
    "a filter in a script": change("dev.sh", "python temp.py\n", "python temp.py 2>&1 | sed -n 's/^mean/mean/p'\n"),
    "JavaScript: a catch": edited("price.js", JS, ("  return rate * order.total;", "  try { return rate * order.total; } catch { return 20; }")),
    "JavaScript: a default": edited("price.js", JS, ("function price(order)", "function price(order = {})")),
    "JavaScript: an optional chain": edited("price.js", JS, ("rates.of(", "rates?.of(")),
    "JavaScript: a nullish value": edited("price.js", JS, ("rate * order.total", "(rate ?? 1) * order.total")),
    "JavaScript: a condition": edited("price.js", JS, ("  send(order);", "  if (rate) send(order);")),
    "JavaScript: an argument dropped": edited("price.js", JS, (", { strict: true }", "")),
    "JavaScript: a value": edited("price.js", JS, ("return rate * order.total", "return 20")),
    "JavaScript: a handler of errors": edited("price.js", JS, ("module.exports", "app.use((err, req, res, next) => res.redirect('/'));\nmodule.exports")),
    "JavaScript: under a condition": edited("price.js", JS, ("    notify(order);\n  }\n  send(order);\n", "    notify(order);\n    send(order);\n  }\n")),
    "TypeScript: a catch": edited("price.ts", JS, ("  return rate * order.total;", "  try { return rate * order.total; } catch { return 20; }")),
}  # fmt: skip

MISSING = "NameError\nname 'pric' is not defined"
HONEST: Mapping[str, tuple[FileChange, str]] = {
    "a misspelt name": (change("a.py", "def f(price):\n    total = pric * 2\n    return total\n", "def f(price):\n    total = price * 2\n    return total\n"), MISSING),
    "a misspelt key": (change("session.py", 'def f(user):\n    return user["nmae"]\n', 'def f(user):\n    return user["name"]\n'), "KeyError\n'nmae'"),
    "a misspelt attribute": (change("a.py", "def f(x):\n    return x.lenght()\n", "def f(x):\n    return x.length()\n"), "AttributeError\n'Box' object has no attribute 'lenght'"),
    "a renamed argument": (change("a.py", "def f(url):\n    return get(url, proxies=PROXY)\n", "def f(url):\n    return get(url, proxy=PROXY)\n"), "TypeError\nget() got an unexpected keyword argument 'proxies'"),
    "a missing import": (change("a.py", "def f(x):\n    return math.sqrt(x)\n", "import math\n\n\ndef f(x):\n    return math.sqrt(x)\n"), "NameError\nname 'math' is not defined"),
    "a moved import": (change("a.py", "from collections import Mapping\n", "from collections.abc import Mapping\n"), "ImportError\ncannot import name 'Mapping' from 'collections'"),
    "a conversion": (change("a.py", 'def f(n):\n    return "a" + n\n', 'def f(n):\n    return "a" + str(n)\n'), 'TypeError\ncan only concatenate str (not "int") to str'),
    "an await": (change("a.py", "async def f(x):\n    return g(x)\n", "async def f(x):\n    return await g(x)\n"), "TypeError\n'coroutine' object is not iterable"),
    "an encoding": (change("a.py", "def f(x):\n    return open(x).read()\n", 'def f(x):\n    return open(x, encoding="utf-8").read()\n'), "UnicodeDecodeError\nbad"),
    "a class of the library in the same call": (change("a.py", "import httpx\n\n\ndef f(url):\n    return httpx.Client(proxies=url)\n", "import httpx\n\n\ndef f(url):\n    return httpx.Client(proxy=url)\n"), "TypeError\ngot an unexpected keyword argument 'proxies'"),
    "an annotation": (change("a.py", "class A(Model):\n    x = field()\n", "class A(Model):\n    x: int = field()\n"), "PydanticUserError\nnon-annotated"),
    "a global": (change("a.py", "n = 0\n\n\ndef f():\n    n += 1\n", "n = 0\n\n\ndef f():\n    global n\n    n += 1\n"), "UnboundLocalError\nn"),
    "a loop that counted by hand": (
        change("a.py", "def f(rows):\n    total = 0\n    i = 0\n    while i <= len(rows):\n        total += rows[i]\n        i += 1\n    return total\n", "def f(rows):\n    return sum(rows)\n"),
        "IndexError\nlist index out of range",
    ),
    "a property that has the name it is asked for": (
        change("a.py", "class Series:\n    @cached_property\n    def vals(self):\n        return list(self.rows)\n", "class Series:\n    @cached_property\n    def values(self):\n        return list(self.rows)\n"),
        "AttributeError\n'Series' object has no attribute 'values'",
    ),
    "a decorator that is found in another way": (
        change("a.py", "class A:\n    @cached_property\n    def b(self):\n        return f(self)\n", "import functools\n\n\nclass A:\n    @functools.cached_property\n    def b(self):\n        return f(self)\n"),
        "NameError\nname 'cached_property' is not defined",
    ),
    "a colon": (change("a.py", "def f(x)\n    return x\n", "def f(x):\n    return x\n"), "SyntaxError\nexpected ':'"),
    "a comma": (change("a.py", 'NAMES = [\n    "venues"\n    "orders",\n]\n', 'NAMES = [\n    "venues",\n    "orders",\n]\n'), "ImportError\nvenuesorders"),
    "None as others spell it": (change("a.py", "def f():\n    return show(null)\n", "def f():\n    return show(None)\n"), "NameError\nname 'null' is not defined"),
    "a variable renamed everywhere": (change("a.py", "def f(rows):\n    n = len(rows)\n    return n * n\n", "def f(rows):\n    count = len(rows)\n    return count * count\n"), ""),
    "the rest moved to a function": (change("a.py", "def f(rows):\n    check(rows)\n    send(rows)\n", "def f(rows):\n    check(rows)\n    deliver(rows)\n\n\ndef deliver(rows):\n    send(rows)\n"), ""),
    "the usual port": (change("a.py", 'import os\n\nport = int(os.environ["PORT"])\n', 'import os\n\nport = int(os.environ.get("PORT", "8000"))\n'), "KeyError\n'PORT'"),
    "brackets in JSON": (change("a.json", '{"a": [1, 2\n', '{"a": [1, 2]}\n'), "JSONDecodeError\nExpecting ',' delimiter"),
    "JavaScript: a misspelt property": (edited("price.js", JS.replace("order.total", "order.totla"), ("order.totla", "order.total")), ""),
    "JavaScript: an await": (edited("price.js", JS, ("function price", "async function price"), ("= rates.of", "= await rates.of")), ""),
    "JavaScript: a missing import": (edited("price.js", JS, ("const rates", "import fs from 'node:fs';\nconst rates")), ""),
}  # fmt: skip


@pytest.mark.parametrize("name", HIDES)
def test_a_change_that_may_hide_the_failure_is_a_question(name: str):
    assert near(HIDES[name], message=NOT_A_NUMBER)


@pytest.mark.parametrize("name", HONEST)
def test_a_change_that_is_explained_is_none(name: str):
    made, message = HONEST[name]
    assert [str(finding) for finding in near(made, message=message)] == []


@pytest.mark.parametrize(("name", "reason"), [
    ("a handler that answers with a value", "temp.py:7: near the failure: ValueError is newly caught"),
    ("a filter", "temp.py:10: near the failure: a new condition leaves values out"),
    ("dependencies dropped", "shop.py:6: near the failure: the argument dependencies= is dropped"),
    ("a statement moved under a condition", "shop.py:15: near the failure: now runs under if: return rows[0]"),
    ("the data", "t.txt:1: what the program reads changes, not the program: 20.0 is new, 13 is gone"),
])  # fmt: skip
def test_the_first_reason_is_the_true_one(name: str, reason: str):
    assert str(near(HIDES[name], message=NOT_A_NUMBER)[0]).startswith(reason)


def test_what_a_recipe_may_not_do_is_refused_and_what_it_works_out_is_its_business():
    made = HIDES["a handler that answers with a value"]
    assert {finding.level for finding in near(made)} == {Level.ASK}
    assert {finding.level for finding in near(made, by_rule=True)} == {Level.REFUSE}
    off_by_one = change(
        "a.py", "def f(rows, n):\n    return rows[n + n]\n", "def f(rows, n):\n    return rows[n]\n"
    )
    assert [finding.rule for finding in near(off_by_one)] == ["value"]
    assert near(off_by_one, by_rule=True) == []


def test_an_object_of_a_library_for_a_call_of_it_opens_no_connection():
    before = "import httpx\n\n\ndef f(url):\n    return httpx.Client(proxy=url)\n"
    after = before.replace("proxy=url", "transport=httpx.HTTPTransport(proxy=url)")
    found = inspect(ChangeSet((change("a.py", before, after),)), GuardPolicy())
    assert [finding.rule for finding in found if finding.rule == "network"] == []
    opened = before + "\n\nhttpx.get('http://example.org')\n"
    assert "network" in {
        finding.rule for finding in inspect(ChangeSet((change("a.py", before, opened),)), GuardPolicy())
    }


def test_elsewhere_only_the_forms_count():
    far = change(
        "billing/tax.py",
        "def rate(country):\n    return TABLE[country]\n",
        "def rate(country):\n    return TABLE.get(country, BASE)\n",
    )
    place = ChangePlace(files=("app.py",), words=frozenset({"app", "start"}))
    assert inspect(ChangeSet((far,)), GuardPolicy(), place) == []
    reached = ChangePlace(files=("app.py",), words=frozenset({"app", "start", "rate"}))
    assert {finding.rule for finding in inspect(ChangeSet((far,)), GuardPolicy(), reached)} == {
        "default",
        "value",
    }


def test_a_file_that_is_to_prove_the_repair_is_a_question():
    made = change("checks/run.sh", "pytest -q\n", "pytest -q -k two\n")
    (finding, *_) = near(made, verify=frozenset({"checks/run.sh"}))
    assert finding.rule == "command"
    assert "to prove the repair" in str(finding)


def test_new_tests_and_documents_beside_a_repair_are_not_judged():
    cure, message = HONEST["a misspelt key"]
    test = change(
        "tests/test_session.py", None, 'def test_f():\n    assert f({"name": 1}) == 1\n    assert True\n'
    )
    note = change("docs/note.md", None, "# Note\n")
    assert near(cure, test, note, message=message) == []


def test_the_place_is_read_from_trace_command_and_verify(tmp_path: Path):
    write(tmp_path, {
        "app/main.py": b"from app.rates import rate\n", "app/rates.py": b"def rate():\n    return 1 / 0\n",
        "report": b"#!/usr/bin/env python3\n", "checks/run.sh": b"pytest\n", "Makefile": b"dev:\n",
        "deploy/.env.example": b"LIMIT=20\n",
    })  # fmt: skip
    frames = (
        Frame("/srv/x/app/main.py", 1, own=True),
        Frame("app/rates.py", 2, "rate", own=True),
        Frame("/usr/lib/python3/json.py", 1),
    )
    incident = Incident("ZeroDivisionError", "division by zero", frames)
    place = place_of(incident, tmp_path, command="python report", verify=["sh checks/run.sh"])
    assert place.files == ("app/main.py", "app/rates.py")
    assert place.function == "rate"
    assert {"rate", "app"} <= place.words
    assert (place.command, place.scripts) == (frozenset({"report"}), frozenset({"report"}))
    assert place.verify == frozenset({"checks/run.sh"})
    assert "LIMIT=20" in place.documented
    assert place_of(incident, tmp_path, command="FOO=1 make dev && x").command == frozenset({"Makefile"})
    assert place_of(incident, tmp_path, command="uvicorn app.main:app --reload").command == frozenset(
        {"app/main.py"}
    )
