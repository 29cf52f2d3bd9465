"""The history keeps attempts, finds them again and survives damage."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from otorepair_like.attempt import Attempt, Verdict
from otorepair_like.errors import StoreError
from otorepair_like.incident import Incident
from otorepair_like.memory.store import Store

Make = Callable[..., Attempt]
ROOT = Path(__file__).parents[2]

ADD_FIFTY = """
import sys
from pathlib import Path
from otorepair_like.attempt import Attempt, Verdict
from otorepair_like.memory.store import Store
print("ready", flush=True)
sys.stdin.readline()
store = Store.open(Path(sys.argv[1]))
for number in range(50):
    print(number, flush=True)
    store.add(Attempt(f"{sys.argv[2]}{number}", float(number), "command", "f", "l", "T", "m", "x.py", 1,
                      "recipes", "", Verdict.VERIFIED, "reason", "diff", 1.0))
store.close()
"""


def other(code: str, *arguments: str | Path) -> subprocess.Popen[str]:
    """Start another Python process with the package."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(tmp_path)
    yield store
    store.close()


def test_what_is_added_is_found_again_as_it_was(store: Store, attempt: Make, tmp_path: Path) -> None:
    first = attempt(id="aaaaaa", time=1.0)
    second = attempt(
        id="bbbbbb", time=2.0, line=None, cost_usd=None, verdict=Verdict.NO_CHANGE, fingerprint="0123"
    )
    store.add(first)
    store.add(second)
    store.close()
    again = Store.open(tmp_path)
    assert again.recent(10) == [second, first]
    assert again.recent(1) == [second]
    assert again.find("aaa") == [first]
    assert again.find("0123") == [second]
    assert again.find("%") == again.find("") == []
    again.close()


