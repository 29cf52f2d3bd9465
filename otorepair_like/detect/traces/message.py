"""Single lines with an error but no trace: ERROR of a logger, ``error: …`` of a tool, an error of a shell.

They are weak evidence: they wait for the lines after them, yield to a structured failure near them, and are left to
triage if the program continues to run.
"""

from __future__ import annotations

import re
from typing import Final

from otorepair_like.detect.grammar import Block, Grammar, Step
from otorepair_like.detect.log_prefix import LogLine
from otorepair_like.detect.server_lines import is_request
from otorepair_like.incident import Incident, make_frame

# Type: message
_TYPED: Final = re.compile(
    r"(?:Uncaught |Unhandled )?(?P<type>(?:[a-z_]\w*\.){2,}[A-Z]\w*"
    r"|(?:[A-Za-z_][\w$]*[.:\\]{1,2})*[A-Z][\w$]*(?:Error|Exception"
    r"|Exit|Failure|Defect|Fault))"
    r"(?: ?\[\w+\])?: (?P<message>\S.*)$"
)
# error: message
_ERROR: Final = re.compile(
    r"(?:[\w./ -]{1,40}: )?(?:(?:fatal )?error|fatal|Error|Fatal(?: error)?|ERROR|FATAL|panic"
    r"|Exception)(?:\[[\w-]+\])?: (?P<message>\S.*)$"
    r"|\s?ERR_PNPM_\w+ +(?P<pnpm>.*)$"
    r"|error (?P<yarn>(?:Command|Couldn't|An unexpected|Failed|Package|Missing|Unable|Cannot)\b.*)$"
    r"|(?:npm|pnpm|yarn|bun) (?:error|ERR!) (?P<tool>(?!code|errno|syscall|path|A complete log|To see|\s).*)$"
    r"|(?:ERROR|FATAL|CRITICAL|SEVERE|ALERT|EMERGENCY|FAILED)(?::| +)"
    r"(?P<shout>(?!(?:count|rate|log|level|page)s?\b|\d+(?:[.,]\d+)?%?$"
    r"|[=:|-]).*[a-z].*)$"
    r"|[│|] Error: (?P<boxed>\S.*)$"
    r"|\s{0,4}× (?P<crossed>\S.*)$"
)
_PHRASE: Final = re.compile(
    r"(?:[\w./ -]{1,60}: )?(?:\(?\d+\)?:? )?(?:command not found|\S+: not found$|.{0,40}[Nn]o such file or directory"
    r"|.{0,60}[Pp]ermission denied|.{0,60}[Aa]ddress already in use|[Ff]ailed to\b|[Cc]ould not\b|[Cc]annot\b"
    r"|[Cc]an't\b|[Uu]nable to\b|[Uu]nknown (?:command|option|directive|argument)\b"
    r"|[Ii]nvalid (?:option|argument)\b|[Uu]nrecognized (?:option|argument)\b"
    r"|Your requirements could not\b|.{0,200} version solving failed"
    r"|[Uu]nterminated\b|[Ss]yntax error\b|.{0,60}: unterminated |Segmentation fault|Bus error|Aborted\b"
    r"|Error (?:response|loading|running|while|during|parsing|reading|creating|starting)\b)"
)
_NOTHING: Final = re.compile(
    r"(?:\d+(?:\.\d+)?%?(?:[,;]|$)|none\b|no(?:pe)?[.,;]?$|no errors?\b|null\b|false\b|true\b|ok\b|\[\]|\{\}|-$)",
    re.IGNORECASE,
)
_TEST_LINE: Final = re.compile(
    r"(?:\.\.\. ?(?:ok|skipped|expected failure)|PASSED|PASS|✓|✔|\bpassed)\b", re.IGNORECASE
)
_HELP: Final = re.compile(
    r"(?:options|positional arguments|optional arguments|commands|subcommands|arguments):$", re.IGNORECASE
)
_WARNING: Final = re.compile(r"Warning(?: message)?s?:$|In addition: Warning")
# pnpm, React Native and Metro, uv and miette.
_INDENTED: Final = re.compile(r"\s{0,4}(?:ERR_|ERROR |× )")
_PLACE: Final = re.compile(
    r"(?<![\w./:@-])(?P<file>(?:/|\.{1,2}/)?[\w.@-]+(?:/[\w.@-]+)*\.[a-z]{1,8}):(?P<line>\d{1,7}):\d{1,5}\b"
)
_IGNORED: Final = "...ignoring"
"""Printed by Ansible below a failure that the play expects."""
_BY_COMMAND: Final = "administrator command"
"""Printed by PostgreSQL when it is stopped on purpose."""
_LINES: Final = 12


class Message(Grammar):
    """A line with an error."""

    marks = ("",)
    sure = False

    def opens(self, line: LogLine) -> str | None:
        body = line.body
        if (
            line.level in ("info", "debug", "warning")
            or not body
            or (body[0] in " \t" and not _INDENTED.match(body))
        ):
            return None
        if (
            _TEST_LINE.search(body)
            or is_request(body)
            or body.lower().startswith("usage: ")
            or _BY_COMMAND in body
        ):
            return None
        if line.level in ("error", "fatal"):
            return None if _NOTHING.match(body) else body
        match = _TYPED.match(body) or _ERROR.match(body) or _ERROR.match(body.lstrip())
        if match:
            return None if _NOTHING.match(match[match.lastgroup or 0]) else body
        return body if _PHRASE.match(body) else None

    def step(self, block: Block, text: str) -> Step:
        same_tool = text.startswith("npm ") and block.lines[0].startswith("npm ")
        if (same_tool or text[:1] in (" ", "\t")) and text.strip() and len(block.lines) < _LINES:
            return Step.COMPLETE
        if _HELP.match(text) or text == _IGNORED:
            block.state = "help"
            return Step.LAST
        return Step.MAYBE if not text.strip() and not block.held else Step.OUT

    def read(self, block: Block) -> list[Incident]:
        if block.state == "help" or ((above := block.line_above) and _WARNING.match(above.body)):
            return []
        first = block.lines[0].strip()
        typed = _TYPED.match(first)
        kind, message = (typed["type"], typed["message"]) if typed else ("", first)
        severity = "fatal" if block.line.level == "fatal" else "error"
        place = _PLACE.search("\n".join(block.lines))
        frames = (make_frame(place["file"], place["line"]),) if place else ()
        return [Incident(kind, message, frames, severity=severity, certain=False)]
