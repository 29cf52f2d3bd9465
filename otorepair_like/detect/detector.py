"""The detector: reads the output of a program and returns its incidents. Pure: no clock, no waiting.

The sources of the workspace are the only files it reads, to resolve printed places.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from otorepair_like.detect import crash, environment, fingerprint
from otorepair_like.detect.bursts import BURST
from otorepair_like.detect.grammar import Block
from otorepair_like.detect.ownership import Places
from otorepair_like.detect.probe import Correlator
from otorepair_like.detect.scanner import Match, Scanner
from otorepair_like.detect.sources import Sources
from otorepair_like.incident import Incident

_NEAR: Final = 30
"""Lines around a certain incident within which a mere message is its echo."""
_PATIENCE: Final = 1.0
"""Most seconds that an uncertain incident waits, however much is printed meanwhile."""
_KEPT: Final = 50
"""Incidents that are remembered."""


@dataclass(slots=True)
class _Pending:
    """An uncertain incident that waits for the lines after it."""

    incident: Incident
    block: Block
    since: float


@dataclass(slots=True)
class _Sightings:
    count: int = 0
    last: float = float("-inf")
    reported: float = float("-inf")


class Detector:
    """Finds failures in the output of a program.

    Args:
        workspace: the working directory of the program.
        streams: the streams to search, of ``"stderr"``, ``"stdout"`` and ``"output"`` (both, where they are one);
            the end of the others is only remembered.
        settle: seconds that a message waits for the lines after it if rules cannot decide on it; at most 1 s.
    """

    def __init__(
        self, workspace: Path, *, streams: Collection[str] = ("stderr", "output"), settle: float = 2.0
    ) -> None:
        self._places = Places(workspace)
        self._sources = Sources(workspace, self._places)
        self._correlator = Correlator(workspace, self._identify)
        self._searched = frozenset(streams)
        self._settle = settle
        self._reset()

    def feed(self, stream: str, data: bytes, now: float) -> list[Incident]:
        """Take bytes of ``stream``, read at ``now`` (monotonic seconds); return the incidents complete by now."""
        self._now = now
        scanner = self._scanners[stream]
        if stream in self._searched:
            scanner.feed(data, now)
        else:
            scanner.remember(data)
        return self.tick(now)

    def take(self, record: bytes, now: float) -> None:
        """Take a record of the probe (see :mod:`otorepair_like.detect.probe`).

        Call it before :meth:`feed` gets the output that was printed after the record.
        """
        if sighting := self._correlator.take(record, now):
            for index, incident in enumerate(self._incidents):
                if incident.facts is None and sighting.matches(incident):
                    self._incidents[index], sighting.matched = sighting.enrich(incident), True

    def headers(self, incident: Incident) -> tuple[tuple[str, str], ...]:
        """Return the headers of the request that a failure belongs to, as the probe told; they are kept nowhere."""
        return self._correlator.headers(incident)

    def due(self) -> float | None:
        """Return when :meth:`tick` should be called next; ``None``: nothing is open."""
        times = [scanner.due() for scanner in self._scanners.values()]
        times += [self._due_at(pending) for pending in self._pending]
        times.append(self._correlator.due())
        return min((time for time in times if time is not None), default=None)

    def tick(self, now: float) -> list[Incident]:
        """Return the incidents that are complete at ``now`` because enough time has passed."""
        self._now = now
        for scanner in self._scanners.values():
            scanner.tick(now)
        for pending in [pending for pending in self._pending if self._due_at(pending) <= now]:
            self._pending.remove(pending)
            self._report(pending.incident, now, pending.block.count)
        self._report_unprinted(now)
        self._update_alerts()
        return self._drain()

    def flush(self, now: float) -> list[Incident]:
        """Return the incidents that are complete because the program ended."""
        self._now = now
        for stream in self._searched & self._scanners.keys():
            self._scanners[stream].flush(now)
        for pending in self._pending:
            self._report(pending.incident, now, pending.block.count)
        self._pending.clear()
        self._report_unprinted(float("inf"))
        self._update_alerts()
        return self._drain()

    def tail(self, stream: str, lines: int) -> tuple[str, ...]:
        """Return the last lines of a stream, at most 100, as a terminal would show them, without colours."""
        return self._scanners[stream].tail(lines)

    def crash(self, status: int, now: float) -> Incident:
        """Return the incident that explains a non-zero exit.

        It is the last unhandled one near the end of the output, or else one made from the last lines.

        Args:
            status: the exit status; negative: the signal that ended the program.
            now: monotonic seconds.
        """
        self.flush(now)
        cause = self._cause() or self._unsearched_cause()
        if cause is None:
            cause = self._identify(crash.from_tail(self._final_lines(), status))
        return replace(cause, exit_status=status, severity="fatal", certain=True)

    def restart(self, at: float) -> None:
        """Forget open blocks and earlier incidents: the program was started again at ``at`` (monotonic seconds)."""
        self._reset()
        self._correlator.forget(before=at)

    def seen(self, fingerprint: str) -> int:
        """Return how often a fingerprint was seen since the program was started."""
        sightings = self._sightings.get(fingerprint)
        return sightings.count if sightings else 0

    def _reset(self) -> None:
        self._now = float("-inf")
        self._scanners = {
            stream: Scanner(lambda match, stream=stream: self._on_match(stream, match))  # type: ignore[misc]
            for stream in ("stderr", "stdout", "output")
        }
        self._pending: list[_Pending] = []
        self._ready: list[Incident] = []
        self._incidents: deque[Incident] = deque(maxlen=_KEPT)
        self._sightings: dict[str, _Sightings] = {}

    def _due_at(self, pending: _Pending) -> float:
        return pending.since + min(self._settle, _PATIENCE)

    def _drain(self) -> list[Incident]:
        ready, self._ready = self._ready, []
        return ready

    def _on_match(self, stream: str, match: Match) -> None:
        """Report the incidents of a finished block: certain ones now, others after a while."""
        if match.block.clears:
            self._pending = [pending for pending in self._pending if pending.incident.stream != stream]
        for draft in match.incidents:
            incident = self._complete(draft, stream, match)
            if incident.certain:
                self._pending = [
                    pending for pending in self._pending if not _are_near(pending.incident, incident)
                ]
            if incident.severity == "warning":
                self._incidents.append(incident)
            elif incident.certain:
                self._report(incident, self._now)
            elif not self._is_echo(incident):
                self._pending.append(_Pending(incident, match.block, match.last))
        self._update_alerts()

    def _complete(self, draft: Incident, stream: str, match: Match) -> Incident:
        return self._identify(
            replace(
                draft,
                stream=stream,
                evidence=draft.evidence or tuple(match.block.lines),
                before=tuple(match.block.before),
                first_line=match.first_line - match.block.lead,
                last_line=match.last_line,
            )
        )

    def _identify(self, draft: Incident) -> Incident:
        """Return ``draft`` with own frames, root cause, environment and fingerprints."""
        own = self._places.own
        frames = tuple(replace(frame, own=frame.own and own(frame.file)) for frame in draft.frames)
        resolved = replace(
            draft,
            frames=self._sources.resolve(frames, draft.language),
            root_type=draft.root_type or draft.type,
            root_message=draft.root_message or draft.message,
        )
        return replace(
            resolved,
            environment=environment.kind(resolved),
            fingerprint=fingerprint.strict(resolved, self._places),
            loose_fingerprint=fingerprint.loose(resolved, self._places),
        )

    def _report(self, incident: Incident, now: float, count: int = 1) -> None:
        """Make an incident ready to be returned, unless it repeats one within a burst."""
        record = None if incident.facts else self._correlator.find(incident, now)
        incident = record.enrich(incident) if record else incident
        sightings = self._sightings.setdefault(incident.fingerprint, _Sightings())
        sightings.count += count
        repeated = now - sightings.last < BURST[0] and now - sightings.reported < BURST[1]
        repeated = repeated or (record is not None and record.reported)
        sightings.last = now
        incident = replace(incident, count=sightings.count)
        self._incidents.append(incident)
        if not repeated:
            sightings.reported = now
            self._ready.append(incident)

    def _report_unprinted(self, now: float) -> None:
        """Report failures that the probe recorded but nothing printed."""
        for incident in self._correlator.unprinted(now):
            line = self._scanners[incident.stream].lines
            self._report(replace(incident, first_line=line, last_line=line), self._now)

    def _update_alerts(self) -> None:
        """Have streams with a pending message examined line by line."""
        waiting = {pending.incident.stream for pending in self._pending}
        for stream, scanner in self._scanners.items():
            scanner.alert = stream in waiting

    def _is_echo(self, uncertain: Incident) -> bool:
        return any(_are_near(uncertain, incident) for incident in self._incidents if incident.certain)

    def _cause(self) -> Incident | None:
        """Return the last failure near the end of the output, an unhandled and certain one before any other."""
        near = [
            incident
            for incident in self._incidents
            if incident.last_line > self._scanners[incident.stream].lines - crash.EVIDENCE
        ]
        best = max(map(_rank, near), default=None)
        return next((incident for incident in reversed(near) if _rank(incident) == best), None)

    def _unsearched_cause(self) -> Incident | None:
        """Return a structured failure in the last lines of a stream that is not searched."""
        from otorepair_like.detect.traces import read_text

        for stream in sorted(self._scanners.keys() - self._searched):
            last = self.tail(stream, crash.EVIDENCE)
            for draft in read_text("\n".join(last))[-1:]:
                evidence = draft.evidence or last
                return self._identify(replace(draft, stream=stream, evidence=evidence))
        return None

    def _final_lines(self) -> tuple[str, ...]:
        """Return the end of the stream in which a program explains its end."""
        return self.tail("output", crash.EVIDENCE) or self.tail("stderr", crash.EVIDENCE)


def _rank(incident: Incident) -> tuple[bool, bool, bool]:
    """Return a sort key: unhandled and certain incidents last, warnings first."""
    certain = incident.certain and incident.severity != "warning"
    return (certain and not incident.handled, certain, incident.severity != "warning")


def _are_near(first: Incident, second: Incident) -> bool:
    return first.stream == second.stream and (
        second.first_line - _NEAR <= first.last_line and first.first_line <= second.last_line + _NEAR
    )
