"""The identity of a failure: what makes two sightings the same one.

The model is Sentry's grouping: type and own frames first, each as file, function and source line without numbers;
the message with its variable parts masked. A name in quotes is kept, for ``KeyError: 'a'`` is not ``KeyError: 'b'``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Final

from otorepair_like.detect.ownership import Places
from otorepair_like.incident import Frame, Incident

_MASKS: Final = re.compile(
    r"""
      (?P<email>[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+)
    | (?P<url>\b[a-z][a-z0-9+.-]{1,10}://[^\s'"<>)\]]+)
    | (?P<uuid>\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b)
    | (?P<date>\b\d{4}[-/]\d\d[-/]\d\d(?:[T\ ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?\b)
    | (?P<time>\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b)
    | (?P<ip>\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b|(?<![\w:])\[?(?:[0-9a-fA-F]{0,4}:){3,7}[0-9a-fA-F]{0,4}\]?(?![\w:]))
    | (?P<hex>\b0[xX][0-9a-fA-F]+\b)
    | (?P<hash>\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}\b)
    | (?P<temp>(?:/private)?(?:/tmp|/var/tmp|/var/folders)/[^\s'":,)]+)
    | (?P<duration>\b\d+(?:\.\d+)?\s?(?:ns|us|µs|ms|s|sec|secs|seconds|min|minutes|h|hours)\b)
    | (?P<host>\b(?:localhost|(?:[\w-]+\.)+(?:com|org|net|io|dev|local|internal|lan)):\d+\b)
    | (?P<number>(?<![\w.])[+-]?\d+(?:[.,]\d+)*(?:[eE][+-]?\d+)?%?(?![\w])|(?<=[\w#_-])\d+\b)
    """,
    re.VERBOSE,
)
_BLANKS: Final = re.compile(r"\s+")
_LINE_IN_NAME: Final = re.compile(r"0x[0-9a-fA-F]+|\d+")
_MASKED_LENGTH: Final = 400


def mask(message: str) -> str:
    """The message with addresses, numbers, times and the like replaced by their kind.

    >>> mask("user 17 at 0x7f3a timed out after 3.2 s")
    'user <number> at <hex> timed out after <duration>'
    """
    short = message[:_MASKED_LENGTH]
    return _BLANKS.sub(" ", _MASKS.sub(lambda found: f"<{found.lastgroup}>", short)).strip()


def strict(incident: Incident, places: Places) -> str:
    """What "the same failure" means: types, masked message, own frames. Twelve hex digits."""
    own = [frame for frame in incident.frames if frame.own] or list(incident.frames[-1:])
    told = [incident.type, incident.root_type, _told(incident.message, places), *_distinct(own, places)]
    return _digest(told)


def loose(incident: Incident, places: Places) -> str:
    """What "alike" means: type, masked message, the own file on top. Twelve hex digits."""
    own = incident.own_frame
    return _digest([incident.type, _told(incident.message, places), places.relative(own.file) if own else ""])


def _told(message: str, places: Places) -> str:
    return mask(places.strip(message))


def _distinct(frames: Iterable[Frame], places: Places) -> list[str]:
    """Each frame once, in order: recursion of any depth is the same failure."""
    named = (
        "\t".join(
            (
                places.relative(frame.file),
                _LINE_IN_NAME.sub("", frame.function),
                _BLANKS.sub("", frame.source),
            )
        )
        for frame in frames
    )
    return list(dict.fromkeys(named))


def _digest(parts: list[str]) -> str:
    text = "\n".join(parts).encode("utf-8", "replace")
    return hashlib.sha256(text).hexdigest()[:12]
