"""The spawner: a small process that starts all others, so that none pays for what otorepair has loaded."""

from __future__ import annotations

import os
import select

from otorepair_like.errors import OtorepairError
from otorepair_like.supervise import wire
from otorepair_like.supervise.light import (
    allocate_lock,
    receive_descriptors,
    send_descriptors,
    signal,
    socket,
)
from otorepair_like.supervise.terminal import Guard

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from typing import NoReturn

    from otorepair_like.supervise.janitor import Inheritance

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
        self._lock = allocate_lock()

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
        try:
            with self._lock:
                send_descriptors(self._peer, header, [theirs.fileno(), *stdio])
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
        try:
            os.waitpid(self.pid, 0)
        except ChildProcessError:
            pass


def _fill_standard_streams() -> None:
    """Open what is closed of 0, 1 and 2, or a pipe of ours would take its number."""
    while True:
        descriptor = os.open(os.devnull, os.O_RDWR)
        if descriptor > 2:
            os.close(descriptor)
            return
        os.set_inheritable(descriptor, True)


def _serve(owner: socket.socket, mask: set[int]) -> None:
    """Life of the spawner: one janitor waits for the next request, until the owner is gone."""
    ignored = {
        sig for sig in (TOUCHED | {signal.SIGCHLD}) - OF_PYTHON if signal.getsignal(sig) == signal.SIG_IGN
    }
    for sig in TOUCHED:
        signal.signal(sig, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps janitors
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os.setsid()
    guard = Guard()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):  # or a reader of otorepair's output would wait for us to end
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    from otorepair_like.supervise.janitor import Inheritance

    inheritance = Inheritance(mask, ignored)
    while not _is_gone(owner):
        waiting, begun = os.pipe()
        if os.fork() == 0:
            _await_request(owner, begun, inheritance)
        os.close(begun)
        os.read(waiting, 1)  # nothing: its other end is closed when the janitor has begun
        os.close(waiting)
    guard.restore()


def _await_request(owner: socket.socket, begun: int, inheritance: Inheritance) -> NoReturn:
    """Life of a janitor, which is there before it is needed."""
    try:
        from otorepair_like.supervise.janitor import Janitor, become_janitor

        become_janitor()
        header, descriptors = receive_descriptors(owner, wire.HEADER, 4)
        request = wire.read_body(owner, header) if len(descriptors) == 4 else None
        owner.close()
        os.close(begun)
        if request is not None:
            for descriptor in descriptors:
                os.set_inheritable(descriptor, False)
            control = socket.socket(fileno=descriptors[0])
            Janitor(control, request, tuple(descriptors[1:]), inheritance).run()
    finally:
        os._exit(0)


def _is_gone(owner: socket.socket) -> bool:
    """Whether the owner has closed its end."""
    poll = select.poll()
    poll.register(owner, select.POLLIN)
    return bool(poll.poll(0)) and not owner.recv(1, socket.MSG_PEEK)
