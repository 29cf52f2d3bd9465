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
    """One complaint of a bundler: a head, a place, the source around it."""

    marks = ("rror", "Failed to compile", "ERR", "⨯", "[!]")

    def opens(self, line: LogLine) -> str | None:
        said = line.said.strip()
        body = line.body.strip() if line.head else said
        for text in (body, said):
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
        waiting = _waits(_head(block.lines[0])) and not _words(block.lines[1:])
        belongs = text[0] in " \t" or any(shape.match(text) for shape in (_FRAME, _PLACE, _ASIDE))
        return Step.WHOLE if waiting or belongs else Step.OUT

    def read(self, block: Block) -> list[Incident]:
        head = _head(block.lines[0])
        said = head.get("message") or ""
        if _waits(head):
            said = _words(block.lines[1:])
        if not said:
            return []
        code = _CODE.match(said)
        kind, message = (code["type"], code["message"]) if code else parse_head(said) or ("", said)
        kind, message = ("", said) if kind in ("Error", "") else (kind, message)
        frames = _places(head, block.lines[1:], said)
        message = re.sub(r"^Error: +(?:x )?", "", message)
        return [Incident(kind, message, tuple(frames), language="javascript")]


def _waits(head: dict[str, str | None]) -> bool:
    """Whether the words come on a later line."""
    return "after" in head or bool(_COUNTED.match(head.get("message") or ""))


def _words(lines: list[str]) -> str:
    """The first line that is neither a place nor source."""
    for text in lines:
        bare = re.sub(r"^(?:Module (?:build|parse) failed.*?: |x |\[\w+\] ?)", "", text.strip())
        if bare and not (_PLACE.match(text) or _FRAME.match(text) or _COUNTED.match(bare)):
            return bare
    return ""


def _head(text: str) -> dict[str, str | None]:
    found = next((one for one in (shape.match(text) for shape in _HEADS) if one), None)
    return found.groupdict() if found else {}


def _places(head: dict[str, str | None], lines: list[str], said: str) -> list[Frame]:
    """The place: the first named with a line, else the one in the head, else the one the message names."""
    named = [found for found in map(_PLACE.match, lines) if found and "node_modules" not in found["file"]]
    with_line = next((one for one in named if one["line"]), None)
    if with_line is not None and not head.get("line"):
        return [make_frame(with_line["file"].strip(), with_line["line"])]
    if head.get("file"):
        return [make_frame(head["file"] or "", head.get("line"))]
    if named:
        return [make_frame(named[0]["file"].strip())]
    calls = [found for found in map(_CALL.match, lines) if found and "node_modules" not in found["file"]]
    if calls:
        return [make_frame(calls[0]["file"], calls[0]["line"])]
    if found := re.search(r'(?:from "|imported from )(?P<file>[^"\s]+)', said):
        return [make_frame(found["file"])]
    return []
