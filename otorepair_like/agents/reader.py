"""How the output of an agent CLI is understood, line by line: the part of a backend that knows its format.

Nothing here trusts what it reads: a line may be cut, not JSON, or JSON of another shape; a field may have any
    type. What is not understood is passed over.
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
    """What a message in plain words complains of; ``CRASHED`` when it says nothing known."""
    for reason, pattern in _SIGNS:
        if re.search(pattern, text, re.IGNORECASE):
            return reason
    return Reason.CRASHED


def reason_of_status(status: int) -> Reason | None:
    """What an HTTP status of the model's server means; ``None`` if it says nothing about the cause."""
    return Reason.OVERLOADED if status >= 500 else _STATUS.get(status)


def mapping(value: object) -> Mapping[str, Any]:
    """``value`` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Mapping[str, Any]]:
    """The objects in ``value`` if it is a list, else none."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text(value: object) -> str:
    """``value`` if it is text, else ``""``."""
    return value if isinstance(value, str) else ""


def first_text(value: object, *keys: str) -> str:
    """The first text under one of ``keys`` of the object ``value``, else ``""``."""
    return next((said for key in keys if (said := text(mapping(value).get(key)))), "")


def count(value: object) -> int:
    """``value`` as a whole number of things; 0 if it is none."""
    return int(number(value) or 0)


def number(value: object) -> float | None:
    """``value`` if it is a finite number that is not negative, else ``None``."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) and value >= 0 else None
    except OverflowError:
        return None


class Reader:
    """Turns printed lines into events; one instance a run. A ``Finished`` among them is the agent's own end.

    Attributes:
        remedies: what to do about a reason, appended to the text of the end.
        model, usage: what is known so far.
        said: the last thing the agent said.
    """

    remedies: ClassVar[Mapping[Reason, str]] = {}

    def __init__(self) -> None:
        self.model = ""
        self.usage = Usage()
        self.said = ""
        self.complaints: deque[str] = deque(maxlen=5)

    def line(self, stream: str, line: str) -> Iterator[AgentEvent]:
        """What ``line`` of ``"stdout"`` or ``"stderr"`` means."""
        raise NotImplementedError

    def ended(self, status: int) -> Finished:
        """The end of an agent that exited with ``status`` and never said that it had finished."""
        if status <= 0 or status in (130, 143):  # 0 too: agent CLIs exit 0 when they are interrupted
            return self.finish(Reason.INTERRUPTED, "it stopped before it had finished")
        last_words = "\n".join(self.complaints)
        return self.finish(
            reason_in(last_words), last_words or f"it exited with status {status} and said nothing"
        )

    def finish(self, reason: Reason, said: str = "") -> Finished:
        """The end, for ``reason``, with what is known of model and usage."""
        said, remedy = said or self.said, self.remedies.get(reason, "")
        return Finished(reason, "; ".join(part for part in (said, remedy) if part), self.model, self.usage)


class JsonReader(Reader):
    """For agents that print one JSON object a line on stdout. Everything else they print is a complaint."""

    def line(self, stream: str, line: str) -> Iterator[AgentEvent]:
        event = _parsed(line) if stream == "stdout" else None
        if event is not None:
            yield from self.event(event)
        elif line.strip():
            self.complaints.append(line.strip()[:500])

    def event(self, event: Mapping[str, Any]) -> Iterator[AgentEvent]:
        """What one object means; nothing if its type is not known."""
        raise NotImplementedError


class TextReader(Reader):
    """For agents that print plain text: every line is progress, the exit status tells how it ended."""

    _KEPT = 4_000  # characters: last words, and room enough for an answer

    def line(self, stream: str, line: str) -> Iterator[AgentEvent]:  # noqa: ARG002 - both alike
        line = line.rsplit("\r", 1)[-1]  # what a progress bar shows in the end
        if not line.strip():
            return
        self.said = f"{self.said}\n{line}"[-self._KEPT :].lstrip("\n")
        self.complaints.append(line.strip()[:500])
        yield Text(line)

    def ended(self, status: int) -> Finished:
        return self.finish(Reason.OK) if status == 0 else super().ended(status)


def _parsed(line: str) -> Mapping[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
