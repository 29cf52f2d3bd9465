"""Match the records of the probe with the printed output, so that one failure is one incident.

Normally the failure is printed, and the matching record adds its facts. If nothing is printed for a record within a
moment, because a logger swallowed it or the text went elsewhere, an unhandled exception is reported by itself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from otorepair_like.detect.probe.record import MalformedError, ProbeRecord, RecordedException, parse
from otorepair_like.detect.probe.render import SourceLines, render_traceback
from otorepair_like.incident import Facts, Frame, Incident

PATIENCE: Final = 1.5
"""Seconds that a record waits for its text; a text is reported at most 1 s after its first line."""
MEMORY: Final = 10.0
"""Seconds during which a record may match later texts, since only some failures of a burst are recorded."""
_KEPT: Final = 50
_SCOPES: Final = 12

_CATCH_ALL: Final = re.compile(
    r"(?:asyncio|concurrent\.futures|uvicorn\.error|hypercorn\.error|gunicorn\.error|waitress|cheroot\.error|werkzeug"
    r"|django\.(?:request|server|channels\.server)|flask\.app|sanic\.error|aiohttp\.server|tornado\.application"
    r"|celery\.(?:app\.trace|worker)|rq\.worker|apscheduler\.(?:executors|scheduler)|litestar|quart\.app"
    r"|socketio\.server|engineio\.server)(?:\.|$)"
)
"""Loggers that servers and workers use for uncaught exceptions, according to their source."""


_CATCHER: Final = re.compile(r"(?:^|/)(?:flask|quart)/app\.py$")
"""Files that catch all exceptions and log them under the name of the user's application."""


@dataclass(slots=True)
class ProbeSighting:
    """A record and its state.

    Args:
        record: the record.
        draft: the failure in its traceback; ``None`` if it is harmless or has no frames.
        at: time of arrival, in monotonic seconds.
        matched: whether its text was seen.
        reported: whether it was reported by itself.
    """

    record: ProbeRecord
    draft: Incident | None
    at: float
    matched: bool = False
    reported: bool = False

    def matches(self, incident: Incident) -> bool:
        """Return whether ``incident`` is the same failure, by type, message and place."""
        error = self.record.error
        if not incident.type or _bare_name(incident.type) != _bare_name(error.type):
            return False
        if not incident.message.startswith(
            "".join(error.message.splitlines()[:1]).removesuffix("...").strip()
        ):
            return False  # the printed message may be longer, as in "Did you mean: 'x'?"
        if not incident.frames:
            return True
        return self.draft is not None and bool(_places(self.draft) & _places(incident))

    def enrich(self, incident: Incident) -> Incident:
        """Return the printed failure with the facts of the record."""
        frames = incident.frames or (self.draft.frames if self.draft else ())
        certain = incident.certain or self.unhandled
        return replace(incident, facts=_facts(self.record), frames=frames, certain=certain)

    @property
    def unhandled(self) -> bool:
        """Return whether the exception was not handled; tests log and lose exceptions on purpose."""
        record, frames = self.record, self.draft.frames if self.draft else ()
        if record.how == "logged" and not record.tests:
            return bool(_CATCH_ALL.match(record.where) or (frames and _CATCHER.search(frames[0].file)))
        return record.how == "main" or (record.how in ("thread", "unraisable") and not record.tests)


class Correlator:
    """Keeps recent records and matches them with printed failures.

    Args:
        workspace: the working directory of the program.
        identify: completes a failure with own frames and fingerprints.
    """

    def __init__(self, workspace: Path, identify: Callable[[Incident], Incident]) -> None:
        self._workspace, self._identify = workspace, identify
        self._seen: list[ProbeSighting] = []

    def take(self, line: bytes, now: float) -> ProbeSighting | None:
        """Take a line that came from the probe at ``now`` (monotonic seconds); ``None`` if it is not a record."""
        try:
            record = parse(line)
        except MalformedError:
            return None
        sighting = ProbeSighting(record, self._draft_of(record.error), now)
        recent = [earlier for earlier in self._seen if now - earlier.at < MEMORY]
        self._seen = [*recent, sighting][-_KEPT:]
        return sighting

    def forget(self, before: float) -> None:
        """Forget the records from before that time."""
        self._seen = [sighting for sighting in self._seen if sighting.at >= before]

    def _draft_of(self, error: RecordedException) -> Incident | None:
        """Return the failure as detection reads it from a printed traceback, so that both have the same fingerprint."""
        from otorepair_like.detect.traces import read_text

        lines = render_traceback(error, SourceLines(self._workspace))
        drafts = read_text("\n".join(lines))
        return self._identify(replace(drafts[-1], evidence=tuple(lines))) if drafts else None

    def find(self, incident: Incident, now: float) -> ProbeSighting | None:
        """Return the newest record of a printed failure, and mark it as matched."""
        for sighting in reversed(self._seen):
            if now - sighting.at < MEMORY and sighting.matches(incident):
                sighting.matched = True
                return sighting
        return None

    def headers(self, incident: Incident) -> tuple[tuple[str, str], ...]:
        """Return the headers of the request that ``incident`` belongs to."""
        matching = (one.record.headers for one in reversed(self._seen) if one.matches(incident))
        return next((headers for headers in matching if headers), ())

    def due(self) -> float | None:
        """Return when the next record has waited long enough for its text."""
        return min((sighting.at + PATIENCE for sighting in self._waiting()), default=None)

    def unprinted(self, now: float) -> list[Incident]:
        """Return each failure once whose text did not appear by ``now``."""
        due = [sighting for sighting in self._waiting() if sighting.at + PATIENCE <= now]
        for sighting in due:
            sighting.reported = True
        return [replace(sighting.draft, facts=_facts(sighting.record)) for sighting in due if sighting.draft]

    def _waiting(self) -> Iterator[ProbeSighting]:
        return (
            sighting
            for sighting in self._seen
            if sighting.draft and sighting.unhandled and not (sighting.matched or sighting.reported)
        )


def _bare_name(kind: str) -> str:
    return kind.rpartition(".")[2]


def _places(incident: Incident) -> set[tuple[str, int | None]]:
    """Return the places of the failure and of the top own frame; without folders, since formatters shorten paths."""
    frames: tuple[Frame | None, ...] = (*incident.frames[-1:], incident.own_frame)
    return {(os.path.basename(frame.file), frame.line) for frame in frames if frame}


def _facts(record: ProbeRecord) -> Facts:
    exceptions = list(_in_print_order(record.error))
    with_details = (error for error in reversed(exceptions) if error.subject or error.names or error.keys)
    detailed = next(with_details, record.error)
    return Facts(
        record.how,
        record.where,
        record.error.type,
        record.python,
        record.version,
        tuple(scope for error in exceptions for scope in error.own)[-_SCOPES:],
        detailed.subject,
        detailed.names,
        detailed.keys,
        record.request,
    )


def _in_print_order(error: RecordedException) -> Iterator[RecordedException]:
    """Yield all exceptions of a chain, in the order of printing."""
    if error.before:
        yield from _in_print_order(error.before)
    yield error
    for leaf in error.leaves:
        yield from _in_print_order(leaf)
