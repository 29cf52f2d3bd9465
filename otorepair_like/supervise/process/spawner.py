"""The spawner: a small process that starts all others, so that none pays for what otorepair has loaded."""

from __future__ import annotations

import os
import select

from otorepair_like.errors import OtorepairError
from otorepair_like.supervise.process import wire
from otorepair_like.supervise.process.inheritance import Inheritance
from otorepair_like.supervise.process.lowlevel import (
    allocate_lock,
    receive_descriptors,
    send_descriptors,
    signal,
    socket,
)

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn


class Spawner:
    """Otorepair's side of the spawner."""

    __slots__ = ("_first", "_lock", "_peer", "pid")

    def __init__(self, pid: int, first: int, peer: socket.socket) -> None:
        self.pid = pid
        self._first = first
        self._peer = peer
        self._lock = allocate_lock()

    @classmethod
    def fork(cls) -> Spawner:
        """Fork the spawner. To be called first of all, before any thread is started.

        What the process has now (signal mask, ignored signals, umask, limits, inherited descriptors) is what
        every child will have. The first janitor is forked here as well: touching memory that was just forked is
        what takes long, and the first child waits for one fork only.
        """
        _fill_standard_streams()
        if _is_at_terminal():
            import otorepair_like.supervise.terminal.modes  # noqa: F401 - before the fork, which needs it too
        ours, theirs = socket.socketpair()
        waiting, begun = os.pipe()
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())  # no Ctrl-C half-way
        first = os.fork()
        if first == 0:
            ours.close()
            os.close(waiting)
            _exit_after(lambda: _await_request(theirs, begun, _detach(mask)))
        os.close(begun)
        pid = os.fork()
        if pid == 0:
            ours.close()
            _exit_after(_serve, theirs, waiting, mask)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        os.close(waiting)
        theirs.close()
        return cls(pid, first, ours)

    def spawn(
        self,
        argv: list[str],
        cwd: str,
        env: dict[str, str],
        stdio: tuple[int, ...],
        closed: tuple[int, ...] = (),
        terminal: int = -1,
        keep_daemons: bool = False,
    ) -> socket.socket:
        """Ask for a janitor with ``argv`` as the leader of its tree.

        Args:
            argv: program and arguments; the program is looked up in ``env``'s ``PATH``.
            cwd: absolute path of its working directory.
            env: its whole environment.
            stdio: descriptors for its stdin, stdout and stderr; the caller still has to close its own.
            closed: those of 0, 1 and 2 that it is to be started without.
            terminal: descriptor of the pseudo-terminal that controls its session; -1: there is none.
            keep_daemons: whether what takes a session of its own outlives it.

        Returns:
            The control socket of the janitor.

        Raises:
            OtorepairError: the spawner is gone.
        """
        ours, theirs = socket.socketpair()
        header, body = wire.pack(argv, cwd, env, closed, keep_daemons)
        terminals = [terminal] if terminal >= 0 else []
        _reap(self._first, os.WNOHANG)  # it alone is a child of ours
        try:
            with self._lock:
                send_descriptors(self._peer, header, [theirs.fileno(), *stdio, *terminals])
                self._peer.sendall(body)
        except OSError as error:
            ours.close()
            raise OtorepairError(
                "cannot start a process", "otorepair's spawner is gone", "start otorepair again"
            ) from error
        finally:
            theirs.close()
        return ours

    def close(self) -> None:
        """Let the spawner end. Trees that still run keep their janitors."""
        self._peer.close()
        _reap(self._first, os.WNOHANG)
        _reap(self.pid, 0)


def _reap(pid: int, how: int) -> None:
    try:
        os.waitpid(pid, how)
    except ChildProcessError:
        pass  # it was reaped before


def _fill_standard_streams() -> None:
    """Open what is closed of 0, 1 and 2, or a pipe of ours would take its number."""
    while True:
        descriptor = os.open(os.devnull, os.O_RDWR)
        if descriptor > 2:
            os.close(descriptor)
            return
        os.set_inheritable(descriptor, True)


def _is_at_terminal() -> bool:
    return any(map(os.isatty, (0, 1, 2)))


def _exit_after(life: Callable[..., object], *arguments: object) -> NoReturn:
    """Live a forked process's whole life; nothing of otorepair's own follows, whatever happens."""
    try:
        life(*arguments)
    finally:
        os._exit(0)


def _serve(owner: socket.socket, waiting: int, mask: set[int]) -> None:
    """Life of the spawner: when a janitor has begun, have the next one wait, until the owner is gone."""
    guard = None
    if _is_at_terminal():
        from otorepair_like.supervise.terminal.modes import Guard

        guard = Guard()
    os.read(waiting, 1)  # nothing: its other end is closed when the janitor has begun
    inheritance = _detach(mask)  # not before: the first child is to have the processors
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps janitors
    while not _is_gone(owner):
        os.close(waiting)
        waiting, begun = os.pipe()
        if os.fork() == 0:
            os.close(waiting)
            _exit_after(_await_request, owner, begun, inheritance)
        os.close(begun)
        os.read(waiting, 1)
    if guard:
        guard.restore()


def _await_request(owner: socket.socket, begun: int, inheritance: Inheritance) -> None:
    """Life of a janitor, which is there before it is needed."""
    from otorepair_like.supervise.process.janitor import Janitor, become_janitor

    become_janitor()
    header, descriptors = receive_descriptors(owner, wire.HEADER, 5)
    request = wire.read_body(owner, header) if len(descriptors) >= 4 else None
    owner.close()
    os.close(begun)
    if request is not None:
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)
        control = socket.socket(fileno=descriptors[0])
        terminal = descriptors[4] if len(descriptors) > 4 else -1
        Janitor(control, request, tuple(descriptors[1:4]), terminal, inheritance).run()


def _detach(mask: set[int]) -> Inheritance:
    """Leave our standard streams and signals; to be called in a fork of otorepair."""
    inheritance = Inheritance(mask)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):  # or a reader of otorepair's output would wait for us to end
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    return inheritance


def _is_gone(owner: socket.socket) -> bool:
    """Return whether the owner has closed its end."""
    poll = select.poll()
    poll.register(owner, select.POLLIN)
    return bool(poll.poll(0)) and not owner.recv(1, socket.MSG_PEEK)
