"""The spawner: a small process that starts all others, so that none pays for what otorepair has loaded."""

from __future__ import annotations

import os
import signal
import socket
import threading
from contextlib import suppress

from otorepair_like.errors import OtorepairError
from otorepair_like.supervise import wire

TOUCHED = frozenset(
    {
        signal.SIGINT,
        signal.SIGTERM,
        signal.SIGHUP,
        signal.SIGQUIT,
        signal.SIGTSTP,
        signal.SIGTTIN,
        signal.SIGTTOU,
        signal.SIGPIPE,
    }
)
"""What the spawner and its janitors ignore: all that a terminal or a session manager sends."""
OF_PYTHON = frozenset({signal.SIGPIPE, signal.SIGXFSZ})
"""What Python itself ignores from its start; a program expects the defaults."""


class Spawner:
    """Otorepair's side of the spawner."""

    __slots__ = ("_lock", "_peer", "pid")

    def __init__(self, pid: int, peer: socket.socket) -> None:
        self.pid = pid
        self._peer = peer
        self._lock = threading.Lock()

    @classmethod
    def fork(cls) -> Spawner:
        """Fork the spawner. To be called first of all, before any thread is started.

        What the process has now (signal mask, ignored signals, umask, limits, inherited descriptors) is what
        every child will have.
        """
        _fill_standard_streams()
        ours, theirs = socket.socketpair()
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())  # no Ctrl-C half-way
        pid = os.fork()
        if pid == 0:
            try:
                ours.close()
                _serve(theirs, mask)
            finally:
                os._exit(0)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        theirs.close()
        return cls(pid, ours)

    def spawn(
        self, argv: list[str], cwd: str, env: dict[str, str], stdio: tuple[int, ...], terminal: int = -1
    ) -> socket.socket:
        """Ask for a janitor with ``argv`` as the leader of its tree.

        Args:
            argv: program and arguments; the program is looked up in ``env``'s ``PATH``.
            cwd: absolute path of its working directory.
            env: its whole environment.
            stdio: descriptors for its stdin, stdout and stderr; the caller still has to close its own.
            terminal: which of ``stdio`` (0 to 2) is the pseudo-terminal that controls its session; -1: none.

        Returns:
            The control socket of the janitor.

        Raises:
            OtorepairError: the spawner is gone.
        """
        ours, theirs = socket.socketpair()
        header, body = wire.pack(argv, cwd, env, terminal)
        with theirs, self._lock:
            try:
                socket.send_fds(self._peer, [header], [theirs.fileno(), *stdio])
                self._peer.sendall(body)
            except OSError as error:
                ours.close()
                raise OtorepairError(
                    "cannot start a process", "otorepair's spawner is gone", "start otorepair again"
                ) from error
        return ours

    def close(self) -> None:
        """Let the spawner end. Trees that still run keep their janitors."""
        self._peer.close()
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


def _fill_standard_streams() -> None:
    """Open what is closed of 0, 1 and 2, or a pipe of ours would take its number."""
    while True:
        descriptor = os.open(os.devnull, os.O_RDWR)
        if descriptor > 2:
            os.close(descriptor)
            return
        os.set_inheritable(descriptor, True)


def _serve(owner: socket.socket, mask: set[int | signal.Signals]) -> None:
    """Life of the spawner: one janitor a request, until the owner is gone."""
    ignored = {
        sig for sig in (TOUCHED | {signal.SIGCHLD}) - OF_PYTHON if signal.getsignal(sig) == signal.SIG_IGN
    }
    for sig in TOUCHED:
        signal.signal(sig, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps janitors
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os.setsid()
    from otorepair_like.supervise.terminal import Guard

    guard = Guard()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):  # or a reader of otorepair's output would wait for us to end
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    from otorepair_like.supervise.janitor import Inheritance, Janitor

    inheritance = Inheritance(mask, ignored)
    while header := _take_header(owner):
        first, descriptors = header
        request = wire.read_body(owner, first)
        if request is not None and os.fork() == 0:
            owner.close()
            control = socket.socket(fileno=descriptors[0])
            Janitor(control, request, tuple(descriptors[1:]), inheritance).run()  # does not return
        for descriptor in descriptors:
            os.close(descriptor)
    guard.restore()


def _take_header(owner: socket.socket) -> tuple[bytes, list[int]] | None:
    header, descriptors, _flags, _address = socket.recv_fds(owner, wire.HEADER, 4)
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
    return (header, descriptors) if len(header) == wire.HEADER and len(descriptors) == 4 else None
