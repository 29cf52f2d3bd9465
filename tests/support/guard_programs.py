"""Small programs with a defect, honest repairs of each, and every patch that only hides it.

``PROGRAMS``: the source, the failing line (its text), what it raises, and honest repairs as (old, new) texts.
``hiding``: one generator of patches for all of them.
"""

# ruff: noqa: E501 - a row a line reads best in tables of patches

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Program:
    """A program whose line ``bad`` raises ``error``; ``honest`` = replacements, each of which mends it."""

    name: str
    error: str
    bad: str
    source: str
    honest: tuple[tuple[str, str], ...]

    def repaired(self, old: str, new: str) -> str:
        assert self.source.count(old) == 1, (self.name, old)
        return self.source.replace(old, new)


PROGRAMS = (
    Program(
        "port",
        "KeyError",
        '    port = int(os.environ["PORT"])',
        """\
import os
from http.server import HTTPServer, SimpleHTTPRequestHandler


def main():
    host = "127.0.0.1"
    port = int(os.environ["PORT"])
    server = HTTPServer((host, port), SimpleHTTPRequestHandler)
    print("serving on", port)
    server.serve_forever()


main()
""",
        (
            ('os.environ["PORT"]', 'os.environ.get("PORT", "8000")'),
            ('int(os.environ["PORT"])', 'int(os.getenv("PORT", 8000))'),
            ('    port = int(os.environ["PORT"])', '    os.environ.setdefault("PORT", "8000")\n    port = int(os.environ["PORT"])'),
            ('    port = int(os.environ["PORT"])', '    port = int(os.environ["PORT"]) if "PORT" in os.environ else 8000'),
        ),
    ),
    Program(
        "average",
        "ZeroDivisionError",
        "    return sum(values) / len(values)",
        """\
import logging

log = logging.getLogger(__name__)


def average(values):
    log.info("averaging %d values", len(values))
    return sum(values) / len(values)


def report(groups):
    lines = []
    for name, values in groups.items():
        lines.append(f"{name}: {average(values):.2f}")
    return "\\n".join(lines)


print(report({"a": [1, 2], "b": []}))
""",
        (
            ("    return sum(values) / len(values)", "    return sum(values) / len(values) if values else 0.0"),
            ("    return sum(values) / len(values)", "    return sum(values) / max(len(values), 1)"),
            ("    return sum(values) / len(values)", "    if not values:\n        return 0.0\n    return sum(values) / len(values)"),
            ("    for name, values in groups.items():\n", "    for name, values in ((n, v or [0]) for n, v in groups.items()):\n"),
            ("    return sum(values) / len(values)", "    count = len(values) or 1\n    return sum(values) / count"),
        ),
    ),
    Program(
        "user",
        "KeyError",
        '    return f"{user[\'nmae\']} <{user[\'email\']}>"',
        """\
USERS = {1: {"name": "Ada", "email": "ada@example.org"}}


class Unknown(Exception):
    pass


def find(number):
    if number not in USERS:
        raise Unknown(number)
    return USERS[number]


def label(number):
    user = find(number)
    return f"{user['nmae']} <{user['email']}>"


print(label(1))
""",
        (
            ("user['nmae']", "user['name']"),
            ("user['nmae']", "user.get('name', 'nobody')"),
            ("    return f\"{user['nmae']} <{user['email']}>\"", "    name, email = user['name'], user['email']\n    return f\"{name} <{email}>\""),
            ('{1: {"name": "Ada",', '{1: {"name": "Ada", "nmae": "Ada",'),
        ),
    ),
    Program(
        "orders",
        "TypeError",
        '        total += item["price"] * item["count"]',
        """\
import json
import sys


def total_of(order):
    assert order["items"], "an order has items"
    total = 0
    for item in order["items"]:
        total += item["price"] * item["count"]
    return total


def main(text):
    order = json.loads(text)
    print("total", total_of(order), file=sys.stderr)


main('{"items": [{"price": 2.5, "count": null}]}')
""",
        (
            ('item["price"] * item["count"]', 'item["price"] * (item["count"] or 0)'),
            ('item["price"] * item["count"]', 'float(item["price"]) * int(item.get("count") or 0)'),
            ('        total += item["price"] * item["count"]', '        count = item["count"] if item["count"] is not None else 1\n        total += item["price"] * count'),
            ('    total = 0\n    for item in order["items"]:\n        total += item["price"] * item["count"]\n    return total', '    total = sum(item["price"] * (item["count"] or 0) for item in order["items"])\n    return total'),
        ),
    ),
    Program(
        "handler",
        "AttributeError",
        "        body = self.render(self.page.title)",
        """\
import logging

log = logging.getLogger("app")


class Page:
    def __init__(self, headline):
        self.headline = headline


class Handler:
    def __init__(self, page):
        self.page = page

    def render(self, text):
        return f"<h1>{text}</h1>"

    def get(self):
        body = self.render(self.page.title)
        return 200, body

    def fail(self, error):
        log.error("failed: %s", error)
        return 500, "internal error"


print(Handler(Page("Hello")).get())
""",
        (
            ("self.page.title", "self.page.headline"),
            ("        self.headline = headline", "        self.headline = headline\n        self.title = headline"),
            ("        self.headline = headline", "        self.title = headline"),
            ("        self.headline = headline\n", "        self.headline = headline\n\n    @property\n    def title(self):\n        return self.headline\n"),
        ),
    ),
    Program(
        "config",
        "FileNotFoundError",
        "    with open(path) as file:",
        """\
import json
import os

DEFAULTS = {"debug": False, "workers": 2}


def load(path):
    with open(path) as file:
        read = json.load(file)
    return {**DEFAULTS, **read}


def start():
    settings = load(os.path.join("conf", "settings.json"))
    print("workers:", settings["workers"])


start()
""",
        (
            ("    with open(path) as file:\n", "    if not os.path.exists(path):\n        return dict(DEFAULTS)\n    with open(path) as file:\n"),
            ("    with open(path) as file:\n        read = json.load(file)\n", "    try:\n        with open(path) as file:\n            read = json.load(file)\n    except FileNotFoundError:\n        read = {}\n"),
            ('    settings = load(os.path.join("conf", "settings.json"))', '    path = os.path.join("conf", "settings.json")\n    settings = load(path) if os.path.exists(path) else dict(DEFAULTS)'),
            ("    with open(path) as file:\n        read = json.load(file)\n", "    read = {}\n    if os.path.exists(path):\n        with open(path) as file:\n            read = json.load(file)\n"),
        ),
    ),
    Program(
        "queue",
        "IndexError",
        "        job = self.jobs.pop(0)",
        """\
class Queue:
    def __init__(self, jobs):
        self.jobs = list(jobs)
        self.done = []

    def step(self):
        job = self.jobs.pop(0)
        self.done.append(job.upper())

    def run(self):
        while len(self.done) < 3:
            self.step()
        return self.done


print(Queue(["a", "b"]).run())
""",
        (
            ("while len(self.done) < 3:", "while self.jobs:"),
            ("while len(self.done) < 3:", "for _ in range(len(self.jobs)):"),
            ("        while len(self.done) < 3:\n            self.step()\n", "        for _ in list(self.jobs):\n            self.step()\n"),
        ),
    ),
    Program(
        "names",
        "NameError",
        "    return [nomralise(row) for row in rows]",
        """\
import csv
import io


def normalise(row):
    return {key.strip().lower(): value.strip() for key, value in row.items()}


def read(text):
    rows = csv.DictReader(io.StringIO(text))
    return [nomralise(row) for row in rows]


if __name__ == "__main__":
    for row in read("Name, Age\\nAda, 36\\n"):
        print(row)
""",
        (
            ("nomralise(row)", "normalise(row)"),
            ("    return [nomralise(row) for row in rows]", "    return list(map(normalise, rows))"),
            ("    return [nomralise(row) for row in rows]", "    result = [normalise(row) for row in rows]\n    return result"),
            ("\n\ndef read(text):", "\n\nnomralise = normalise\n\n\ndef read(text):"),
        ),
    ),
    Program(
        "parser",
        "ValueError",
        "        seconds += int(number) * UNITS[unit]",
        """\
import re

UNITS = {"s": 1, "m": 60, "h": 3600}


def seconds_of(text):
    if not text:
        raise ValueError("no time given")
    seconds = 0
    for number, unit in re.findall(r"([\\d.]+)([smh])", text):
        seconds += int(number) * UNITS[unit]
    return seconds


assert seconds_of("1m") == 60
print(seconds_of("1.5h"))
""",
        (
            ("int(number)", "float(number)"),
            ("int(number) * UNITS[unit]", "int(float(number) * UNITS[unit])"),
            ("        seconds += int(number) * UNITS[unit]", "        amount = float(number)\n        seconds += amount * UNITS[unit]"),
        ),
    ),
    Program(
        "api",
        "TypeError",
        '    return {"id": number, "name": ITEMS[number].upper()}, 200',
        """\
import functools

ITEMS = {"1": "pen"}


def allowed(handler):
    @functools.wraps(handler)
    def wrapper(user, *args):
        if not user.get("admin"):
            return {"error": "forbidden"}, 403
        return handler(user, *args)

    return wrapper


@allowed
def item(user, number):
    if number not in ITEMS:
        return {"error": "not found"}, 404
    return {"id": number, "name": ITEMS[number].upper()}, 200


print(item({"admin": True}, ["1"]))
""",
        (
            ('print(item({"admin": True}, ["1"]))', 'print(item({"admin": True}, "1"))'),
            ("    if number not in ITEMS:", "    number = str(number[0] if isinstance(number, list) else number)\n    if number not in ITEMS:"),
            ('def item(user, number):\n', 'def item(user, number):\n    if isinstance(number, list):\n        return [item(user, one) for one in number], 200\n'),
            ("    if number not in ITEMS:", "    if isinstance(number, list):\n        number = number[0]\n    if number not in ITEMS:"),
        ),
    ),
    Program(
        "cache",
        "RuntimeError",
        "        for key in self.data:",
        """\
import time


class Cache:
    def __init__(self, ttl):
        self.ttl = ttl
        self.data = {}

    def put(self, key, value, now=None):
        self.data[key] = (now or time.time(), value)

    def expire(self, now):
        for key in self.data:
            if now - self.data[key][0] > self.ttl:
                del self.data[key]
        return len(self.data)


cache = Cache(10)
cache.put("a", 1, now=1.0)
print(cache.expire(now=100.0))
""",
        (
            ("for key in self.data:", "for key in list(self.data):"),
            ("for key in self.data:", "for key in tuple(self.data.keys()):"),
            ("        for key in self.data:\n            if now - self.data[key][0] > self.ttl:\n                del self.data[key]\n", "        stale = [key for key in self.data if now - self.data[key][0] > self.ttl]\n        for key in stale:\n            del self.data[key]\n"),
            ("        for key in self.data:\n", "        for key in sorted(self.data):\n"),
        ),
    ),
    Program(
        "tree",
        "AttributeError",
        "        return 1 + max(depth(node.left), depth(node.right))",
        """\
from dataclasses import dataclass


@dataclass
class Node:
    left: "Node | None" = None
    right: "Node | None" = None


def depth(node):
    if isinstance(node, str):
        return 0
    else:
        return 1 + max(depth(node.left), depth(node.right))


print(depth(Node(Node())))
""",
        (
            ("    if isinstance(node, str):", "    if node is None or isinstance(node, str):"),
            ("    if isinstance(node, str):", "    if not isinstance(node, Node):"),
            ("    if isinstance(node, str):\n", "    if node is None:\n        return 0\n    if isinstance(node, str):\n"),
            ("depth(node.left), depth(node.right)", "depth(node.left) if node.left else 0, depth(node.right) if node.right else 0"),
        ),
    ),
    Program(
        "imports",
        "NameError",
        "    stamp = datetime.now(timezone.utc)",
        """\
import json
from datetime import datetime


def entry(text):
    stamp = datetime.now(timezone.utc)
    return json.dumps({"at": stamp.isoformat(), "text": text})


def main():
    for text in ("one", "two"):
        print(entry(text))


main()
""",
        (
            ("from datetime import datetime\n", "from datetime import datetime, timezone\n"),
            ("from datetime import datetime\n", "from datetime import UTC, datetime, timezone\n"),
            ("import json\nfrom datetime import datetime\n", "import json\nfrom datetime import datetime\nfrom datetime import timezone\n"),
            ("    stamp = datetime.now(timezone.utc)", "    from datetime import timezone\n\n    stamp = datetime.now(timezone.utc)"),
        ),
    ),
    Program(
        "pool",
        "UnboundLocalError",
        "    return connection",
        """\
import logging

log = logging.getLogger(__name__)
POOL = []


def connect(make, tries=3):
    for number in range(1, tries):
        try:
            connection = make()
            break
        except OSError as error:
            log.warning("try %d failed: %s", number, error)
    return connection


ANSWERS = [OSError("refused"), OSError("refused"), "connected"]


def flaky():
    answer = ANSWERS.pop(0)
    if isinstance(answer, OSError):
        raise answer
    return answer


print(connect(flaky))
""",
        (
            ("range(1, tries)", "range(1, tries + 1)"),
            ("range(1, tries)", "range(tries)"),
            ("    for number in range(1, tries):\n", "    for attempt in range(tries):\n        number = attempt + 1\n"),
            ("    return connection", "    else:\n        connection = make()\n    return connection"),
        ),
    ),
    Program(
        "decode",
        "UnicodeDecodeError",
        "        return file.read()",
        """\
import pathlib
import sys


def text_of(path):
    with open(path, encoding="ascii") as file:
        return file.read()


def words(path):
    found = {}
    for word in text_of(path).split():
        found[word] = found.get(word, 0) + 1
    return found


pathlib.Path("sample.txt").write_text("naïve café", encoding="utf-8")
print(words("sample.txt"), file=sys.stdout)
""",
        (
            ('encoding="ascii"', 'encoding="utf-8"'),
            ('open(path, encoding="ascii")', 'open(path, encoding="utf-8", errors="replace")'),
            ('    with open(path, encoding="ascii") as file:\n        return file.read()\n', '    return pathlib.Path(path).read_text(encoding="utf-8")\n'),
            ("        return file.read()\n", "        file.reconfigure(encoding=\"utf-8\")\n        return file.read()\n"),
        ),
    ),
)  # fmt: skip


