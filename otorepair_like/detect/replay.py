"""Replay recorded output through a detector with a simulated clock, and measure how long each decision took."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from otorepair_like.detect.detector import Detector
from otorepair_like.incident import Incident

SETTLE = 0.3
"""Default of :class:`Detector`'s ``settle`` in replays, in seconds."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """An incident and the time of its report.

    Args:
        incident: the incident.
        decided_after: seconds from the last byte of the output to the report.
    """

    incident: Incident
    decided_after: float


def replay(detector: Detector, data: bytes | Iterable[bytes], stream: str) -> list[Sighting]:
    """Feed all bytes at one moment, let time pass until nothing is open, then end the stream."""
    chunks = (data,) if isinstance(data, bytes) else data
    reported = [(incident, 0.0) for chunk in chunks for incident in detector.feed(stream, chunk, 0.0)]
    now = 0.0
    while (due := detector.due()) is not None:
        now = max(due, now)
        reported += [(incident, now) for incident in detector.tick(now)]
    reported += [(incident, now) for incident in detector.flush(now)]
    return [Sighting(incident, after) for incident, after in reported]
