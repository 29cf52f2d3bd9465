"""Whole trees: they start as asked, and when they are stopped nothing of them is left."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import uuid

import pytest

from otorepair_like.errors import CannotRunError
from otorepair_like.supervise.child import Child
from otorepair_like.supervise.mailbox import Mailbox
from otorepair_like.supervise.messages import Exited, Gone, LeftBehind, SignalSent, Started
from otorepair_like.supervise.process.spawner import Spawner
from tests.support.supervise import ROOT, Played, descriptors, free_port, marked, playing, python, until

FAMILY = """
setsid sleep 61 &
(sleep 62 & exec sleep 63 &)
sleep 64 &
echo ready
wait
"""
"""A setsid daemon, a double fork, and a job that a shell started with ``&``, which ignores SIGINT."""
STUBBORN = """sh -c 'trap "" INT TERM; echo ready; while :; do sleep 1; done' & wait"""


@pytest.fixture
def marker() -> str:
    return uuid.uuid4().hex


@pytest.mark.parametrize("end", ["stop INT", "stop TERM", "stop HUP", "kill", "close"])
def test_nothing_of_the_tree_is_left(spawner: Spawner, marker: str, end: str) -> None:
    with playing(spawner, "/bin/sh", "-c", FAMILY, MARKER=marker) as played:
        played.wait_for_output(b"ready")
        until(lambda: len(marked(marker)) >= 5, "the whole family")
        match end.split():
            case ["stop", name]:
                played.child.stop(signal.Signals[f"SIG{name}"], 5.0)
            case ["kill"]:
                played.child.kill()
            case _:
                played.child.close()
        played.wait_for(Gone)
    assert marked(marker) == []


def test_what_ignores_every_signal_is_killed(spawner: Spawner, marker: str) -> None:
    with playing(spawner, "/bin/sh", "-c", STUBBORN, MARKER=marker) as played:
        played.wait_for_output(b"ready")
        played.child.stop(signal.SIGTERM, 5.0)
        played.wait_for(Gone)
    assert marked(marker) == []


@pytest.mark.parametrize("sig", [signal.SIGKILL, signal.SIGABRT])
def test_nothing_is_left_when_the_owner_dies(marker: str, sig: signal.Signals) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, FAMILY],
        cwd=ROOT,
        env={**os.environ, "MARKER": marker},
        stdout=subprocess.PIPE,
    )
    with owner:
        assert owner.stdout
        assert owner.stdout.readline() == b"ready\n"
        until(lambda: len(marked(marker)) >= 8, "the owner, its spawner, the janitor and the family")
        owner.send_signal(sig)
        owner.wait()
        until(lambda: not marked(marker), "end of the family")


OWNER = """
import os, sys, threading
from otorepair_like.supervise.process.spawner import Spawner
spawner = Spawner.fork()
from otorepair_like.supervise.child import Child
from otorepair_like.supervise.mailbox import Mailbox
from otorepair_like.supervise.terminal.output import Screen
child = Child(spawner, ["/bin/sh", "-c", sys.argv[1]], "/", dict(os.environ), Mailbox(), screen=Screen())
child.start()
threading.Event().wait()
"""


def test_signals_of_the_terminal_reach_neither_the_tree_nor_its_janitor(spawner: Spawner) -> None:
    with playing(
        spawner, *python("import os, sys; print(os.getsid(0), os.getpgid(0), os.getpid()); sys.stdin.read()")
    ) as played:
        played.wait_for_output(b"\n")
        session, group, pid = map(int, played.output("stdout").split())
    assert session not in (os.getsid(0), os.getsid(spawner.pid))
    assert group == pid == played.child.pid


def test_the_rungs_of_the_ladder_are_told(spawner: Spawner) -> None:
    stubborn = "trap '' INT TERM; echo ready; while :; do sleep 1; done"
    with playing(spawner, "/bin/sh", "-c", stubborn) as played:
        played.wait_for_output(b"ready")
        played.child.stop(signal.SIGINT, 0.1)
        played.wait_for(Gone)
    steps = [message.signal for message in played.messages if isinstance(message, SignalSent)]
    assert steps == [signal.SIGINT, signal.SIGTERM, signal.SIGKILL]
    assert [m.status for m in played.messages if isinstance(m, Exited)] == [-9]


def test_stop_reaches_the_group_exactly_once(spawner: Spawner) -> None:
    code = """
import signal, time
signal.signal(signal.SIGINT, lambda *_: print("interrupted"))
print("ready")
for _ in range(100):
    time.sleep(0.01)
