"""The grammars: one module for each language or family of programs; see :mod:`otorepair_like.detect.grammar`."""

from __future__ import annotations

from typing import Final

from otorepair_like.detect.grammar import Block, Grammar, Step
from otorepair_like.detect.log_prefix import LogLine, split
from otorepair_like.detect.traces import (
    beam,
    boxes,
    bundlers,
    compilers,
    excerpt,
    go,
    gradle,
    ipython,
    jsonlog,
    native,
    php,
    python,
    ruby,
    rust,
    stack,
    table,
    tests,
)
from otorepair_like.detect.traces.message import Message
from otorepair_like.incident import Incident
from otorepair_like.tickets.scan.go import GoTestScanner
from otorepair_like.tickets.scan.numbered import NumberedScanner
from otorepair_like.tickets.scan.pytest import ConftestScanner, PytestScanner
from otorepair_like.tickets.scan.tap import TapScanner
from otorepair_like.tickets.scan.vitest import VitestScanner

_LOUDER: Final = ("Traceback", "PHP Fatal")
"""Failures whatever the level of their line: PHP-FPM logs fatal errors as notices."""


def opener(line: LogLine) -> tuple[Grammar, str] | None:
    """Return the grammar whose block ``line`` opens, and the line as it should be kept; ``None`` if it opens none."""
    text = line.text
    if line.level in ("info", "debug") and not any(word in text for word in _LOUDER):
        return None
    for grammar in GRAMMARS:
        for mark in grammar.marks:
            if mark in text:
                first = grammar.opens(line)
                if first is not None:
                    return grammar, first
                break
    return None


def read_text(text: str) -> list[Incident]:
    """Return the failures in a complete text, such as a field of a log record."""
    lines = text.splitlines()
    for number, raw in enumerate(lines):
        line = split(raw)
        opened = opener(line)
        if opened is None or not opened[0].sure:
            continue
        grammar, first = opened
        block = Block(line, "\n".join(lines[:number]).encode("utf-8", "replace"), [first])
        for following in lines[number + 1 :]:
            step = grammar.step(block, following)
            if step is Step.OUT:
                break
            block.lines.append(following)
            if step is Step.LAST:
                break
        if incidents := grammar.read(block):
            return incidents
    return []


GRAMMARS: Final[tuple[Grammar, ...]] = (
    boxes.Rich(),
    boxes.Sanic(),
    python.Python(),
    ipython.IPython(),
    tests.FailedTests(PytestScanner(), ("== ",)),
    tests.FailedTests(ConftestScanner(), ("loading conftest",)),
    jsonlog.JsonLog(read_text),
    go.GoPanic(),
    go.Race(),
    tests.FailedTests(GoTestScanner(), ("--- FAIL",), needs_place=True),
    go.GoLogged(),
    rust.RustPanic(),
    php.Fatal(),
    php.Printed(),
    php.Collision(),
    beam.Elixir(),
    beam.Erlang(),
    native.Sanitizer(),
    native.Valgrind(),
    native.Fault(),
    ruby.RubyRaised(),
    ruby.Rails(),
    ruby.RubyLogged(),
    ruby.Inspected(),
    stack.Stack(),
    stack.NodeThrow(),
    bundlers.Bundler(),
    compilers.Compiler(),
    gradle.Failure(),
    excerpt.Excerpt(),
    tests.Passed(),
    tests.FailedTests(TapScanner(), ("not ok",)),
    tests.FailedTests(VitestScanner(), ("FAIL", "❯")),
    tests.FailedTests(NumberedScanner(), (") ",)),
    *table.ROWS,
    Message(),
)
"""In order of priority: the more specific its first line, the earlier a grammar is tried."""
