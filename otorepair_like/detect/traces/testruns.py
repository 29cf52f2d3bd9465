"""Test runners of other languages: TAP (node:test, tap, prove), Vitest, ExUnit, Minitest, PHPUnit."""

from __future__ import annotations

import re
from typing import Final

from otorepair_like.detect.grammar import Block, Patterned, place
from otorepair_like.detect.traces.heads import typed
from otorepair_like.incident import Frame, Incident

_TAP_SAID: Final = re.compile(r"\s+(?:error|message): (?:[|>]-?$|['\"]?(?P<message>.*?)['\"]?$)")
_TAP_PLACE: Final = re.compile(
    r"\s+(?:at )?(?:.*\()?(?P<file>(?:file://)?/[^\s():]+|[\w./-]+\.\w+):(?P<line>\d+):\d+\)?$"
)
_TAP_LOCATION: Final = re.compile(r"\s+location: ['\"](?P<file>.+):(?P<line>\d+):\d+['\"]$")


class Tap(Patterned):
    """``not ok``, with its diagnostics in YAML."""

    marks = ("not ok",)
    first = re.compile(r"\s*not ok \d+")
    more = re.compile(r"\s+\S|\s*$")
    last = re.compile(r"\s+\.\.\.$")

    def read(self, block: Block) -> list[Incident]:
        said = [found["message"] for found in map(_TAP_SAID.match, block.lines) if found]
        name = re.sub(r"^\s*not ok \d+(?: - )?", "", block.lines[0])
        if re.search(r"# (?:TODO|SKIP)\b", block.lines[0]):
            return []
        if "subtestsFailed" in "".join(block.lines):
            return []
        message = said[0] if said and said[0] else name
        frames = _tap_places(block.lines[1:])
        return [Incident("not ok", message, frames, language="javascript" if frames else "")]


def _tap_places(lines: list[str]) -> tuple[Frame, ...]:
    stack = [place(found["file"], found["line"]) for found in map(_TAP_PLACE.match, lines) if found]
    location = next(
        (place(found["file"], found["line"]) for found in map(_TAP_LOCATION.match, lines) if found), None
    )
    return tuple(reversed(stack)) or ((location,) if location else ())


class Vitest(Patterned):
    """Vitest: ``FAIL  file > name``, the error under it, places marked with ``❯``."""

    marks = ("FAIL", "❯")
    first = re.compile(r" ?(?:FAIL|❯) +\S+\.[cm]?[jt]sx?\b.* > ")
    more = re.compile(r"\s*(?:\S*Error\b|❯|\d+\||\||[-+] |⎯|Expected|Received|$)|\s{2,}")
    last = re.compile(r"\s*⎯+\[\d+/\d+\]⎯")

    def read(self, block: Block) -> list[Incident]:
        head = next((found for found in (typed(text.strip()) for text in block.lines[1:]) if found), None)
        places = [
            place(found["file"], found["line"])
            for text in block.lines[1:]
            if (found := re.match(r"\s*❯ (?:.* )?(?P<file>[^\s:]+):(?P<line>\d+):\d+", text))
        ]
        if head is None:
            return []
        return [Incident(head[0], head[1], tuple(reversed(places)), language="javascript")]


class Numbered(Patterned):
    """ExUnit, Minitest and PHPUnit number their failures; the place stands under the name."""

    marks = (") ",)
    first = re.compile(r"\s*\d+\) (?:test .*\(\S+\)|(?:Failure|Error):$|[\w\\]+::\w+(?: with data set .*)?)$")
    more = re.compile(
        r"\s+\S|[A-Z][\w#:]*(?:\[| \[)|Expected|  Actual|Failed asserting|[\w:]*Error|\s*$|/\S+:\d+$|\S+\.\w+:\d+:?$"
    )

    def read(self, block: Block) -> list[Incident]:
        found = [
            hit
            for text in block.lines[1:]
            if (
                hit := re.search(
                    r"(?P<file>[\w./-]+\.(?:exs?|rb|php)):(?P<line>\d+)(?P<test>: \(test\))?", text
                )
            )
        ]
        found.sort(key=lambda hit: not hit["test"])
        if not found:
            return []
        said = [
            text.strip()
            for text in block.lines[1:]
            if text.strip() and not re.search(r"\.(?:exs?|rb|php):\d+", text)
        ]
        message = said[0] if said else block.lines[0].strip()
        return [Incident("Failure", message, (place(found[0]["file"], found[0]["line"]),))]


class Passed(Patterned):
    """The summary of a test run without a failure: the messages before it were a test's name or its output."""

    marks = ("0 failures", "passing", "OK", "test result: ok", " passed")
    first = re.compile(
        r"\s*(?:\d+ examples?, 0 failures|\d+ passing\b|OK(?: \(.*\))?$|test result: ok\."
        r"|Tests:? +\d+ passed, \d+ total|Test Files +\d+ passed \(\d+\)"
        r"|=* ?\d+ passed(?:, \d+ (?:skipped|warnings?|xfailed|xpassed|deselected))* in |\d+ (?:tests?"
        r"|runs?), .*\b0 failures, 0 errors)"
    )
    more = re.compile(r"(?!)")

    def read(self, block: Block) -> list[Incident]:
        block.clears = True
        return []
