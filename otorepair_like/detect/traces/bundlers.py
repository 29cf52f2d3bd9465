"""Bundlers and their dev servers: vite, rollup, esbuild, webpack, Next.js."""

from __future__ import annotations

import re
from typing import Final

from otorepair_like.detect.grammar import Block, Grammar, Step
from otorepair_like.detect.log_prefix import LogLine
from otorepair_like.error_head import parse_head
from otorepair_like.incident import Frame, Incident, make_frame

_HEADS: Final = tuple(
    re.compile(shape)
    for shape in (
        r"(?:\[vite\] )?(?:\(\w+\) )?(?:Internal server error|Pre-transform error"
        r"|Error when evaluating SSR module [^:]*): (?P<message>.*)$",
        r"(?P<after>error during build:|Failed to compile\.?|(?:Build|Transform) failed with \d+ errors?:)$",
        r"[✘▲] \[ERROR\] (?P<message>.*)$",
        r"ERROR in (?P<file>\.?/?[^\s:]+)(?:[ :](?P<line>\d+):\d+(?:-\d+(?::\d+)?)?)?(?P<after>)$",
        r"⨯ (?P<file>\.?/[^\s:]+)(?::(?P<line>\d+):\d+)?(?P<after>)$",
        r"error: (?P<message>(?:Could not resolve|Cannot find module|Cannot find package):? .* from \".*\")$",
        r"\[!\] (?:\(plugin [^)]*\) )?(?P<message>.*)$",
    )
)
_PLACE: Final = re.compile(
    r"\s*(?:[Ff]ile: |,-\[|╭─\[ ?|-->|at file |\[plugin [^\]]*\] )?"
    r"(?P<file>(?:file://)?/?[\w.@()\[\]/ -]*\.(?:[cm]?[jt]sx?"
    r"|vue|svelte|astro|css|scss|sass|less|html|json))"
    r"(?:[: ]\(?(?P<line>\d+)(?::\d+)?\)?)?(?: ?\]|:|\?[\w=&]*|  root stylesheet)?$"
)
_CODE: Final = re.compile(r"(?P<type>(?:TS|NG)-?\d{1,5}): (?P<message>.*)$")
_CALL: Final = re.compile(r"\s+at (?:\S.* \()?(?P<file>(?:file://)?/[^\s():]+):(?P<line>\d+):\d+\)?$")
_COUNTED: Final = re.compile(r"(?:Build|Transform) failed with \d+ errors?:")
_FRAME: Final = re.compile(r"\s*(?:(?:>\s*)?\d+\s*[|│:]|[|│╵╷:·]|[╰╭├└]|`-|at |\.\.\.)")
_ASIDE: Final = re.compile(
    r"\s*(?:Plugin: |Import trace|Caused by|https?://|Module (?:build|parse) failed|You may need"
    r"|Did you |\w*Error: |\.?/\S+$|@ |x |×|│|\[)"
)
_END: Final = re.compile(r"(?:webpack \d\S* compiled with|\d+ errors?(?: have| has)|Found \d+ error)")


class Bundler(Grammar):
    """One error of a bundler: a head, a place, the source around it."""

    marks = ("rror", "Failed to compile", "ERR", "⨯", "[!]")

    def opens(self, line: LogLine) -> str | None:
        message = line.content.strip()
        body = line.body.strip() if line.head else message
        for text in (body, message):
            if any(shape.match(text) for shape in _HEADS):
                return text
        return None

    def step(self, block: Block, text: str) -> Step:
        if _END.match(text):
            return Step.LAST
        bare = text.strip()
        if not bare:
            return Step.MAYBE if len(block.held) < 12 else Step.OUT
        if bare.startswith("⨯ "):
            return Step.OUT
        waiting = _message_follows(_head(block.lines[0])) and not _message_below(block.lines[1:])
        belongs = text[0] in " \t" or any(shape.match(text) for shape in (_FRAME, _PLACE, _ASIDE))
        return Step.COMPLETE if waiting or belongs else Step.OUT

    def read(self, block: Block) -> list[Incident]:
        head = _head(block.lines[0])
        message = head.get("message") or ""
        if _message_follows(head):
            message = _message_below(block.lines[1:])
        if not message:
            return []
        code = _CODE.match(message)
        kind, message = (code["type"], code["message"]) if code else parse_head(message) or ("", message)
        kind, message = ("", message) if kind in ("Error", "") else (kind, message)
        frames = _places(head, block.lines[1:], message)
        message = re.sub(r"^Error: +(?:x )?", "", message)
        return [Incident(kind, message, tuple(frames), language="javascript")]


def _message_follows(head: dict[str, str | None]) -> bool:
    """Return whether the message is on a later line."""
    return "after" in head or bool(_COUNTED.match(head.get("message") or ""))


def _message_below(lines: list[str]) -> str:
    """Return the first line that is neither a place nor source."""
    for text in lines:
        bare = re.sub(r"^(?:Module (?:build|parse) failed.*?: |x |\[\w+\] ?)", "", text.strip())
        if bare and not (_PLACE.match(text) or _FRAME.match(text) or _COUNTED.match(bare)):
            return bare
    return ""


def _head(text: str) -> dict[str, str | None]:
    match = next((candidate for candidate in (shape.match(text) for shape in _HEADS) if candidate), None)
    return match.groupdict() if match else {}


def _places(head: dict[str, str | None], lines: list[str], message: str) -> list[Frame]:
    """Return the place: the first with a line, else the one in the head, else the one in the message."""
    places = [match for match in map(_PLACE.match, lines) if match and "node_modules" not in match["file"]]
    with_line = next((candidate for candidate in places if candidate["line"]), None)
    if with_line is not None and not head.get("line"):
        return [make_frame(with_line["file"].strip(), with_line["line"])]
    if head.get("file"):
        return [make_frame(head["file"] or "", head.get("line"))]
    if places:
        return [make_frame(places[0]["file"].strip())]
    calls = [match for match in map(_CALL.match, lines) if match and "node_modules" not in match["file"]]
    if calls:
        return [make_frame(calls[0]["file"], calls[0]["line"])]
    if match := re.search(r'(?:from "|imported from )(?P<file>[^"\s]+)', message):
        return [make_frame(match["file"])]
    return []
