"""What the system refuses is a sentence, and what cannot be done one way is done another; nothing ends silently."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.otorepair import COMMAND, Run, running
from tests.support.supervise import until

SHOW = ["--backend", "none", "--watch", "src", "cat src/word.txt; exec sleep 60"]


def in_shell(line: str, workspace: Path, home: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "HOME": str(home)}
    return subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=workspace,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


@pytest.fixture
def source(workspace: Path) -> Path:
    (workspace / "src").mkdir()
    (workspace / "src" / "word.txt").write_text("one\n")
    return workspace / "src"


def watched(run: Run) -> None:
    run.shows("files in .* are watched|are polled for changes")


@pytest.mark.parametrize("name", [b"caf\xe9.txt", b"caf\xe9/inner.txt"])
@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_a_name_that_is_not_utf_8_does_not_end_the_watching(
    when: str, name: bytes, source: Path, workspace: Path, home: Path
) -> None:
    path = os.path.join(os.fsencode(source), name)

    def make() -> None:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        Path(os.fsdecode(path)).touch()

    if when == "before":
        make()
    with running(["-vv", *SHOW], workspace, home) as run:
        run.prints("one")
        watched(run)
        if when == "meanwhile":
            make()
            run.shows("changed: |are polled for changes")
        (source / "word.txt").write_text("two\n")
        run.prints("two")
        assert "Traceback" not in run.err.text


def test_a_name_that_is_not_utf_8_does_not_stop_a_repair(workspace: Path, home: Path) -> None:
    Path(os.fsdecode(os.path.join(os.fsencode(workspace), b"caf\xe9.txt"))).write_text("x")
    (workspace / "app.py").write_text("import os\nprint('port', os.environ['PORT'])\n")
    with running(["--backend", "recipes", "--json", "python app.py"], workspace, home) as run:
        assert run.wait() == 0
        assert run.verdicts() == ["verified"]


def test_a_read_only_source_is_repaired_and_stays_read_only(workspace: Path, home: Path) -> None:
    app = workspace / "app.py"
    app.write_text("import os\nprint('port', os.environ['PORT'])\n")
    app.chmod(0o444)
    agent = home / "agent"
    agent.write_text(
        "#!/bin/sh\ntest -w app.py && sed -i 's/environ.*]/environ.get(\"PORT\", 8000)/' app.py\n"
    )
    agent.chmod(0o755)
    command = [
        "--backend",
        "command",
        "--agent-command",
        str(agent),
        "--allow",
        "read-only",
        "--json",
        "python app.py",
    ]
    with running(command, workspace, home) as run:
        assert run.wait() == 0
        assert run.verdicts() == ["verified"]
    assert app.stat().st_mode & 0o777 == 0o444


def test_a_full_disk_below_stdout_is_said(workspace: Path, home: Path) -> None:
    line = f"{COMMAND} --backend none -- {sys.executable} -c 'print(1)' > /dev/full"
    done = in_shell(line, workspace, home)
    assert done.returncode not in (0, 3)
    assert "cannot be written (stdout): No space left on device" in done.stderr
    assert "defect" not in done.stderr


@pytest.mark.parametrize("limit", [14, 16, 18, 20, 30])
def test_with_few_descriptors_it_runs_or_says_what_to_raise(limit: int, workspace: Path, home: Path) -> None:
    bare = shlex.join([sys.executable, "-c", "print('fine')"])
    done = in_shell(f"ulimit -n {limit}; {COMMAND} --backend none -- {bare}", workspace, home)
    assert (done.returncode, done.stdout) == (0, "fine\n") or "raise the limit of open files" in done.stderr
    assert "defect" not in done.stderr
    assert limit < 16 or done.returncode == 0


@pytest.mark.parametrize("options", [[], ["--poll"]])
def test_a_link_that_is_pointed_elsewhere_is_a_change(
    options: list[str], workspace: Path, home: Path
) -> None:
    for name, word in (("1", "one"), ("2", "two")):
        (workspace / "releases" / name).mkdir(parents=True)
        (workspace / "releases" / name / "word.txt").write_text(f"{word}\n")
    (workspace / "current").symlink_to("releases/1")
    show = ["--backend", "none", "-vv", *options, "--watch", "current", "cat current/word.txt; exec sleep 60"]
    with running(show, workspace, home) as run:
        run.prints("one")
        watched(run)
        (workspace / "next").symlink_to("releases/2")
        (workspace / "next").rename(workspace / "current")
        run.prints("two")
        (workspace / "releases" / "2" / "word.txt").write_text("three\n")
        run.prints("three")


def test_folders_behind_links_are_watched_once_also_in_a_circle(
    source: Path, workspace: Path, home: Path, tmp_path: Path
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "word.txt").write_text("far\n")
    (shared / "back").symlink_to(source)
    (shared / "self").symlink_to(shared)
    for name in ("linked", "again"):
        (source / name).symlink_to(shared)
    command = ["--backend", "none", "-vv", "--watch", "src", "cat src/linked/word.txt; exec sleep 60"]
    with running(command, workspace, home) as run:
        run.prints("far")
        watched(run)
        (shared / "word.txt").write_text("farther\n")
        run.prints("farther")
        (source / "word.txt").write_text("three\n")
        until(lambda: run.out.text.count("farther") == 2, "one more start")
    assert run.out.text.count("far\n") == 1


def test_a_mounted_configuration_that_is_replaced_as_a_whole_is_a_change(workspace: Path, home: Path) -> None:
    """As Kubernetes does it: ``..data`` leads to a folder of its own each time, the files lead through it."""
    mounted = workspace / "config"
    for name, word in (("..1", "old"), ("..2", "new")):
        (mounted / name).mkdir(parents=True)
        (mounted / name / "app.yml").write_text(f"{word}\n")
    (mounted / "..data").symlink_to("..1")
    (mounted / "app.yml").symlink_to("..data/app.yml")
    show = ["--backend", "none", "-vv", "--watch", "config", "cat config/app.yml; exec sleep 60"]
    with running(show, workspace, home) as run:
        run.prints("old")
        watched(run)
        (mounted / "..tmp").symlink_to("..2")
        (mounted / "..tmp").rename(mounted / "..data")
        run.prints("new")
