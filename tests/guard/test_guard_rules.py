"""The guard on repairs of realistic programs, and its rules by name: each can be met, and its setting lifts it."""

# ruff: noqa: E501 - a row a line reads best in tables of patches

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

import otorepair_like
from otorepair_like.config import resolve
from otorepair_like.errors import UsageError
from otorepair_like.guard.finding import GuardFinding
from otorepair_like.guard.guard import inspect
from otorepair_like.guard.place import ChangePlace
from otorepair_like.guard.policy import GuardPolicy
from otorepair_like.options import RULES
from otorepair_like.repair.settings import policy_of
from otorepair_like.workspace.change_set import ChangeSet, FileChange
from tests.support.guard_cases import Case, cases

FILE, LINK = stat.S_IFREG | 0o644, stat.S_IFLNK | 0o777
NO_SETTING = {"path", "secret-default", "own-config"}
"""Nothing allows these."""


def named(case: Case) -> str:
    return case.name


@pytest.mark.parametrize("case", [*cases("hides")], ids=named)
def test_a_change_that_hides_a_failure_is_not_let_through(case: Case):
    assert inspect(case.changes, GuardPolicy())


@pytest.mark.parametrize("case", [*cases("mends")], ids=named)
def test_an_honest_repair_is_not_lost(case: Case):
    assert inspect(case.changes, GuardPolicy()) == []


@pytest.mark.parametrize("case", [*cases("asks")], ids=named)
def test_what_cannot_be_told_from_hiding_is_asked_about(case: Case):
    assert inspect(case.changes, GuardPolicy())


@pytest.mark.parametrize("case", [*cases("passes")], ids=named)
def test_the_known_limits_are_as_they_are_written_down(case: Case):
    assert inspect(case.changes, GuardPolicy()) == []


def change(path: str, before: str | None, after: str | None, mode: int = FILE) -> FileChange:
    sides = tuple(None if side is None else side.encode() for side in (before, after))
    return FileChange(path, *sides, None if before is None else FILE, None if after is None else mode)


APP = """import logging
import os


def find(items, key):
    if key not in items:
        raise KeyError(key)
    logging.error("found %s", key)
    return items[key].name


def port():
    return int(os.environ["PORT"])


def answer():
    return respond("no", status=500)
"""


def app(old: str, new: str) -> FileChange:
    assert APP.count(old) == 1, old
    return change("app.py", APP, APP.replace(old, new))


ONE_OF_EACH: dict[str, FileChange | tuple[FileChange, ...]] = {
    "path": change("../out.py", None, "x = 1\n"),
    "blocked-path": change(".env", None, "A=1\n"),
    "too-many-files": tuple(change(f"m{n}.py", None, "x = 1\n") for n in range(9)),
    "too-many-lines": change("a.txt", "", "a\n" * 401),
    "link": change("a.py", None, "b.py", LINK),
    "read-only": FileChange("a.py", b"x = 1\n", b"x = 2\n", stat.S_IFREG | 0o444, stat.S_IFREG | 0o444),
    "mode": change("a.py", "x = 1\n", "x = 1\n", FILE | 0o111),
    "binary": change("a.dat", None, "\0"),
    "too-large": change("a.txt", "x", "x" * 1_100_000),
    "test": change("tests/test_a.py", "assert f()\n", "assert g()\n"),
    "test-hook": change("sitecustomize.py", None, "x = 1\n"),
    "test-config": change("pytest.ini", None, "[pytest]\n"),
    "test-aware": app("    return int", "    assert 'PYTEST_CURRENT_TEST'\n    return int"),
    "shadow": change("json.py", None, "x = 1\n"),
    "marker": app("import os\n", "import os\n# ... rest of the file\n"),
    "invisible": app("import os\n", "import os  # \u202e\n"),
    "line-ends": change("a.py", "x = 1\n", "x = 1\r\n"),
    "syntax": app("def port():", "def port()"),
    "lost-definitions": change("a.py", "def a():\n    pass\n\n\ndef b():\n    pass\n", "x = 1\n"),
    "long-line": app("import os\n", "import os\nx = '" + "x" * 3000 + "'\n"),
    "broad-except": app("    return int(os.environ[\"PORT\"])", "    try:\n        return int(os.environ[\"PORT\"])\n    except Exception:\n        return 1"),
    "silent-except": app("    return int(os.environ[\"PORT\"])", "    try:\n        return int(os.environ[\"PORT\"])\n    except KeyError:\n        pass"),
    "hook": app("import os\n", "import os\nimport sys\n\nsys.excepthook = print\n"),
    "swallowed": app("    return respond(\"no\", status=500)", "    pass"),
    "deleted-statement": app("    logging.error(\"found %s\", key)\n", ""),
    "check-removed": app("    if key not in items:\n        raise KeyError(key)\n", ""),
    "early-exit": app("    logging.error", "    return None\n    logging.error"),
    "dead-condition": app("if key not in items:", "if False:"),
    "lower-level": app("logging.error", "logging.debug"),
    "lower-status": app("status=500", "status=200"),
    "suppression": app("items[key].name", "items[key].name  # type: ignore"),
    "secret-default": app("import os\n", "import os\n\nAPI_KEY = 'abc'\n"),
    "secret-optional": change("a.py", 'import os\nk = os.environ["API_KEY"]\n', 'import os\nk = os.environ.get("API_KEY")\n'),
    "tls": app("import os\n", "import os\n\nOPTIONS = dict(verify=False)\n"),
    "runs-program": app("import os\n", "import os\n\nos.system('x')\n"),
    "runs-code": app("import os\n", "import os\n\neval('x')\n"),
    "network": app("import os\n", "import os\nimport requests\n\nrequests.get('http://x')\n"),
    "dependency": change("requirements.txt", "flask\n", "flask\nevil\n"),
    "confusable": app("import os\n", "import os\n\np\u0430th = 1\n"),
    "handler": app("    return int(os.environ[\"PORT\"])", "    try:\n        return int(os.environ[\"PORT\"])\n    except KeyError:\n        return port_of_the_day()"),
    "gate": app("    return int", "    if ready():\n        return int"),
    "default": app("items[key].name", "items.get(key).name"),
    "dropped": app("respond(\"no\", status=500)", "respond(\"no\")"),
    "constant": app("int(os.environ[\"PORT\"])", "8000"),
    "value": app("items[key].name", "items[key]"),
    "patched": app("import os\n", "import os\n\nlogging.Logger.error = print\n"),
    "command": change("Makefile", "dev:\n\tpython app.py\n", "dev:\n\t-python app.py\n"),
    "data": change("prices.csv", "tea,1\n", "tea,2\n"),
    "own-config": change("pyproject.toml", "", '[tool.otorepair]\napprove = "auto"\n'),
}  # fmt: skip


