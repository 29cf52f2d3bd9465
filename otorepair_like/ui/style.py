"""Whether a stream gets colour, symbols and a moving line, and what they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Style(NamedTuple):
    """What our own lines may use: colour, characters beyond ASCII, and a line that is drawn over and over."""

    color: bool
    symbols: bool
    interactive: bool


def decide(
    color: str, stream_is_tty: bool, environ: Mapping[str, str], encoding: str | None = "utf-8"
) -> Style:
    """The style for a stream.

    Args:
        color: ``"always"`` and ``"never"`` settle the colour; ``"auto"`` leaves it to the stream and to the
            variables ``NO_COLOR`` (no-color.org) and ``FORCE_COLOR`` (force-color.org), which goes before it.
        encoding: of the stream.
    """
    forced = environ.get("FORCE_COLOR", "") not in ("", "0")
    capable = stream_is_tty and environ.get("TERM") != "dumb"
    rich = capable and (not environ.get("NO_COLOR") or forced)
    wanted = {"always": True, "never": False}.get(color, rich or forced)
    utf8 = (encoding or "").lower().replace("-", "").replace("_", "") == "utf8"
    return Style(wanted, rich and utf8, rich)


class Symbols(NamedTuple):
    """The signs our lines are built with. Each has words beside it that say the same."""

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
    """How events are shown.

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
    """``text`` in the colours of ``style``, one of the names this room uses; ``""`` leaves it as it is."""
    return f"\x1b[{_SGR[style]}m{text}\x1b[0m" if style and text else text
