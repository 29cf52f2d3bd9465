"""The detector: a child's two streams in, its incidents out. Pure: no clock, no waiting, no files."""

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
from otorepair_like.detect.probe import Meeting
from otorepair_like.detect.scanner import Match, Scanner
from otorepair_like.detect.sources import Sources
from otorepair_like.incident import Incident

_NEAR: Final = 30
"""Lines around a sure incident within which a mere message is its echo."""
_PATIENCE: Final = 1.0
"""Seconds an unsure incident waits at most, however much is printed meanwhile."""
_KEPT: Final = 50


@dataclass(slots=True)
class _Unsure:
    """A mere message, waiting for what may follow it."""

    incident: Incident
    block: Block
    since: float


@dataclass(slots=True)
class _Sightings:
    count: int = 0
    last: float = float("-inf")
    told: float = float("-inf")


class Detector:
    """Finds failures in what a child prints.

    Args:
        workspace: the directory the child runs in.
        streams: the streams searched, of ``"stderr"``, ``"stdout"`` and ``"output"`` (both, where they are one); the
            others are only remembered.
        settle: seconds a message that rules cannot decide waits for what may follow it, 1 s at most.
    """

    def __init__(
        self, workspace: Path, *, streams: Collection[str] = ("stderr", "output"), settle: float = 2.0
    ) -> None:
        self._places = Places(workspace)
        self._sources = Sources(workspace, self._places)
        self._meeting = Meeting(workspace, self._identified)
        self._searched = frozenset(streams)
        self._settle = settle
        self._begin_life()

    def feed(self, stream: str, data: bytes, now: float) -> list[Incident]:
        """Take bytes of ``stream``, read at ``now`` (monotonic seconds); return the incidents complete by now."""
        self._now = now
        machine = self._machines[stream]
        if stream in self._searched:
            machine.feed(data, now)
        else:
            machine.remember(data)
        return self.tick(now)

    def take(self, record: bytes, now: float) -> None:
        """Take what a process told of an exception itself (see :mod:`otorepair_like.detect.probe`).

        To be shown before what was printed after it, also before the news that the process started.
        """
        if sighting := self._meeting.take(record, now):
            for place, one in enumerate(self._life):
                if one.facts is None and sighting.is_of(one):
                    self._life[place], sighting.met = sighting.enrich(one), True

    def due(self) -> float | None:
        """When :meth:`tick` should be called next; ``None``: nothing is open."""
        times = [one for machine in self._machines.values() if (one := machine.due()) is not None]
        times += [self._ripe(one) for one in self._unsure]
        times += [lonely] if (lonely := self._meeting.due()) is not None else []
        return min(times, default=None)

    def tick(self, now: float) -> list[Incident]:
        """Return the incidents that time alone completed by ``now``."""
        self._now = now
        for machine in self._machines.values():
            machine.tick(now)
        for one in [one for one in self._unsure if self._ripe(one) <= now]:
            self._unsure.remove(one)
            self._tell(one.incident, now, one.block.count)
        self._tell_alone(now)
        self._watch()
        return self._take()

    def _tell_alone(self, by: float) -> None:
        """Tell what the program told and nobody printed."""
        for incident in self._meeting.alone(by):
            line = self._machines[incident.stream].lines
            self._tell(replace(incident, first_line=line, last_line=line), self._now)

    def _watch(self) -> None:
        """A stream with a waiting message is looked at line by line."""
        waiting = {one.incident.stream for one in self._unsure}
        for stream, machine in self._machines.items():
            machine.alert = stream in waiting

    def flush(self, now: float) -> list[Incident]:
        """The child ended: everything open is complete."""
        self._now = now
        for stream in self._searched & self._machines.keys():
            self._machines[stream].flush(now)
        for one in self._unsure:
            self._tell(one.incident, now, one.block.count)
        self._unsure.clear()
        self._tell_alone(float("inf"))
        self._watch()
        return self._take()

    def tail(self, stream: str, lines: int) -> tuple[str, ...]:
        """The last lines of a stream, at most 100, as a terminal would show them, without colours."""
        return self._machines[stream].tail(lines)

    def crash(self, status: int, now: float) -> Incident:
        """The incident that a non-zero exit stands for.

        It is the last unhandled one seen near the end of this child's life; else one made from its last words.

        Args:
            status: the exit status; negative: the signal that ended the child.
            now: monotonic seconds.
        """
        self.flush(now)
        cause = self._cause() or self._unsearched_cause()
        if cause is None:
            cause = self._identified(crash.from_tail(self._last_words(), status))
        return replace(cause, exit_status=status, severity="fatal", certain=True)

    def _last_words(self) -> tuple[str, ...]:
        """Return the end of what was printed where a program tells why it ends."""
        return self.tail("output", crash.EVIDENCE) or self.tail("stderr", crash.EVIDENCE)

    def restart(self, at: float) -> None:
        """A new child, started at ``at`` (monotonic seconds): forget open blocks and the last one's incidents."""
        self._begin_life()
        self._meeting.forget(before=at)

    def seen(self, fingerprint: str) -> int:
        """How often a fingerprint was seen in this child's life."""
        sightings = self._sightings.get(fingerprint)
        return sightings.count if sightings else 0

    def _begin_life(self) -> None:
        self._now = float("-inf")
        self._machines = {
            stream: Scanner(lambda found, stream=stream: self._note(stream, found))  # type: ignore[misc]
            for stream in ("stderr", "stdout", "output")
        }
        self._unsure: list[_Unsure] = []
        self._ready: list[Incident] = []
        self._life: deque[Incident] = deque(maxlen=_KEPT)
        self._sightings: dict[str, _Sightings] = {}

    def _ripe(self, one: _Unsure) -> float:
        return one.since + min(self._settle, _PATIENCE)

    def _take(self) -> list[Incident]:
        ready, self._ready = self._ready, []
        return ready

    def _note(self, stream: str, found: Match) -> None:
        """A block ended: its incidents are told at once if sure, else they wait."""
        if found.block.clears:
            self._unsure = [one for one in self._unsure if one.incident.stream != stream]
        for draft in found.incidents:
            incident = self._finished(draft, stream, found)
            if incident.certain:
                self._unsure = [one for one in self._unsure if not _near(one.incident, incident)]
            if incident.severity == "warning":
                self._life.append(incident)
            elif incident.certain:
                self._tell(incident, self._now)
            elif not self._is_echo(incident):
                self._unsure.append(_Unsure(incident, found.block, found.last))
        self._watch()

    def _finished(self, draft: Incident, stream: str, found: Match) -> Incident:
        return self._identified(
            replace(
                draft,
                stream=stream,
                evidence=draft.evidence or tuple(found.block.lines),
                before=tuple(found.block.before),
                first_line=found.first_line - found.block.lead,
                last_line=found.last_line,
            )
        )

    def _identified(self, draft: Incident) -> Incident:
        """The draft with what its words and paths tell: whose its frames are, its cause, its fingerprints."""
        own = self._places.own
        frames = tuple(replace(frame, own=frame.own and own(frame.file)) for frame in draft.frames)
        whole = replace(
            draft,
            frames=self._sources.resolve(frames, draft.language),
            root_type=draft.root_type or draft.type,
            root_message=draft.root_message or draft.message,
        )
        return replace(
            whole,
            environment=environment.kind(whole),
            fingerprint=fingerprint.strict(whole, self._places),
            loose_fingerprint=fingerprint.loose(whole, self._places),
        )

    def _is_echo(self, unsure: Incident) -> bool:
        return any(_near(unsure, one) for one in self._life if one.certain)

    def _tell(self, incident: Incident, now: float, count: int = 1) -> None:
        told = None if incident.facts else self._meeting.of(incident, now)
        incident = told.enrich(incident) if told else incident
        sightings = self._sightings.setdefault(incident.fingerprint, _Sightings())
        sightings.count += count
        repeated = now - sightings.last < BURST[0] and now - sightings.told < BURST[1]
        repeated = repeated or (told is not None and told.alone)
        sightings.last = now
        incident = replace(incident, count=sightings.count)
        self._life.append(incident)
        if not repeated:
            sightings.told = now
            self._ready.append(incident)

    def _unsearched_cause(self) -> Incident | None:
        """A structured failure among the last lines of a stream that is not searched."""
        from otorepair_like.detect.traces import read_text

        for stream in sorted(self._machines.keys() - self._searched):
            last = self.tail(stream, crash.EVIDENCE)
            for draft in read_text("\n".join(last))[-1:]:
                evidence = draft.evidence or last
                return self._identified(replace(draft, stream=stream, evidence=evidence))
        return None

    def _cause(self) -> Incident | None:
        """The last failure within the last lines; an unhandled and sure one before any other."""
        near = [
            one for one in self._life if one.last_line > self._machines[one.stream].lines - crash.EVIDENCE
        ]
        best = max(map(_rank, near), default=None)
        return next((one for one in reversed(near) if _rank(one) == best), None)


def _rank(incident: Incident) -> tuple[bool, bool, bool]:
    """Unhandled and sure ones first; what only explained a warning last."""
    sure = incident.certain and incident.severity != "warning"
    return (sure and not incident.handled, sure, incident.severity != "warning")


def _near(one: Incident, other: Incident) -> bool:
    return one.stream == other.stream and (
        other.first_line - _NEAR <= one.last_line and one.first_line <= other.last_line + _NEAR
    )
