"""Tracebacks in boxes: Rich (and so Typer, Textual), Sanic."""

from __future__ import annotations

import re
from typing import Final

from otorepair_like.detect.grammar import Block, Grammar, PatternGrammar, Step
from otorepair_like.detect.log_prefix import LogLine
from otorepair_like.incident import Frame, Incident, make_frame

_RICH: Final = re.compile(r"[╭┌+]?[─-]+ Traceback \(most recent call last\) [─-]+[╮┐+]?$")
_PLACE: Final = re.compile(r"[│| ] (?P<file>\S.*?):(?P<line>\d+) in(?: (?P<function>\S+))?\s*[│|]?$")
_SOURCE: Final = re.compile(r"[│| ] [❱>] ?\d+ (?:│ )*\s*(?P<source>.*?)\s*[│|]?$")
_RAISED: Final = re.compile(r"(?P<type>[A-Za-z_][\w.]*)(?:: ?(?P<message>.*))?$")
_CHAIN: Final = re.compile(r"(?:The above exception was the direct|During handling of the above)")
_SANIC_PLACE: Final = re.compile(r"│ (?P<file>\S+?):(?P<line>\d+) (?P<function>\S+):$")
_SANIC_END: Final = re.compile(r"╰ (?P<type>[\w.]+)(?:: (?P<message>.*))?$")


class Rich(Grammar):
    """Rich's box and the line below it."""

    marks = ("Traceback (most",)

    def opens(self, line: LogLine) -> str | None:
        body = line.body.strip()
        return body if "Traceback (most" in body and _RICH.match(body) else None

    def step(self, block: Block, text: str) -> Step:
        text = text.rstrip()
        if text[:1] in ("│", "|") or (text[:1] == " " and block.lines[0][0] == "─"):
            return Step.IN
        if text[:1] in ("╰", "└", "+") or (text and not text.strip("─")):
            block.state = "closed"
            return Step.IN
        if block.state == "closed" and _RAISED.match(text):
            block.state = "raised"
            return Step.COMPLETE
        if block.state == "raised":
            if _CHAIN.match(text) or _RICH.match(text):
                block.state = ""
                return Step.IN
            return Step.MAYBE if not text.strip() else Step.OUT
        return Step.IN if not text.strip() else Step.SKIP

    def read(self, block: Block) -> list[Incident]:
        chain: list[tuple[str, str]] = []
        frames: list[Frame] = []
        for text in map(str.rstrip, block.lines[1:]):
            if match := _PLACE.match(text):
                frames.append(make_frame(match["file"], match["line"], match["function"] or ""))
            elif (match := _SOURCE.match(text)) and frames:
                last = frames[-1]
                frames[-1] = make_frame(last.file, last.line, last.function, match["source"])
            elif text[:1] not in "│|╰└╭┌+ " and not _CHAIN.match(text) and (match := _RAISED.match(text)):
                chain.append((match["type"], match["message"] or ""))
        if not chain or chain[-1][0] in ("KeyboardInterrupt", "CancelledError"):
            return []
        (kind, message), (root, root_message) = chain[-1], chain[0]
        return [
            Incident(
                kind,
                message,
                tuple(frames),
                language="python",
                root_type=root,
                root_message=root_message,
                chain=tuple(chain) if len(chain) > 1 else (),
            )
        ]


class Sanic(PatternGrammar):
    """Sanic's box: ``╭ … ERROR``, places, ``╰ Type: message``."""

    marks = ("╭ ",)
    first = re.compile(r"╭ .* ERROR: ")
    more = re.compile("│")
    last = _SANIC_END

    def opens(self, line: LogLine) -> str | None:
        return line.text if self.first.match(line.text) else None

    def read(self, block: Block) -> list[Incident]:
        end = _SANIC_END.match(block.lines[-1])
        frames = [
            make_frame(match["file"], match["line"], match["function"], block.lines[number + 1].strip("│ "))
            for number, text in enumerate(block.lines[:-1])
            if (match := _SANIC_PLACE.match(text))
        ]
        if end is None:
            return []
        return [Incident(end["type"], end["message"] or "", tuple(frames), language="python")]