def test_its_folder_is_ignored_by_git(store: Store, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    seen = subprocess.run(["git", "-C", tmp_path, "status", "--porcelain"], capture_output=True, check=True)
    assert seen.stdout == b""


def test_secrets_are_masked_before_they_are_kept(tmp_path: Path, attempt: Make) -> None:
    store = Store.open(tmp_path, redact=lambda text: text.replace("hunter22", "[secret:PASS]"))
    store.add(
        attempt(message="login hunter22", diff="+x = 'hunter22'\n", command="run hunter22", reason="hunter22")
    )
    store.close()
    assert not [file for file in (tmp_path / ".otorepair").iterdir() if b"hunter22" in file.read_bytes()]


def test_text_that_is_no_utf8_is_kept_as_far_as_it_can_be(store: Store, attempt: Make) -> None:
    store.add(attempt(message="caf\udce9 \x00 ok"))
    assert store.recent(1)[0].message == "caf? \\x00 ok"


def test_relevant_is_the_same_failure_then_similar_then_recent(store: Store, attempt: Make) -> None:
    same = [attempt(id=f"same{n}", time=float(n), diff=f"+{n}\n") for n in range(2)]
    loose = attempt(id="loose", time=3.0, fingerprint="other")
    worded = attempt(id="worded", time=4.0, fingerprint="o2", loose_fingerprint="o3", message="'PORTS'")
    unlike = attempt(id="unlike", time=5.0, fingerprint="o4", loose_fingerprint="o5", message="x" * 50)
    recent = [
        attempt(id=f"new{n}", time=6.0 + n, type="T", fingerprint=f"n{n}", loose_fingerprint="")
        for n in range(9)
    ]
    for one in (*same, loose, worded, unlike, *recent):
        store.add(one)
    incident = Incident(type="KeyError", message="'PORT'", fingerprint="f" * 12, loose_fingerprint="l" * 12)
    found = [one.id for one in store.relevant(incident)]
    assert found == ["same1", "same0", "worded", "loose", "new8"]
    assert len(store.relevant(incident, limit=50)) == 14
    assert [one.id for one in store.relevant(Incident(type="", message=""), limit=2)] == ["new8", "new7"]


def test_two_otorepairs_with_fifty_attempts_each_make_a_hundred_rows(tmp_path: Path) -> None:
    processes = [other(ADD_FIFTY, tmp_path, name) for name in "ab"]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        go(process)
    for process in processes:
        _, errors = process.communicate(timeout=30)
        assert (process.returncode, errors) == (0, "")
    store = Store.open(tmp_path)
    assert len({one.id for one in store.recent(1000)}) == len(store.recent(1000)) == 100
    store.close()


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_a_process_ended_in_the_middle_loses_nothing_that_was_added(
    tmp_path: Path, end: signal.Signals
) -> None:
    process = other(ADD_FIFTY, tmp_path, "a")
    assert process.stdout is not None
    go(process)
    while process.stdout.readline() != "20\n":
        pass
    process.send_signal(end)
    process.communicate(timeout=30)
    said: list[str] = []
    store = Store.open(tmp_path, say=said.append)
    assert len(store.recent(1000)) >= 20
    assert said == []
    store.close()


def test_a_corrupt_file_is_set_aside_with_one_line_and_a_fresh_one_begins(
    tmp_path: Path, attempt: Make
) -> None:
    (tmp_path / ".otorepair").mkdir()
    (tmp_path / ".otorepair" / "otorepair.db").write_bytes(b"this is no database" * 100)
    said: list[str] = []
    store = Store.open(tmp_path, say=said.append)
    store.add(attempt())
    assert store.recent(5) == [attempt()]
    assert len(said) == 1
    assert "corrupt" in said[0]
    aside = next((tmp_path / ".otorepair").glob("otorepair.db.corrupt-*"))
    assert aside.read_bytes().startswith(b"this is no database")
    store.close()


def test_corruption_found_later_costs_the_old_rows_and_not_the_new_one(tmp_path: Path, attempt: Make) -> None:
    store = Store.open(tmp_path)
    for number in range(50):
        store.add(attempt(id=str(number), diff="x" * 1000))
    store.close()
    file = tmp_path / ".otorepair" / "otorepair.db"
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xaa" * (len(content) - 4096)
    file.write_bytes(content)
    said: list[str] = []
    store = Store.open(tmp_path, say=said.append)
    store.add(attempt(id="new"))
    assert [one.id for one in store.recent(5)] == ["new"]
    assert len(said) == 1
    store.close()


def test_two_that_find_it_corrupt_at_once_set_it_aside_once(tmp_path: Path, attempt: Make) -> None:
    folder = tmp_path / ".otorepair"
    for round_ in range(5):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        (folder / "otorepair.db").write_bytes(b"no database at all" * 100)
        ready, said = threading.Barrier(2), list[str]()

        def run(name: str, ready: threading.Barrier = ready, said: list[str] = said) -> None:
            ready.wait(10)
            store = Store.open(tmp_path, say=said.append)
            store.add(attempt(id=name))
            store.close()

        threads = [threading.Thread(target=run, args=(name,)) for name in "ab"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        store = Store.open(tmp_path)
        assert sorted(one.id for one in store.recent(9)) == ["a", "b"], round_
        assert len(said) == 1
        store.close()


def test_a_file_of_a_newer_otorepair_is_left_alone(tmp_path: Path) -> None:
    Store.open(tmp_path).close()
    file = tmp_path / ".otorepair" / "otorepair.db"
    with sqlite3.connect(file) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StoreError, match="newer otorepair"):
        Store.open(tmp_path)


def test_rows_some_other_program_wrote_are_passed_over(store: Store, attempt: Make, tmp_path: Path) -> None:
    store.add(attempt())
    with sqlite3.connect(tmp_path / ".otorepair" / "otorepair.db") as db:
        db.execute("INSERT INTO attempts (id, verdict) VALUES ('odd', 'superb')")
        db.execute("INSERT INTO attempts SELECT * FROM attempts WHERE id = 'a1f3c0'")
        db.execute("UPDATE attempts SET verdict = 'superb' WHERE rowid = 3")
        db.execute("INSERT INTO attempts SELECT * FROM attempts WHERE id = 'a1f3c0'")
        db.execute("UPDATE attempts SET message = x'00ff' WHERE rowid = 4")
    db.close()
    assert store.recent(9) == [attempt()]


@pytest.mark.parametrize("name", [".otorepair", ".otorepair/otorepair.db", ".otorepair/otorepair.db-wal"])
def test_a_link_in_the_place_of_our_file_is_not_followed(tmp_path: Path, name: str) -> None:
    workspace, outside = tmp_path / "workspace", tmp_path / "outside"
    (workspace / name).parent.mkdir(parents=True)
    outside.mkdir()
    target = outside / "precious"
    target.write_text("mine")
    (workspace / name).symlink_to(outside if name == ".otorepair" else target)
    with pytest.raises(StoreError, match=r"link|not a regular file"):
        Store.open(workspace)
    assert [path.name for path in outside.iterdir()] == ["precious"]
    assert target.read_text() == "mine"


def test_a_linked_gitignore_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / ".otorepair").mkdir()
    (tmp_path / ".otorepair" / ".gitignore").symlink_to(tmp_path / "precious")
    Store.open(tmp_path).close()
    assert not (tmp_path / "precious").exists()


