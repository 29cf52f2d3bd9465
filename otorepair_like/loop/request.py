"""The request that failed: found in the output, and asked again of the child."""

from __future__ import annotations

import time
from collections.abc import Sequence

import anyio

from otorepair_like.detect.reload import failed_request
from otorepair_like.incident import Incident
from otorepair_like.repair.replay import ask

ASK_EVERY = 0.1
"""Seconds between two tries to reach a child that is starting."""


def request_of(incident: Incident, lines: Sequence[str]) -> tuple[str, str] | None:
    """(method, path) of the request ``incident`` belongs to, as ``lines`` of output tell; ``None`` if they do not.

    The handlers of ``http.server`` are named after the method; what fails there before the access log is written
    fails for every path.
    """
    request = failed_request(lines)
    if request is None and any(frame.function == "do_GET" for frame in incident.frames):
        return "GET", "/"
    return request


async def ask_again(pid: int, method: str, path: str, within: float) -> int | None:
    """Ask the tree of ``pid`` again on whatever it listens to, for ``within`` seconds; the status, or ``None``."""
    end = time.monotonic() + within
    while (left := end - time.monotonic()) > 0:
        ports = await anyio.to_thread.run_sync(listening, pid)
        status = await ask(method, path, ports, left) if ports else None
        if status is not None:
            return status
        await anyio.sleep(ASK_EVERY)
    return None


def listening(pid: int) -> list[int]:
    """TCP ports on which ``pid`` or a process below it listens."""
    import psutil

    ports: list[int] = []
    try:
        leader = psutil.Process(pid)
        family = [leader, *leader.children(recursive=True)]
    except psutil.Error:
        return ports
    for process in family:
        try:
            sockets = process.net_connections("tcp")
        except psutil.Error:
            continue
        ports += [
            s.laddr.port for s in sockets if s.status == psutil.CONN_LISTEN and s.laddr.port not in ports
        ]
    return ports
