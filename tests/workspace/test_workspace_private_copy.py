"""The private copy: what is in it, how it keeps step, and what is read from it afterwards."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from otorepair_like.errors import ApplyError
from otorepair_like.workspace import private_copy as copies
from otorepair_like.workspace.change_set import ChangeKind
from otorepair_like.workspace.private_copy import PrivateCopy
from tests.support.repair_trees import tree_hash, tree_of, write


def git(root: Path, *args: str) -> str:
    env = {"PATH": os.environ["PATH"], "HOME": str(root), "GIT_CONFIG_GLOBAL": "/dev/null"}
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    done = subprocess.run(["git", *who, *args], cwd=root, env=env, check=True, capture_output=True, text=True)
    return done.stdout


def paths(root: Path) -> set[str]:
    return {path for path, (mode, _) in tree_of(root).items() if not os.path.isdir(root / path)}


def test_the_copy_holds_the_workspace_with_contents_and_modes(workspace: Path, private_copy: PrivateCopy):
    assert tree_of(private_copy.sync()) == tree_of(workspace)


def test_the_folder_of_the_copy_is_closed_to_others_and_named_as_the_workspace(
    workspace, private_copy, tmp_path
):
    copy = private_copy.sync()
    assert copy.name == workspace.name
    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700


def test_secrets_are_not_copied_but_examples_are(workspace: Path, private_copy: PrivateCopy):
    secret = [
        ".env",
        ".env.local",
        "deploy/id_rsa",
        "tls/server.pem",
        "secrets.json",
        "prod.env",
        ".netrc",
        "a/secrets.py",
        ".kube/config",
        "x.ovpn",
    ]
    harmless = [".env.example", ".env.sample", "app/tokens.py", "keyboard.py"]
    write(workspace, dict.fromkeys(secret + harmless, b"x"))
    copied = paths(private_copy.sync())
    assert not copied & set(secret)
    assert set(harmless) <= copied


def test_without_git_the_rules_of_gitignore_and_the_usual_folders_are_left_out(workspace, private_copy):
    (workspace / ".gitignore").write_text("*.log\n/build/\n!keep.log\ndocs/**/draft?.md\n")
    left_out = ["a.log", "app/b.log", "build/x", "docs/a/b/draft1.md", "__pycache__/m.pyc", ".git/HEAD"]
    kept = ["keep.log", "app/build/x", "docs/final.md"]
    write(workspace, dict.fromkeys(left_out + kept, b"x"))
    copied = paths(private_copy.sync())
    assert not copied & set(left_out)
    assert set(kept) <= copied


def test_with_git_tracked_and_untracked_files_are_copied_and_ignored_ones_are_not(workspace, private_copy):
    git(workspace, "init", "-q")
    write(workspace, {".gitignore": b"*.log\n", "seen.txt": b"1", "x.log": b"1", "forced.log": b"1"})
    git(workspace, "add", "seen.txt")
    git(workspace, "add", "-f", "forced.log")
    before = tree_hash(workspace / ".git")
    copied = paths(private_copy.sync())
    assert {"seen.txt", "forced.log", "app/main.py", ".gitignore"} <= copied
    assert "x.log" not in copied
    assert not any(path.startswith(".git/") for path in copied)
    assert tree_hash(workspace / ".git") == before


def test_a_workspace_that_its_repository_ignores_is_copied_all_the_same(tmp_path: Path):
    git(tmp_path, "init", "-q")
    write(tmp_path, {".gitignore": b"scratch/\n", "scratch/app.py": b"print(1)\n"})
    shop = PrivateCopy(
        tmp_path / "scratch", Path(os.path.realpath(tmp_path)).parent / f"{tmp_path.name}-home"
    )
    assert "app.py" in paths(shop.sync())
    shop.close()


def test_installed_dependencies_and_large_files_are_linked(workspace, private_copy, monkeypatch):
    monkeypatch.setattr(copies, "LARGE", 1000)
    write(workspace, {"node_modules/a/index.js": b"1", ".venv/bin/x": b"1", "data.bin": bytes(1001)})
    copy = private_copy.sync()
    for name in ("node_modules", ".venv", "data.bin"):
        assert (copy / name).readlink() == workspace / name
    assert not private_copy.changes()


def test_links_inside_are_kept_and_links_out_are_left_out(
    workspace: Path, private_copy: PrivateCopy, tmp_path: Path
):
    (tmp_path / "outside").write_text("private")
    (workspace / "inside").symlink_to("app/main.py")
    (workspace / "out").symlink_to("../outside")
    (workspace / "absolute").symlink_to(workspace / "README.md")
    copy = private_copy.sync()
    assert (copy / "inside").readlink() == Path("app/main.py")
    assert not os.path.lexists(copy / "out")
    assert not os.path.lexists(copy / "absolute")
    assert not private_copy.changes()
    assert private_copy.stray_writes() == ()


def test_a_second_sync_carries_over_only_what_the_user_changed(workspace: Path, private_copy: PrivateCopy):
    copy = private_copy.sync()
    inode = (copy / "README.md").stat().st_ino
    write(workspace, {"app/main.py": b"print(2)\n", "new/one.py": b"1\n"})
    (workspace / "app/util.py").unlink()
    private_copy.sync()
    assert tree_of(copy) == tree_of(workspace)
    assert (copy / "README.md").stat().st_ino == inode
    assert not private_copy.changes()


def test_a_copy_kept_in_step_for_nobody_follows_every_kind_of_edit(
    workspace: Path, private_copy: PrivateCopy
):
    private_copy.refresh()
    (workspace / "app/main.py").write_text("edited = 1\n")
    (workspace / "app/util.py").unlink()
    (workspace / "README.md").unlink()
    (workspace / "README.md").mkdir()
    (workspace / "README.md/inside.txt").write_text("a folder now\n")
    (workspace / "run.sh").chmod(0o644)
    private_copy.refresh()
    copy = private_copy.sync()
    assert tree_of(copy) == tree_of(workspace)
    assert not private_copy.changes()


def test_a_large_workspace_is_not_copied_beforehand(workspace: Path, private_copy: PrivateCopy):
    (workspace / "data.bin").write_bytes(b"x" * 5000)
    assert not private_copy.refresh(most=4000)
    assert not any(private_copy.root.iterdir())
    assert private_copy.refresh(most=8000)
    assert (private_copy.root / "data.bin").exists()


def test_what_is_written_into_a_copy_that_nobody_was_handed_shows_as_a_change(workspace, private_copy):
    private_copy.refresh()
    (private_copy.root / "app/main.py").write_text("planted = 1\n")
    private_copy.sync()
    assert private_copy.changes().paths == ("app/main.py",)


def test_a_sync_undoes_what_an_agent_left_in_the_copy(workspace: Path, private_copy: PrivateCopy):
    copy = private_copy.sync()
    write(copy, {"app/main.py": b"broken", "junk/deep/x": b"1", "__pycache__/a.pyc": b"1"})
    (copy / "README.md").unlink()
    (copy / "app/util.py").unlink()
    (copy / "app/util.py").mkdir()
    (copy / "run.sh").chmod(0o644)
    private_copy.sync()
    assert tree_of(copy) == tree_of(workspace)


def test_a_folder_swapped_for_a_link_does_not_lead_the_next_sync_out(workspace, private_copy, tmp_path):
    copy = private_copy.sync()
    elsewhere = tmp_path / "elsewhere"
    write(elsewhere, {"main.py": b"theirs"})
    for name in ("main.py", "util.py"):
        (copy / "app" / name).unlink()
    (copy / "app").rmdir()
    (copy / "app").symlink_to(elsewhere)
    (workspace / "app/main.py").write_text("changed")
    private_copy.sync()
    assert (elsewhere / "main.py").read_bytes() == b"theirs"
    assert tree_of(copy) == tree_of(workspace)


def test_every_kind_of_change_is_read_from_the_disk(workspace: Path, private_copy: PrivateCopy):
    copy = private_copy.sync()
    write(copy, {"app/main.py": b"import os\n\nport = 1\nprint(port)\n", "app/new.py": b"x = 1\n"})
    (copy / "app/util.py").unlink()
    (copy / "run.sh").chmod(0o644)
    changes = private_copy.changes()
    kinds = {change.path: change.kind for change in changes.files}
    assert kinds == {
        "app/main.py": ChangeKind.MODIFIED,
        "app/new.py": ChangeKind.CREATED,
        "app/util.py": ChangeKind.DELETED,
        "run.sh": ChangeKind.MODE,
    }
    assert (changes.added, changes.removed) == (2, 3)
    assert "--- a/app/main.py\n+++ b/app/main.py\n" in changes.diff()
    assert '-port = os.environ["PORT"]\n+port = 1\n' in changes.diff()


def test_a_change_of_the_same_size_in_the_same_tick_is_seen(workspace: Path, private_copy: PrivateCopy):
    for _ in range(20):
        copy = private_copy.sync()
        (copy / "README.md").write_text("# PROJECT\n")
        assert private_copy.changes().paths == ("README.md",)
        (workspace / "app/util.py").write_text("def double(n):\n    return n * 3\n")
        assert (private_copy.sync() / "app/util.py").read_text().endswith("3\n")
        (workspace / "app/util.py").write_text("def double(n):\n    return n * 2\n")


def test_caches_and_ignored_files_that_appear_in_the_copy_are_no_change(workspace, private_copy):
    git(workspace, "init", "-q")
    (workspace / ".gitignore").write_text("*.log\n")
    copy = private_copy.sync()
    write(
        copy,
        {"app/__pycache__/m.pyc": b"1", "run.log": b"1", ".pytest_cache/x": b"1", "node_modules/a": b"1"},
    )
    assert not private_copy.changes()


def test_what_the_user_wrote_since_is_a_stray_and_not_a_change(workspace: Path, private_copy: PrivateCopy):
    write(workspace, {".env": b"KEY=1\n", "node_modules/a/index.js": b"1", ".git/hooks/pre-commit": b"1"})
    private_copy.sync()
    assert private_copy.stray_writes() == ()
    write(
        workspace,
        {
            "README.md": b"mine\n",
            "added.py": b"1\n",
            ".env": b"KEY=2\n",
            "node_modules/a/index.js": b"2",
            ".git/hooks/pre-commit": b"2",
        },
    )
    (workspace / "app/util.py").unlink()
    assert private_copy.stray_writes() == (
        ".env",
        ".git/hooks/pre-commit",
        "README.md",
        "added.py",
        "app/util.py",
        "node_modules/a/index.js",
    )
    assert not private_copy.changes()


def test_a_tampered_record_of_the_workspace_is_noticed(workspace, private_copy, tmp_path):
    copy = private_copy.sync()
    for blob in (tmp_path / "home/base").iterdir():
        blob.write_bytes(b"assert True\n")
    (copy / "README.md").write_text("x")
    with pytest.raises(ApplyError, match="tampered"):
        private_copy.changes()


def test_a_pipe_in_the_copy_blocks_nothing(workspace: Path, private_copy: PrivateCopy):
    copy = private_copy.sync()
    (copy / "README.md").unlink()
    os.mkfifo(copy / "README.md")
    (change,) = private_copy.changes().files
    assert not change.regular
    private_copy.sync()
    assert tree_of(copy) == tree_of(workspace)


def test_a_home_inside_the_workspace_is_refused(workspace: Path):
    with pytest.raises(ApplyError, match="private copy"):
        PrivateCopy(workspace, workspace / ".cache" / "home")


def test_closing_removes_everything_of_ours(workspace: Path, private_copy: PrivateCopy, tmp_path: Path):
    copy = private_copy.sync()
    (copy / "app").chmod(0o500)
    private_copy.close()
    assert not (tmp_path / "home").exists()
    assert (workspace / "app/main.py").exists()
