"""Asking a failed request again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from otorepair_like.repair.proof.request_prover import ask

pytestmark = pytest.mark.anyio


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(500 if self.path == "/broken" else 200)
        self.end_headers()

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        self.send_response(201)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield server.server_address[1]
        server.shutdown()


async def test_the_status_is_what_the_first_port_that_answers_says(port: int):
    assert await ask("GET", "/x?y=1", [1, port], 5) == 200
    assert await ask("HEAD", "/broken", [port], 5) == 500


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/"), ("GET", "http://elsewhere/"), ("GET", "/a\r\nX: y")]
)
async def test_what_could_change_something_or_lead_elsewhere_is_not_asked(port: int, method: str, path: str):
    assert await ask(method, path, [port], 5) is None


async def test_what_could_change_something_is_asked_where_that_is_allowed(port: int):
    assert await ask("POST", "/", [port], 5, unsafe=True) == 201


async def test_nobody_there_is_none():
    assert await ask("GET", "/", [], 1) is None
    assert await ask("GET", "/", [1], 1) is None
