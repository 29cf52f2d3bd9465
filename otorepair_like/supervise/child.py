"""The user's process tree as the loop has it: start, stop, and messages about all that happens."""

from __future__ import annotations

import errno
import os

from otorepair_like.errors import CannotRunError
from otorepair_like.supervise.process import wire

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from otorepair_like.supervise.mailbox import Mailbox
    from otorepair_like.supervise.process.spawner import Spawner
    from otorepair_like.supervise.process.tree import ProcessTree
    from otorepair_like.supervise.terminal.output import Screen
    from otorepair_like.supervise.terminal.terminal import Terminal

CLOSING = 8.0
"""Seconds :meth:`Child.close` waits at most; the janitor goes on without us."""


class Child:
    """A command that can be run again and again, one tree at a time.

    What happens is posted to the mailbox: ``Started``, then ``Output`` and ``Skipped``, ``Exited`` when the
    leader is gone and what it wrote is relayed, ``Step`` for each rung of the stop ladder, ``Gone`` at last.

    Args:
        spawner: starts it.
        argv: program and arguments.
        cwd: absolute path of the working directory.
        env: the whole environment.
        mailbox: takes the messages.
        screen: takes the output first; ``None``: it only goes to the mailbox.
        stdin: descriptor the child reads from; our own by default, of which we take nothing.
        terminal: says which streams are pseudo-terminals; ``None``: all are pipes.
    """

    def __init__(
        self,
        spawner: Spawner,
        argv: list[str],
        cwd: str,
        env: dict[str, str],
        mailbox: Mailbox,
        *,
        screen: Screen | None = None,
        stdin: int = 0,
        terminal: Terminal | None = None,
    ) -> None:
        self.argv = argv
        self._spawner = spawner
        self._cwd = cwd
        self._env = env
        self._mailbox = mailbox
        self._screen = screen
        self._stdin = stdin
        self._terminal = terminal
        self._life: ProcessTree | None = None

    @property
    def pid(self) -> int:
        """Process id of the leader, the last one when none runs; 0 before the first start."""
        return self._life.pid if self._life else 0

    @property
    def janitor(self) -> int:
        """Process id of the janitor, whose descendants are the tree; 0 before the first start."""
        return self._life.janitor if self._life else 0

    def start(self) -> int:
        """Start the command; returns its process id. Again only after ``Gone``.

        Raises:
            CannotRunError: the program cannot be found (exit 127) or executed (126).
        """
        ours, theirs, controlling = self._open_streams()
        interactive = self._terminal is not None and self._terminal.interactive
        stdio = (theirs[0] if interactive else self._stdin, *theirs)
        try:
            control = self._spawner.spawn(self.argv, self._cwd, self._env, stdio, controlling)
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        from otorepair_like.supervise.process.tree import ProcessTree  # the child is being started meanwhile

        life = ProcessTree(control, self._mailbox)
        try:
            life.begin()
        except OSError as error:
            for descriptor in (*ours, control.detach()):
                os.close(descriptor)
            raise self._cannot_run(error) from error
        if self._terminal and controlling > 0:
            self._terminal.connect([master for master in ours if os.isatty(master)])
        life.relay(ours, self._screen)
        self._life = life
        return life.pid

    def _open_streams(self) -> tuple[list[int], list[int], int]:
        """Our ends and the child's of stdout and stderr, and which of its stdio controls its session."""
        ours, theirs, controlling = [], [], -1
        for number, stream in ((1, "stdout"), (2, "stderr")):
            pseudo = self._terminal is not None and stream in self._terminal.streams
            reader, writer = self._terminal.open() if self._terminal and pseudo else os.pipe()
            if pseudo and controlling < 0:
                controlling = number
            ours.append(reader)
            theirs.append(writer)
        return ours, theirs, controlling

    def signal(self, sig: int) -> None:
        """Send ``sig`` to the leader's process group."""
        self._command("signal", int(sig))

    def stop(self, sig: int, timeout: float) -> None:
        """Begin to end the tree: ``sig`` to its group, ``timeout`` seconds, then SIGTERM, SIGKILL to all."""
        self._command("stop", int(sig), float(timeout))

    def kill(self) -> None:
        """SIGKILL to the whole tree until none is left, and do not wait for whoever reads our output."""
        self._command("kill")
        if self._life:
            self._life.abandon()

    def close(self) -> None:
        """End everything and wait for it, for some seconds at most. Can be called again."""
        if self._life:
            self.kill()
            self._life.over.wait(CLOSING)

    def _command(self, *command: str | float) -> None:
        if self._life:
            wire.send(self._life.control, *command)

    def _cannot_run(self, error: OSError) -> CannotRunError:
        if error.filename == "cwd":
            return CannotRunError(
                f"cannot enter {self._cwd}", str(error.strerror), "name another folder", found=True
            )
        return CannotRunError(
            f"cannot run {self.argv[0]}",
            "command not found" if error.errno == errno.ENOENT else str(error.strerror),
            "check the command and PATH",
            found=error.errno not in (errno.ENOENT, errno.ENOTDIR),
        )
