"""``otorepair fix`` on logs as other machines write them."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from tests.support.otorepair import COMMAND

APP = "count = 1\nprint(conut)\n"


def trace(path: str, name: str = "conut", line: int = 2) -> str:
    return (
        f'Traceback (most recent call last):\n  File "{path}", line {line}, in <module>\n    print({name})\n'
        f"          ^^^^^\nNameError: name '{name}' is not defined\n"
    )


def fix(workspace: Path, log: str | bytes, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command on a log from stdin."""
    given = log if isinstance(log, bytes) else log.encode()
    done = subprocess.run(
        [COMMAND, "fix", "-", "--workspace", str(workspace), *options],
        input=given,
        capture_output=True,
        timeout=60,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.parametrize(
    "path",
    [
        "/home/runner/work/shop/shop/app.py",
        "/app/app.py",
        "/build/src/app.py",
        "/builds/ann/shop/./app.py",
        "D:\\a\\shop\\shop\\app.py",
        "app.py",
        "./app.py",
        "shop/app.py",
    ],
)
def test_a_path_of_another_machine_is_found_here(tmp_path, path):
    (tmp_path / "app.py").write_text(APP)
    done = fix(tmp_path, trace(path))
    assert done.returncode == 0, done.stderr
    assert (
        done.stdout
        == "--- a/app.py\n+++ b/app.py\n@@ -1,2 +1,2 @@\n count = 1\n-print(conut)\n+print(count)\n"
    )


def test_a_file_that_lies_deeper_here_is_found_if_there_is_only_one(tmp_path):
    (tmp_path / "backend").mkdir()
    (tmp_path / "backend" / "app.py").write_text(APP)
    assert "+++ b/backend/app.py" in fix(tmp_path, trace("/app/app.py")).stdout
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "app.py").write_text(APP)
    done = fix(tmp_path, trace("/app/app.py"))
    assert done.returncode == 4
    assert done.stdout == ""


@pytest.mark.parametrize(
    "path",
    [
        "/opt/hostedtoolcache/Python/3.11.9/x64/lib/python3.11/app.py",
        "/app/.venv/lib/python3.12/site-packages/app.py",
        "C:\\Python311\\Lib\\app.py",
    ],
)
def test_a_library_of_another_machine_is_not_taken_for_a_file_of_ours(tmp_path, path):
    (tmp_path / "app.py").write_text(APP)
    assert fix(tmp_path, trace(path)).returncode == 4


def test_the_timestamps_of_a_ci_service_do_not_matter(tmp_path):
    (tmp_path / "app.py").write_text(APP)
    lines = trace("/home/runner/work/x/x/app.py").splitlines(keepends=True)
    log = "".join(f"2024-05-01T12:00:0{number}.1234567Z {line}" for number, line in enumerate(lines))
    assert "+print(count)" in fix(tmp_path, log).stdout


def test_a_file_outside_the_workspace_is_said(tmp_path):
    (tmp_path / "app.py").write_text("x = 1\n")
    done = fix(tmp_path, trace("/srv/other/service.py"))
    assert done.returncode == 4
    assert f"/srv/other/service.py is not in {tmp_path}" in done.stderr
    assert "--workspace" in done.stderr


def test_several_failures_of_one_log_are_one_change(tmp_path):
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "tool.py").write_text("total = 2\n\nprint(totla)\n")
    log = trace("/ci/app.py") + "more output\n" + trace("/ci/tool.py", "totla", 3) + trace("/ci/app.py")
    done = fix(tmp_path, log, "--apply")
    assert done.returncode == 0, done.stderr
    assert "+++ b/app.py" in done.stdout
    assert "+++ b/tool.py" in done.stdout
    assert (tmp_path / "app.py").read_text() == "count = 1\nprint(count)\n"
    assert (tmp_path / "tool.py").read_text() == "total = 2\n\nprint(total)\n"


def test_two_failures_in_one_file_are_both_repaired(tmp_path):
    (tmp_path / "app.py").write_text("count = 1\ntotal = 2\nprint(conut)\nprint(totla)\n")
    done = fix(tmp_path, trace("/ci/app.py", "conut", 3) + trace("/ci/app.py", "totla", 4), "--apply")
    assert done.returncode == 0
    assert (tmp_path / "app.py").read_text() == "count = 1\ntotal = 2\nprint(count)\nprint(total)\n"


def test_what_git_takes_is_what_is_printed(tmp_path):
    (tmp_path / "app.py").write_text("count = 1\nprint(conut)")
    done = fix(tmp_path, trace("/ci/app.py"))
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=done.stdout.encode(), check=True)
    assert (tmp_path / "app.py").read_text() == "count = 1\nprint(count)"


@pytest.mark.parametrize(
    ("log", "said"),
    [
        (b"", "no failure in -"),
        (b"all is well\n", "no failure in -"),
        (b"\x7fELF\0\0\1\2", "is not text"),
        (b"\xff\xfe\xff", "no failure in -"),
    ],
)
def test_what_is_no_log_of_a_failure_is_said_in_a_line(tmp_path, log, said):
    done = fix(tmp_path, log)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_log_as_powershell_writes_it_is_read(tmp_path):
    (tmp_path / "app.py").write_text(APP)
    assert (
        "+print(count)" in fix(tmp_path, trace("D:\\x\\app.py").replace("\n", "\r\n").encode("utf-16")).stdout
    )


def test_a_log_that_cannot_be_read_is_said_in_a_line(tmp_path):
    for name in ("missing.log", "."):
        done = subprocess.run(
            [COMMAND, "fix", name], cwd=tmp_path, capture_output=True, text=True, timeout=30
        )
        assert done.returncode == 2
        assert f"cannot read {name}" in done.stderr


def test_a_huge_log_is_read_in_pieces(tmp_path):
    (tmp_path / "app.py").write_text(APP)
    filler = b"INFO request served in 12 ms, nothing to see here\n" * 200_000
    begun = time.monotonic()
    done = fix(tmp_path, filler + trace("/ci/app.py").encode() + filler)
    assert "+print(count)" in done.stdout
    assert time.monotonic() - begun < 30


def test_a_traceback_that_is_cut_between_two_pieces_is_whole(tmp_path):
    (tmp_path / "app.py").write_text(APP)
    for short in (7950, (1 << 20) + 7950):
        filler = (b"x" * 49 + b"\n") * (short // 50)
        assert "+print(count)" in fix(tmp_path, filler + trace("/ci/app.py").encode()).stdout


def test_nothing_is_written_that_the_guard_refuses(tmp_path):
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github" / "app.py").write_text(APP)
    done = fix(tmp_path, trace("/ci/.github/app.py"), "--apply")
    assert done.returncode == 4
    assert "not written" in done.stderr
    assert (tmp_path / ".github" / "app.py").read_text() == APP


def test_a_message_of_the_log_cannot_drive_the_terminal(tmp_path):
    (tmp_path / "app.py").write_text("raise ValueError('x')\n")
    done = fix(
        tmp_path, 'Traceback (most recent call last):\n  File "app.py", line 1\nValueError: a\x1b]0;b\x07c\n'
    )
    assert "\x1b" not in done.stderr


def test_the_listing_has_an_example_of_every_recipe():
    done = subprocess.run([COMMAND, "recipes"], capture_output=True, text=True, timeout=30, check=True)
    entries = done.stdout.partition("\n\n")[0].splitlines()
    assert len(entries) % 2 == 0
    for head, example in zip(entries[::2], entries[1::2], strict=True):
        assert not head.startswith(" ")
        assert len(example.strip()) > 10, head
