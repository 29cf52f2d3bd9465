"""The janitor of one process tree: starts it, tells how it fares, and ends it to the last process.

The stop ladder, each rung reported as a step:

1. ``stop``: the given signal, once, to the leader's group;
2. when the leader is gone (by itself too) or the time is over: SIGTERM to all descendants;
3. after a short grace, or at ``kill``: SIGKILL to all descendants, again and again until none is left.

A stopped process acts on no signal, so SIGCONT goes with the first two.
"""

from __future__ import annotations

import errno
import os
import select
import time

from otorepair_like.supervise.process import wire
from otorepair_like.supervise.process.descendants import Family, adopt_orphans
from otorepair_like.supervise.process.inheritance import nothing
from otorepair_like.supervise.process.lowlevel import signal

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from socket import socket
    from typing import Any, NoReturn

    from otorepair_like.supervise.process.inheritance import Inheritance

GRACE = 1.0
"""Seconds between SIGTERM and SIGKILL for all descendants."""
ROUND = 0.02
"""Seconds between two rounds of SIGKILL."""
PATIENCE = 5.0
"""Seconds of SIGKILL after which what is left (another user's, or stuck in the kernel) is given up."""
SNAPSHOT = 0.5
"""Seconds between two looks at the tree where a look at the end is not enough."""

WAITING, ASKED, ENDING, KILLING = range(4)


def become_janitor() -> None:
    """Make this process, just forked, one that a tree can be hung on: nothing typed reaches it, orphans do."""
    os.setsid()
    adopt_orphans()


