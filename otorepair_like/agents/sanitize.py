"""Make hostile text harmless: the output of agents before it is shown, and the output of programs in a prompt.

Some agent CLIs expand ``@path`` in a prompt and send that file to their model, wherever it is and without asking for
permission. A log line such as ``GET @/home/me/.ssh/id_rsa`` would be enough, so a space follows every ``@`` that could
begin such a mention.
"""

from __future__ import annotations

import re

# Whole escape sequences, then all other control characters, those that change direction, and lone surrogates.
_UNPRINTABLE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_MENTION = re.compile(r"(?<!\w)@(?=\S)")


def printable(text: str) -> str:
    """Return ``text`` without anything that could control a terminal; newlines and tabs stay."""
    return _UNPRINTABLE.sub("", text)


def harmless(text: str) -> str:
    """Return ``text`` for a prompt: printable, without an ``@path`` or leading ``/command`` that a CLI would obey."""
    text = _MENTION.sub("@ ", printable(text))
    return "Text: " + text if text.lstrip().startswith("/") else text


def capped(text: str, limit: int) -> str:
    """Return ``text`` cut to about ``limit`` characters: head and tail stay, the middle is left out."""
    if len(text) <= limit:
        return text
    head, tail = limit // 3, limit - limit // 3
    return f"{text[:head]}\n[… {len(text) - limit} characters left out …]\n{text[-tail:]}"
