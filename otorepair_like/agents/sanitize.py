"""Hostile text made harmless: what agents print, before it is shown; what programs print, for a prompt.

Some agent CLIs expand ``@path`` in a prompt and send that file to their model, before any permission is asked
and wherever the file is. A log line such as ``GET @/home/me/.ssh/id_rsa`` would be enough, so every ``@``
that could begin such a mention is set apart from what follows.
"""

from __future__ import annotations

import re

# Escape sequences whole, then every other control, direction-changing and unpaired surrogate character.
_UNPRINTABLE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_MENTION = re.compile(r"(?<!\w)@(?=\S)")


def printable(text: str) -> str:
    """``text`` without anything that could drive a terminal; newlines and tabs stay."""
    return _UNPRINTABLE.sub("", text)


def harmless(text: str) -> str:
    """``text`` for a prompt: printable, with no ``@path`` or leading ``/command`` that a CLI would obey."""
    text = _MENTION.sub("@ ", printable(text))
    return "Text: " + text if text.lstrip().startswith("/") else text


def capped(text: str, limit: int) -> str:
    """``text`` cut to about ``limit`` characters: head and tail stay, the middle goes."""
    if len(text) <= limit:
        return text
    head, tail = limit // 3, limit - limit // 3
    return f"{text[:head]}\n[… {len(text) - limit} characters left out …]\n{text[-tail:]}"