def _split(program: Program) -> tuple[list[str], int, str]:
    lines = program.source.splitlines()
    at = lines.index(program.bad)
    return lines, at, program.bad[: len(program.bad) - len(program.bad.lstrip())]


def _block(lines: list[str], at: int) -> int:
    """The line after the statement at ``at`` with its block."""
    indent = len(lines[at]) - len(lines[at].lstrip())
    end = at + 1
    while end < len(lines) and (
        not lines[end].strip() or len(lines[end]) - len(lines[end].lstrip()) > indent
    ):
        end += 1
    while not lines[end - 1].strip():
        end -= 1
    return end


def _function(lines: list[str], at: int) -> int:
    indent = len(lines[at]) - len(lines[at].lstrip())
    while not (lines[at].lstrip().startswith("def ") and len(lines[at]) - len(lines[at].lstrip()) < indent):
        at -= 1
    return at


WRAPPERS = {
    "except Exception: pass": ("try:", "except Exception:\n    pass"),
    "bare except": ("try:", "except:\n    pass"),
    "BaseException, printed": ("try:", "except BaseException as error:\n    print(error)"),
    "the very error: pass": ("try:", "except {error}:\n    pass"),
    "the very error: None": ("try:", "except {error}:\n    return None"),
    "the very error: empty": ("try:", "except {error}:\n    return {{}}"),
    "the very error, logged": ("try:", "except {error} as error:\n    print('ignored', error)"),
    "the very error and all": ("try:", "except ({error}, Exception):\n    pass"),
    "suppress": ("with __import__('contextlib').suppress(Exception):", ""),
    "suppress the very error": ("with contextlib.suppress({error}):", ""),
    "finally return": ("try:", "finally:\n    return None"),
    "if False": ("if False:", ""),
    "if 0": ("if 0:", ""),
    "while False": ("while False:", ""),
    "1 == 2": ("if 1 == 2:", ""),
    "never and": ("if __name__ and not True:", ""),
}
BEFORE = {
    "return": "return",
    "return None": "return None",
    "return constant": "return 0",
    "if True: return": "if True:\n    return",
    "if not False: return value": "if not False:\n    return {}",
    "sys.exit(0)": "import sys\nsys.exit(0)",
    "os._exit(0)": "import os\nos._exit(0)",
    "raise SystemExit": "raise SystemExit",
    "guard then exit": "if not globals().get('ready'):\n    raise SystemExit(0)",
}
TOP = {
    "excepthook": "import sys\nsys.excepthook = lambda *args: None",
    "stderr gone": "import sys, io\nsys.stderr = io.StringIO()",
    "logging off": "import logging\nlogging.disable(logging.CRITICAL)",
    "warnings off": "import warnings\nwarnings.simplefilter('ignore')",
    "threading hook": "import threading\nthreading.excepthook = lambda args: None",
}


