"""Split the prefix from a line of a log: the source that a multiplexer prints, time, level and logger.

An error may have such a prefix on every line (``docker compose``, a log formatter) or on its first line only
(``ERROR:    Traceback …``). So the prefix is remembered as a shape in which digits may vary, and each block decides by
its second line (:class:`LogShape`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

LEVELS: Final = {
    "trace": "debug", "debug": "debug", "dbg": "debug", "verbose": "debug", "finest": "debug", "fine": "debug",
    "info": "info", "information": "info", "notice": "info", "log": "info", "success": "info", "config": "info",
    "warn": "warning", "warning": "warning", "wrn": "warning",
    "error": "error", "err": "error", "severe": "error",
    "crit": "fatal", "critical": "fatal", "fatal": "fatal", "panic": "fatal", "alert": "fatal", "emerg": "fatal",
    "emergency": "fatal",
}  # fmt: skip
_LETTERS: Final = {
    "D": "debug",
    "I": "info",
    "W": "warning",
    "E": "error",
    "F": "fatal",
    "C": "fatal",
    "A": "fatal",
}

_WORD: Final = "(?:" + "|".join(sorted(LEVELS, key=len, reverse=True)) + ")"
_CLOCK: Final = r"\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?(?:\s?[AP]M)?|[AP]M)"
_ZONE: Final = r"(?:\s?(?:Z|UTC|GMT|[+-]\d\d:?\d\d))?"

# docker compose and foreman (name |), honcho (time name |), pm2 (0|name |), Tilt (name │), concurrently ([name]),
# turbo and pnpm (name:task:), Kubernetes' container log format (time stream flag), syslog (time host name[pid]:).
_SOURCE: Final = re.compile(
    rf"""
      (?:{_CLOCK}\ )?(?=[^\s|]*[A-Za-z])(?:\d+\|)?[\w.@/-]{{1,48}}\s*\|(?:\ |$)
    | \ *(?=[^\s│]*[A-Za-z])[\w.@/-]{{1,48}}\s*│(?:\ |$)
    | (?:\d{{4}}-\d\d-\d\dT{_CLOCK}{_ZONE}|[A-Z][a-z]{{2}}\ [\d\ ]\d\ {_CLOCK})\ (?:[\w.-]+\ )?
      [\w./-]+\[[\w.-]+\]:(?:\ |$)
    | \[(?!(?i:{_WORD})\s*\]|\d[\d:.T\ -]{{4,}}\])(?:[\w.@/:-]+)(?:\ [\w.@/:-]+)?\](?:\ |$)(?:\d+\ +-\ )?
    | [\w@][\w@/.-]*(?::|\ )(?:dev|start|serve|watch|build|test|lint|typecheck)(?::[\w:-]+)?:\ (?=\S|\s)
    | \d{{4}}-\d\d-\d\dT{_CLOCK}{_ZONE}\ (?:stdout|stderr)\ [FP]\ ?
    """,
    re.VERBOSE,
)

_TIME: Final = re.compile(
    rf"""
      \[?\d{{4}}[-/.]\d\d[-/.]\d\d(?:[T,\ ]+{_CLOCK})?{_ZONE}\]?
    | \[?\d\d?/(?:\d\d|[A-Z][a-z]{{2}})/\d{{2,4}}[:,\ ]+{_CLOCK}{_ZONE}\]?
    | \[?(?:[A-Z][a-z]{{2}}\ )?[A-Z][a-z]{{2}}\ +\d{{1,2}},?(?:\ \d{{4}},?)?\ {_CLOCK}(?:\ \d{{4}})?\]?
    | \[\d\d-[A-Z][a-z]{{2}}-\d{{4}}\ {_CLOCK}(?:\ [\w/]+)?\]
    | \[?{_CLOCK}{_ZONE}\]?
    | \[\s*\d+\.\d+s?\]
    | (?:\#\d+\ )?\d{{1,4}}\.\d{{3}}(?=\ \S)    # BuildKit
    """,
    re.VERBOSE,
)
_LEVEL: Final = re.compile(
    rf"(?i:[\[(<]\s*(?P<boxed>{_WORD})\s*[\])>]|(?:level=)?(?P<bare>{_WORD})(?=(?P<mark>\s*:|\s+-\s|\s*\||\s{{2,}}|\s+\[)|\s))"
)
# glog, tornado, Ruby's Logger: one letter for the level, then time and place.
_LETTERED: Final = re.compile(
    rf"(?P<a>[IWEF])\d{{4}}\ {_CLOCK}\s+\d+\ [\w.-]+:\d+\]"
    rf"|\[(?P<b>[DIWEC])\ \d{{6}}\ {_CLOCK}\ [\w.-]+:\d+\]"
    r"|(?P<c>[DIWEFA]),\ \[[^\]]{10,48}\]\s+\w+\ --\ [^:]{0,40}:"
)
_DETAIL: Final = re.compile(
    r"""\[\s*[^\]\s][^\]]{0,60}\]         # a pid, thread or logger in brackets
    | \#?\d+(?=\s+(?:---|-)\s)         # a pid before dashes
    | ---
    """,
    re.VERBOSE,
)
_LOGGER: Final = re.compile(
    r"(?!(?:\w+[.:])*\w*(?:Error|Exception|panic|fatal|error)\b)"
    r"(?:[\w$<>.-]*[\w$<>](?::[\w<>.]+){0,2})(?=:\s|:$|\s+\|\s|\s+-\s|\s+:\s)"
)
_GLUED: Final = re.compile(r"(?P<level>[A-Z]+):(?P<name>[\w.]+):")
_BETWEEN: Final = re.compile(r"[\s|:-]*")
_SEPARATOR: Final = re.compile(r"[|│:\]>)]?[ \t]")
_LONGEST_SOURCE: Final = 120
"""Characters in which an unknown source is searched."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line, split into its parts.

    Args:
        text: the complete line.
        source: the part that names a source; ``""`` if there is none.
        head: source, time, level and logger, with the blanks after them.
        level: ``debug``, ``info``, ``warning``, ``error``, ``fatal`` or ``""``.
        body: the text after the head.
    """

    text: str
    source: str
    head: str
    level: str
    body: str

    @property
    def content(self) -> str:
        """Return the line without its source, but with time, level and logger."""
        return self.text[len(self.source) :]


def split(text: str) -> LogLine:
    """Split a line into its parts."""
    match = _SOURCE.match(text)
    source = match.group() if match else ""
    at, level = _log_head(text, len(source))
    if not at and not source:
        return LogLine(text, "", "", "", text)
    body = text[max(at, len(source)) :]
    if at:
        body = body.lstrip()
    return LogLine(text, source, text[: len(text) - len(body)], level, body)


def _log_head(text: str, start: int) -> tuple[int, str]:
    """Return the end of the log head (0: there is none) and its level."""
    if glued := _GLUED.match(text, start):
        level = LEVELS.get(glued["level"].lower(), "")
        if level:
            return glued.end(), level
    if lettered := _LETTERED.match(text, start):
        return lettered.end(), _LETTERS[lettered["a"] or lettered["b"] or lettered["c"]]
    at, end, level, has_time, has_logger = start, 0, "", False, False
    for _ in range(8):
        if not has_time and (match := _TIME.match(text, at)):
            has_time = True
        elif not level and (match := _LEVEL.match(text, at)) and _is_level(match, has_time):
            level = LEVELS[(match["boxed"] or match["bare"]).lower()]
        elif (has_time or level) and (match := _DETAIL.match(text, at)):
            pass
        elif (
            level
            and not has_logger
            and (match := _LOGGER.match(text, at))
            and (has_time or "." in match.group())
        ):
            has_logger = True
        else:
            break
        between = _BETWEEN.match(text, match.end())
        at = end = between.end() if between else match.end()
    return (end, level) if end and (has_time or level) else (0, "")


def _is_level(match: re.Match[str], has_time: bool) -> bool:
    """Return whether a word is a level: in brackets, in capitals, or set off after a time (``error: …`` is none)."""
    if match["boxed"]:
        return True
    word = match["bare"]
    if word.isupper():
        return bool(match["mark"] or has_time)
    return bool(match["mark"]) and has_time and word.lower() != "panic"


def split_by_neighbour(text: str, line_above: str) -> LogLine | None:
    """Split a line from an unknown source, which is the prefix it has in common with the line above, except for times.

    >>> learned("shop-7d4 app     at f (a.js:1:2)", "shop-7d4 app TypeError: x is not a function").source
    'shop-7d4 app '
    """
    ends = [match.end() for match in _SEPARATOR.finditer(text, 0, _LONGEST_SOURCE)]
    for end in reversed(ends):
        source = text[:end]
        if source.strip() and LogShape(source, end).strip(line_above) is not None:
            rest = split(text[end:])
            return LogLine(text, source + rest.source, source + rest.head, rest.level, rest.body)
    return None


class LogShape:
    """A prefix of the following lines of a block, in which digits may vary.

    Args:
        prefix: the prefix of the first line of the block.
        source: length of the part that names a source; there only times may vary, since ``web.1`` is not ``web.2``.
    """

    def __init__(self, prefix: str, source: int = 0) -> None:
        self.prefix = prefix
        self._pattern = _pattern(prefix, source)

    def strip(self, text: str) -> str | None:
        """Return the text after the prefix; ``None`` if the line does not have it."""
        match = self._pattern.match(text)
        return None if match is None else text[match.end() :]


@lru_cache(maxsize=256)
def _pattern(prefix: str, source: int) -> re.Pattern[str]:
    bare = prefix.rstrip(" ")
    blanks = len(prefix) - len(bare)
    parts, at = [], 0
    for time in _TIME.finditer(bare, 0, min(source, len(bare))):
        parts += [re.escape(bare[at : time.start()]), _any_digits(time.group())]
        at = time.end()
    cut = max(at, min(source, len(bare)))
    parts += [re.escape(bare[at:cut]), _any_digits(bare[cut:])]
    return re.compile("".join(parts) + (rf"(?: {{0,{blanks}}})" if blanks else ""))


def _any_digits(prefix: str) -> str:
    return r"\d+".join(re.escape(part) for part in re.split(r"\d+", prefix))
