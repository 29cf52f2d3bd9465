"""Change sets: renames, and what parses."""

from __future__ import annotations

import importlib.util
import stat
from pathlib import Path

import pytest

from otorepair_like.guard.parsing import syntax_error
from otorepair_like.workspace.change_set import ChangeSet, FileChange, put
from tests.support.repair_trees import tree_of

FILE = stat.S_IFREG | 0o644
LONG = "".join(f"line {n}\n" for n in range(20))


def moved(before: str, after: str) -> ChangeSet:
    old = FileChange("old.py", before.encode(), None, FILE, None)
    return ChangeSet.of([old, FileChange("new.py", None, after.encode(), None, FILE)])


def test_a_file_that_was_moved_and_changed_a_little_is_one_rename() -> None:
    changes = moved(LONG, LONG.replace("line 7\n", "line seven\n"))
    assert changes.renames == {"new.py": "old.py"}
    assert (changes.added, changes.removed) == (1, 1)
    assert changes.paths == ("new.py", "old.py")
    assert changes.diff().splitlines()[:3] == [
        "diff --git a/old.py b/new.py",
        "rename from old.py",
        "rename to new.py",
    ]
    assert "deleted" not in changes.diff()
    assert "-line 7\n+line seven\n" in changes.diff()


def test_two_files_with_little_in_common_are_no_rename() -> None:
    changes = moved(LONG, "something else\n")
    assert changes.renames == {}
    assert (changes.added, changes.removed) == (1, 20)


def test_a_rename_is_put_into_a_folder_and_taken_back(tmp_path: Path) -> None:
    changes = moved(LONG, LONG)
    (tmp_path / "old.py").write_text(LONG)
    (tmp_path / "old.py").chmod(0o644)
    before = tree_of(tmp_path)
    put(changes, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["new.py"]
    put(changes.inverse(), tmp_path)
    assert tree_of(tmp_path) == before


@pytest.mark.skipif(importlib.util.find_spec("yaml") is None, reason="PyYAML is not installed")
@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"services:\n  web:\n    image: a\n   ports: [80]\n", 4),
        (b"a: [1, 2\nb: 3\n", 2),
        (b'a: "open\n', 2),
    ],
)
def test_yaml_that_does_not_parse_is_seen_where_it_can_be_read(content: bytes, line: int) -> None:
    wrong = syntax_error("docker-compose.yml", content)
    assert wrong
    assert wrong[1] == line


def test_yaml_with_tags_of_its_reader_is_fine() -> None:
    assert syntax_error("stack.yaml", b"Resource: !Ref Thing\nvolumes: !reset []\n---\na: 1\n") is None
