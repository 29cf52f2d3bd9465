"""In a real terminal the child behaves as if we were not there."""

from __future__ import annotations

import os
import signal
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pexpect
import psutil
import pytest

from otorepair_like.supervise.terminal.modes import raw_of
from tests.support.supervise import ROOT, until

OWNER = [sys.executable, "-m", "tests.support.supervise_owner", "auto"]
PYTHON = [sys.executable, "-Iu", "-c"]


class Window:
    """A terminal window; what runs in it is ended at the end."""

    def __init__(self) -> None:
        self.opened: list[pexpect.spawn] = []

    def run(self, *argv: str, owner: list[str] = OWNER) -> pexpect.spawn:
        command = [*owner, *argv]
        process = pexpect.spawn(
            command[0], command[1:], cwd=ROOT, timeout=15, dimensions=(30, 90), echo=True, encoding=None
        )
        process.delaybeforesend = None
        self.opened.append(process)
        return process


@pytest.fixture
def window() -> Iterator[Window]:
    window = Window()
    yield window
    for process in window.opened:
        process.close(force=True)


def test_all_three_streams_are_one_terminal_which_controls(window: Window) -> None:
    code = """
import os
names = [os.ttyname(fd) for fd in (0, 1, 2)]
tty = os.open("/dev/tty", os.O_RDWR)
print(names[0] == names[1] == names[2], os.tcgetpgrp(tty) == os.getpgrp(), os.fstat(tty).st_rdev == 0x500)
print(os.tcgetpgrp(0) == os.getpid())
"""
    process = window.run(*PYTHON, code)
    process.expect_exact(b"True True True\r\nTrue\r\n")
    process.expect(pexpect.EOF)
    process.wait()
    assert process.exitstatus == 0


def test_bytes_reach_the_terminal_as_they_would_without_us(window: Window) -> None:
    code = "print('\\x1b[31mred\\x1b[0m'); print('10%\\r20%', end='\\r'); print('a\\tb')"
    bare, wrapped = window.run(*PYTHON, code, owner=[]), window.run(*PYTHON, code)
    bare.expect(pexpect.EOF)
    wrapped.expect(pexpect.EOF)
    assert wrapped.before == bare.before != b""


def test_the_child_sees_the_window_and_its_changes(window: Window) -> None:
    code = """
import os, signal
signal.signal(signal.SIGWINCH, lambda *_: print("size", *os.get_terminal_size(1), *os.get_terminal_size(2)))
print("size", *os.get_terminal_size(1), *os.get_terminal_size(2))
signal.pause()
signal.pause()
"""
    process = window.run(*PYTHON, code)
    process.expect_exact(b"size 90 30 90 30")
    process.setwinsize(40, 100)
    process.expect_exact(b"size 100 40 100 40")


def test_a_debugger_session(window: Window) -> None:
    process = window.run(*PYTHON, "x = 41\nbreakpoint()\nprint('x is', x)")
    process.expect_exact(b"(Pdb) ")
    process.sendline(b"x = x + 1")
    process.expect_exact(b"(Pdb) ")
    process.sendline(b"c")
    process.expect_exact(b"x is 42")
    process.expect(pexpect.EOF)


def test_ctrl_c_at_a_prompt_reaches_the_child_once_and_only_it(window: Window) -> None:
    code = """
import os
print("pid", os.getpid())
try:
    input("name? ")
except KeyboardInterrupt:
    print("caught")
print("hello", input("again? "))
"""
    process = window.run(*PYTHON, code)
    process.expect(rb"pid (\d+)")
    child = psutil.Process(int(process.match[1]))
    process.expect_exact(b"name? ")
    until(
        lambda: child.status() == psutil.STATUS_SLEEPING, "a child that reads"
    )  # Python misses one just before
    process.sendintr()
    process.expect_exact(b"caught")
    process.expect_exact(b"again? ")
    process.sendline(b"world")
    process.expect_exact(b"hello world")
    process.expect(pexpect.EOF)
    process.wait()
    assert process.exitstatus == 0


