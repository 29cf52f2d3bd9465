"""The child's bytes come out as they went in, whatever they are and whoever reads them."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path

import pytest

from otorepair_like.supervise.messages import Exited, Gone, Output, ReaderLeft, Skipped
from otorepair_like.supervise.screen import Screen
from otorepair_like.supervise.spawner import Spawner
from tests.support.supervise import playing, python, until

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
    with open(tmp_path / "out", "wb") as out, open(tmp_path / "err", "wb") as err:
        screen = Screen(out.fileno(), err.fileno())
        with playing(
            spawner, *python(f"import sys; w = sys.stdout.buffer.write\n{code}"), screen=screen
        ) as played:
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
    with open(tmp_path / "out", "wb") as out, open(tmp_path / "err", "wb") as err:
        with playing(spawner, *python(code), screen=Screen(out.fileno(), err.fileno())) as played:
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
    grandchild = "trap '' TERM; while :; do echo still here; sleep 0.05; done"
    with playing(spawner, "/bin/sh", "-c", f"({grandchild}) & echo last words; exit 7") as played:
        exited = played.wait_for(Exited)
        assert not played.of(Gone)
        played.wait_for(Gone)
    assert isinstance(exited, Exited)
    assert exited.status == 7
    assert b"last words" in played.output("stdout")


def test_a_slow_reader_holds_the_child_as_a_pipe_would(spawner: Spawner) -> None:
    code = """
import os, sys
os.set_blocking(1, False)
sent = 0
while True:
    try:
        sent += os.write(1, b"x" * 4096)
    except BlockingIOError:
        print(sent, file=sys.stderr)
        break
"""
    reader, writer = os.pipe()
    with open(os.devnull, "wb") as err:
        with playing(spawner, *python(code), screen=Screen(writer, err.fileno())) as played:
            until(lambda: played.collect() and played.output("stderr"), "a full pipe")
            assert int(played.output("stderr")) < MIB
            assert not played.of(Exited)  # what it wrote is not all relayed yet
            drain = threading.Thread(target=_read_all, args=(reader,))
            drain.start()
            played.wait_for(Gone)
        os.close(writer)
        drain.join()


def _read_all(descriptor: int) -> None:
    with open(descriptor, "rb") as file:
        while file.read(MIB):
            pass


def test_a_reader_that_leaves_is_reported_and_the_child_gets_sigpipe(spawner: Spawner) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with open(os.devnull, "wb") as err:
        with playing(spawner, "yes", screen=Screen(writer, err.fileno())) as played:
            played.wait_for(Gone)
    os.close(writer)
    assert [m.stream for m in played.messages if isinstance(m, ReaderLeft)] == ["stdout"]
    assert [m.status for m in played.messages if isinstance(m, Exited)] == [-13]


def test_kill_does_not_wait_for_a_reader_that_stopped_reading(spawner: Spawner) -> None:
    reader, writer = os.pipe()
    with open(os.devnull, "wb") as err:
        with playing(spawner, "yes", screen=Screen(writer, err.fileno())) as played:
            played.child.kill()
            played.wait_for(Gone)
    os.close(reader)  # lets the relay's thread go
    os.close(writer)


def test_a_reader_with_a_non_blocking_pipe_gets_everything(spawner: Spawner) -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    received: list[bytes] = []

    def read() -> None:
        while part := os.read(reader, 1000):
            received.append(part)

    drain = threading.Thread(target=read)
    drain.start()
    with open(os.devnull, "wb") as err:
        with playing(
            spawner,
            *python("import os; [os.write(1, b'y' * 99) for _ in range(9000)]"),
            screen=Screen(writer, err.fileno()),
        ) as played:
            played.wait_for(Gone)
    os.close(writer)
    drain.join()
    os.close(reader)
    assert b"".join(received) == b"y" * 99 * 9000


def test_detection_skips_when_nobody_drains_but_the_relay_does_not(spawner: Spawner, tmp_path: Path) -> None:
    code = "import os; [os.write(1, b'z' * 2**20) for _ in range(20)]"
    with open(tmp_path / "out", "wb") as out, open(os.devnull, "wb") as err:
        with playing(spawner, *python(code), screen=Screen(out.fileno(), err.fileno())) as played:
            until(lambda: (tmp_path / "out").stat().st_size == 20 * MIB, "20 MiB relayed")
            played.wait_for(Gone)
    skipped = [m for m in played.messages if isinstance(m, Skipped)]
    assert len(skipped) == 1
    assert skipped[0].bytes + len(played.output("stdout")) == 20 * MIB
