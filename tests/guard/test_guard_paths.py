"""The guard, by table: change sets that must not get through, and honest ones that must."""

from __future__ import annotations

import stat

import pytest

from otorepair_like.guard.guard import inspect
from otorepair_like.guard.policy import GuardPolicy
from otorepair_like.workspace.change_set import ChangeSet, FileChange

FILE, LINK = stat.S_IFREG | 0o644, stat.S_IFLNK | 0o777
POLICY = GuardPolicy()


def change(path: str, before: str | None, after: str | None, mode: int = FILE, **more: int) -> FileChange:
    def raw(text: str | None) -> bytes | None:
        return None if text is None else text.encode("utf-8", "surrogateescape")

    modes = (None if before is None else FILE, None if after is None else mode)
    return FileChange(path, raw(before), raw(after), *modes, **more)


def rules(*changes: FileChange, policy: GuardPolicy = POLICY) -> set[str]:
    return {finding.rule for finding in inspect(ChangeSet.of(changes), policy)}


@pytest.mark.parametrize(
    "path",
    [
        "../outside.py", "/etc/passwd", "a/../../b.py", "~/x.py", "C:/x.py", "a//b.py", "./a.py", "..\\x.py",
        "a\nb.py", "a\u202eyp.b",
        "a\udcffb.py",
        ".git/hooks/pre-commit", ".GIT/config", ".g\u200cit/config", "sub/.git/config", ".git ", "GIT~1/../.git/x",

        ".env", ".env.local", "config/.Env", "prod.env", "app/secrets.py", "id_rsa", "tls/server.key",
        ".otorepair/otorepair.db", "otorepair.toml", ".venv/lib/site.py", "web/node_modules/a/index.js",
        ".gitignore", "sub/.gitattributes", "a/.claude/settings.json", "docs/CLAUDE.md", "a/b/AGENTS.md",
        ".cursorrules", ".devcontainer/devcontainer.json", ".forgejo/workflows/x.yml", ".gitea/workflows/x.yml",
        ".woodpecker.yml", "sub/otorepair.toml", "pkg/.github/copilot-instructions.md", "web/.husky/pre-commit",
        "lefthook.yml", "GEMINI.md", ".windsurfrules", ".github/workflows/ci.yml", ".vscode/tasks.json",
        ".claude/settings.json", "ｉｄ_rsa",
    ],
)  # fmt: skip
def test_a_path_that_leads_out_or_is_blocked_is_refused(path: str):
    assert rules(change(path, None, "x = 1\n")) & {"path", "blocked-path"}


@pytest.mark.parametrize(
    ("rule", "changed"),
    [
        ("link", change("a.py", "x\n", "/etc/passwd", LINK)),
        ("link", change("a.py", None, "../b", LINK)),
        ("link", change("a.py", "x = 1\n", "x = 2\n", links=2)),
        ("mode", change("a.py", "x = 1\n", "x = 1\n", FILE | 0o111)),
        ("mode", change("a.py", "x = 1\n", "x = 2\n", FILE | 0o111)),
        ("binary", change("a.py", "x = 1\n", "x\0")),
        ("binary", change("a.dat", None, "\udcff")),
        ("test", change("tests/test_a.py", "assert f() == 1\n", "assert True\n")),
        ("test", change("test_a.py", "assert f() == 1\n", None)),
        ("test", change("app/tests.py", "a = 1\n", "a = 2\n")),
        ("test", change("conftest.py", "a = 1\n", "a = 2\n")),
        ("test", change("src/a.test.ts", "a\n", "b\n")),
        ("marker", change("a.txt", "a\n", "<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n")),
        ("marker", change("a.py", "a = 1\nb = 2\n", "a = 2\n# ... rest of the file unchanged\n")),
        ("marker", change("a.js", "a\nb\n", "a\n// rest of the code\n")),
        ("syntax", change("a.py", "a = 1\n", "a = (\n")),
        ("syntax", change("a.json", "{}", '{"a": }')),
        ("syntax", change("a.toml", "a = 1\n", "a = \n")),
        ("too-many-lines", change("a.txt", "", "a\n" * 401)),
    ],
)
def test_each_rule_refuses_what_it_is_for(rule: str, changed: FileChange):
    assert rule in rules(changed)


def test_too_many_files_are_refused_and_the_finding_names_the_setting():
    changes = ChangeSet.of(change(f"a{n}.py", None, "x = 1\n") for n in range(9))
    (finding,) = inspect(changes, POLICY)
    assert (finding.rule, finding.setting) == ("too-many-files", "max-files = 9")
    assert "9 files changed, at most 8 may be" in str(finding)


def test_a_finding_names_file_and_line():
    (finding,) = inspect(ChangeSet.of([change("a.py", "a = 1\n", "a = 1\nb = (\n")]), POLICY)
    assert str(finding).startswith("a.py:2: does not parse")


@pytest.mark.parametrize(
    "changed",
    [
        change("app/main.py", 'p = os.environ["PORT"]\n', 'p = os.environ.get("PORT", "8000")\n'),
        change("app.py", "stock: int = null\n", "stock: int = None\n"),
        change("app.py", "SIZES = [(1, 'a')(2, 'b')]\n", "SIZES = [(1, 'a'), (2, 'b')]\n"),
        change("tests/test_new.py", None, "def test_it():\n    assert f() == 2\n"),
        change("broken.py", "a = (\n", "a = (1)\n"),
        change("half.py", "a = (\nb = [\n", "a = (\nb = []\n"),
        change("doc.md", "Title\n=======\n", "New title\n=======\n"),
        change("tsconfig.json", "{}", "{ // strict\n}"),
        change("a.py", "x = 1\r\n", "x = 2\r\n"),
        change("a.py", "# ... existing code\nx = 1\n", "# ... existing code\nx = 2\n"),
        change("environment.py", "x = 1\n", "x = 2\n"),
        change("keys.py", "x = 1\n", "x = 2\n"),
    ],
)
def test_honest_changes_pass(changed: FileChange):
    assert rules(changed) == set()


def test_a_rule_can_be_switched_off_and_paths_can_be_allowed():
    assert (
        rules(change("tests/test_a.py", "a = 1\n", "a = 2\n"), policy=GuardPolicy(allow=frozenset({"test"})))
        == set()
    )
    assert rules(change("lib/a.py", "a = 1\n", "a = 2\n"), policy=GuardPolicy(allowed_paths=("src/**",))) == {
        "blocked-path"
    }
    assert (
        rules(change("src/a.py", "a = 1\n", "a = 2\n"), policy=GuardPolicy(allowed_paths=("src/**",)))
        == set()
    )
