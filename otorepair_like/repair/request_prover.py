"""Asking a failed HTTP request again, of a server on this machine."""

from __future__ import annotations

import http.client
import time
from collections.abc import Sequence
from typing import Final

_HOSTS: Final = ("127.0.0.1", "::1")
_HARMLESS: Final = ("GET", "HEAD")


async def ask(
    method: str, path: str, ports: Sequence[int], timeout: float, *, unsafe: bool = False
) -> int | None:
    """Send ``method path`` to the first of ``ports`` that answers, on loopback only.

    Args:
        timeout: seconds in all.
        unsafe: whether a request may be sent that could change something (not GET or HEAD).

    Returns:
        The status, or ``None`` if nobody answered, or the request may not be sent.
    """
    from anyio import to_thread

    if (
        not (unsafe or method.upper() in _HARMLESS)
        or not path.startswith("/")
        or any(ord(c) < 33 for c in path)
    ):
        return None
    return await to_thread.run_sync(_ask, method.upper(), path, tuple(ports), timeout)


def _ask(method: str, path: str, ports: Sequence[int], timeout: float) -> int | None:
    end = time.monotonic() + timeout
    for port in ports:
        for host in _HOSTS:
            left = end - time.monotonic()
            if left <= 0:
                return None
            connection = http.client.HTTPConnection(host, port, timeout=left)
            try:
                connection.request(method, path)
                return connection.getresponse().status
            except (OSError, http.client.HTTPException, ValueError):
                continue
            finally:
                connection.close()
    return None
