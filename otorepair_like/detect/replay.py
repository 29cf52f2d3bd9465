"""Replays recorded output through a detector, on a clock of its own, and notes how long each decision took."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from otorepair_like.detect.detector import Detector
from otorepair_like.incident import Incident

SETTLE = 0.3
"""Seconds without output after which a mere message is told, when nothing configures it."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """An incident and when it was told.

    Args:
        incident: what was seen.
        decided_after: seconds from the last byte of the output to the telling.
    """

    incident: Incident
    decided_after: float


def replay(detector: Detector, data: bytes | Iterable[bytes], stream: str) -> list[Sighting]:
    """Feed all bytes as of one moment, let time pass until nothing is open, then end the stream."""
    chunks = (data,) if isinstance(data, bytes) else data
    told = [(incident, 0.0) for chunk in chunks for incident in detector.feed(stream, chunk, 0.0)]
    now = 0.0
    while (due := detector.due()) is not None:
        now = max(due, now)
        told += [(incident, now) for incident in detector.tick(now)]
    told += [(incident, now) for incident in detector.flush(now)]
    return [Sighting(incident, after) for incident, after in told]