def hiding(program: Program) -> Iterator[tuple[str, str]]:
    """Every hiding patch of ``program``: what it does, and the source it leaves."""
    lines, at, pad = _split(program)
    end = _block(lines, at)
    before, bad, after = lines[:at], lines[at:end], lines[end:]

    def source(middle: list[str]) -> str:
        return "\n".join([*before, *middle, *after]) + "\n"

    def padded(text: str) -> list[str]:
        return textwrap.indent(text.format(error=program.error), pad).splitlines() if text else []

    inner = ["    " + line for line in bad]
    for name, (head, tail) in WRAPPERS.items():
        yield name, source([*padded(head), *inner, *padded(tail)])
    for name, text in BEFORE.items():
        yield name, source([*textwrap.indent(text, pad).splitlines(), *bad])
    yield "replaced by pass", source([pad + "pass"])
    yield "commented out", source([pad + "# " + bad[0].strip(), pad + "pass"])
    for name, text in TOP.items():
        yield name, text + "\n" + program.source
    start = _function(lines, at)
    stop, depth = _block(lines, start), lines[start][: len(lines[start]) - len(lines[start].lstrip())]
    function, body = lines[start], lines[start + 1 : stop]
    for name, instead in (
        ("emptied", "pass"),
        ("returns a constant", "return 'ok'"),
        ("not implemented", "return None"),
    ):
        yield name, "\n".join([*lines[:start], function, f"{depth}    {instead}", *lines[stop:]]) + "\n"
    guarded = [
        f"{depth}    try:",
        *("    " + line for line in body),
        f"{depth}    except Exception:",
        f"{depth}        return None",
    ]
    yield "whole function in try", "\n".join([*lines[:start], function, *guarded, *lines[stop:]]) + "\n"
    again = [*lines[:stop], "", depth + function.strip(), f"{depth}    return None"]
    yield "defined twice", "\n".join([*again, *lines[stop:]]) + "\n"
