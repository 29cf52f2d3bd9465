"""As process 1 of a container."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys

import pytest

from tests.support.supervise import ROOT

UNSHARE = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]


@pytest.fixture(autouse=True)
def namespaces() -> None:
    if not shutil.which("unshare") or subprocess.run([*UNSHARE, "true"], capture_output=True).returncode:
        pytest.skip("no process namespaces here")
    return


def run_as_first(code: str) -> subprocess.Popen[bytes]:
    code = f"import os, signal, sys, time\nfrom otorepair_like.supervise.process.pid1 import divide\ndivide()\n{code}"
    return subprocess.Popen([*UNSHARE, sys.executable, "-uc", code], cwd=ROOT, stdout=subprocess.PIPE)


def test_orphans_are_reaped() -> None:
    code = """
if os.fork() == 0:
    if os.fork() == 0:
        time.sleep(0.05)
    os._exit(0)
os.wait()
def zombies():
    stats = [open(f"/proc/{pid}/stat").read() for pid in os.listdir("/proc") if pid.isdigit()]
    return [stat for stat in stats if stat.split(") ")[1].split()[0:2] == ["Z", "1"]], len(stats)
while zombies()[1] > 2:
    time.sleep(0.01)
print(zombies(), os.getppid())
"""
    with run_as_first(code) as first:
        assert first.stdout
        assert first.stdout.read() == b"([], 2) 1\n"
    assert first.returncode == 0


@pytest.mark.parametrize(
    ("code", "status"), [("sys.exit(7)", 7), ("os.kill(os.getpid(), 9)", 128 + signal.SIGKILL)]
)
def test_it_exits_as_its_child(code: str, status: int) -> None:
    with run_as_first(code) as first:
        pass
    assert first.returncode == status


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGUSR1", "SIGINT"])
def test_signals_are_handed_on(name: str) -> None:
    code = f"""
signal.signal(signal.{name}, lambda number, _: (print("got", signal.Signals(number).name), sys.exit(3)))
os.kill(1, signal.{name})
time.sleep(60)
"""
    with run_as_first(code) as first:
        assert first.stdout
        assert first.stdout.read() == f"got {name}\n".encode()
    assert first.returncode == 3