def test_ctrl_d_ends_the_input_and_a_password_is_not_shown(window: Window) -> None:
    process = window.run(
        *PYTHON, "import getpass; print(len(getpass.getpass()))\nfor line in open(0): print('got', line)"
    )
    process.expect_exact(b"Password: ")
    process.sendline(b"secret")
    process.expect_exact(b"6\r\n")
    assert b"secret" not in process.before
    process.sendline(b"a line")
    process.expect_exact(b"got a line")
    process.sendeof()
    process.expect(pexpect.EOF)


def test_a_full_screen_program_gets_every_byte(window: Window) -> None:
    code = "import tty, os; tty.setraw(0); print('ready'); print([os.read(0, 1) for _ in range(7)])"
    process = window.run(*PYTHON, code)
    process.expect_exact(b"ready")
    process.send(b"\x1b[A\x03\x1a\x04\xff")
    process.expect_exact(rb"[b'\x1b', b'[', b'A', b'\x03', b'\x1a', b'\x04', b'\xff']")


def test_our_keys_come_after_the_prefix_and_the_child_gets_the_rest(window: Window) -> None:
    process = window.run("cat")
    process.send(b"ab\x14r")
    process.expect_exact(b"key r\r\n")
    process.send(b"cd\x14\x14\n")
    process.expect_exact(b"abcd\x14\r\n")
    process.send(b"\x14q")
    process.expect(pexpect.EOF)
    process.wait()
    assert process.exitstatus == 128 + signal.SIGKILL


def test_a_program_that_does_not_read_does_not_hold_our_keys(window: Window) -> None:
    process = window.run(*PYTHON, "import tty, time; tty.setraw(0); print('ready'); time.sleep(60)")
    process.expect_exact(b"ready")
    for _ in range(20):
        process.send(b"x" * 1000)
    process.send(b"\x14q")
    process.expect(pexpect.EOF)


@pytest.mark.parametrize("who", ["child", "owner"])
def test_the_terminal_is_as_before_after_sigkill_of(window: Window, who: str) -> None:
    process = window.run(*PYTHON, "import os, time; print('pid', os.getpid()); time.sleep(60)")
    before = termios.tcgetattr(process.child_fd)
    process.expect(rb"pid (\d+)")
    until(lambda: termios.tcgetattr(process.child_fd) == raw_of(before), "the raw terminal")
    os.kill(int(process.match[1]) if who == "child" else process.pid, signal.SIGKILL)
    until(lambda: termios.tcgetattr(process.child_fd) == before, "the restored terminal")


def test_ctrl_z_stops_both_and_fg_resumes_both(window: Window, tmp_path: Path) -> None:
    shell = window.run("--norc", "--noprofile", "-i", owner=["/bin/bash"])
    shell.sendline(b"PS1='shell> '")
    shell.expect_exact(b"shell> '\r\n")
    shell.expect_exact(b"shell> ")
    count = f"{PYTHON[0]} -Iu -c \"[print('you said', input('? ')) for _ in range(9)]\""
    shell.sendline(f"{' '.join(OWNER)} {count}".encode())
    shell.expect_exact(b"\r? ")
    shell.send(b"\x1a")
    shell.expect_exact(b"Stopped")
    shell.expect_exact(b"shell> ")
    shell.sendline(b"echo $((40 + 2))")
    shell.expect_exact(b"\r42\r\n")
    shell.expect_exact(b"shell> ")
    shell.sendline(b"fg")
    shell.expect_exact(b"supervise_owner")
    shell.sendline(b"hello")
    shell.expect_exact(b"you said hello")
    shell.sendeof()
    shell.expect_exact(b"EOFError")
    shell.expect_exact(b"shell> ")


def test_without_a_terminal_there_are_pipes(window: Window) -> None:
    command = " ".join(OWNER)
    process = window.run(
        "-c", f"{command} sh -c 'test -t 0; echo $?; test -t 1; echo $?' | cat", owner=["/bin/sh"]
    )
    process.expect_exact(b"0\r\n1\r\n")
    process.expect(pexpect.EOF)
