"""``--json``: writes every event as one line of JSON. ``docs/events.md`` describes the events."""

from __future__ import annotations

import json
from collections.abc import Callable

from otorepair_like import events
from otorepair_like.redact import masked


class JsonLines:
    """Reads events and writes each as one line of compact JSON, ASCII only.

    Args:
        write: takes one line, including its newline.
        redact: masks secrets in every text, before it is encoded.
    """

    def __init__(self, write: Callable[[str], None], redact: Callable[[str], str]) -> None:
        self._write, self._redact = write, redact

    def __call__(self, event: events.Event) -> None:
        """Write ``event``."""
        self._write(json.dumps(masked(events.to_json(event), self._redact), separators=(",", ":")) + "\n")
