"""Whether two repairs failed alike: then the approach is wrong, and not the luck. Pure."""

from __future__ import annotations

import re
from typing import Final

from otorepair_like.detect.fingerprint import mask

ALIKE: Final = 0.8
"""From here two messages are the same failure; a share, as rapidfuzz counts it."""
_TYPE: Final = re.compile(r"\b[A-Za-z_][\w.]*(?:Error|Exception|Warning|Exit|Interrupt)\b")
_QUOTED: Final = re.compile(r"'([^'\n]{1,80})'|\"([^\"\n]{1,80})\"")


def alike(one: str, other: str) -> bool:
    """Whether both messages tell the same failure: the same types, the same names in quotes, nearly the same words."""
    if set(_TYPE.findall(one)) != set(_TYPE.findall(other)):
        return False
    if set(_QUOTED.findall(one)) != set(_QUOTED.findall(other)):
        return False
    from rapidfuzz.fuzz import ratio

    return bool(ratio(mask(one), mask(other)) >= ALIKE * 100)
