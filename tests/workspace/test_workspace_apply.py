"""Applying and taking back: what is in the tree afterwards, whatever happens in between."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otorepair_like.errors import ApplyError
from otorepair_like.trust.seal import seal
from otorepair_like.workspace import journal as journals
from otorepair_like.workspace import transaction as transactions
from otorepair_like.workspace import undo
from otorepair_like.workspace.apply import apply, make_folders, recover
from otorepair_like.workspace.change_set import ChangeSet, FileChange
from otorepair_like.workspace.journal import locked
from otorepair_like.workspace.private_copy import PrivateCopy
from tests.support.repair_trees import tree_hash, tree_of, write

MAIN = "app/main.py"
FILE = stat.S_IFREG | 0o644


def created(path: str, content: bytes = b"1\n", mode: int = FILE) -> FileChange:
    return FileChange(path, None, content, None, mode)


def edited(workspace: Path, path: str, after: bytes | None) -> FileChange:
    mode = (workspace / path).lstat().st_mode
    return FileChange(path, (workspace / path).read_bytes(), after, mode, None if after is None else mode)


def some_changes(workspace: Path) -> ChangeSet:
    return ChangeSet.of(
        [
            edited(workspace, MAIN, b"port = 1\n"),
            edited(workspace, "app/util.py", None),
            edited(workspace, "run.sh", b"#!/bin/sh\nexit 0\n"),
            created("app/deep/er/new.py", b"x = 1\n"),
            created("tool", b"#!/bin/sh\n", stat.S_IFREG | 0o755),
        ]
    )


def test_a_change_set_is_applied_with_modes_and_taken_back_byte_for_byte(workspace, journal):
    before = tree_hash(workspace)
    applied = apply(some_changes(workspace), workspace, journal)
    assert (workspace / MAIN).read_bytes() == b"port = 1\n"
    assert not (workspace / "app/util.py").exists()
    assert (workspace / "app/deep/er/new.py").read_bytes() == b"x = 1\n"
    assert (workspace / "run.sh").stat().st_mode & 0o777 == 0o755
    assert (workspace / "tool").stat().st_mode & 0o777 == 0o755
    assert sorted(path.name for path in journal.parent.iterdir()) == ["journal.json.lock"]
    assert applied.take_back() == ()
    assert tree_hash(workspace) == before
    assert sorted(path.name for path in journal.parent.iterdir()) == ["journal.json.lock"]


def test_no_bytecode_outlives_a_change_that_keeps_the_size_within_the_second(workspace, journal):
    (workspace / "module.py").write_text("print('frist')\n")

    def run() -> str:
        environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        command = [sys.executable, "-c", "import module"]
        done = subprocess.run(command, cwd=workspace, env=environ, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    assert run() == "frist"
    applied = apply(ChangeSet.of([edited(workspace, "module.py", b"print('first')\n")]), workspace, journal)
    assert run() == "first"
    assert applied.take_back() == ()
    assert run() == "frist"
    assert list(workspace.glob("__pycache__/module.*.pyc"))  # or nothing was shown


def test_a_file_the_user_changed_elsewhere_is_merged_and_keeps_their_edit_when_taken_back(workspace, journal):
    changes = ChangeSet.of([edited(workspace, MAIN, b"import os\n\nport = 1\nprint(port)\n")])
    mine = b"# mine\n" + (workspace / MAIN).read_bytes()
    (workspace / MAIN).write_bytes(mine)
    applied = apply(changes, workspace, journal)
    assert (workspace / MAIN).read_bytes() == b"# mine\nimport os\n\nport = 1\nprint(port)\n"
    (workspace / MAIN).write_bytes((workspace / MAIN).read_bytes() + b"print('later')\n")
    assert applied.take_back() == (MAIN,) or (workspace / MAIN).read_bytes() == mine + b"print('later')\n"


def test_an_edit_of_the_same_lines_refuses_the_whole_change_set(workspace: Path, journal: Path):
    changes = some_changes(workspace)
    (workspace / MAIN).write_text("import os\nport = 7\n")
    before = tree_hash(workspace)
    with pytest.raises(ApplyError, match=MAIN):
        apply(changes, workspace, journal)
    assert tree_hash(workspace) == before


@pytest.mark.parametrize("meanwhile", ["deleted", "other content", "a folder", "a link"])
def test_a_file_replaced_by_something_else_refuses(workspace, journal, meanwhile):
    changes = some_changes(workspace)
    (workspace / MAIN).unlink()
    if meanwhile == "other content":
        (workspace / MAIN).write_text("different\n")
    elif meanwhile == "a folder":
        (workspace / MAIN).mkdir()
    elif meanwhile == "a link":
        (workspace / MAIN).symlink_to("util.py")
    before = tree_hash(workspace)
    with pytest.raises(ApplyError):
        apply(changes, workspace, journal)
    assert tree_hash(workspace) == before


def test_a_new_file_that_exists_meanwhile_refuses(workspace: Path, journal: Path):
    write(workspace, {"app/deep/er/new.py": b"mine\n"})
    with pytest.raises(ApplyError, match=r"new\.py"):
        apply(some_changes(workspace), workspace, journal)
    assert (workspace / "app/deep/er/new.py").read_bytes() == b"mine\n"


def test_taking_back_leaves_a_file_alone_whose_lines_the_user_changed_since(workspace, journal):
    applied = apply(some_changes(workspace), workspace, journal)
    (workspace / MAIN).write_bytes(b"port = 2\n")
    (workspace / "app/deep/er/new.py").write_bytes(b"x = 2\n")
    assert applied.take_back() == ("app/deep/er/new.py", MAIN)
    assert (workspace / MAIN).read_bytes() == b"port = 2\n"
    assert (workspace / "app/deep/er/new.py").read_bytes() == b"x = 2\n"
    assert (workspace / "app/util.py").exists()
    assert not (workspace / "tool").exists()


def test_taking_back_keeps_a_folder_in_which_the_user_made_a_file(workspace: Path, journal: Path):
    applied = apply(some_changes(workspace), workspace, journal)
    write(workspace, {"app/deep/mine.py": b"1"})
    applied.take_back()
    assert (workspace / "app/deep/mine.py").exists()
    assert not (workspace / "app/deep/er").exists()


def test_a_folder_swapped_for_a_link_is_not_followed(workspace: Path, journal: Path, tmp_path: Path):
    changes = ChangeSet.of([edited(workspace, MAIN, b"port = 1\n")])
    (workspace / "app").rename(tmp_path / "elsewhere")
    (workspace / "app").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ApplyError):
        apply(changes, workspace, journal)
    assert b"environ" in (tmp_path / "elsewhere/main.py").read_bytes()
    assert not journal.exists()


def test_a_full_disk_or_a_refused_write_leaves_the_tree_as_it_was(workspace, journal, monkeypatch):
    before = tree_hash(workspace)
    real = transactions._expect
    calls = []

    def failing(*args, **kwargs):
        calls.append(args)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")
        return real(*args, **kwargs)

    changes = some_changes(workspace)
    with monkeypatch.context() as patch:
        patch.setattr(transactions, "_expect", failing)
        with pytest.raises(ApplyError, match="No space left on device; nothing was changed"):
            apply(changes, workspace, journal)
    assert tree_hash(workspace) == before
    assert not journal.exists()


def test_while_another_otorepair_writes_nothing_is_applied_or_recovered(workspace, journal):
    with locked(journal) as free:
        assert free
        journal.write_text("{}")
        with pytest.raises(ApplyError, match="another otorepair"):
            apply(some_changes(workspace), workspace, journal)
        assert recover(workspace, journal) is None


def test_nothing_to_recover_is_silence(workspace: Path, journal: Path):
    assert recover(workspace, journal) is None
    assert not journal.parent.exists()


@pytest.mark.parametrize(
    "content", ["half a jour", '{"changes": 3}', "[" * 100_000, "null", '{"body": 1, "seal": 2}']
)
def test_a_journal_that_is_none_of_ours_is_named_and_set_aside(workspace: Path, journal: Path, content: str):
    journal.parent.mkdir()
    journal.write_text(content)
    told = recover(workspace, journal) or ""
    assert "was not written by your otorepair" in told
    assert not journal.exists()
    assert Path(told.rpartition(" ")[2]).read_text() == content
    apply(some_changes(workspace), workspace, journal)


def test_a_journal_of_another_folder_is_not_believed(workspace: Path, journal: Path, tmp_path: Path):
    change = FileChange("new.txt", None, b"x", None, FILE)
    elsewhere = tmp_path / "elsewhere" / ".otorepair" / "journal.json"
    elsewhere.parent.mkdir(parents=True)
    journals.write(elsewhere, journals.Entry(ChangeSet((change,)), back=True, folders=(), scratch=()))
    assert journals.read(elsewhere) is not None
    journal.parent.mkdir()
    journal.write_bytes(elsewhere.read_bytes())
    assert "set aside" in (recover(workspace, journal) or "")
    assert not (workspace / "new.txt").exists()


TREES = st.dictionaries(
    st.sampled_from(["a.py", "b.txt", "d/c.py", "d/e/f.py", "g/h"]),
    st.lists(st.sampled_from([b"1\n", b"2\n", b"3\n", b"x", b"\0"]), max_size=6).map(b"".join),
)


@settings(max_examples=150, deadline=None)
@given(start=TREES, agent=TREES, user=TREES)
def test_apply_and_take_back_restore_exactly_the_users_tree(start, agent, user):
    with tempfile.TemporaryDirectory() as folder:
        root, home, journal = Path(folder, "w"), Path(folder, "home"), Path(folder, "w/.otorepair/j")
        write(root, start)
        root.mkdir(exist_ok=True)
        shop = PrivateCopy(root, home)
        copy = shop.sync()
        for path in start.keys() - agent.keys():
            (copy / path).unlink()
        write(copy, agent)
        changes = shop.changes()
        assert {c.path for c in changes.files} == {p for p in start | agent if start.get(p) != agent.get(p)}
        write(root, user)
        mine = tree_of(root)
        try:
            applied = apply(changes, root, journal)
        except ApplyError:
            assert tree_of(root) == mine
            return
        finally:
            shop.close()
        assert applied.take_back() == ()
        assert tree_of(root) == mine


@pytest.mark.parametrize(
    "wrong",
    [
        {"changes": "../outside.txt"},
        {"changes": ".git/hooks/post-checkout"},
        {"changes": "app/.GIT/config"},
        {"folders": ["../outside"]},
        {"scratch": ["../outside.txt"]},
    ],
    ids=str,
)
@pytest.mark.parametrize("sealed", [False, True])
def test_a_journal_that_a_repository_brings_along_reaches_nothing_outside(
    workspace: Path, journal: Path, wrong: dict[str, Any], sealed: bool
):
    outside = workspace.parent / "outside.txt"
    outside.write_text("mine")
    path = wrong.get("changes", "app/x.py")
    made = FileChange("app/x.py", b"mine", None, FILE, None)
    entry = {"changes": ChangeSet((made,)).to_json(), "back": True, "folders": [], "scratch": [], **wrong}
    entry["changes"] = [{**ChangeSet((made,)).to_json()[0], "path": path}]
    entry["scratch"] = [str(workspace / name) for name in entry["scratch"]]
    journal.parent.mkdir(exist_ok=True)
    body = json.dumps(entry)
    if sealed:  # as if our key had leaked
        body = json.dumps({"body": body, "seal": seal("journal", journal.parent, body.encode())})
    journal.write_text(body)
    before = tree_hash(workspace)
    recover(workspace, journal)
    assert outside.read_text() == "mine"
    assert tree_hash(workspace) == before


# --- the moment between the last look and the rename --------------------------------------------------------------


def editor(path: Path, how: str) -> None:
    """Save as editors do: in place, or beside it and renamed."""
    if how == "in place":
        with path.open("ab") as file:
            file.write(b"mine\n")
        return
    path.with_name("draft").write_bytes(path.read_bytes() + b"mine\n")
    path.with_name("draft").rename(path)


@pytest.mark.parametrize("how", ["in place", "renamed"])
@pytest.mark.parametrize("exchange_works", [True, False])
@pytest.mark.parametrize("after", [b"repaired\n", None])
def test_a_save_between_the_last_look_and_the_rename_survives(
    workspace: Path,
    journal: Path,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
    exchange_works: bool,
    after: bytes | None,
) -> None:
    if not exchange_works:
        if how == "renamed" and after is not None:
            return  # what a plain rename displaces has no name left; that is why two files are exchanged
        monkeypatch.setattr(transactions, "exchange", lambda *_: False)
    look = transactions._expect

    def look_then_save(change: FileChange, name: str, folder: int) -> None:
        look(change, name, folder)
        editor(workspace / MAIN, how)

    monkeypatch.setattr(transactions, "_expect", look_then_save)
    before = (workspace / MAIN).read_bytes()
    change = FileChange(MAIN, before, after, FILE, None if after is None else FILE)
    with pytest.raises(ApplyError, match="being changed at the same moment"):
        apply(ChangeSet((change,)), workspace, journal)
    assert (workspace / MAIN).read_bytes() == before + b"mine\n"
    assert not journal.exists()


def test_a_file_that_appears_between_the_last_look_and_the_rename_stays(
    workspace: Path, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = transactions._expect

    def look_then_save(change: FileChange, name: str, folder: int) -> None:
        look(change, name, folder)
        (workspace / "new.py").write_text("mine")

    monkeypatch.setattr(transactions, "_expect", look_then_save)
    with pytest.raises(ApplyError):
        apply(ChangeSet((FileChange("new.py", None, b"ours", None, FILE),)), workspace, journal)
    assert (workspace / "new.py").read_text() == "mine"


def test_what_is_written_through_an_open_file_while_others_are_renamed_survives(
    workspace: Path, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (workspace / MAIN).read_bytes()
    end = transactions.Transaction._end
    with (workspace / MAIN).open("ab") as file:

        def write_then_end(transaction: transactions.Transaction) -> None:
            file.write(b"mine\n")
            file.flush()
            end(transaction)

        monkeypatch.setattr(transactions.Transaction, "_end", write_then_end)
        with pytest.raises(ApplyError, match="being changed at the same moment"):
            apply(ChangeSet((FileChange(MAIN, before, b"repaired\n", FILE, FILE),)), workspace, journal)
    assert (workspace / MAIN).read_bytes() == before + b"mine\n"


def test_what_was_saved_into_a_displaced_file_before_a_kill_is_kept_and_named(
    workspace: Path, journal: Path
) -> None:
    before = (workspace / MAIN).read_bytes()
    journal.parent.mkdir()
    scratch = f"{journal}.scratch/.otorepair-0123456789ab"
    Path(scratch).parent.mkdir()
    Path(scratch).write_bytes(before + b"mine\n")
    changes = ChangeSet((FileChange(MAIN, before, b"repaired\n", FILE, FILE),))
    journals.write(journal, journals.Entry(changes, back=False, folders=(), scratch=(scratch,)))
    told = recover(workspace, journal) or ""
    assert "what you saved meanwhile is in" in told
    assert Path(told.rpartition(" ")[2]).read_bytes() == before + b"mine\n"


def test_a_removed_workspace_is_not_made_again(workspace: Path, journal: Path) -> None:
    applied = apply(some_changes(workspace), workspace, journal)
    shutil.rmtree(workspace)
    with pytest.raises(ApplyError):
        applied.take_back()
    with pytest.raises(ApplyError):
        apply(ChangeSet((FileChange("new.py", None, b"x", None, FILE),)), workspace, journal)
    assert not workspace.exists()


def test_folders_alone_are_a_change_that_is_undone(workspace: Path, journal: Path) -> None:
    before = tree_hash(workspace)
    applied = make_folders(("data", "data/cache"), workspace, journal)
    assert applied.folders == ("data", "data/cache")
    assert (workspace / "data/cache").is_dir()
    undo.undo(applied.changes, workspace, journal, applied.folders)
    assert tree_hash(workspace) == before
    assert not (workspace / "data").exists()
    with pytest.raises(ApplyError, match="undone already"):
        undo.undo(applied.changes, workspace, journal, applied.folders)
