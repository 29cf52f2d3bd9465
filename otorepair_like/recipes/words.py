"""The words that a name consists of."""

from __future__ import annotations

import re


def words(name: str) -> list[str]:
    """Split a name into its words: ``parse_HTTPRequest2`` is ``parse http request 2``."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_]+", name)]
