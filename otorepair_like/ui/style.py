"""Decides if a stream gets colour, symbols and a moving line, and defines them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Style(NamedTuple):
    """Features our own lines may use: colour, characters beyond ASCII, and a line that is redrawn in place."""

    color: bool
    symbols: bool
    interactive: bool


def decide(
    color: str, stream_is_tty: bool, environ: Mapping[str, str], encoding: str | None = "utf-8"
) -> Style:
    """Return the style for a stream.

    Args:
        color: ``"always"`` and ``"never"`` are final; ``"auto"`` follows the stream and the variables
            ``NO_COLOR`` (no-color.org) and ``FORCE_COLOR`` (force-color.org), which wins over it.
        encoding: of the stream.
    """
    forced = environ.get("FORCE_COLOR", "") not in ("", "0")
    capable = stream_is_tty and environ.get("TERM") != "dumb"
    rich = capable and (not environ.get("NO_COLOR") or forced)
    wanted = {"always": True, "never": False}.get(color, rich or forced)
    utf8 = (encoding or "").lower().replace("-", "").replace("_", "") == "utf8"
    return Style(wanted, rich and utf8, rich)


class Symbols(NamedTuple):
    """The signs our lines are built with. The words beside each one say the same."""

    incident: str
    bad: str
    good: str
    doubt: str
    nothing: str
    note: str
    waiting: str
    bar: str
    dot: str
    minus: str
    more: str
    busy: tuple[str, ...]


SYMBOLS: Final = Symbols(
    incident="✗",
    bad="✗",
    good="✓",
    doubt="?",
    nothing="–",
    note="otorepair:",
    waiting="◌",
    bar="│",
    dot=" · ",
    minus="−",
    more="…",
    busy=("◐", "◓", "◑", "◒"),
)
ASCII: Final = Symbols(
    incident="otorepair: error:",
    bad="otorepair:",
    good="otorepair:",
    doubt="otorepair:",
    nothing="otorepair:",
    note="otorepair:",
    waiting="otorepair:",
    bar="|",
    dot=" - ",
    minus="-",
    more="...",
    busy=("|", "/", "-", "\\"),
)


class View(NamedTuple):
    """The way events are shown.

    Args:
        marks: the signs to build lines with.
        verbosity: how many ``-v``.
        workspace: absolute path; files in it are named from there. ``""`` while it is not known.
    """

    marks: Symbols
    verbosity: int
    workspace: str = ""


_SGR: Final = {
    "error": "1;31",
    "bad": "31",
    "good": "32",
    "doubt": "33",
    "busy": "36",
    "dim": "2",
    "added": "32",
    "removed": "31",
    "file": "1",
}
"""Select graphic rendition, ECMA-48 8.3.117."""


def paint(text: str, style: str) -> str:
    """Return ``text`` in the colours of ``style``, a key of the table above; ``""`` changes nothing."""
    return f"\x1b[{_SGR[style]}m{text}\x1b[0m" if style and text else text
