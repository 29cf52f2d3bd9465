"""The user's process tree as the loop has it: start, stop, and messages about all that happens."""

from __future__ import annotations

import errno
import os

from otorepair_like.errors import CannotRunError
from otorepair_like.supervise.process import wire
from otorepair_like.supervise.terminal.shape import NAMES, Outlet

TYPE_CHECKING = False  # importing typing takes longer than forking
if TYPE_CHECKING:
    from collections.abc import Callable

    from otorepair_like.supervise.mailbox import Mailbox
    from otorepair_like.supervise.process.spawner import Spawner
    from otorepair_like.supervise.process.tree import ProcessTree
    from otorepair_like.supervise.terminal.output import Screen
    from otorepair_like.supervise.terminal.shape import Shape
    from otorepair_like.supervise.terminal.terminal import Terminal

PIPES = [Outlet(name, number, (number,), False) for number, name in NAMES.items()]
CLOSING = 8.0
"""Seconds :meth:`Child.close` waits at most; the janitor goes on without us."""


class ChildStreams:
    """The two ends of a child's streams.

    Args:
        shape: the shape they have; ``None``: two pipes.
        terminal: makes those that are terminals.
        stdin: what the child reads from, unless that is its terminal.
    """

    def __init__(self, shape: Shape | None, terminal: Terminal | None, stdin: int) -> None:
        self.sources: dict[int, str] = {}
        """Our ends, and the stream that each carries."""
        self.masters: list[int] = []
        """Those of them that are terminals; the first controls the child's session."""
        self.controlling = -1
        """The child's end of that one; -1: there is none."""
        self.closed = tuple(shape.closed) if shape else ()
        """What of 0, 1 and 2 the child is started without."""
        self._theirs: list[int] = []
        given = {0: stdin}
        for outlet in shape.outlets if shape else PIPES:
            reader, writer = terminal.open() if terminal and outlet.terminal else os.pipe()
            self.sources[reader] = outlet.stream
            self._theirs.append(writer)
            given |= dict.fromkeys(outlet.numbers, writer)
            if shape and outlet is shape.main:
                self.masters.insert(0, reader)
                self.controlling = writer
                if shape.stdin:
                    given[0] = writer
            elif outlet.terminal:
                self.masters.append(reader)
        self.stdio = tuple(given.get(number, stdin) for number in (0, 1, 2))
        """What the child gets; for what is closed, anything."""

    def close_theirs(self) -> None:
        """Close the child's ends, when it has them."""
        for descriptor in self._theirs:
            os.close(descriptor)


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
        shape: of the child's streams; ``None``: that of ``terminal``, or two pipes.
        terminal: makes those streams that are terminals.
        keep_daemons: whether what takes a session of its own outlives it.
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
        shape: Shape | None = None,
        terminal: Terminal | None = None,
        keep_daemons: bool = False,
    ) -> None:
        self.argv = argv
        self._spawner = spawner
        self._cwd = cwd
        self._env = env
        self._mailbox = mailbox
        self._screen = screen
        self._stdin = stdin
        self._keep_daemons = keep_daemons
        self._shape, self._terminal = shape or (terminal.shape if terminal else None), terminal
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
        streams = ChildStreams(self._shape, self._terminal, self._stdin)
        try:
            control = self._spawner.spawn(
                self.argv,
                self._cwd,
                self._env,
                streams.stdio,
                streams.closed,
                streams.controlling,
                self._keep_daemons,
            )
        finally:
            streams.close_theirs()
        from otorepair_like.supervise.process.tree import ProcessTree  # the child is being started meanwhile

        life = ProcessTree(control, self._mailbox)
        try:
            life.begin()
        except OSError as error:
            for descriptor in (*streams.sources, control.detach()):
                os.close(descriptor)
            raise self._cannot_run(error) from error
        if self._terminal and streams.masters:
            self._terminal.connect(streams.masters, life.pid)
        life.relay(streams.sources, self._screen, self._follow(streams))
        self._life = life
        return life.pid

    def _follow(self, streams: ChildStreams) -> dict[int, Callable[[], None]]:
        """Return who is to be told that the settings of a terminal of the child's changed."""
        if not self._terminal or not self._terminal.packets:
            return {}
        return dict.fromkeys(streams.masters, self._terminal.follow)

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
