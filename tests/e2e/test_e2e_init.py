"""What is expected of whoever stands between a shell, or a container, and a program."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import psutil
import pytest

from tests.support.otorepair import COMMAND, Run, running
from tests.support.supervise import marked, until
from tests.support.window import Open, ended

PRINTS = """\
import signal, time
names = {names!r}
for name in names:
    signal.signal(getattr(signal, name), lambda number, _: print("got", signal.Signals(number).name, flush=True))
print("ready", flush=True)
while True:
    time.sleep(1)
"""
PLAIN = ["-q", "--backend", "none", "--"]
FIRST = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
"""Runs a program as process 1."""


def prints(*names: str) -> list[str]:
    return [sys.executable, "-c", PRINTS.format(names=names)]


def child_of(run: Run) -> psutil.Process:
    family = psutil.Process(run.process.pid).children(recursive=True)
    return next(process for process in family if process.cmdline()[1:2] == ["-c"])


def state(pid: int) -> str:
    return str(psutil.Process(pid).status())


def test_signals_that_mean_the_child_are_passed_on_one_by_one(workspace: Path, home: Path) -> None:
    names = ("SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGVTALRM", "SIGPROF")
    with running([*PLAIN, *prints(*names)], workspace, home) as run:
        run.prints("ready")
        for name in names:
            run.interrupt(getattr(signal, name))
            run.prints(f"got {name}\n")
        assert run.out.text.count("got") == len(names)


def test_sigtstp_stops_both_and_sigcont_resumes_both(workspace: Path, home: Path) -> None:
    with running([*PLAIN, *prints("SIGCONT")], workspace, home) as run:
        run.prints("ready")
        child = child_of(run)
        for number in (1, 2):
            run.interrupt(signal.SIGTSTP)
            until(lambda: state(run.process.pid) == state(child.pid) == psutil.STATUS_STOPPED, "two stopped")
            run.interrupt(signal.SIGCONT)
            run.prints("got SIGCONT", times=number)


def test_a_child_that_somebody_stops_does_not_stop_us(workspace: Path, home: Path) -> None:
    with running([*PLAIN, *prints("SIGCONT")], workspace, home) as run:
        run.prints("ready")
        child = child_of(run)
        child.suspend()
        until(lambda: state(child.pid) == psutil.STATUS_STOPPED, "the stopped child")
        child.resume()
        run.prints("got SIGCONT")
        assert state(run.process.pid) != psutil.STATUS_STOPPED


def test_limits_mask_ignored_signals_folder_and_environment_are_those_we_were_given(
    workspace: Path, home: Path
) -> None:
    look = "umask; ulimit -n; pwd; grep ^Sig[BIC] /proc/self/status; env | sort"
    given = "umask 027; ulimit -n 123; trap '' USR2 HUP; "
    env = {"HOME": str(home), "PATH": os.environ["PATH"], "ANIMAL": "giraffe"}

    def seen(command: str) -> str:
        done = subprocess.run(
            ["/bin/sh", "-c", given + command],
            cwd=workspace,
            env=env,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    bare = seen(f"exec /bin/sh -c '{look}'")
    assert seen(f"exec {COMMAND} --probe never {' '.join(PLAIN)} /bin/sh -c '{look}'") == bare


def test_a_pipeline_in_the_background_ends_with_us(workspace: Path, home: Path) -> None:
    mark = uuid.uuid4().hex
    with running(
        [*PLAIN, "sh", "-c", "sleep 100 | tail & sleep 100 | tail >&2"], workspace, home, {"MARKER": mark}
    ) as run:
        names = ["sleep", "sleep", "tail", "tail"]
        until(
            lambda: sorted(p.name() for p in marked(mark) if p.name() in names) == sorted(names), "two pipes"
        )
        run.interrupt(signal.SIGTERM)
        assert run.wait() == 143
        until(lambda: not marked(mark), "end of all")


def test_what_a_leader_leaves_behind_is_asked_to_end_before_it_is_killed(workspace: Path, home: Path) -> None:
    leader = f'"{sys.executable}" -c "$JOB" >log & until grep -q ready log; do sleep 0.02; done; exit 4'
    env = {"JOB": PRINTS.format(names=("SIGTERM",))}
    with running([*PLAIN, "sh", "-c", leader], workspace, home, env) as run:
        assert run.wait() == 4
    assert (workspace / "log").read_text() == "ready\ngot SIGTERM\n"


def test_orphans_of_a_living_child_are_reaped(workspace: Path, home: Path) -> None:
    forks = "i=0; while [ $i -lt 20 ]; do (true & ) ; i=$((i+1)); done; echo ready; sleep 100"
    with running([*PLAIN, "sh", "-c", forks], workspace, home) as run:
        run.prints("ready")

        def zombies() -> list[psutil.Process]:
            family = psutil.Process(run.process.pid).children(recursive=True)
            return [process for process in family if process.status() == psutil.STATUS_ZOMBIE]

        until(lambda: not zombies(), "the end of all orphans")


def test_started_to_ignore_sighup_we_ignore_it(workspace: Path, home: Path) -> None:
    command = ["-c", f"trap '' HUP; exec {COMMAND} {' '.join(PLAIN)} sh -c 'echo ready; read line'"]
    with running(command, workspace, home, program="/bin/sh") as run:
        assert run.wait() == 1  # nothing to read
    command[1] = command[1].replace("read line", "sleep 100")
    with running(command, workspace, home, program="/bin/sh") as run:
        run.prints("ready")
        run.interrupt(signal.SIGHUP)
        run.interrupt(signal.SIGTERM)
        assert run.wait() == 143


def test_input_and_its_end_go_through_the_terminal(terminal: Open) -> None:
    screen = terminal(*PLAIN, "sh", "-c", "echo ready; tac")
    screen.expect_exact("ready")
    screen.send("1\n2\n3\n\x04")
    screen.expect_exact("3\r\n2\r\n1\r\n")
    assert ended(screen) == 0


@pytest.fixture
def first() -> list[str]:
    if not shutil.which("unshare") or subprocess.run([*FIRST, "true"], capture_output=True).returncode:
        pytest.skip("no process namespaces here")
    return [*FIRST[1:], COMMAND]


def test_as_process_1_it_reaps_passes_on_and_exits_as_the_child(
    first: list[str], workspace: Path, home: Path
) -> None:
    child = f'for i in 1 2 3; do (sleep 0.05 &) ; done; exec "{sys.executable}" -c "$JOB"'
    env = {"JOB": PRINTS.format(names=("SIGUSR1",))}
    with running([*first, *PLAIN, "sh", "-c", child], workspace, home, env, program=FIRST[0]) as run:
        run.prints("ready")
        (inside,) = psutil.Process(run.process.pid).children()
        inside.send_signal(signal.SIGUSR1)
        run.prints("got SIGUSR1")
        until(
            lambda: not [p for p in inside.children(recursive=True) if p.status() == psutil.STATUS_ZOMBIE],
            "the end of all orphans",
        )
        inside.send_signal(signal.SIGTERM)
        assert run.wait() == 143


def test_as_process_1_it_exits_with_the_code_of_the_child(
    first: list[str], workspace: Path, home: Path
) -> None:
    with running([*first, *PLAIN, "sh", "-c", "exit 42"], workspace, home, program=FIRST[0]) as run:
        assert run.wait() == 42
