"""One repair at a time is unproven in a workspace: others wait, and a holder that dies frees it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import pytest

from otorepair_like.workspace.lease import Lease

pytestmark = pytest.mark.anyio

HOLDER = """\
import anyio, sys
from pathlib import Path
from otorepair_like.workspace.lease import Lease

lease = Lease(Path(sys.argv[1]), print)
anyio.run(lease.take)
print("held", flush=True)
sys.stdin.readline()
lease.release()
print("released", flush=True)
sys.stdin.readline()
"""


@contextmanager
def holder(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lease until it reads a line."""
    argv = [sys.executable, "-c", HOLDER, str(folder)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


async def taken(lease: Lease, within: float) -> bool:
    with anyio.move_on_after(within):
        await lease.take()
        return True
    return False


async def test_one_process_waits_until_the_other_releases_it(tmp_path: Path) -> None:
    lines: list[str] = []
    lease = Lease(tmp_path, lines.append)
    with holder(tmp_path) as process:
        assert not await taken(lease, within=0.5)
        assert lines == ["another otorepair is proving a repair in this workspace; waiting for it"]
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
        assert await taken(lease, within=20)
    lease.release()


async def test_a_killed_holder_frees_it(tmp_path: Path) -> None:
    lease = Lease(tmp_path, lambda _: None)
    with holder(tmp_path) as process:
        assert not await taken(lease, within=0.3)
        os.kill(process.pid, signal.SIGKILL)
        assert await taken(lease, within=20)
    lease.release()


async def test_who_holds_it_takes_it_again_at_once_and_may_release_it_twice(tmp_path: Path) -> None:
    lease, other = Lease(tmp_path, lambda _: None), Lease(tmp_path, lambda _: None)
    await lease.take()
    await lease.take()
    assert not await taken(other, within=0.3)
    lease.release()
    lease.release()
    assert await taken(other, within=20)
    other.release()


async def test_a_folder_that_cannot_be_written_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        await Lease(tmp_path / "nowhere", lambda _: None).take()
