"""The child's bytes come out as they went in, whatever they are and whoever reads them."""

from __future__ import annotations

import hashlib
import os
import threading
from fcntl import ioctl
from pathlib import Path
from termios import FIONREAD

import psutil
import pytest

from otorepair_like.supervise.mailbox import Mailbox
from otorepair_like.supervise.messages import Exited, Gone, Output, ReaderLeft, Skipped
from otorepair_like.supervise.process.spawner import Spawner
from otorepair_like.supervise.relay import Relay
from tests.support.supervise import playing, python, screen_onto, until

MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("name", "code", "size", "digest"),
    [
        ("one line of 10 MiB", "w(b'x' * 10 * 2**20 + b'\\n')", 10 * MIB + 1, b"x" * 10 * MIB + b"\n"),
        (
            "100 MiB of all bytes",
            "[w(bytes(range(256)) * 4096) for _ in range(100)]",
            100 * MIB,
            bytes(range(256)) * 4096 * 100,
        ),
    ],
)
def test_large_output_arrives_byte_for_byte(
    spawner: Spawner, tmp_path: Path, name: str, code: str, size: int, digest: bytes
) -> None:
    code = f"import sys; w = sys.stdout.buffer.write\n{code}"
    with (
        screen_onto(tmp_path / "out", tmp_path / "err") as screen,
        playing(spawner, *python(code), screen=screen) as played,
    ):
        played.wait_for(Gone)
    relayed = (tmp_path / "out").read_bytes()
    assert len(relayed) == size
    assert hashlib.sha256(relayed).digest() == hashlib.sha256(digest).digest()
    assert (tmp_path / "err").read_bytes() == b""


def test_interleaved_lines_keep_their_stream_and_order(spawner: Spawner, tmp_path: Path) -> None:
    code = """
import os
for n in range(4000):
    os.write(1 + n % 2, b"line %d\\n" % n)
"""
    with (
        screen_onto(tmp_path / "out", tmp_path / "err") as screen,
        playing(spawner, *python(code), screen=screen) as played,
    ):
        played.wait_for(Gone)
    for name, start in (("out", 0), ("err", 1)):
        expected = b"".join(b"line %d\n" % n for n in range(start, 4000, 2))
        assert (tmp_path / name).read_bytes() == expected
    assert played.output("stdout") == (tmp_path / "out").read_bytes()
    assert played.output("stderr") == (tmp_path / "err").read_bytes()


def test_a_prompt_without_newline_arrives_at_once(spawner: Spawner) -> None:
    with playing(spawner, *python("import time; print('name? ', end=''); time.sleep(60)")) as played:
        played.wait_for_output(b"name? ")


def test_exit_comes_after_all_the_leader_wrote(spawner: Spawner) -> None:
    with playing(spawner, *python("print('x' * 50_000); raise SystemExit(3)")) as played:
        played.wait_for(Gone)
    exited = next(m for m in played.messages if isinstance(m, Exited))
    before = played.messages[: played.messages.index(exited)]
    assert exited.status == 3
    assert sum(len(m.data) for m in before if isinstance(m, Output)) == 50_001


def test_a_grandchild_that_holds_the_pipes_does_not_delay_the_exit(spawner: Spawner) -> None:
    grandchild = "while :; do echo still here; sleep 0.05; done"
    with playing(
        spawner, "/bin/sh", "-c", f"trap '' TERM; ({grandchild}) & echo last words; exit 7"
    ) as played:
        exited = played.wait_for(Exited)
        assert not played.of(Gone)
        played.wait_for(Gone)
    assert isinstance(exited, Exited)
    assert exited.status == 7
    assert b"last words" in played.output("stdout")


def test_a_silent_grandchild_that_holds_the_pipes_does_not_delay_the_exit(spawner: Spawner) -> None:
    with playing(spawner, "/bin/sh", "-c", "trap '' TERM; sleep 60 & echo last words; exit 7") as played:
        played.wait_for(Exited)
        assert not played.of(Gone)
        assert b"last words" in played.output("stdout")


def test_a_slow_reader_holds_the_child_as_a_pipe_would(spawner: Spawner) -> None:
    code = """
import os, select, sys
os.set_blocking(1, False)
poll = select.poll()
poll.register(1, select.POLLOUT)
sent = 0
while poll.poll(300):
    sent += os.write(1, b"x" * 4096)
print(sent, file=sys.stderr)
"""
    reader, writer = os.pipe()
    with screen_onto(writer) as screen, playing(spawner, *python(code), screen=screen) as played:
        until(lambda: played.collect() and played.output("stderr"), "a full pipe")
        assert int(played.output("stderr")) < MIB
        assert not played.of(Exited)  # what it wrote is not all relayed yet
        drain = threading.Thread(target=read_to_end, args=(reader, []))
        drain.start()
        played.wait_for(Gone)
    os.close(writer)
    drain.join()


def test_a_reader_that_leaves_is_reported_and_the_child_gets_sigpipe(spawner: Spawner) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with screen_onto(writer) as screen, playing(spawner, "yes", screen=screen) as played:
        played.wait_for(Gone)
    os.close(writer)
    assert [m.stream for m in played.messages if isinstance(m, ReaderLeft)] == ["stdout"]
    assert [m.status for m in played.messages if isinstance(m, Exited)] == [-13]


def test_kill_does_not_wait_for_a_reader_that_stopped_reading(spawner: Spawner) -> None:
    reader, writer = os.pipe()
    threads = psutil.Process().num_threads()
    with screen_onto(writer) as screen, playing(spawner, "yes", screen=screen) as played:
        until(lambda: ioctl(reader, FIONREAD, b"\0" * 4) == (64 * 1024).to_bytes(4, "little"), "a full pipe")
        played.child.kill()
        played.wait_for(Gone)
    os.close(reader)
    until(lambda: psutil.Process().num_threads() <= threads, "the end of the relay")
    os.close(writer)


def test_a_non_blocking_output_gets_everything(spawner: Spawner) -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    received: list[bytes] = []
    drain = threading.Thread(target=read_to_end, args=(reader, received))
    drain.start()
    code = "import os; [os.write(1, b'y' * 99) for _ in range(9000)]"
    with screen_onto(writer) as screen, playing(spawner, *python(code), screen=screen) as played:
        played.wait_for(Gone)
    os.close(writer)
    drain.join()
    assert b"".join(received) == b"y" * 99 * 9000


def read_to_end(descriptor: int, received: list[bytes]) -> None:
    with open(descriptor, "rb", buffering=0) as file:
        while part := file.read(1000):
            received.append(part)


def test_detection_skips_when_nobody_drains_but_the_relay_does_not(spawner: Spawner, tmp_path: Path) -> None:
    code = "import os; [os.write(1, b'z' * 2**20) for _ in range(20)]"
    with (
        screen_onto(tmp_path / "out") as screen,
        playing(spawner, *python(code), screen=screen) as played,
    ):
        until(lambda: (tmp_path / "out").stat().st_size == 20 * MIB, "20 MiB relayed")
        played.wait_for(Gone)
    skipped = [m for m in played.messages if isinstance(m, Skipped)]
    assert len(skipped) == 1
    assert skipped[0].bytes + len(played.output("stdout")) == 20 * MIB


def test_what_is_read_together_with_the_end_is_told() -> None:
    reader, writer = os.pipe()
    os.write(writer, b"last words")
    os.close(writer)
    mailbox, drained = Mailbox(), threading.Event()
    Relay(reader, "stdout", None, mailbox, drained.set)
    assert drained.wait(20)
    assert b"".join(said.data for said in mailbox.drain() if isinstance(said, Output)) == b"last words"