def met(rule: str, policy: GuardPolicy = GuardPolicy()) -> list[GuardFinding]:  # noqa: B008 - frozen
    made = ONE_OF_EACH[rule]
    changes = ChangeSet.of(made if isinstance(made, tuple) else (made,))
    where = ChangePlace(files=("app.py",), words=frozenset(re.findall(r"\w+", APP)))
    return [finding for finding in inspect(changes, policy, where) if finding.rule == rule]


def test_the_table_of_rules_is_the_rules_that_findings_are_made_of():
    sources = Path(otorepair_like.__file__).parent.joinpath("guard").rglob("*.py")
    made = {
        name
        for path in sources
        for name in re.findall(r"\b(?:(?:asked|refused)\(|yield)\s*\"([a-z-]+)\"", path.read_text())
    }
    assert made == NO_SETTING | set(RULES)
    assert set(ONE_OF_EACH) == made - {
        "static",
        "deadline",
    }  # from the project's own checkers; from the clock


@pytest.mark.parametrize("rule", ONE_OF_EACH)
def test_a_finding_names_rule_and_file_and_a_setting_that_works(rule: str, tmp_path: Path):
    (finding, *_) = met(rule)
    made = ONE_OF_EACH[rule]
    assert finding.path in {change.path for change in (made if isinstance(made, tuple) else (made,))}
    assert f"({rule}" in str(finding)
    assert (finding.setting == "") == (rule in NO_SETTING)
    if not finding.setting:
        return
    assert finding.setting in str(finding)
    (tmp_path / "otorepair").mkdir()
    (tmp_path / "otorepair" / "config.toml").write_text(finding.setting + "\n")
    environ = {"XDG_CONFIG_HOME": str(tmp_path)}
    assert met(rule, policy_of(resolve({}, environ, str(tmp_path)))) == []


OF_THE_WHOLE_FILE = {
    "path",
    "blocked-path",
    "too-many-files",
    "too-many-lines",
    "link",
    "read-only",
    "mode",
    "binary",
    "too-large",
    "test-hook",
    "test-config",
    "shadow",
    "line-ends",
}


@pytest.mark.parametrize("rule", sorted(ONE_OF_EACH.keys() - OF_THE_WHOLE_FILE))
def test_a_finding_about_the_content_names_the_line(rule: str):
    for finding in met(rule):
        assert finding.line is not None, finding
        assert f"{finding.path}:{finding.line}: " in str(finding)


def test_what_was_deleted_is_placed_where_it_stood():
    (finding,) = met("deleted-statement")
    assert finding.line == APP.splitlines().index('    logging.error("found %s", key)') + 1


def test_a_rule_that_does_not_exist_cannot_be_allowed(tmp_path: Path):
    with pytest.raises(UsageError, match="broad-excpt"):
        resolve({"allow": "broad-excpt"}, {}, str(tmp_path))
