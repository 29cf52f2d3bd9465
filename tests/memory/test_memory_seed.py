"""An older ``history.json`` is imported once, whatever it contains."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otorepair_like.attempt import Verdict
from otorepair_like.memory.seed import read_seed
from otorepair_like.memory.store import Store


def write(workspace: Path, text: str) -> Path:
    (workspace / ".otorepair").mkdir(exist_ok=True)
    path = workspace / ".otorepair" / "history.json"
    path.write_text(text)
    return path


def test_it_is_imported_once(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        json.dumps(
            [
                {
                    "id": 7,
                    "timestamp": "2024-05-01T12:00:00+00:00",
                    "command": "python app.py",
                    "error": "Traceback (most recent call last):\n  ...\nKeyError: 'PORT'",
                    "file": "app.py",
                    "line": "12",
                    "backend": "claude",
                    "success": True,
                    "patch": "-a\n+b\n",
                    "summary": "default added",
                },
                {"time": 1714564801000, "error_type": "ValueError", "message": "bad", "success": False},
                "no attempt at all",
            ]
        ),
    )
    store = Store.open(tmp_path)
    second, first = store.recent(9)
    assert (first.id, first.time, first.type, first.message) == ("7", 1714564800.0, "KeyError", "'PORT'")
    assert (first.file, first.line, first.agent, first.diff) == ("app.py", 12, "claude", "-a\n+b\n")
    assert (first.verdict, first.reason) == (Verdict.UNPROVEN, "default added")
    assert (second.verdict, second.time, second.type) == (Verdict.FAILED, 1714564801.0, "ValueError")
    assert len(second.id) == 6
    store.close()
    store = Store.open(tmp_path)
    assert len(store.recent(9)) == 2
    assert path.exists()
    store.close()


@pytest.mark.parametrize("key", ["attempts", "history"])
def test_the_list_may_be_inside_an_object(tmp_path: Path, key: str) -> None:
    assert len(read_seed(write(tmp_path, json.dumps({key: [{"error": "x"}]})))) == 1


@pytest.mark.parametrize("text", ["", "{", "3", '{"attempts": 1}', "[" * 100_000, "\x00"])
def test_a_bad_file_is_one_line_and_is_not_tried_again(tmp_path: Path, text: str) -> None:
    write(tmp_path, text)
    said: list[str] = []
    for _ in range(2):
        store = Store.open(tmp_path, say=said.append)
        assert store.recent(9) == []
        store.close()
    assert len(said) == 1
    assert "history.json was not imported: " in said[0]


def test_a_link_or_a_pipe_in_its_place_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text('[{"error": "of another project"}]')
    for number, make in enumerate((lambda path: path.symlink_to(tmp_path / "secret.json"), os.mkfifo)):
        workspace = tmp_path / str(number)
        (workspace / ".otorepair").mkdir(parents=True)
        make(workspace / ".otorepair" / "history.json")
        said: list[str] = []
        store = Store.open(workspace, say=said.append)
        assert store.recent(9) == []
        assert len(said) == 1
        store.close()


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.just("2024-01-01T00:00:00Z"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=3,
)
NAMES = [
    "id",
    "time",
    "timestamp",
    "command",
    "error",
    "message",
    "error_type",
    "type",
    "file",
    "line",
    "agent",
]
ENTRIES = st.dictionaries(st.sampled_from([*NAMES, "success", "diff", "patch", "summary"]), VALUES)


@given(st.lists(ENTRIES | VALUES, max_size=4))
def test_any_list_is_read(tmp_path_factory: pytest.TempPathFactory, entries: list[object]) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(json.dumps(entries))
    assert len(read_seed(path)) == sum(isinstance(entry, dict) for entry in entries)
