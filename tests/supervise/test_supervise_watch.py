"""One edit is one change, whatever way the editor writes; what is ignored or the same is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from otorepair_like.supervise.mailbox import Mailbox
from otorepair_like.supervise.messages import Changed, Watching
from otorepair_like.supervise.watch.tracked_files import Files
from otorepair_like.supervise.watch.watch import Watch
from tests.support.supervise import until


class Project:
    """A watched folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mailbox = Mailbox()
        self.seen: list[Watching | Changed] = []
        self.watch: Watch | None = None

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def start(
        self, *paths: str, ignore: tuple[str, ...] = (), poll: bool = False, quiet: float = 0.05
    ) -> Watching:
        watched = [str(self.folder / path) for path in paths or (".",)]
        self.watch = Watch(watched, self.mailbox, ignore=ignore, quiet=quiet, poll=poll)
        until(self._collect, "the armed watch")
        (watching,) = self.seen
        assert isinstance(watching, Watching)
        return watching

    def _collect(self) -> int:
        self.seen += [m for m in self.mailbox.drain() if isinstance(m, Watching | Changed)]
        return len(self.seen)

    def changes(self, last: str) -> list[set[str]]:
        """Names of the changed files, one set a message, until ``last`` was among them."""

        def names() -> list[set[str]]:
            self._collect()
            found = [m.paths for m in self.seen if isinstance(m, Changed)]
            return [{os.path.relpath(path, self.folder) for path in paths} for paths in found]

        until(lambda: any(last in changed for changed in names()), f"change of {last}")
        return names()

    def all_changes(self, *awaited: str) -> list[set[str]]:
        """All changes, certainly all: once ``awaited`` are there, an edit that must be seen closes the list."""
        for name in awaited:
            self.changes(name)
        self.write("last.py", "last")
        changes = self.changes("last.py")
        assert changes[-1] == {"last.py"}
        return changes[:-1]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    project = Project(tmp_path / "project")
    project.folder.mkdir()
    project.write("app.py", "one\n" * 100)
    yield project
    if project.watch:
        project.watch.close()


def append(path: Path) -> None:
    with path.open("a") as file:
        file.write("more\n")


def vim(path: Path) -> None:
    (path.parent / "4913").touch()
    (path.parent / "4913").unlink()
    path.rename(f"{path}~")
    path.write_text("edited by vim")
    Path(f"{path}~").unlink()


def replace(path: Path) -> None:
    new = path.with_name(".app.py.tmp123")
    new.write_text("replaced")
    new.replace(path)


def truncate_then_write(path: Path) -> None:
    with path.open("w") as file:
        file.flush()
        time.sleep(0.12)
        file.write("written late")


@pytest.mark.parametrize("poll", [False, True], ids=["kernel", "poll"])
@pytest.mark.parametrize("edit", [append, vim, replace, truncate_then_write])
def test_an_edit_is_one_change(project: Project, edit: Callable[[Path], None], poll: bool) -> None:
    project.start(poll=poll, quiet=0.15)
    edit(project.folder / "app.py")
    assert project.all_changes("app.py") == [{"app.py"}]


def test_a_checkout_of_five_hundred_files_is_one_change(project: Project) -> None:
    project.start(quiet=0.15)
    for n in range(500):
        project.write(f"package{n % 10}/deep/module{n}.py", str(n))
    (changed,) = project.all_changes("package9/deep/module499.py")
    assert len(changed) == 500


def test_the_same_content_is_no_change(project: Project) -> None:
    project.start()
    app = project.folder / "app.py"
    os.utime(app)
    app.write_text(app.read_text())
    assert project.all_changes() == []


def test_files_in_a_folder_made_later_are_watched(project: Project) -> None:
    project.start()
    project.write("new/inner/a.py", "a")
    project.changes("new/inner/a.py")
    project.write("new/inner/a.py", "b")
    until(lambda: len(project.changes("new/inner/a.py")) == 2, "the second change")
    shutil.rmtree(project.folder / "new")
    until(lambda: len(project.changes("new/inner/a.py")) == 3, "the removal")