def test_a_pipe_in_the_place_of_our_file_does_not_block(tmp_path: Path) -> None:
    (tmp_path / ".otorepair").mkdir()
    os.mkfifo(tmp_path / ".otorepair" / "otorepair.db")
    with pytest.raises(StoreError, match="not a regular file"):
        Store.open(tmp_path)


def test_a_file_in_the_place_of_our_folder_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / ".otorepair").write_text("")
    with pytest.raises(
        StoreError, match=r"^cannot use .*/\.otorepair: it is not a folder; move that file away$"
    ):
        Store.open(tmp_path)


OPEN_AND_ADD = """
import os, resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from otorepair_like.attempt import Attempt, Verdict
from otorepair_like.errors import StoreError
from otorepair_like.memory.store import Store
if sys.argv[3:] == ["unprivileged"] and os.geteuid() == 0:
    os.setuid(65534)
try:
    store = Store.open(Path(sys.argv[1]))
    if sys.argv[3:] == ["limited"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
    for number in range(1000):
        store.add(Attempt(str(number), 1.0, "command", "f", "l", "T", "m", "x.py", 1,
                          "recipes", "", Verdict.VERIFIED, "reason", "x" * 1000, 1.0))
except StoreError as error:
    print(error)
"""


def test_a_full_disk_is_one_clear_line_and_the_rows_before_stay(tmp_path: Path) -> None:
    output, errors = other(OPEN_AND_ADD, tmp_path, ROOT, "limited").communicate(timeout=30)
    assert output.startswith(f"cannot use the history {tmp_path}/.otorepair/otorepair.db: ")
    assert (output.count("\n"), errors) == (1, "")
    store = Store.open(tmp_path)
    assert len(store.recent(1000)) > 10
    store.close()


def test_a_read_only_workspace_is_one_clear_line() -> None:
    with tempfile.TemporaryDirectory() as folder:  # not tmp_path, which another user may not enter
        workspace = Path(folder) / "workspace"
        workspace.mkdir()
        workspace.chmod(stat.S_IRUSR | stat.S_IXUSR | stat.S_IROTH | stat.S_IXOTH)
        Path(folder).chmod(0o755)
        output, errors = other(OPEN_AND_ADD, workspace, ROOT, "unprivileged").communicate(timeout=30)
        assert (output, errors) == (
            f"cannot make {workspace}/.otorepair: Permission denied; make it writable\n",
            "",
        )


def test_what_tells_the_same_is_told_once_and_what_was_interrupted_not_at_all(
    store: Store, attempt: Make
) -> None:
    for number, verdict in enumerate(["failed", "failed", "interrupted", "refused"]):
        store.add(attempt(id=f"{number}", time=float(number), verdict=Verdict(verdict), diff="-a\n+b\n"))
    store.add(attempt(id="8", time=8.0, verdict=Verdict.NO_CHANGE, diff="", reason="nothing"))
    store.add(attempt(id="9", time=9.0, verdict=Verdict.NO_CHANGE, diff="", reason="nothing"))
    told = store.relevant(Incident("", "", fingerprint=attempt().fingerprint))
    assert [one.id for one in told] == ["9", "3", "1"]


@pytest.mark.parametrize("name", ["attempts", "unproven"])
def test_a_link_in_our_folder_is_never_written_through(tmp_path: Path, name: str) -> None:
    (tmp_path / ".otorepair").mkdir()
    (tmp_path / "home").mkdir()
    (tmp_path / ".otorepair" / name).symlink_to("../home")
    with pytest.raises(StoreError, match="symbolic link"):
        Store.open(tmp_path)
    assert list((tmp_path / "home").iterdir()) == []
