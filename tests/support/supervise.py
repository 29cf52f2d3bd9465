"""Helpers for tests of process trees: an owner in a process of its own, and deadlines instead of sleeps."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import psutil

from otorepair_like.supervise.child import Child
from otorepair_like.supervise.mailbox import Mailbox
from otorepair_like.supervise.messages import Message, Output
from otorepair_like.supervise.process.spawner import Spawner
from otorepair_like.supervise.terminal.output import Screen

ROOT = Path(__file__).resolve().parents[2]
T = TypeVar("T")
PATIENCE = 20.0
"""Seconds after which a sign that should have come is taken as lost."""


def until(
    sign: Callable[[], T], what: str = "the sign", every: float = 0.005, patience: float = PATIENCE
) -> T:
    """Wait for ``sign()``, asked ``every`` so many seconds, to become true; its value."""
    deadline = time.monotonic() + patience
    while not (value := sign()):
        assert time.monotonic() < deadline, f"no {what} within {patience} s"
        time.sleep(every)
    return value


class Played:
    """A child with everything it said, collected by waiting for one message after the other."""

    def __init__(self, child: Child, mailbox: Mailbox) -> None:
        self.child, self.mailbox = child, mailbox
        self.messages: list[Message] = []

    def wait_for(self, *kinds: type[Message]) -> Message:
        """The next message of one of ``kinds``, from now on."""
        seen = len(self.messages)

        def arrived() -> Message | None:
            self.messages += self.mailbox.drain()
            return next((message for message in self.messages[seen:] if isinstance(message, kinds)), None)

        return until(arrived, " or ".join(kind.__name__ for kind in kinds))

    def wait_for_output(self, text: bytes) -> None:
        """Wait until the child has said ``text`` on stdout."""
        until(lambda: self.collect() and text in self.output("stdout"), repr(text))

    def collect(self) -> bool:
        self.messages += self.mailbox.drain()
        return True

    def output(self, stream: str) -> bytes:
        return b"".join(m.data for m in self.messages if isinstance(m, Output) and m.stream == stream)

    def of(self, kind: type[Message]) -> list[Message]:
        return [message for message in self.messages if isinstance(message, kind)]


@contextmanager
def playing(
    spawner: Spawner, *argv: str, screen: Screen | None = None, stdin: int = 0, **env: str
) -> Iterator[Played]:
    """A started child, closed at the end."""
    mailbox = Mailbox()
    child = Child(
        spawner, list(argv), os.getcwd(), {**os.environ, **env}, mailbox, screen=screen, stdin=stdin
    )
    played = Played(child, mailbox)
    child.start()
    try:
        yield played
    finally:
        child.close()


@contextmanager
def screen_onto(out: int | Path, err: Path = Path(os.devnull)) -> Iterator[Screen]:
    """A screen that writes into a descriptor or files."""
    with open(out, "wb", closefd=isinstance(out, Path)) as stdout, open(err, "wb") as stderr:
        yield Screen(stdout.fileno(), stderr.fileno())


def python(code: str) -> list[str]:
    """A command line that runs ``code`` unbuffered and without site packages."""
    return [sys.executable, "-ISu", "-c", code]


def marked(marker: str) -> list[psutil.Process]:
    """Running processes with ``marker`` in their environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get("MARKER") == marker:
                found.append(process)
        except psutil.Error:
            continue
    return found


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def descriptors() -> int:
    """How many descriptors this process has open."""
    return psutil.Process().num_fds()
