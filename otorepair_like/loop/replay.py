"""The request that failed: found in the output, and asked again of the child as it was."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final

import anyio

from otorepair_like.detect.server_lines import failed_request
from otorepair_like.incident import Incident
from otorepair_like.loop.answers import TWICE
from otorepair_like.loop.machine import commands, inputs
from otorepair_like.loop.run_parts import Recording
from otorepair_like.repair.proof.proof import HARMLESS
from otorepair_like.repair.proof.proof_places import SYNTAX
from otorepair_like.repair.proof.request_prover import ask
from otorepair_like.supervise.process.stats import listeners

OFTEN = 3
"""Times a failure was seen after which it is expected to come again without anybody's doing."""
ASK_EVERY = 0.1
"""Seconds between two tries to reach a child that is starting."""
_OTHERS: Final = 3
"""Other requests that were well and are asked once more."""
_KEPT: Final = 50
_FAILED: Final = 500

Headers = tuple[tuple[str, str], ...]


def request_of(incident: Incident, lines: Sequence[str]) -> tuple[str, str] | None:
    """Return (method, path) of the request ``incident`` belongs to, from its facts or the ``lines`` of output.

    A failure on the way up belongs to none, whatever request failed before. A path is never guessed.
    """
    if incident.facts and incident.facts.request:
        return incident.facts.request
    return None if on_the_way_up(incident) else failed_request(lines)


def on_the_way_up(incident: Incident) -> bool:
    """Return whether a failure came while a file was loaded."""
    loading = any(frame.own and frame.function == "<module>" for frame in incident.frames)
    return loading or incident.type.endswith(SYNTAX)


def shows_by_itself(incident: Incident, times: int) -> bool:
    """Return whether ``incident``, seen so many times by now, shows without anybody's action.

    What fails on import fails when the program is loaded again; what was seen again and again comes by a timer.
    """
    return on_the_way_up(incident) or times >= OFTEN


class Asker:
    """Asks requests again. The headers it knows are in its memory only, and nothing else ever has them.

    Args:
        janitor: returns the process below which the program listens.
        recorder: knows what was answered.
        unsafe: whether a request may be sent that could change something.
    """

    def __init__(self, janitor: Callable[[], int], recorder: Recording, unsafe: bool) -> None:
        self._janitor, self._recorder, self._unsafe = janitor, recorder, unsafe
        self._headers: OrderedDict[str, Headers] = OrderedDict()

    def remember(self, incident: Incident, headers: Headers) -> None:
        """Keep the headers of the request that a failure belongs to."""
        if headers:
            self._headers[incident.fingerprint] = headers
            while len(self._headers) > _KEPT:
                self._headers.popitem(last=False)

    def times(self, request: tuple[str, str] | None) -> int:
        """Return how often a request is to be asked."""
        if request is None:
            return TWICE
        # What may change something is sent once, where that is allowed at all.
        return self._recorder.answers.times(*request) if request[0].upper() in HARMLESS else 1

    async def ask(self, command: commands.AskAgain, within: float) -> inputs.Answered:
        """Ask as often as it takes, until an answer is bad; then others that were well, once."""
        headers, end = self._headers.get(command.fingerprint, ()), time.monotonic() + within
        worst: int | None = None
        for _ in range(command.times):
            status = await self._once(command.method, command.path, headers, end)
            worst = status if worst is None or status is None else max(worst, status)
            if status is None or status >= _FAILED:
                return inputs.Answered(worst)
        return inputs.Answered(worst, await self._damage(command, end))

    async def _once(self, method: str, path: str, headers: Headers, end: float) -> int | None:
        """Ask on whatever the tree listens to, as soon as it does; the status, if any."""
        while (left := end - time.monotonic()) > 0:
            ports = [found.port for found in await anyio.to_thread.run_sync(listeners, self._janitor())]
            status = await ask(method, path, ports, left, headers, unsafe=self._unsafe) if ports else None
            if status is not None:
                return status
            await anyio.sleep(ASK_EVERY)
        return None

    async def _damage(self, command: commands.AskAgain, end: float) -> str:
        """Return in words which request was well before and fails now; asked without anybody's cookies."""
        others = list(self._recorder.answers.well((command.method, command.path)))[:_OTHERS]
        for path, before in others:
            status = await self._once("GET", path, (), min(end, time.monotonic() + 2))
            if status is not None and status >= _FAILED:
                return f"GET {path} answers {status}, was {before} in health"
        return ""