class Janitor:
    """One tree, in a process of its own.

    Args:
        control: to and from otorepair; its end means that otorepair is gone.
        request: program and arguments, working directory, environment, what of 0, 1 and 2 is closed, whether
            daemons are left alone.
        stdio: the leader's stdin, stdout and stderr.
        terminal: the one that controls its session, kept open to the end, for a program may close it and come back;
            -1: there is none.
    """

    def __init__(
        self,
        control: socket,
        request: tuple[Any, ...],
        stdio: tuple[int, ...],
        terminal: int,
        inheritance: Inheritance,
    ) -> None:
        self.control = control
        self.argv, self.cwd, self.env, self.closed, self.keeps = request
        self.stdio, self.terminal = stdio, terminal
        self.inheritance = inheritance
        self.leader = 0
        """Its process id; 0 when it is gone."""
        self.rung = WAITING
        self.deadline = float("inf")
        self.give_up = float("inf")
        self.family = Family()

    def run(self) -> NoReturn:
        """Start the leader, stay until its tree is gone, and exit. After :func:`become_janitor`."""
        try:
            if self.terminal >= 0:
                from fcntl import ioctl
                from termios import TIOCSCTTY

                ioctl(self.terminal, TIOCSCTTY, 0)
            woken = _wake_on_child()
            if self._start():
                self._watch(woken)
        finally:
            os._exit(0)

    def _start(self) -> bool:
        reader, writer = os.pipe()
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        pid = os.fork()
        if pid == 0:
            try:
                self._execute(writer)
            finally:
                os._exit(127)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.close(writer)
        for descriptor in self.stdio:
            os.close(descriptor)
        failure = os.read(reader, 64)  # closed by the exec itself when it succeeds
        os.close(reader)
        if failure:
            number, place = failure.decode().split()
            wire.send(self.control, "failed", int(number), place)
            return False
        self.leader = pid
        return wire.send(self.control, "started", pid, os.getpid())

    def _execute(self, failure: int) -> None:
        """Become the leader's program; runs in the leader. A failure is reported as ``errno place``."""
        place = "cwd"
        try:
            os.setpgid(0, 0)
            if self.terminal >= 0:  # allowed from the background: SIGTTOU is blocked
                os.tcsetpgrp(self.terminal, os.getpid())
            for target, descriptor in enumerate(self.stdio):
                os.dup2(descriptor, target)
            for target in self.closed:
                os.close(target)
            os.chdir(self.cwd)
            place = "program"
            self.inheritance.restore()
            os.execvpe(self.argv[0], self.argv, self.env)
        except ValueError:  # a NUL byte in an argument
            os.write(failure, f"{errno.EINVAL} {place}".encode())
        except OSError as error:
            os.write(failure, f"{error.errno} {place}".encode())

    def _watch(self, woken: int) -> None:
        """Serve commands and reap children until none is left."""
        poll = select.poll()
        poll.register(woken, select.POLLIN)
        poll.register(self.control, select.POLLIN)
        while self._reap() and not self._only_daemons():
            wait = self.deadline - time.monotonic()
            if not Family.exact:
                self.family.members()
                wait = min(wait, SNAPSHOT)
            ready = poll.poll(None if wait == float("inf") else max(0.0, wait) * 1000)
            for descriptor, _event in ready:
                if descriptor == woken:
                    os.read(woken, 4096)
                elif not self._obey(wire.receive(self.control)):
                    poll.unregister(self.control)
            if time.monotonic() >= self.deadline:
                self._climb(self.rung + 1)
        wire.send(self.control, "gone", len(self._members()))
        while wire.receive(
            self.control
        ):  # until all is relayed: our end takes what its terminal still holds along
            pass

    def _reap(self) -> bool:
        """Collect whoever ended; ``False`` when the tree is gone or given up."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
            except ChildProcessError:
                if Family.exact or not self.family.members():
                    return False
                pid = 0
            if pid == 0:
                return time.monotonic() < self.give_up
            if pid == self.leader and os.WIFSTOPPED(status):
                wire.send(self.control, "stopped")
            elif pid == self.leader:
                self.leader = 0
                wire.send(self.control, "exited", os.waitstatus_to_exitcode(status))
                if self.rung == WAITING:
                    self._tell_left()
                if self.rung < ENDING:  # at once, unless nobody else is there
                    self.rung, self.deadline = ASKED, 0.0

    def _members(self) -> list[int]:
        """Return the process ids of the tree, without daemons where they are left alone."""
        members = self.family.members()
        return [pid for pid in members if not _is_daemon(pid)] if self.keeps else members

    def _only_daemons(self) -> bool:
        """Return whether nobody is left but daemons that are left alone; who has ended is collected."""
        if not self.keeps or self.leader or self._members():
            return False
        self._reap()
        return True

    def _tell_left(self) -> None:
        """Tell what the leader, which ended by itself, left behind and is to be ended."""
        if left := self._members():
            wire.send(self.control, "left", [(pid, _command(pid), _is_daemon(pid)) for pid in left])

    def _obey(self, command: tuple[Any, ...] | None) -> bool:
        """Do what otorepair says; ``False`` when it is gone, which ends the tree."""
        match command:
            case None:
                if self.rung < ENDING:
                    self._climb(ENDING)
                return False
            case ("signal", sig):
                self._signal_group(sig)
            case ("stop", sig, timeout) if self.rung == WAITING:
                count = self._signal_group(sig)
                self._signal_group(signal.SIGCONT)
                self.rung, self.deadline = ASKED, time.monotonic() + timeout
                wire.send(self.control, "step", int(sig), count)
            case ("kill",) if self.rung < KILLING:
                self._climb(KILLING)
        return True

    def _signal_group(self, sig: int) -> int:
        """Send ``sig`` to the leader's group; how many are in it."""
        if not self.leader:
            return 0
        try:
            count = sum(_group(pid) == self.leader for pid in self.family.members())
            os.killpg(self.leader, sig)
        except OSError:
            return 0
        return count

    def _climb(self, rung: int) -> None:
        """Signal all descendants as ``rung`` asks, and set the time of the next."""
        now = time.monotonic()
        if rung >= KILLING:
            sig, wait = signal.SIGKILL, ROUND
        else:
            sig, wait = signal.SIGTERM, GRACE
        members = self._members()
        for pid in members:
            _kill(pid, sig)
            if sig == signal.SIGTERM:
                _kill(pid, signal.SIGCONT)
        if rung == KILLING:
            self.give_up = now + PATIENCE
        if rung <= KILLING and members:
            wire.send(self.control, "step", int(sig), len(members))
        self.rung, self.deadline = min(rung, KILLING + 1), now + wait


def _wake_on_child() -> int:
    """A descriptor that becomes readable when a child ends."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, nothing)  # the descriptor tells all
    return reader


def _is_daemon(pid: int) -> bool:
    """Return whether a process took a session of its own."""
    try:
        return os.getsid(pid) != os.getsid(0)
    except OSError:
        return False


def _command(pid: int) -> str:
    """Return what a process was started as; its name where that is not told (Linux)."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read(200).replace(b"\0", b" ").decode("utf-8", "replace").strip()
    except OSError:
        return ""


def _group(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except OSError:
        return 0


def _kill(pid: int, sig: int) -> None:
    try:
        os.kill(pid, sig)
    except OSError:  # it ended meanwhile, or it is another user's
        pass
