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
from otorepair_like.masking import mask

_BLANKS: Final = re.compile(r"\s+")
_LINE_IN_NAME: Final = re.compile(r"0x[0-9a-fA-F]+|\d+")


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
