"""Text from elsewhere made safe: nothing in it drives a terminal, hides text or ends a quotation."""

from __future__ import annotations

import re
from typing import Final

_UNSAFE: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    r"\U000e0000-\U000e0fff]"
)
"""Controls of C0 and C1 but tab and line end, lone surrogates, and what moves or hides text."""


def spelt_out(text: str) -> str:
    """Return ``text`` with every character that could drive a terminal or hide text spelt out, such as ``\\x1b``."""
    return _UNSAFE.sub(_spell, text)


def code_span(text: str) -> str:
    """Return ``text`` as code in a line of Markdown, which nothing in it can end."""
    line = " ".join(spelt_out(text).split())
    fence = "`"
    while fence in line:
        fence += "`"
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}" if line else ""


def _spell(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
