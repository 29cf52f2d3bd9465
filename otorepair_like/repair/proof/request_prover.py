"""Asks an HTTP request of a server on this machine: the one that failed again, or a ticket's signal."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from anyio import to_thread

from otorepair_like.attempt import Verdict
from otorepair_like.repair.proof.proof import Judgement
from otorepair_like.tickets.signal import RequestAnswers

_HOSTS: Final = ("127.0.0.1", "::1")
_HARMLESS: Final = ("GET", "HEAD")
_BODY: Final = 1 << 20
"""Bytes of an answer that are looked at."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """The answer of a server: the status, and the beginning of the body."""

    status: int
    body: bytes = b""


async def ask(
    method: str,
    path: str,
    ports: Sequence[int],
    timeout: float,
    headers: Sequence[tuple[str, str]] = (),
    *,
    unsafe: bool = False,
) -> int | None:
    """Send ``method path`` to the first of ``ports`` that answers, on loopback only.

    Args:
        timeout: seconds in all.
        headers: as the request had them.
        unsafe: whether a request may be sent that could change something (not GET or HEAD).

    Returns:
        The status, or ``None`` if nobody answered, or the request may not be sent.
    """
    if not _may_be_sent(method, path, unsafe=unsafe):
        return None
    answer = await to_thread.run_sync(_ask, method.upper(), path, tuple(ports), timeout, headers)
    return answer.status if answer else None


async def prove(signal: RequestAnswers) -> Judgement:
    """Ask a ticket's request of the server it names, and judge the answer."""
    address, words = urlsplit(signal.url), f"{signal.method} {signal.path}"
    if address.hostname not in ("localhost", *_HOSTS) or not _may_be_sent(signal.method, signal.path):
        return Judgement(Verdict.UNPROVEN, False, f"{words} may not be sent to {signal.url}")
    ports = (address.port or 80,)
    answer = await to_thread.run_sync(_ask, signal.method.upper(), signal.path, ports, signal.timeout)
    if answer is None:
        return Judgement(Verdict.UNPROVEN, False, f"nobody answers {words} at {signal.url}")
    if answer.status >= signal.below:
        return Judgement(Verdict.FAILED, False, f"{words} answers {answer.status}")
    if signal.matches and not re.search(signal.matches, answer.body.decode(errors="replace")):
        return Judgement(Verdict.FAILED, False, f"the answer to {words} does not match /{signal.matches}/")
    return Judgement(Verdict.VERIFIED, False, f"{words} answers {answer.status}")


def _may_be_sent(method: str, path: str, *, unsafe: bool = False) -> bool:
    plain = path.startswith("/") and not any(ord(c) < 33 for c in path)
    return plain and (unsafe or method.upper() in _HARMLESS)


def _ask(
    method: str, path: str, ports: Sequence[int], timeout: float, headers: Sequence[tuple[str, str]] = ()
) -> HttpAnswer | None:
    end = time.monotonic() + timeout
    for port in ports:
        for host in _HOSTS:
            left = end - time.monotonic()
            if left <= 0:
                return None
            connection = http.client.HTTPConnection(host, port, timeout=left)
            try:
                _send(connection, method, path, headers)
                response = connection.getresponse()
                return HttpAnswer(response.status, response.read(_BODY))
            except (OSError, http.client.HTTPException, ValueError):
                continue
            finally:
                connection.close()
    return None


def _send(
    connection: http.client.HTTPConnection, method: str, path: str, headers: Sequence[tuple[str, str]]
) -> None:
    names = {name.lower() for name, _ in headers}
    connection.putrequest(
        method, path, skip_host="host" in names, skip_accept_encoding="accept-encoding" in names
    )
    for name, value in headers:
        connection.putheader(name, value.encode("latin-1", "replace"))
    connection.endheaders()
