"""Compute the identity of a failure, so that two sightings of it are recognised as the same one.

The model is Sentry's grouping: type and own frames, each as file, function and source line without numbers, and the
message with its variable parts masked. Names in quotes stay, since ``KeyError: 'a'`` is not ``KeyError: 'b'``.
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
    """Return the identity of a failure, from types, masked message and own frames: twelve hex digits."""
    own = [frame for frame in incident.frames if frame.own] or list(incident.frames[-1:])
    parts = [incident.type, incident.root_type, _mask(incident.message, places), *_frame_keys(own, places)]
    return _digest(parts)


def loose(incident: Incident, places: Places) -> str:
    """Return the identity of similar failures, from type, masked message and top own file: twelve hex digits."""
    own = incident.own_frame
    return _digest([incident.type, _mask(incident.message, places), places.relative(own.file) if own else ""])


def _mask(message: str, places: Places) -> str:
    return mask(places.strip(message))


def _frame_keys(frames: Iterable[Frame], places: Places) -> list[str]:
    """Return each different frame once, in order, so that recursion of any depth is the same failure."""
    keys = (
        "\t".join(
            (
                places.relative(frame.file),
                _LINE_IN_NAME.sub("", frame.function),
                _BLANKS.sub("", frame.source),
            )
        )
        for frame in frames
    )
    return list(dict.fromkeys(keys))


def _digest(parts: list[str]) -> str:
    text = "\n".join(parts).encode("utf-8", "replace")
    return hashlib.sha256(text).hexdigest()[:12]
