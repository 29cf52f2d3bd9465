"""pytest: failures and errors in every ``--tb`` style; output captured from passing tests is ignored.

The formats are those of ``_pytest/_code/code.py`` and ``_pytest/terminal.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from otorepair_like.incident import Frame, make_frame
from otorepair_like.tickets.scan.failure import BlockScanner, TestFailure
from otorepair_like.tickets.scan.python_error import FRAME, RAISED, TYPED

_SECTION: Final = re.compile(r"=+ (?P<name>FAILURES|ERRORS|PASSES|XFAILURES|warnings summary.*) =+$")
_CONFTEST: Final = re.compile(r"ImportError while loading conftest '(?P<file>[^']+)'\.$")
_TITLE: Final = re.compile(r"_{3,} (?P<name>.*?) _{3,}$")
_SUMMARY: Final = re.compile(
    r"=+ (?:short test summary info|.*\bin \d+\.\d+s.*) =*$|(?:\d+ \w+, )*\d+ \w+ in \d+\.\d+s"
)
_SUMMARY_HEAD: Final = "== short test summary info =="
_OUTCOME: Final = re.compile(r"(?:FAILED|ERROR) (?P<id>(?!\()[^\s\[]+(?:\[.*?\])?)(?: - (?P<error>.*))?$")
_MESSAGE: Final = re.compile(r"E {3,}(?P<message>\S.*)$")
_PLACE: Final = re.compile(
    r"(?P<file>[^\s:]+\.py):(?P<line>\d+): ?(?:in (?P<function>\S+)$|(?P<type>[\w.]+)(?:: .*)?$|$)"
)
_CAPTURED: Final = re.compile(r"-{3,} Captured .* -{3,}$")
_PHASE: Final = re.compile(r"ERROR (?:at (?:setup|teardown) of|collecting) ")
_MOST_LINES: Final = 4000
"""Lines of one failure that are read."""


class PytestScanner(BlockScanner):
    """Reads the sections of pytest's report, and its short summary for the ids of the tests."""

    first = _SECTION
    more = re.compile(rf"(?!{_SECTION.pattern})")
    last = _SUMMARY

    def read(self, lines: Sequence[str]) -> list[TestFailure]:
        """Return the failures of one section; their names are its titles."""
        section = _SECTION.match(lines[0])
        if section is None or section["name"] not in ("FAILURES", "ERRORS"):
            return []
        return [failure for part in _split(lines[1:]) if (failure := read_failure(part))]

    def scan(self, output: str) -> list[TestFailure]:
        """Return all failures of a report, by the ids of its short summary where it has one."""
        details = super().scan(output)
        outcomes = [match for match in map(_OUTCOME.match, _summary(output.splitlines())) if match]
        if not outcomes or (details and _SUMMARY_HEAD not in output):
            return details
        if len(details) == len(outcomes) and not any(_is_title(failure.lines[0]) for failure in details):
            pairs = zip(outcomes, details, strict=True)  # --tb=line prints no titles
            return [replace(failure, name=outcome["id"]) for outcome, failure in pairs]
        return [_outcome(match, _take_details(match["id"], details)) for match in outcomes]


class ConftestScanner(BlockScanner):
    """Reads the error of a ``conftest.py`` that cannot be imported: it has no section, but the same lines."""

    first = _CONFTEST
    more = re.compile(r"E {3,}|\S+:\d+: in |\s")

    def read(self, lines: Sequence[str]) -> list[TestFailure]:
        """Return the one failure of the block, named after its file."""
        match, failure = _CONFTEST.match(lines[0]), read_failure(lines[1:])
        return [replace(failure, name=match["file"])] if match and failure else []


def read_failure(lines: Sequence[str]) -> TestFailure | None:
    """Return the failure that the lines of one test in a section describe; ``None`` if they describe none."""
    own = list(_without_captured(lines))
    text = next((match["message"] for match in map(_MESSAGE.match, own) if match), "")
    text = text or next((line for line in reversed(own) if RAISED.match(line)), "")
    frames = tuple(_frames(own))
    if not text and not frames:
        return None
    typed = TYPED.match(text)
    places = (match for match in map(_PLACE.match, reversed(own)) if match)
    raised = next((match["type"] for match in places if match["type"]), "")
    if typed and (raised in ("", typed["type"]) or typed["type"].endswith("." + raised)):
        kind, message = typed["type"], typed["message"] or ""
    else:
        kind, message = raised, text
    title = _TITLE.match(lines[0])
    name = _PHASE.sub("", title["name"]) if title else ": ".join(filter(None, (kind, message)))
    return TestFailure(name, kind, message, frames, "python", tuple(lines))


def _summary(lines: list[str]) -> list[str]:
    """Return the lines of the short summary; all if it has no head, as in a part of a log."""
    heads = [number for number, line in enumerate(lines) if _SUMMARY_HEAD in line]
    return lines[heads[-1] :] if heads else lines


def _split(lines: Sequence[str]) -> list[list[str]]:
    """Return the lines of each failed test; without titles (``--tb=line``) a test ends after each place."""
    tests: list[list[str]] = [[]]
    for line in lines:
        if _is_title(line):
            tests.append([])
        tests[-1].append(line)
        if len(tests) == 1 and (match := _PLACE.match(line)) and match["type"]:
            tests.append([])
    return [test for test in tests if any(line.strip() for line in test)]


def _frames(lines: Sequence[str]) -> Iterator[Frame]:
    for number, line in enumerate(lines):
        if match := _PLACE.match(line) or FRAME.match(line):
            function = match.groupdict().get("function") or ""
            source = lines[number + 1].strip() if function and number + 1 < len(lines) else ""
            yield make_frame(match["file"], match["line"], function, source)


def _without_captured(lines: Sequence[str]) -> Sequence[str]:
    """Return a test's lines before what the test itself printed and logged."""
    for number, line in enumerate(lines):
        if _CAPTURED.match(line):
            return lines[:number]
    return lines[:_MOST_LINES]


def _is_title(line: str) -> bool:
    return _TITLE.match(line) is not None


def _take_details(identity: str, details: list[TestFailure]) -> TestFailure | None:
    """Remove and return the failure that a section describes under the title of a test, such as ``TestCart.test_sum``.

    Tests of the same name in several files have the same title: the one with a frame in the right file is preferred.
    """
    file, _, test = identity.partition("::")
    title = test.replace("::", ".") or file
    candidates = [failure for failure in details if failure.name == title]
    candidates.sort(key=lambda failure: not any(frame.file.endswith(file) for frame in failure.frames))
    for failure in candidates[:1]:
        details.remove(failure)
        return failure
    return None


def _outcome(match: re.Match[str], details: TestFailure | None) -> TestFailure:
    if details is not None:
        return replace(details, name=match["id"])
    error = match["error"] or ""
    typed = TYPED.match(error)
    kind, message = (typed["type"], typed["message"] or "") if typed else ("", error)
    return TestFailure(match["id"], kind, message, language="python")
