"""Readiness: checks if the program is up, at the place the user named or at any port it listens on."""

from __future__ import annotations

import re

import anyio
import anyio.to_thread

from otorepair_like.supervise.process.stats import listeners

EVERY = 0.05
"""Seconds between two tries."""
WITHIN = 1.0
"""Seconds one try may take."""


class Ready:
    """Signs by which a child is known to be up. All that are given must be seen; none given: a listening socket.

    Args:
        url: answered with any status below 500.
        port: of 127.0.0.1 or ::1, accepts a connection.
        log: a regular expression found in a line of output.
    """

    def __init__(self, url: str = "", port: int = 0, log: str = "") -> None:
        self._url, self._port = url, port
        self._log = re.compile(log) if log else None
        self._logged = False

    def begin(self) -> None:
        """A new child starts: forget what the last one said."""
        self._logged = False

    def hear(self, line: str) -> None:
        """A line of the child's output."""
        if self._log and not self._logged:
            self._logged = self._log.search(line) is not None

    async def up(self, janitor: int) -> bool:
        """Return whether the tree below ``janitor`` is up now."""
        if self._log and not self._logged:
            return False
        if self._port and not await _accepts(self._port):
            return False
        if self._url and not await anyio.to_thread.run_sync(_answers, self._url):
            return False
        if self._url or self._port or self._log:
            return True
        return bool(await anyio.to_thread.run_sync(listeners, janitor))

    async def wait(self, janitor: int) -> None:
        """Return when the tree below ``janitor`` is up."""
        while not await self.up(janitor):
            await anyio.sleep(EVERY)


async def _accepts(port: int) -> bool:
    for host in ("127.0.0.1", "::1"):
        try:
            with anyio.fail_after(WITHIN):
                async with await anyio.connect_tcp(host, port):
                    return True
        except OSError:  # TimeoutError is one too
            continue
    return False


def _answers(url: str) -> bool:
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import ProxyHandler, build_opener

    try:
        with build_opener(ProxyHandler({})).open(url, timeout=WITHIN):
            return True
    except HTTPError as error:
        error.close()
        return error.code < 500
    except (OSError, HTTPException):
        return False
