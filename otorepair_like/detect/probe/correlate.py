"""What the program told meets what it printed: one failure, one incident.

The printed text is the rule. A record that meets it adds its facts; one that meets none within a moment, because a
logger swallowed it or the text went elsewhere, is a failure of its own, if nobody dealt with the exception.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from otorepair_like.detect.probe.record import MalformedError, ProbeRecord, RaisedException, parse
from otorepair_like.detect.probe.render import SourceLines, retell
from otorepair_like.incident import Facts, Frame, Incident

PATIENCE: Final = 1.5
"""Seconds a record waits for its text; a text is told 1 s after it began at the latest."""
MEMORY: Final = 10.0
"""Seconds a record serves the texts that come after it: of a storm only some failures are told."""
_KEPT: Final = 50
_SCOPES: Final = 12

_CATCH_ALL: Final = re.compile(
    r"(?:asyncio|concurrent\.futures|uvicorn\.error|hypercorn\.error|gunicorn\.error|waitress|cheroot\.error|werkzeug"
    r"|django\.(?:request|server|channels\.server)|flask\.app|sanic\.error|aiohttp\.server|tornado\.application"
    r"|celery\.(?:app\.trace|worker)|rq\.worker|apscheduler\.(?:executors|scheduler)|litestar|quart\.app"
    r"|socketio\.server|engineio\.server)(?:\.|$)"
)
"""Loggers to which servers and workers give an exception that nothing caught, by their projects' source."""


_CATCHER: Final = re.compile(r"(?:^|/)(?:flask|quart)/app\.py$")
"""Files that catch everything and log it under the name of the user's application."""


@dataclass(slots=True)
class ProbeSighting:
    """A record, and what became of it.

    Args:
        record: what the process told.
        draft: the failure as its traceback reads; ``None`` if it is a harmless one, or has no frames.
        at: when it came, in monotonic seconds.
        met: whether its text was seen.
        alone: whether it was told as a failure of its own.
    """

    record: ProbeRecord
    draft: Incident | None
    at: float
    met: bool = False
    alone: bool = False

    def is_of(self, incident: Incident) -> bool:
        """Whether ``incident`` is the same failure: type, message, and where it happened."""
        error = self.record.error
        if not incident.type or _last(incident.type) != _last(error.type):
            return False
        if not incident.message.startswith(
            "".join(error.message.splitlines()[:1]).removesuffix("...").strip()
        ):
            return False  # what was printed may go on, as in "Did you mean: 'x'?"
        if not incident.frames:
            return True
        return self.draft is not None and bool(_places(self.draft) & _places(incident))

    def enrich(self, incident: Incident) -> Incident:
        """The printed failure with what the program knew."""
        frames = incident.frames or (self.draft.frames if self.draft else ())
        certain = incident.certain or self.unhandled
        return replace(incident, facts=_facts(self.record), frames=frames, certain=certain)

    @property
    def unhandled(self) -> bool:
        """Whether nobody dealt with the exception. Tests log and lose exceptions on purpose."""
        record, frames = self.record, self.draft.frames if self.draft else ()
        if record.how == "logged" and not record.tests:
            return bool(_CATCH_ALL.match(record.where) or (frames and _CATCHER.search(frames[0].file)))
        return record.how == "main" or (record.how in ("thread", "unraisable") and not record.tests)


class Meeting:
    """What was told lately.

    Args:
        workspace: the directory the child runs in.
        identify: completes a failure as it was read: whose its frames are, its fingerprints.
    """

    def __init__(self, workspace: Path, identify: Callable[[Incident], Incident]) -> None:
        self._workspace, self._identify = workspace, identify
        self._seen: list[ProbeSighting] = []

    def take(self, line: bytes, now: float) -> ProbeSighting | None:
        """Take what came from the pipe at ``now`` (monotonic seconds); ``None`` if it is no record."""
        try:
            record = parse(line)
        except MalformedError:
            return None
        sighting = ProbeSighting(record, self._read(record.error), now)
        self._seen = [*(one for one in self._seen if now - one.at < MEMORY), sighting][-_KEPT:]
        return sighting

    def forget(self, before: float) -> None:
        """Forget what came before that time."""
        self._seen = [one for one in self._seen if one.at >= before]

    def _read(self, error: RaisedException) -> Incident | None:
        """The failure as the grammar of printed tracebacks reads it, so that both have one fingerprint."""
        from otorepair_like.detect.traces import read_text

        lines = retell(error, SourceLines(self._workspace))
        drafts = read_text("\n".join(lines))
        return self._identify(replace(drafts[-1], evidence=tuple(lines))) if drafts else None

    def of(self, incident: Incident, now: float) -> ProbeSighting | None:
        """The newest record of a printed failure; from now on it has met it."""
        for one in reversed(self._seen):
            if now - one.at < MEMORY and one.is_of(incident):
                one.met = True
                return one
        return None

    def due(self) -> float | None:
        """When the next record will have waited long enough for its text."""
        return min((one.at + PATIENCE for one in self._lonely()), default=None)

    def alone(self, now: float) -> list[Incident]:
        """The failures whose text did not come by ``now``, each once."""
        lonely = [one for one in self._lonely() if one.at + PATIENCE <= now]
        for one in lonely:
            one.alone = True
        return [replace(one.draft, facts=_facts(one.record)) for one in lonely if one.draft]

    def _lonely(self) -> Iterator[ProbeSighting]:
        return (one for one in self._seen if one.draft and one.unhandled and not (one.met or one.alone))


def _last(kind: str) -> str:
    return kind.rpartition(".")[2]


def _places(incident: Incident) -> set[tuple[str, int | None]]:
    """Where it happened, and where in the user's own code, however a formatter shortens the path."""
    frames: tuple[Frame | None, ...] = (*incident.frames[-1:], incident.own_frame)
    return {(os.path.basename(frame.file), frame.line) for frame in frames if frame}


def _facts(record: ProbeRecord) -> Facts:
    printed = list(_printed(record.error))
    telling = next((one for one in reversed(printed) if one.subject or one.names or one.keys), record.error)
    return Facts(
        record.how,
        record.where,
        record.error.type,
        record.python,
        record.version,
        tuple(scope for one in printed for scope in one.own)[-_SCOPES:],
        telling.subject,
        telling.names,
        telling.keys,
        record.request,
    )


def _printed(error: RaisedException) -> Iterator[RaisedException]:
    """All exceptions of a chain, in the order of their printing."""
    if error.before:
        yield from _printed(error.before)
    yield error
    for leaf in error.leaves:
        yield from _printed(leaf)
