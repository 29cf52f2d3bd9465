"""Asks a server on this machine, waiting until it is there."""

from __future__ import annotations

import http.client

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
