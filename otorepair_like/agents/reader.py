"""Read the output of an agent CLI line by line; each CLI has a reader that knows its format.

Readers trust nothing: a line may be truncated, not JSON, or JSON of another shape; a field may have any type. What they
do not understand they skip.
"""

from __future__ import annotations

import json
import math
import re
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from otorepair_like.agents.protocol import AgentEvent, Finished, Reason, Text, Usage

_SIGNS = (
    (Reason.AUTH, r"\b40[13]\b|not logged in|unauthori[sz]ed|authenticat|auth method|api.?key"),
    (Reason.QUOTA, r"\b(402|429)\b|rate.?limit|quota|usage limit|billing|out of credits"),
    (
        Reason.OVERLOADED,
        r"\b5(00|02|03|29)\b|overloaded|at capacity|high demand"
        r"|connection (error|was lost|reset|refused)|ECONN(RESET|REFUSED)|API error: terminated|fetch failed",
    ),
    (
        Reason.MODEL,
        r"model.{0,60}(not found|not available|does not exist|unknown|invalid)|(unknown|invalid) model",
    ),
)
_STATUS = {401: Reason.AUTH, 402: Reason.QUOTA, 403: Reason.AUTH, 404: Reason.MODEL, 429: Reason.QUOTA}


def reason_in(text: str) -> Reason:
    """Return the reason that an error message in plain words gives; ``CRASHED`` if it gives no known one."""
    for reason, pattern in _SIGNS:
        if re.search(pattern, text, re.IGNORECASE):
            return reason
    return Reason.CRASHED


def reason_of_status(status: int) -> Reason | None:
    """Return the reason that an HTTP status of the model's server means; ``None`` if it means none."""
    return Reason.OVERLOADED if status >= 500 else _STATUS.get(status)


def mapping(value: object) -> Mapping[str, Any]:
    """Return ``value`` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Mapping[str, Any]]:
    """Return the objects in ``value`` if it is a list, else none."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text(value: object) -> str:
    """Return ``value`` if it is text, else ``""``."""
    return value if isinstance(value, str) else ""


def first_text(value: object, *keys: str) -> str:
    """Return the first text under one of ``keys`` in the object ``value``, else ``""``."""
    return next(filter(None, (text(mapping(value).get(key)) for key in keys)), "")


def count(value: object) -> int:
    """Return ``value`` as a whole number; 0 if it is none."""
    return int(number(value) or 0)


def number(value: object) -> float | None:
    """Return ``value`` if it is a finite number and not negative, else ``None``."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) and value >= 0 else None
    except OverflowError:
        return None


class Reader:
    """Turns printed lines into events; one instance a run. A ``Finished`` among them is the agent's own end.

    Attributes:
        remedies: the remedy for a reason, appended to the message of the end.
        model, usage: as reported so far.
        last_text: the agent's last message.
        errors: the last lines that may explain a failure.
    """

    remedies: ClassVar[Mapping[Reason, str]] = {}

    def __init__(self) -> None:
        self.model = ""
        self.usage = Usage()
        self.last_text = ""
        self.errors: deque[str] = deque(maxlen=5)

    def line(self, stream: str, line: str) -> Iterator[AgentEvent]:
        """Yield the events in a ``line`` of ``"stdout"`` or ``"stderr"``."""
        raise NotImplementedError

    def ended(self, status: int) -> Finished:
        """Return the end of an agent that exited with ``status`` without reporting an end."""
        if status <= 0 or status in (130, 143):  # 0, too: agent CLIs exit 0 when they are interrupted
            return self.finish(Reason.INTERRUPTED, "it stopped before it had finished")
        errors = "\n".join(self.errors)
        return self.finish(reason_in(errors), errors or f"it exited with status {status} and said nothing")

    def finish(self, reason: Reason, message: str = "") -> Finished:
        """Return the end for ``reason``, with model and usage as reported so far."""
        parts = (message or self.last_text, self.remedies.get(reason, ""))
        return Finished(reason, "; ".join(filter(None, parts)), self.model, self.usage)


class JsonReader(Reader):
    """A reader for agents that print one JSON object a line on stdout. All other output counts as errors."""

    def line(self, stream: str, line: str) -> Iterator[AgentEvent]:
        event = _parse(line) if stream == "stdout" else None
        if event is not None:
            yield from self.event(event)
        elif line.strip():
            self.errors.append(line.strip()[:500])

    def event(self, event: Mapping[str, Any]) -> Iterator[AgentEvent]:
        """Yield the events in one object; none if its type is unknown."""
        raise NotImplementedError


class TextReader(Reader):
    """A reader for agents that print plain text: every line is progress, the exit status is the result."""

    _KEPT = 4_000  # characters: enough for an answer

    def line(self, stream: str, line: str) -> Iterator[AgentEvent]:  # noqa: ARG002 - streams are the same
        line = line.rsplit("\r", 1)[-1]  # the final state of a progress bar
        if not line.strip():
            return
        self.last_text = f"{self.last_text}\n{line}"[-self._KEPT :].lstrip("\n")
        self.errors.append(line.strip()[:500])
        yield Text(line)

    def ended(self, status: int) -> Finished:
        return self.finish(Reason.OK) if status == 0 else super().ended(status)


def _parse(line: str) -> Mapping[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
