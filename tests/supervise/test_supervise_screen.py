"""Our own lines and the child's bytes share a terminal without cutting each other."""

from __future__ import annotations

import os
import tty
from collections.abc import Iterator

import pytest

from otorepair_like.supervise.terminal.output import Screen
from tests.support.supervise import until


class Terminal:
    """Our end of a pseudo-terminal, and a screen on the other."""

    def __init__(self) -> None:
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        self.screen = Screen(self.slave, self.slave)
        self.shown = b""

    def wait_for(self, text: bytes) -> None:
        while not self.shown.endswith(text):
            self.shown += os.read(self.master, 4096)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    terminal.screen.close()
    os.close(terminal.master)
    os.close(terminal.slave)


def test_our_line_begins_on_a_line_of_its_own(terminal: Terminal) -> None:
    terminal.screen.relay("stdout", b"half a line")
    terminal.screen.write_own("ours\n")
    terminal.wait_for(b"ours\n")
    terminal.screen.relay("stdout", b"a whole line\n")
    terminal.screen.write_own("ours too\n")
    terminal.wait_for(b"ours too\n")
    assert terminal.shown == b"half a line\nours\na whole line\nours too\n"


def test_the_status_line_is_erased_before_the_child_speaks(terminal: Terminal) -> None:
    terminal.screen.set_status("working")
    terminal.wait_for(b"working")
    terminal.screen.relay("stdout", b"child\n")
    terminal.wait_for(b"child\n")
    assert terminal.shown == b"working\r\x1b[Kchild\n"


def test_the_status_line_never_breaks_a_line_of_the_child(terminal: Terminal) -> None:
    terminal.screen.relay("stdout", b"name? ")
    terminal.screen.set_status("working")
    terminal.screen.close()
    terminal.screen.relay("stdout", b"!")
    terminal.wait_for(b"!")
    assert terminal.shown == b"name? !"


def test_our_line_replaces_the_status_which_comes_back(terminal: Terminal) -> None:
    terminal.screen.set_status("working")
    terminal.wait_for(b"working")
    terminal.screen.write_own("ours\n")
    terminal.wait_for(b"ours\nworking")
    terminal.screen.close()
    terminal.wait_for(b"working\r\x1b[K")
    assert terminal.shown == b"working\r\x1b[Kours\nworking\r\x1b[K"


def test_no_status_where_there_is_no_terminal() -> None:
    reader, writer = os.pipe()
    screen = Screen(writer, writer)
    screen.set_status("working")
    screen.write_own("ours\n")
    screen.close()
    assert os.read(reader, 100) == b"ours\n"
    os.close(reader)
    os.close(writer)


def test_a_reader_that_is_gone_does_not_hurt() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    screen = Screen(writer, writer)
    screen.write_own("ours\n")
    screen.close()
    os.close(writer)


def test_a_halted_reader_does_not_hold_us() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    until(lambda: not fill(writer), "a full pipe")
    os.set_blocking(writer, True)
    screen = Screen(writer, writer)
    screen.write_own("ours\n")
    screen.close(timeout=0.05)
    os.close(reader)
    os.close(writer)


def fill(descriptor: int) -> int:
    try:
        return os.write(descriptor, b"x" * 4096)
    except BlockingIOError:
        return 0
