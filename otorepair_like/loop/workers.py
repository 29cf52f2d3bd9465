"""A reloader's worker that dies without a word, while the reloader lives on. Pure."""

from __future__ import annotations

LOOK_EVERY = 0.4
"""Seconds between two looks at the processes."""
MISSED_FOR = 1.2
"""Seconds without a worker after which it is dead, and not just being replaced."""

Processes = frozenset[tuple[int, float]]


class WorkerWatch:
    """Watches who is there below a reloader.

    What is there from the first look on and never changes (a resource tracker, say) is no worker. A worker is a
    process that came, and one that goes is replaced by the reloader within a moment, or has died.
    """

    def __init__(self) -> None:
        self._most = 0
        self._missing_since: float | None = None
        self._told = False
        self._seen_at = float("-inf")

    def failure_seen(self, now: float) -> None:
        """A failure was printed: no word about a death is needed."""
        self._seen_at = now

    def dead(self, there: Processes | None, now: float) -> bool:
        """Whether a worker has died, told once; ``there`` ``None``: nobody knows now, begin anew."""
        if there is None:
            self._most, self._missing_since, self._told = 0, None, False
            return False
        if len(there) >= self._most:
            self._most, self._missing_since, self._told = len(there), None, False
            return False
        self._missing_since = self._missing_since or now
        missed = now - self._missing_since >= MISSED_FOR and self._seen_at < self._missing_since
        told, self._told = self._told, self._told or missed
        return missed and not told
