"""Up means answered; and whoever is on the port is named."""

from __future__ import annotations

import os
import socket
import sys

import anyio
import pytest

from otorepair_like.supervise.process.spawner import Spawner
from otorepair_like.supervise.process.stats import holder, listeners, stats
from otorepair_like.supervise.ready import Ready
from tests.support.supervise import free_port, playing, python, until

SERVER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(self.path[1:]))
        self.end_headers()
print("serving", flush=True)
sys.stdin.readline()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


@pytest.mark.parametrize("sign", ["listening", "port", "url", "url with a 404"])
def test_up_when_it_answers_and_not_before(spawner: Spawner, sign: str) -> None:
    port = free_port()
    signs = {
        "listening": Ready(),
        "port": Ready(port=port),
        "url": Ready(url=f"http://127.0.0.1:{port}/200"),
        "url with a 404": Ready(url=f"http://127.0.0.1:{port}/404"),
    }
    ready = signs[sign]
    source, feed = os.pipe()
    with playing(spawner, *python(SERVER), str(port), stdin=source) as played:
        played.wait_for_output(b"serving")

        async def main() -> None:
            assert not await ready.up(played.child.janitor)
            os.write(feed, b"go\n")
            with anyio.fail_after(10):
                await ready.wait(played.child.janitor)

        anyio.run(main)
        assert [found.port for found in listeners(played.child.janitor)] == [port]
    os.close(source)
    os.close(feed)


def test_an_error_of_the_server_is_not_up(spawner: Spawner) -> None:
    port = free_port()
    with playing(spawner, *python(SERVER), str(port), stdin=os.open(os.devnull, os.O_RDONLY)) as played:

        async def main() -> None:
            with anyio.fail_after(10):
                await Ready(port=port).wait(played.child.janitor)
            assert not await Ready(url=f"http://127.0.0.1:{port}/500").up(played.child.janitor)

        anyio.run(main)


def test_up_when_the_log_says_so() -> None:
    async def main() -> None:
        ready = Ready(log=r"listening on \d+")
        ready.hear("listening on nothing")
        assert not await ready.up(0)
        ready.hear("now listening on 80")
        assert await ready.up(0)
        ready.begin()
        assert not await ready.up(0)

    anyio.run(main)


def test_a_foreign_listener_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = holder(server.getsockname()[1])
    assert found is not None
    assert found.pid == os.getpid()
    assert sys.executable in found.command or "python" in found.command


def test_the_whole_tree_is_counted(spawner: Spawner) -> None:
    with playing(spawner, "/bin/sh", "-c", "setsid sleep 60 & sleep 60 & wait") as played:
        until(lambda: stats(played.child.janitor).processes == 3, "three processes")
        counted = stats(played.child.janitor)
        assert 0 <= counted.seconds < 60
        assert counted.memory > 0
    assert stats(played.child.janitor).processes == 0
