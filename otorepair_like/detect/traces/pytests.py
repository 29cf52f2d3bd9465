"""pytest: failures and errors in every ``--tb`` style; what it captured from passing tests is none.

The shapes are those of ``_pytest/_code/code.py`` and ``_pytest/terminal.py``.
"""

from __future__ import annotations

import re
from typing import Final

from otorepair_like.detect.grammar import Block, Patterned, place
from otorepair_like.incident import Frame, Incident

_SECTION: Final = re.compile(r"=+ (?P<name>FAILURES|ERRORS|PASSES|XFAILURES|warnings summary.*) =+$")
_CONFTEST: Final = re.compile(r"ImportError while loading conftest '(?P<file>[^']+)'\.$")
_TEST: Final = re.compile(r"_{3,} (?P<name>.*?) _{3,}$")
_SUMMARY: Final = re.compile(
    r"=+ (?:short test summary info|.*\bin \d+\.\d+s.*) =*$|(?:\d+ \w+(?:, )?)+ in \d+\.\d+s"
)
_SAID: Final = re.compile(r"E {3,}(?P<said>\S.*)$")
_TYPED: Final = re.compile(r"(?P<type>[A-Za-z_][\w.]*)(?:: (?P<message>.*))?$")
_PLACE: Final = re.compile(
    r"(?P<file>[^\s:]+\.py):(?P<line>\d+): ?(?:in (?P<function>\S+)$|(?P<type>[\w.]+)(?:: .*)?$|$)"
)
_NATIVE: Final = re.compile(r'  File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<function>.+)$')
_RAISED: Final = re.compile(
    r"(?P<type>[A-Za-z_][\w.]{0,120}(?:Error|Exception|Exit|Warning|Interrupt|Failed|Skipped)\w*)(?:: "
    r"(?P<message>.*))?$"
)
_BOUNDED: Final = 4000


class Pytest(Patterned):
    """A section of pytest's report."""

    marks = ("== ",)
    first = _SECTION
    more = re.compile(rf"(?!{_SECTION.pattern})")
    last = _SUMMARY

    def read(self, block: Block) -> list[Incident]:
        section = _SECTION.match(block.lines[0])
        if section is None or section["name"] not in ("FAILURES", "ERRORS"):
            return []
        return [incident for one in _tests(block.lines[1:]) if (incident := _failure(one))]


class Conftest(Patterned):
    """A ``conftest.py`` that cannot be imported: no section, the same lines."""

    marks = ("loading conftest",)
    first = _CONFTEST
    more = re.compile(r"E {3,}|\S+:\d+: in |\s")

    def read(self, block: Block) -> list[Incident]:
        failure = _failure(block.lines[1:])
        return [failure] if failure else []


def _tests(lines: list[str]) -> list[list[str]]:
    """The lines of each failed test; ``--tb=line`` and ``short`` without titles are split after each place."""
    tests: list[list[str]] = [[]]
    for text in lines:
        if _TEST.match(text):
            tests.append([])
        tests[-1].append(text)
        if len(tests) == 1 and (found := _PLACE.match(text)) and found["type"]:
            tests.append([])
    return [one for one in tests if any(text.strip() for text in one)]


def _failure(lines: list[str]) -> Incident | None:
    own = _without_captured(lines)
    said = next((found["said"] for found in map(_SAID.match, own) if found), "")
    if not said:
        said = next((text for text in reversed(own) if _RAISED.match(text)), "")
    frames: list[Frame] = []
    for number, text in enumerate(own):
        if found := _PLACE.match(text) or _NATIVE.match(text):
            function = found.groupdict().get("function") or ""
            source = own[number + 1].strip() if function and number + 1 < len(own) else ""
            frames.append(place(found["file"], found["line"], function, source))
    typed = _TYPED.match(said)
    raised = next(
        (found["type"] for found in map(_PLACE.match, reversed(own)) if found and found["type"]), ""
    )
    if not said and not frames:
        return None
    if typed and (raised in ("", typed["type"]) or typed["type"].endswith("." + raised)):
        kind, message = typed["type"], typed["message"] or ""
    else:
        kind, message = raised, said
    return Incident(kind, message, tuple(frames), language="python", evidence=tuple(lines))


def _without_captured(lines: list[str]) -> list[str]:
    """A test's lines before what it printed and logged itself."""
    for number, text in enumerate(lines):
        if re.match(r"-{3,} Captured .* -{3,}$", text):
            return lines[:number]
    return lines[:_BOUNDED]