def test_a_folder_that_is_moved_in_is_watched(project: Project) -> None:
    staging = project.folder.parent / "staging"
    (staging / "deep").mkdir(parents=True)
    (staging / "deep" / "a.py").write_text("a")
    project.start()
    staging.rename(project.folder / "moved")
    project.changes("moved/deep/a.py")
    project.write("moved/deep/a.py", "b")
    until(lambda: len(project.changes("moved/deep/a.py")) == 2, "the second change")


@pytest.mark.parametrize("poll", [False, True], ids=["kernel", "poll"])
def test_a_watched_folder_that_is_removed_and_made_again_is_watched_again(
    project: Project, poll: bool
) -> None:
    project.start(poll=poll)
    shutil.rmtree(project.folder)
    project.changes("app.py")
    project.write("new/a.py", "a")
    project.changes("new/a.py")
    project.write("new/a.py", "b")
    until(lambda: len(project.changes("new/a.py")) == 3, "the second change")


def test_ignored_folders_are_not_even_registered(project: Project) -> None:
    project.write(".gitignore", "build/\n*.tmp\n!keep.tmp\n")
    for n in range(50):
        project.write(f"node_modules/package{n}/index.js", "x")
        project.write(f"build/{n}/out.js", "x")
    project.write(".otorepair/otorepair.db", "x")
    project.write("src/.gitignore", "generated.py\n")
    watching = project.start(ignore=("*.md",))
    assert watching.folders == 2  # the top and src
    for name in ("build/1/out.js", "a.tmp", "src/generated.py", "README.md", ".otorepair/x", "app.log"):
        project.write(name, "changed")
    project.write("keep.tmp", "changed")
    assert project.all_changes("keep.tmp") == [{"keep.tmp"}]


def test_a_gitignore_edited_meanwhile_counts_from_then_on(project: Project) -> None:
    project.write("build/out.js", "x")
    project.start()
    project.write(".gitignore", "build/\n")
    project.changes(".gitignore")
    project.write("build/out.js", "changed")
    assert {"build/out.js"} not in project.all_changes()
    project.write(".gitignore", "")
    until(lambda: project.changes(".gitignore")[-1] >= {".gitignore"}, "the second edit of the rules")
    project.write("build/out.js", "changed again")
    project.changes("build/out.js")


def test_a_folder_that_cannot_be_read_is_left_out(project: Project) -> None:
    project.write("secret/inner.py", "x")
    project.write("src/a.py", "x")
    locked = project.folder / "secret"
    locked.chmod(0)
    try:
        readable = os.access(locked, os.R_OK)  # root may
        watching = project.start()
        assert (watching.folders, watching.polling) == (3 if readable else 2, "")
        project.write("src/a.py", "changed")
        assert project.all_changes("src/a.py") == [{"src/a.py"}]
    finally:
        locked.chmod(0o755)


def test_a_single_file_can_be_watched(project: Project) -> None:
    project.start("app.py", "last.py")
    project.write("other.py", "other")
    append(project.folder / "app.py")
    assert project.all_changes("app.py") == [{"app.py"}]


def test_our_own_changes_are_accepted(project: Project) -> None:
    project.start()
    assert project.watch
    append(project.folder / "app.py")
    project.watch.accept()
    assert project.all_changes() == []


def test_the_rules_are_those_of_git(tmp_path: Path) -> None:
    patterns = "*.o\n/top\n!keep.o\ndoc/*.txt\na/**/z\n**/deep\ntrail/\n\\#odd\n[ab]?.c\n"
    names = [
        "x.o",
        "keep.o",
        "sub/x.o",
        "sub/keep.o",
        "top",
        "sub/top",
        "doc/a.txt",
        "doc/sub/b.txt",
        "a/z",
        "a/b/c/z",
        "s/deep/f",
        "deep2",
        "trail/f",
        "sub/trail/f",
        "#odd",
        "ax.c",
        "cx.c",
        "sub/only.py",
        "sub/again.py",
    ]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / ".gitignore").write_text(patterns)
    (tmp_path / "sub" / ".gitignore").write_text("*.py\n!again.py\n")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    files = Files([str(tmp_path)], [])
    assert {os.path.relpath(path, tmp_path) for path in files.scan()} == set(listed.stdout.split())
