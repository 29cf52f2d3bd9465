"""Asks a server on this machine, waiting until it is there."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.supervise import until


def get(port: int, path: str = "/") -> tuple[int, bytes]:
    """Status and body of the answer, as soon as somebody answers; status 0: the connection was cut."""

    def ask() -> tuple[int, bytes] | None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()
        except http.client.HTTPException:
            return 0, b""
        except ConnectionResetError:
            return 0, b""
        except OSError:
            return None
        finally:
            connection.close()

    return until(ask, f"answer on port {port}") or (0, b"")


@contextmanager
def serving(status: Callable[[], int]) -> Iterator[str]:
    """A server on loopback that answers every GET with ``status()``; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status())
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