"""
    with playing(spawner, *python(code)) as played:
        played.wait_for_output(b"ready")
        played.child.stop(signal.SIGINT, 5.0)
        played.wait_for(Gone)
    assert played.output("stdout").count(b"interrupted") == 1
    assert played.of(SignalSent)[0].count == 1  # type: ignore[union-attr]


def test_a_stopped_process_can_be_ended(spawner: Spawner) -> None:
    with playing(
        spawner, *python("import os, signal; print('ready'); os.kill(os.getpid(), signal.SIGSTOP)")
    ) as played:
        played.wait_for_output(b"ready")
        played.child.stop(signal.SIGTERM, 5.0)
        exited = played.wait_for(Exited)
    assert isinstance(exited, Exited)
    assert exited.status == -signal.SIGTERM


def test_a_signal_reaches_the_child_without_stopping_it(spawner: Spawner) -> None:
    code = """
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
print("ready")
print(signal.sigwait({signal.SIGUSR1}).name)
"""
    with playing(spawner, *python(code)) as played:
        played.wait_for_output(b"ready")
        played.child.signal(signal.SIGUSR1)
        exited = played.wait_for(Exited)
    assert isinstance(exited, Exited)
    assert (exited.status, played.output("stdout")) == (0, b"ready\nSIGUSR1\n")


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGKILL", "SIGTERM", "SIGPIPE"])
def test_death_by_a_signal_is_a_negative_status(spawner: Spawner, name: str) -> None:
    sig = signal.Signals[name]
    with playing(spawner, "/bin/sh", "-c", f"kill -{sig.value} $$") as played:
        exited = played.wait_for(Exited)
    assert isinstance(exited, Exited)
    assert exited.status == -sig


def test_the_janitor_killed_by_somebody_is_not_a_running_child(spawner: Spawner) -> None:
    with playing(spawner, *python("import os, time; print(os.getppid()); time.sleep(60)")) as played:
        played.wait_for_output(b"\n")
        os.kill(int(played.output("stdout")), signal.SIGKILL)
        played.wait_for(Gone)
    assert [m.status for m in played.messages if isinstance(m, Exited)] == [-9]


@pytest.mark.parametrize(
    ("argv", "code", "why"),
    [
        (["no-such-program"], 127, "command not found"),
        (["/nowhere/program"], 127, "command not found"),
        (["/etc/passwd"], 126, "Permission denied"),
        (["/"], 126, "Permission denied"),
        (["{folder}/garbage"], 126, "Exec format error"),
        (["sh", "-c", "\0"], 126, "Invalid argument"),
    ],
)
def test_what_cannot_be_run_says_why(
    spawner: Spawner, tmp_path: object, argv: list[str], code: int, why: str
) -> None:
    garbage = f"{tmp_path}/garbage"
    with open(garbage, "wb") as file:
        file.write(b"\x7fnothing")
    os.chmod(garbage, 0o755)
    argv = [argument.format(folder=tmp_path) for argument in argv]
    before = descriptors()
    child = Child(spawner, argv, "/", dict(os.environ), Mailbox())
    with pytest.raises(CannotRunError, match=why) as raised:
        child.start()
    assert raised.value.code == code
    assert descriptors() == before


def test_a_working_directory_that_is_not_there_is_named(spawner: Spawner) -> None:
    with pytest.raises(CannotRunError, match="cannot enter /nowhere: No such file"):
        Child(spawner, ["true"], "/nowhere", dict(os.environ), Mailbox()).start()


def test_the_child_inherits_what_we_were_given(spawner: Spawner) -> None:
    code = """
import os, signal
held = sorted(int(n) for n in os.listdir("/dev/fd"))
print(signal.getsignal(signal.SIGINT).__name__, sorted(signal.pthread_sigmask(0, ())), held[:-1])
print([line for line in open("/proc/self/status") if line.startswith("SigIgn")])
"""
    direct = subprocess.run(python(code), capture_output=True, check=True, stdin=0, close_fds=False).stdout
    with playing(spawner, *python(code)) as played:
        played.wait_for(Gone)
    assert played.output("stdout") == direct


def test_restarts_with_a_server_below_a_shell_find_the_port_free(spawner: Spawner) -> None:
    port = free_port()
    server = (
        f"import socket, time; s = socket.create_server(('127.0.0.1', {port})); print('up'); time.sleep(60)"
    )
    crash = f'{sys.executable} -ISu -c "{server}" & read line; exit 1'
    source, feed = os.pipe()
    mailbox = Mailbox()
    child = Child(spawner, ["/bin/sh", "-c", crash], "/", dict(os.environ), mailbox, stdin=source)
    for _ in range(5):
        played = Played(child, mailbox)
        child.start()
        played.wait_for_output(b"up")
        socket.create_connection(("127.0.0.1", port)).close()
        os.write(feed, b"crash\n")
        played.wait_for(Gone)
        assert b"in use" not in played.output("stderr")
    child.close()
    os.close(source)
    os.close(feed)


def test_fifty_restarts_leak_no_descriptor_and_no_process(spawner: Spawner, marker: str) -> None:
    mailbox = Mailbox()
    child = Child(
        spawner, ["/bin/sh", "-c", "sleep 60 & exit 1"], "/", {**os.environ, "MARKER": marker}, mailbox
    )
    before, spawner_before = descriptors(), len(os.listdir(f"/proc/{spawner.pid}/fd"))
    for _ in range(50):
        played = Played(child, mailbox)
        child.start()
        played.wait_for(Gone)
        assert {type(message) for message in played.messages} == {
            Started,
            Exited,
            LeftBehind,
            SignalSent,
            Gone,
        }
    child.close()
    assert marked(marker) == []
    assert len(os.listdir(f"/proc/{spawner.pid}/fd")) == spawner_before
    until(lambda: descriptors() <= before, "as many descriptors as before")


def test_two_trees_do_not_touch_each_other(spawner: Spawner, marker: str) -> None:
    with playing(spawner, "sleep", "60", MARKER=marker) as one, playing(spawner, "sleep", "60") as other:
        other.child.kill()
        other.wait_for(Gone)
        assert [process.pid for process in marked(marker) if process.name() == "sleep"] == [one.child.pid]
