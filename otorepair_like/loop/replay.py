"""The request that failed: found in the output, and asked again of the child."""

from __future__ import annotations

import time
from collections.abc import Sequence

import anyio

from otorepair_like.detect.server_lines import failed_request
from otorepair_like.incident import Incident
from otorepair_like.repair.request_prover import ask
from otorepair_like.supervise.process.stats import listeners

OFTEN = 3
"""Times a failure was seen after which it is expected to come again without anybody's doing."""
ASK_EVERY = 0.1
"""Seconds between two tries to reach a child that is starting."""


def request_of(incident: Incident, lines: Sequence[str]) -> tuple[str, str] | None:
    """(method, path) of the request ``incident`` belongs to, as the program or its ``lines`` of output tell.

    The handlers of ``http.server`` are named after the method; what fails there before the access log is written
    fails for every path.
    """
    if incident.facts and incident.facts.request:
        return incident.facts.request
    request = failed_request(lines)
    if request is None and any(frame.function == "do_GET" for frame in incident.frames):
        return "GET", "/"
    return request


def shows_by_itself(incident: Incident, times: int) -> bool:
    """Whether ``incident``, seen so many times by now, shows without anybody's doing.

    What fails on import fails when the program is loaded again; what was seen again and again comes by a timer.
    """
    loading = any(frame.own and frame.function == "<module>" for frame in incident.frames)
    return (
        loading or incident.type.endswith(("SyntaxError", "IndentationError", "TabError")) or times >= OFTEN
    )


async def ask_again(
    janitor: int, method: str, path: str, within: float, *, unsafe: bool = False
) -> int | None:
    """Ask the tree below ``janitor`` again on whatever it listens to, for ``within`` seconds; the status, if any.

    Args:
        unsafe: whether a request may be sent that could change something.
    """
    end = time.monotonic() + within
    while (left := end - time.monotonic()) > 0:
        ports = [found.port for found in await anyio.to_thread.run_sync(listeners, janitor)]
        status = await ask(method, path, ports, left, unsafe=unsafe) if ports else None
        if status is not None:
            return status
        await anyio.sleep(ASK_EVERY)
    return None
